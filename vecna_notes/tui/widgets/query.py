"""The search box."""

from __future__ import annotations

from typing import ClassVar

from rich.highlighter import Highlighter
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from vecna_notes.text import safe_line
from vecna_notes.tui.chips import Chip


class Parts(Highlighter):
    """Draws the parts of a query that are more than words, where its chips say they stand."""

    def __init__(self, box: QueryInput) -> None:
        self._box = box

    def highlight(self, text: Text) -> None:
        for chip in self._box.chips:
            if chip.span is not None:
                style = "input--problem" if chip.problem else "input--part"
                text.stylize(self._box.get_component_rich_style(style, partial=True), *chip.span)


class QueryInput(Input):
    """One line; plain keys type, down goes into the list."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"input--part", "input--problem"}

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
        self.chips: tuple[Chip, ...] = ()
        """What `Parts` draws."""
        self.highlighter = Parts(self)

    def tell(self, chips: tuple[Chip, ...]) -> None:
        if chips != self.chips:
            self.chips = chips
            self.refresh()

    def action_enter_list(self) -> None:
        self.post_message(self.Entered())

    def _on_paste(self, event: events.Paste) -> None:
        """Whatever was copied becomes one line without control characters."""
        event.prevent_default()
        event.stop()
        self.insert_text_at_cursor(safe_line(event.text)[:2000])
