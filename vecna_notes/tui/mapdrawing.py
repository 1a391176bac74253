"""A window on the map as lines of pieces: points, labels, the card at the cursor, the lasso. Pure, and quick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
from rich.cells import cell_len

from vecna_notes.insight.braille import BLANK, Numbers, View, braille, cells_of, written
from vecna_notes.insight.looks import COLOURS
from vecna_notes.tui.chart import DISTINCT, MARK, PLAIN_DISTINCT, Chart, mark
from vecna_notes.tui.glyphs import Glyphs
from vecna_notes.tui.pieces import Pieces, fit, pad, width_of

Corner = tuple[int, int]
"""(column, row)."""
_INKS = (*(f"topic{number}" for number in range(len(COLOURS))), "dim", "faint", "match", "")
_NONE, _FAINT, _HIT, _EMPTY = range(len(COLOURS), len(COLOURS) + 4)
_CARD_ROOM = (30, 8)
"""A window must have so many columns and rows for a card."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What is to be drawn."""

    chart: Chart
    view: View
    home: View
    """The window that holds all of it."""
    standing_out: Numbers | None = None
    """Points that keep their colours while all others are faint."""
    chosen: int | None = None
    """The topic these are of."""
    are_hits: bool = False
    cursor: Corner | None = None
    card: Sequence[Pieces] = ()
    lasso: tuple[Corner, Corner] | None = None
    """Upper left and lower right."""


@dataclass(slots=True)
class _Grid:
    """A character a cell; a wide one leaves the cell after it empty."""

    signs: list[list[str]]
    inks: list[list[str]] = field(default_factory=list)

    def put(self, row: int, column: int, text: str, ink: str) -> None:
        signs, inks = self.signs[row], self.inks[row]
        if column < len(signs) and signs[column] == "" and column:
            signs[column - 1] = " "
        for sign in text:
            wide = cell_len(sign)
            if column + wide > len(signs):
                return
            if wide == 0:
                signs[max(column - 1, 0)] += sign
                continue
            signs[column : column + wide] = [sign, *[""] * (wide - 1)]
            inks[column : column + wide] = [ink] * wide
            column += wide
        if column < len(signs) and signs[column] == "":
            signs[column] = " "

    def lines(self) -> list[Pieces]:
        lines = []
        for signs, inks in zip(self.signs, self.inks, strict=True):
            runs = groupby(range(len(signs)), key=inks.__getitem__)
            lines.append([("".join(signs[i] for i in run), ink) for ink, run in runs])
        return lines


def draw(scene: Scene, width: int, height: int, look: Glyphs, is_ascii: bool, has_colour: bool) -> list[Pieces]:
    """Lines of exactly `width` cells."""
    grid = _points(scene, width, height, look, is_ascii, has_colour)
    named = scene.chart.labels(scene.view, scene.home, width, height, scene.chosen)
    for label in written(list(named), scene.view, width, height):
        ink = _label_ink(scene, label.text)
        grid.put(label.row, label.column, label.text.replace("…", look.ellipsis), ink)
        if label.text.startswith(MARK):
            own = "faint" if ink == "faint" else _INKS[label.slot % len(COLOURS) if label.slot >= 0 else _NONE]
            grid.put(label.row, label.column, mark(label.slot, is_ascii, has_colour), own)
    if scene.lasso is not None:
        _rectangle(grid, *scene.lasso, is_ascii)
    if scene.cursor is not None:
        column, row = scene.cursor
        if scene.card and width >= _CARD_ROOM[0] and height >= _CARD_ROOM[1]:
            _card(grid, scene.card, column, row, look, is_ascii)
        grid.put(row, column, look.here, "chosen")
    return grid.lines()


