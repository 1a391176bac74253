"""Soft wrapping that never does more than the screen needs: blocks of lines are measured when they come into view."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import TypeAlias

from rich.cells import cell_len, split_graphemes

Part: TypeAlias = tuple[int, int]
"""Half-open range of characters of a line that stand on one row."""
BLOCK = 128


def wrap(text: str, width: int, indent: int = 0) -> list[Part]:
    """Rows of one line: cut at spaces where possible, else anywhere; later rows are `indent` cells shorter."""
    width = max(width, 1)
    indent = indent if indent <= width // 2 else 0
    if len(text) <= width and (text.isascii() or cell_len(text) <= width):
        return [(0, len(text))]
    parts: list[Part] = []
    start, room = 0, width
    while start < len(text):
        end = _row_end(text, start, room)
        parts.append((start, end))
        start, room = end, width - indent
        while start < len(text) and text[start] == " ":
            start += 1
    return parts


def _row_end(text: str, start: int, room: int) -> int:
    """Where the row that begins at `start` ends: at least one character further."""
    limit = _fitting(text, start, room)
    if limit >= len(text) or text[limit] == " ":
        return limit
    space = text.rfind(" ", start, limit)
    if space > start and text[start:space].strip():
        return space
    return limit


def _fitting(text: str, start: int, room: int) -> int:
    """First index past `start` whose character no longer fits `room` cells."""
    piece = text[start : start + room]
    if piece.isascii():
        return start + len(piece)
    used = 0
    for first, _last, cells in split_graphemes(piece)[0]:
        used += cells
        if used > room:
            return start + max(first, 1)
    return start + len(piece)


class Wrapped:
    """Rows of a long text at one width. `parts_of(line)` measures one line exactly; until a block of lines has been
    seen, its height is an estimate. Lines and rows count from 0.
    """

    def __init__(self, lengths: Sequence[int], width: int, parts_of: Callable[[int], list[Part]]) -> None:
        self.width = max(width, 1)
        self._lengths = lengths
        self._parts_of = parts_of
        self._exact: dict[int, tuple[list[list[Part]], list[int]]] = {}
        self._heights = [self._estimate(first) for first in range(0, len(lengths), BLOCK)]
        self._tops = [0, *accumulate(self._heights)]

    @property
    def height(self) -> int:
        """Rows altogether, as far as is known."""
        return self._tops[-1]

    def row_of(self, line: int) -> int:
        """First row of a line; measures its block."""
        line = max(0, min(line, len(self._lengths) - 1))
        block = line // BLOCK
        _, tops = self._measured(block)
        return self._tops[block] + tops[line - block * BLOCK]

    def rows_of(self, line: int) -> int:
        """How many rows a line fills."""
        block = line // BLOCK
        return len(self._measured(block)[0][line - block * BLOCK])

    def at(self, row: int) -> tuple[int, int, Part] | None:
        """The line at a row, which of its rows it is, and its characters there; None below the end."""
        if not 0 <= row < self.height:
            return None
        block = self._block_at(row)
        parts, tops = self._measured(block)
        inside = min(row - self._tops[block], tops[-1] - 1)
        index = bisect_right(tops, inside) - 1
        return block * BLOCK + index, inside - tops[index], parts[index][inside - tops[index]]

    def measure(self, first: int, last: int) -> int:
        """Measure the blocks that hold rows `first` to `last`; returns by how many rows what is above `first` grew.

        Call it before drawing those rows, and scroll by what it returns, so that the eye sees nothing move.
        """
        grown = 0
        while delta := self._measure_above(first + grown):
            grown += delta
        block = self._block_at(first + grown)
        while block < len(self._heights) and self._tops[block] <= last + grown:
            self._measured(block)
            block += 1
        return grown

    def _measure_above(self, row: int) -> int:
        """Measure the block at a row; by how much it grew if it begins above that row."""
        block = self._block_at(row)
        before = self._heights[block] if self._heights else 0
        if block in self._exact or not self._heights:
            return 0
        self._measured(block)
        return self._heights[block] - before if self._tops[block] < row else 0

    def _block_at(self, row: int) -> int:
        return max(0, min(bisect_right(self._tops, row) - 1, len(self._heights) - 1))

    def _measured(self, block: int) -> tuple[list[list[Part]], list[int]]:
        if (known := self._exact.get(block)) is not None:
            return known
        first = block * BLOCK
        parts = [self._parts_of(line) or [(0, 0)] for line in range(first, min(first + BLOCK, len(self._lengths)))]
        tops = [0, *accumulate(len(rows) for rows in parts)]
        self._exact[block] = parts, tops
        if tops[-1] != self._heights[block]:
            self._heights[block] = tops[-1]
            self._tops[block:] = [*accumulate(self._heights[block:], initial=self._tops[block])]
        return parts, tops

    def _estimate(self, first: int) -> int:
        width = self.width
        return sum(1 if length <= width else -(-length // width) for length in self._lengths[first : first + BLOCK])
