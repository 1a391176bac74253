"""A line to type, over the screen."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from vecna_notes.text import safe_line
from vecna_notes.tui.widgets.bar import Bar, Cell


class Typed(ModalScreen["str | None"]):
    """Answers with what was typed, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "leave it")]

    def __init__(self, title: str, text: str, does: str) -> None:
        super().__init__()
        self._title, self._does = title, does
        self.box = Input(safe_line(text), id="typed", compact=True, select_on_focus=True)
        self._head, self._foot = Bar(classes="panel-title"), Bar(classes="panel-keys")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield self._head
            yield self.box
            yield self._foot

    def on_mount(self) -> None:
        self.box.cursor_blink = False
        self._head.show([Cell(self._title, "title")])
        keys = (("enter", self._does, ""), ("esc", "leave it", "screen.close"))
        cells = [cell for key, does, action in keys for cell in (Cell(key, "key", action), Cell(f" {does}   ", "dim"))]
        self._foot.show(cells)
        self.box.focus()

    @on(Input.Submitted, "#typed")
    def _typed(self) -> None:
        self.dismiss(safe_line(self.box.value).strip())

    def action_close(self) -> None:
        self.dismiss(None)
