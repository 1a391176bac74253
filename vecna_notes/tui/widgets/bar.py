"""One drawn line with clickable parts: header, footer, pane titles and the notice line are all bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.geometry import Size
from textual.strip import Strip

from vecna_notes.tui.pieces import Pieces, apart, width_of
from vecna_notes.tui.widgets.inked import Inked


@dataclass(frozen=True, slots=True)
class Cell:
    """A stretch of a bar; a click runs its action."""

    text: str
    inks: str = ""
    action: str = ""


class Bar(Inked):
    """Cells at the left, cells at the right; the left ones are cut first when there is no room."""

    DEFAULT_CSS = "Bar { height: 1; width: 1fr; }"

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._left: tuple[Cell, ...] = ()
        self._right: tuple[Cell, ...] = ()

    def show(self, left: Sequence[Cell], right: Sequence[Cell] = ()) -> None:
        """Nothing is drawn anew when nothing changed."""
        if (tuple(left), tuple(right)) != (self._left, self._right):
            self._left, self._right = tuple(left), tuple(right)
            self.refresh()

    @property
    def text(self) -> str:
        """What it says, for tests."""
        return "".join(cell.text for cell in (*self._left, *self._right))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 1

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y:
            return Strip.blank(width, self.ink(""))
        return self.strip(apart(_pieces(self._left), _pieces(self._right), width, self.look.ellipsis), width)

    async def on_click(self, event: events.Click) -> None:
        if action := self._action_at(event.x):
            event.stop()
            await self.app.run_action(action, self.screen)

    def _action_at(self, x: int) -> str:
        right_start = self.size.width - width_of(_pieces(self._right))
        start, cells = (right_start, self._right) if x >= right_start else (0, self._left)
        for cell in cells:
            start += cell_len(cell.text)
            if x < start:
                return cell.action
        return ""


def _pieces(cells: Sequence[Cell]) -> Pieces:
    return [(cell.text, cell.inks) for cell in cells]
