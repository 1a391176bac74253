"""Another note over this one, to look at and leave again."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from vecna_notes.text import safe_line
from vecna_notes.tui.places import Place
from vecna_notes.tui.screens.panel import WIDEST
from vecna_notes.tui.widgets.bar import Bar, Cell
from vecna_notes.tui.widgets.noteview import NoteView


class Peek(ModalScreen["Place | None"]):
    """Answers with the place to open, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,p", "close", "close")]

    def __init__(self, place: Place, text: str) -> None:
        super().__init__()
        self._place, self._text = place, text
        self.view = NoteView(id="peek", numbers=False)
        self._head = Bar(classes="panel-title")
        self._foot = Bar(classes="panel-keys")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog panel"):
            yield self._head
            yield self.view
            yield self._foot

    def on_mount(self) -> None:
        self._head.show([Cell("  "), Cell(safe_line(self._place.title), "title")])
        keys = (("enter", "open", "screen.open"), ("esc", "close", "screen.close"))
        cells = [cell for key, does, action in keys for cell in _cells(key, does, action)]
        self._foot.show([Cell("  "), *cells])
        self._fit()
        self.view.show(self._text, self._place.line)
        self.view.focus()

    def on_resize(self, event: events.Resize) -> None:
        self._fit()

    def _fit(self) -> None:
        self.query_one(".panel").styles.width = min(WIDEST, int(self.app.size.width * 0.96))
        room = max(self.app.size.height - 8, 1)
        self.view.styles.height = max(min(self._text.count("\n") + 1 + self.app.size.height // 4, room), 1)

    @on(NoteView.Followed, "#peek")
    def _followed(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        self.dismiss(Place(self._place.path, self._place.title, self.view.line))

    def action_close(self) -> None:
        self.dismiss(None)


def _cells(key: str, does: str, action: str) -> list[Cell]:
    return [Cell(key, "key", action), Cell(f" {does}", "dim", action), Cell("   ")]
