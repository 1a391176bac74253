"""The search box."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from vecna_notes.text import safe_line


class QueryInput(Input):
    """One line; plain keys type, down goes into the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "enter_list", "into the list"),
        Binding("enter", "submit", "open first"),
        Binding("ctrl+o", "app.jump", "jump", show=False),
    ]

    class Entered(Message):
        """Somebody goes down into the list."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id, placeholder="search by words or meaning", compact=True, select_on_focus=False)
        self.cursor_blink = False

    def action_enter_list(self) -> None:
        self.post_message(self.Entered())

    def _on_paste(self, event: events.Paste) -> None:
        """Whatever was copied becomes one line without control characters."""
        event.prevent_default()
        event.stop()
        self.insert_text_at_cursor(safe_line(event.text)[:2000])
