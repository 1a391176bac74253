"""What parts of the screen tell the app."""

from __future__ import annotations

from textual.message import Message

from vecna_notes.tui.places import Place


class OpenNote(Message):
    """Show this place on the Note screen."""

    def __init__(self, place: Place, heading: str = "") -> None:
        super().__init__()
        self.place = place
        self.heading = heading
        """Heading or ^block of the note to go to instead of the line."""


class Command(Message):
    """A line for the worker: "rescan", "pause" …"""

    def __init__(self, line: str) -> None:
        super().__init__()
        self.line = line
