"""One query in several Spaces, side by side; the cursor stands on one note of one column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from vecna_notes.tui.comparing import Answer, Comparison
from vecna_notes.tui.pieces import Piece, Pieces, fit, pad
from vecna_notes.tui.widgets.rowlist import RowList

_RANK = 4


@dataclass(frozen=True, slots=True)
class CompareRow:
    """A rank with the note that each column has there; or words."""

    key: str
    rank: int = -1
    cells: tuple[Answer | None, ...] = ()
    marks: tuple[str, ...] = ()
    """Of each cell: "voted", "higher" or ""."""
    words: tuple[Piece, ...] = ()
    names: tuple[str, ...] = ()
    """Of the columns, over them."""

    @property
    def is_heading(self) -> bool:
        return self.rank < 0


def compare_rows(comparison: Comparison | None, both: str) -> list[CompareRow]:
    """`both` is the sign for what two columns share."""
    if comparison is None:
        return []
    rows = [CompareRow("names", names=tuple(one.name for one in comparison.columns))]
    for one in comparison.columns:
        if one.failure:
            rows.append(CompareRow(f"failure-{one.key}", words=((f"{one.name}: {one.failure}", "bad"),)))
    for rank in range(max((len(one.answers) for one in comparison.columns), default=0)):
        cells = tuple(one.answers[rank] if rank < len(one.answers) else None for one in comparison.columns)
        marks = tuple(_mark(comparison, column, rank, cell) for column, cell in enumerate(cells))
        rows.append(CompareRow(f"rank-{rank}", rank, cells, marks))
    if agreed := "   ".join(f"{one} {both} {other} {share:.0%}" for one, other, share in comparison.agreement()):
        rows.append(CompareRow("agreement", words=(("in common  ", "dim"), (agreed, "text"))))
    return rows


def _mark(comparison: Comparison, column: int, rank: int, cell: Answer | None) -> str:
    if cell is None:
        return ""
    return "voted" if cell.path in comparison.voted else "higher" if comparison.is_higher(column, rank) else ""


class CompareList(RowList[CompareRow]):
    """What a vote does is the screen's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "choose", "this answers"),
        Binding("left,h", "aside(-1)", "left", show=False),
        Binding("right,l", "aside(1)", "right", show=False),
    ]
    column = 0
    """The one the cursor stands in."""

    @property
    def answer(self) -> Answer | None:
        """Under the cursor."""
        row = self.current
        return row.cells[self.column] if row and self.column < len(row.cells) else None

    @property
    def columns(self) -> int:
        return max((len(row.cells) for row in self.rows), default=0)

    def _reveal(self) -> None:
        """The first note is seen with the names over it."""
        if self.current is not None and self.current.rank > 0:
            super()._reveal()
        else:
            self.to_row(0)

    def action_aside(self, step: int) -> None:
        self.to_column(self.column + step)

    def to_column(self, column: int) -> None:
        self.column = min(max(column, 0), max(self.columns - 1, 0))
        self.forget_strips()
        self.refresh()

    def _wide(self, width: int, columns: int) -> int:
        return max((width - _RANK) // max(columns, 1), 4)

    def paint(self, row: CompareRow, width: int, is_current: bool) -> list[Pieces]:
        width -= 1
        if row.names:
            wide = self._wide(width, len(row.names))
            names = [pad(fit([(name, "dim")], wide - 2, self.look.ellipsis), wide) for name in row.names]
            return [[(" " * _RANK, ""), *(piece for name in names for piece in name)]]
        if row.is_heading:
            return [fit(row.words, width, self.look.ellipsis)]
        wide = self._wide(width, len(row.cells))
        line: Pieces = [(f"{row.rank + 1:>2}  ", "faint")]
        for column, cell in enumerate(row.cells):
            line += self._cell(cell, row.marks[column], wide, is_current and column == self.column)
        return [line]

    def _cell(self, cell: Answer | None, mark: str, wide: int, is_current: bool) -> Pieces:
        if cell is None:
            return [(" " * wide, "")]
        signs: dict[str, Piece] = {
            "voted": (f" {self.look.check}", "good"),
            "higher": (f" {self.look.better}", "meter"),
        }
        inks = "chosen" if is_current else "good" if mark == "voted" else "text"
        sign = [signs[mark]] if mark else []
        return pad([*fit([(cell.title or cell.path, inks)], wide - 4, self.look.ellipsis), *sign], wide)

    def on_click(self, event: events.Click) -> None:
        if (columns := self.columns) and event.x >= 2 + _RANK:
            wide = self._wide(self.scrollable_content_region.width - 3, columns)
            self.to_column((event.x - 2 - _RANK) // wide)
        super().on_click(event)
