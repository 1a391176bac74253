"""A list in a box over the screen: what explains, compares and names, with rows that lead somewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from vecna_notes.tui.glyphs import Glyphs
from vecna_notes.tui.pieces import Piece, Pieces, apart
from vecna_notes.tui.widgets.bar import Bar, Cell
from vecna_notes.tui.widgets.footer import key_name
from vecna_notes.tui.widgets.rowlist import RowList
from vecna_notes.tui.wrap import wrap

WIDEST = 96
_FRAME_WIDTH, _FRAME_HEIGHT = 6, 8
"""Cells that border, padding, title and keys take."""
_LIST_WIDTH = 5
"""What the list takes for its cursor, its scroll bar and the blank before that."""


@dataclass(frozen=True, slots=True)
class PanelRow:
    """A line of a panel. One with a value can be chosen; all others are passed over."""

    key: str
    left: tuple[Piece, ...] = ()
    right: tuple[Piece, ...] = ()
    value: str = ""

    @property
    def is_heading(self) -> bool:
        return not self.value


Build = Callable[[int, Glyphs], Sequence[PanelRow]]
"""Rows for a width."""


class PanelList(RowList[PanelRow]):
    """Without rows to choose, its keys scroll."""

    def paint(self, row: PanelRow, width: int, is_current: bool) -> list[Pieces]:
        return [apart(row.left, row.right, width - 1, self.look.ellipsis)]

    def _reveal(self) -> None:
        """It begins at the top, wherever the first row to choose stands."""
        if self.was_moved:
            super()._reveal()

    def action_move(self, step: int) -> None:
        before = self.current
        super().action_move(step)
        if self.current == before:
            self.scroll_relative(y=step, animate=False)


class Panel(ModalScreen["tuple[str, str] | None"]):
    """Answers with the key pressed and the value of the row under the cursor: ("enter", …) or one of `keys`.

    With `pick`, enter tells that instead, and the panel stays with new rows.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "close", "close")]

    def __init__(
        self,
        title: Sequence[Cell],
        build: Build,
        enter: str = "",
        keys: Sequence[tuple[str, str]] = (),
        pick: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__()
        self._pick = pick
        self._title, self._build, self._enter = title, build, enter
        self._keys = dict(keys)
        self.rows = PanelList(id="panel-rows", is_led=True)
        self._head = Bar(classes="panel-title")
        self._foot = Bar(classes="panel-keys")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog panel"):
            yield self._head
            yield self.rows
            yield self._foot

    def on_mount(self) -> None:
        self._head.show([Cell("  "), *self._title])
        self.rows.focus()
        self._fill()

    def on_resize(self, event: events.Resize) -> None:
        self._fill()

    def _fill(self) -> None:
        width = min(WIDEST, int(self.app.size.width * 0.96))
        rows = self._build(max(width - _FRAME_WIDTH - _LIST_WIDTH, 8), self.rows.look)
        self.query_one(".panel").styles.width = width
        self.rows.styles.height = max(min(len(rows), self.app.size.height - _FRAME_HEIGHT), 1)
        self.rows.show(rows)
        keys = dict(self._keys) if not (self._enter and any(row.value for row in rows)) else self._all_keys()
        cells = [cell for key, does in keys.items() for cell in _key_cells(key, does)]
        self._foot.show([Cell("  "), *cells, *_key_cells("escape", "close")])

    def _all_keys(self) -> dict[str, str]:
        return {"enter": self._enter, **self._keys}

    def on_key(self, event: events.Key) -> None:
        if event.key in self._keys:
            event.stop()
            self.action_answer(event.key)

    @on(RowList.Chosen, "#panel-rows")
    def _chosen(self) -> None:
        self.action_answer("enter")

    def action_answer(self, key: str) -> None:
        row = self.rows.current
        if key == "escape":
            self.dismiss(None)
        elif key == "enter" and self._pick is not None:
            self._pick(row.value if row else "")
            self._fill()
        else:
            self.dismiss((key, row.value if row else ""))

    def action_close(self) -> None:
        self.dismiss(None)


def _key_cells(key: str, does: str) -> list[Cell]:
    action = f"screen.answer({key!r})"
    return [Cell(key_name(key), "key", action), Cell(f" {does}", "dim", action), Cell("   ")]


def prose(key: str, text: str, width: int, inks: str = "text", indent: str = "") -> list[PanelRow]:
    """A sentence over as many rows as it needs."""
    parts = wrap(text, max(width - len(indent), 4))
    return [PanelRow(f"{key}-{start}", ((indent, ""), (text[start:end], inks))) for start, end in parts]


def gap(key: str) -> PanelRow:
    return PanelRow(f"gap-{key}")
