"""A part of a screen: a title line over a list or a note. The pane with the focus has an accent bar at its title."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget

from vecna_notes.tui.widgets.bar import Bar, Cell


class Pane(Vertical):
    """Its title is told in cells; the bar at the left is its own."""

    DEFAULT_CSS = "Pane { height: 1fr; width: 1fr; }"

    def __init__(self, content: Widget, id: str) -> None:
        super().__init__(id=id)
        self.content = content
        self.bar = Bar(classes="title")
        self._cells: tuple[Sequence[Cell], Sequence[Cell]] = ((), ())

    def compose(self) -> ComposeResult:
        yield self.bar
        yield self.content

    def tell(self, left: Sequence[Cell], right: Sequence[Cell] = ()) -> None:
        self._cells = (left, right)
        self._draw()

    @property
    def is_focused(self) -> bool:
        return self.content.has_focus

    def _draw(self) -> None:
        left, right = self._cells
        sign = Cell(f"{self.bar.look.bar} ", "accent") if self.is_focused else Cell("  ")
        self.bar.show([sign, *left], [*right, Cell(" ")])

    def on_descendant_focus(self) -> None:
        self._draw()

    def on_descendant_blur(self) -> None:
        self._draw()
