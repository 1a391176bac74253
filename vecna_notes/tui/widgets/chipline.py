"""The line under the search box: a rule, and in it the chips."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.strip import Strip

from vecna_notes.tui.chips import Chip
from vecna_notes.tui.widgets.bar import Bar, Cell


class ChipLine(Bar):
    """A click on a chip takes it away; what has no room is counted, and a click on that lists all."""

    def tell(self, chips: Sequence[Chip]) -> None:
        look, room = self.look, self.size.width
        cells: list[Cell] = []
        for index, chip in enumerate(chips):
            drawn = self._cells(chip)
            reserved = 0 if index == len(chips) - 1 else 6
            if _width([*cells, *drawn]) + reserved > room:
                cells += [Cell(look.rule, "rule"), Cell(f" +{len(chips) - index} ", "quiet dim", "screen.chips")]
                break
            cells += drawn
        self.show([*cells, Cell(look.rule * max(room - _width(cells), 0), "rule")])

    def render_line(self, y: int) -> Strip:
        """To the last cell, unlike other bars."""
        return self.strip([(cell.text, cell.inks) for cell in self._left], self.size.width)

    def _cells(self, chip: Chip) -> list[Cell]:
        look, action = self.look, f"screen.drop_chip({chip.key!r})"
        sign = f"{look.warning} " if chip.problem else ""
        text = chip.text.replace("…", look.ellipsis)
        return [
            Cell(look.rule, "rule"),
            Cell(f" {sign}{text} ", f"quiet {chip.inks}", action),
            Cell(f"{look.times} ", "quiet faint", action),
        ]


def _width(cells: Sequence[Cell]) -> int:
    return sum(cell_len(cell.text) for cell in cells)
