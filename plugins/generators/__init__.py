"""Ways to answer a question from notes."""