# ── points ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _points(scene: Scene, width: int, height: int, look: Glyphs, is_ascii: bool, has_colour: bool) -> _Grid:
    chart = scene.chart
    cells = braille(chart.plane, chart.slots, scene.view, width, height, is_ascii or not has_colour)
    characters, slots = cells.characters.copy(), cells.slots
    if not has_colour:
        shapes = np.array([ord(sign) for sign in (PLAIN_DISTINCT if is_ascii else DISTINCT)], dtype=np.uint32)
        characters = np.where(slots >= 0, shapes[slots % len(COLOURS)], characters)
    inks = np.where(characters == BLANK, _EMPTY, np.where(slots < 0, _NONE, slots % len(COLOURS)))
    if scene.standing_out is not None:
        _lift(scene, characters, inks, look)
    signs = [[chr(number) for number in row] for row in characters.tolist()]
    return _Grid(signs, [[_INKS[number] for number in row] for row in inks.tolist()])


def _lift(scene: Scene, characters: np.ndarray, inks: np.ndarray, look: Glyphs) -> None:
    """All points faint, but for the cells of those that stand out."""
    assert scene.standing_out is not None
    height, width = characters.shape
    numbers = scene.standing_out
    cells = cells_of(scene.chart.plane[numbers], scene.view, width, height)
    numbers, cells = numbers[cells >= 0], cells[cells >= 0]
    inks[inks != _EMPTY] = _FAINT
    if scene.are_hits:
        inks.flat[cells] = _HIT
        characters.flat[cells] = ord(look.dot)
    else:
        slots = scene.chart.slots[numbers]
        inks.flat[cells] = np.where(slots < 0, _NONE, slots % len(COLOURS))


# ── words ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _label_ink(scene: Scene, text: str) -> str:
    """Topics are bright, parts less so, notes least."""
    if not text.startswith(MARK):
        return "dim"
    ids = {label.text: id for id, label in scene.chart.names.items()}
    if scene.standing_out is not None:
        return "bright" if scene.chosen is not None and ids.get(text) == scene.chosen else "faint"
    return "bright" if text in ids else "text"


def _rectangle(grid: _Grid, first: Corner, last: Corner, is_ascii: bool) -> None:
    (left, top), (right, bottom) = first, last
    upper, lower, across, down = ("++", "++", "-", "|") if is_ascii else ("╭╮", "╰╯", "─", "│")
    inside = max(right - left - 1, 0)
    grid.put(top, left, upper[0] + across * inside + upper[1], "accent")
    for row in range(top + 1, bottom):
        grid.put(row, left, down, "accent")
        grid.put(row, right, down, "accent")
    grid.put(bottom, left, lower[0] + across * inside + lower[1], "accent")


def _card(grid: _Grid, lines: Sequence[Pieces], column: int, row: int, look: Glyphs, is_ascii: bool) -> None:
    """Beside the cursor where there is room, and tied to it."""
    height, width = len(grid.signs), len(grid.signs[0])
    upper, lower, across, down, ties = ("++", "++", "-", "|", "++") if is_ascii else ("╭╮", "╰╯", "─", "│", "┤├")
    lines = [fit(line, max(width // 2 - 8, 8), look.ellipsis) for line in lines]
    inside = max(width_of(line) for line in lines) + 2
    is_right = column + 4 + inside < width
    left = column + 3 if is_right else max(column - 4 - inside, 0)
    top = min(max(row - (len(lines) + 1) // 2, 0), height - len(lines) - 2)
    grid.put(top, left, upper[0] + across * inside + upper[1], "quiet accent")
    for number, line in enumerate(lines, 1):
        is_tied = top + number == row
        signs = (ties[0] if is_right else down, down if is_right else ties[1]) if is_tied else (down, down)
        grid.put(top + number, left, signs[0], "quiet accent")
        at = left + 1
        for text, inks in pad([(" ", ""), *line], inside):
            grid.put(top + number, at, text, f"quiet {inks}")
            at += cell_len(text)
        grid.put(top + number, left + inside + 1, signs[1], "quiet accent")
    grid.put(top + len(lines) + 1, left, lower[0] + across * inside + lower[1], "quiet accent")
    if top < row <= top + len(lines):
        start, end = (column + 1, left) if is_right else (left + inside + 2, column)
        grid.put(row, start, across * max(end - start, 0), "accent")
