"""A curve in braille, or in plain characters: figures by step, drawn line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

Figure = tuple[float, float]
"""A step, and what was measured there."""
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BRAILLE = 0x2800
_PLAIN = "'\"-._"


def curve(
    figures: Sequence[Figure], last: float, low: float, high: float, width: int, height: int, is_ascii: bool = False
) -> list[str]:
    """Lines of so many cells; the steps go from 0 to `last`, the values from `low` at the bottom to `high`."""
    across, down = (width, height * 4) if is_ascii else (width * 2, height * 4)
    dots = set(_dots(_placed(figures, last, low, high, across, down)))
    return ["".join(_cell(dots, column, row, is_ascii) for column in range(width)) for row in range(height)]


def bounds(figures: Sequence[Figure]) -> tuple[float, float]:
    """The least and the greatest value, a little apart in any case."""
    values = [value for _, value in figures]
    low, high = min(values), max(values)
    return (low, high) if high - low > 1e-6 else (low - 0.005, high + 0.005)


def _placed(
    figures: Sequence[Figure], last: float, low: float, high: float, across: int, down: int
) -> list[tuple[int, int]]:
    """Dots as (column, row), from the left."""
    scale = (across - 1) / max(last, 1e-9)
    lift = (down - 1) / max(high - low, 1e-9)
    placed = []
    for step, value in figures:
        row = round((high - min(max(value, low), high)) * lift)
        placed.append((min(max(round(step * scale), 0), across - 1), row))
    return placed


def _dots(placed: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Every dot on the way, so that a line has no holes."""
    yield from placed[:1]
    for (left, start), (right, end) in pairwise(placed):
        steps = max(right - left, abs(end - start), 1)
        for number in range(1, steps + 1):
            share = number / steps
            yield round(left + (right - left) * share), round(start + (end - start) * share)


def _cell(dots: set[tuple[int, int]], column: int, row: int, is_ascii: bool) -> str:
    if is_ascii:
        rows = [line for line in range(4) if (column, row * 4 + line) in dots]
        return "|" if len(rows) > 2 else _PLAIN[rows[0]] if rows else " "
    bits = sum(_DOTS[line][side] for line in range(4) for side in (0, 1) if (column * 2 + side, row * 4 + line) in dots)
    return chr(_BRAILLE + bits) if bits else " "
