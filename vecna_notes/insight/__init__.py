"""What can be seen in a vault that nobody wrote down: related notes, and which note a name means."""
