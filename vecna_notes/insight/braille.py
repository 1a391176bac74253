"""A map on a terminal: dots of braille or a shape a note, labels that leave each other room. Pure, and quick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from vecna_notes.insight.looks import PLAIN_SHAPES, SHAPES
from vecna_notes.interfaces import Labels, Plane

BLANK = 0x20
_BRAILLE = 0x2800
_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint32)
_ROOMY = 14
"""So many cells a visible note, and each is drawn as the shape of its topic."""
_MARGIN = 1.06
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class View:
    """A window on the map: its middle, and how far it reaches each way along its shorter side."""

    x: float = 0.0
    y: float = 0.0
    reach: float = 1.0
    stretch: float = 1.0
    """How much wider than high the map is drawn: its axes mean nothing, and windows are wide."""

    @classmethod
    def fitted(cls, plane: Plane, width: int, height: int, stretch: float = 1.0) -> View:
        """All points in a window of so many cells, stretched at most so far."""
        if not len(plane):
            return cls()
        low, high = plane.min(axis=0), plane.max(axis=0)
        wide, tall = np.maximum((high - low) / 2 * _MARGIN, 1e-3).tolist()
        across, down = width / wide, 2 * height / tall
        scale = min(across, down)
        x, y = ((low + high) / 2).tolist()
        return cls(x, y, min(width, 2 * height) / scale, min(max(across / down, 1.0), stretch))

    def moved(self, right: float, up: float) -> View:
        """By so many reaches."""
        return replace(self, x=self.x + right * self.reach / self.stretch, y=self.y + up * self.reach)

    def zoomed(self, times: float) -> View:
        """Nearer for more than 1."""
        return replace(self, reach=min(max(self.reach / times, 1e-3), 8.0))


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """What stands in each cell: a character's number, and the slot of the topic that most of its notes are of."""

    characters: npt.NDArray[np.uint32]
    """(height, width); BLANK where nothing lies."""
    slots: Labels
    """(height, width); -1 where nothing lies, or what lies there is of no topic."""

    def lines(self) -> list[str]:
        return ["".join(map(chr, row)) for row in self.characters.tolist()]


@dataclass(frozen=True, slots=True)
class Caption:
    """A word for a place on the map."""

    text: str
    x: float
    y: float
    weight: float
    """The heaviest are placed first; the lightest are left out where there is no room."""
    slot: int = -1


@dataclass(frozen=True, slots=True)
class Written:
    """A label with the cell it begins in."""

    text: str
    row: int
    column: int
    width: int
    slot: int


def braille(plane: Plane, slots: Labels, view: View, width: int, height: int, is_ascii: bool = False) -> Cells:
    """Points in a window of so many cells: dots, or shapes where few are to be seen."""
    columns, rows, which = _visible(plane, view, width, height)
    characters = np.full((height, width), BLANK, dtype=np.uint32)
    cell = (rows // 4) * width + columns // 2
    owners = _owners(cell, slots[which], width * height).reshape(height, width)
    if is_ascii or len(which) * _ROOMY <= width * height:
        taken = np.unique(cell)
        characters.flat[taken] = _shapes(owners.flat[taken], is_ascii)
    else:
        dots = np.zeros(width * height, dtype=np.uint32)
        np.bitwise_or.at(dots, cell, _DOTS[rows % 4, columns % 2])
        characters.flat[:] = np.where(dots > 0, _BRAILLE + dots, BLANK)
    return Cells(characters, owners)


def written(labels: Sequence[Caption], view: View, width: int, height: int) -> list[Written]:
    """Labels where they fit whole, the heaviest first; no two touch."""
    from rich.cells import cell_len

    taken = np.zeros((height, width), dtype=np.bool_)
    placed = []
    for label in sorted(labels, key=lambda one: (-one.weight, one.text)):
        wide = cell_len(label.text)
        column, row = cell_of(label.x, label.y, view, width, height)
        if not wide or not (0 <= row < height and 0 <= column < width):
            continue
        for top, left in _tries(row, column, wide):
            if top < 0 or top >= height or left < 0 or left + wide > width:
                continue
            if not taken[top, max(left - 1, 0) : left + wide + 1].any():
                taken[top, left : left + wide] = True
                placed.append(Written(label.text, top, left, wide, label.slot))
                break
    return placed


def labels_of(plane: Plane, topics: Labels, names: Sequence[tuple[int, str, int]]) -> list[Caption]:
    """A label a topic, over the middle of its points. `topics` has each point's id, `names` id, name and slot."""
    labels = []
    for id, name, slot in names:
        members = plane[topics == id]
        if len(members):
            x, y = np.median(members, axis=0)
            labels.append(Caption(name, float(x), float(y), float(len(members)), slot))
    return labels


def cell_of(x: float, y: float, view: View, width: int, height: int) -> tuple[int, int]:
    """(column, row) of a place; outside the window where it lies outside."""
    right, up, across, down = _scale(view, width, height)
    return int(np.floor((across + (x - view.x) * right) / 2)), int(np.floor((down - (y - view.y) * up) / 4))


def cells_of(plane: Plane, view: View, width: int, height: int) -> Labels:
    """The cell of every point, counted along the rows; -1 outside the window."""
    columns, rows, which = _visible(plane, view, width, height)
    cells = np.full(len(plane), -1, dtype=np.int64)
    cells[which] = (rows // 4) * width + columns // 2
    return cells


def place_of(column: int, row: int, view: View, width: int, height: int) -> tuple[float, float]:
    """The place on the map that lies in the middle of a cell."""
    right, up, across, down = _scale(view, width, height)
    return view.x + (2 * column + 1 - across) / right, view.y - (4 * row + 2 - down) / up


def nearest(plane: Plane, column: int, row: int, view: View, width: int, height: int, cells: int = 2) -> int | None:
    """Which point lies nearest to a cell, and not further off than so many cells."""
    if not len(plane):
        return None
    x, y = place_of(column, row, view, width, height)
    right, up, _, _ = _scale(view, width, height)
    dots = np.hypot((plane[:, 0] - x) * right, (plane[:, 1] - y) * up)
    best = int(dots.argmin())
    return best if dots[best] <= 4 * cells else None


def within(plane: Plane, corner: tuple[float, float], other: tuple[float, float]) -> Numbers:
    """Which points lie in the rectangle of two places."""
    low, high = np.minimum(corner, other), np.maximum(corner, other)
    return np.flatnonzero(((plane >= low) & (plane <= high)).all(axis=1))


def _scale(view: View, width: int, height: int) -> tuple[float, float, float, float]:
    """Dots per unit rightwards and upwards, and dots from the left and from the top to the middle; dots are square."""
    across, down = width, 2 * height  # half of 2 × width and of 4 × height dots
    up = min(across, down) / view.reach
    return up * view.stretch, up, float(across), float(down)


def _visible(plane: Plane, view: View, width: int, height: int) -> tuple[Labels, Labels, Labels]:
    """Dots (column, row) of the points in the window, and which points these are."""
    right, up, across, down = _scale(view, width, height)
    exact = plane.astype(np.float64)
    columns = np.floor(across + (exact[:, 0] - view.x) * right)
    rows = np.floor(down - (exact[:, 1] - view.y) * up)
    which = np.flatnonzero((columns >= 0) & (columns < 2 * width) & (rows >= 0) & (rows < 4 * height))
    return columns[which].astype(np.int64), rows[which].astype(np.int64), which


def _owners(cell: Labels, slots: Labels, count: int) -> Labels:
    """Of each cell the slot that most of its points have; the lower of two that have as many."""
    owners = np.full(count, -1, dtype=np.int64)
    most = int(slots.max(initial=-1)) + 2
    pairs, counts = np.unique(cell * most + slots + 1, return_counts=True)
    order = np.lexsort((-pairs, counts))
    owners[pairs[order] // most] = pairs[order] % most - 1  # the last one written, the most frequent, stays
    return owners


def _shapes(slots: Labels, is_ascii: bool) -> npt.NDArray[np.uint32]:
    shapes = np.array([ord(shape) for shape in (PLAIN_SHAPES if is_ascii else SHAPES)], dtype=np.uint32)
    none = ord("." if is_ascii else "·")
    return np.where(slots < 0, none, shapes[slots // 8 % 4]).astype(np.uint32)


def _tries(row: int, column: int, wide: int) -> Iterator[tuple[int, int]]:
    """(row, column) of where a label may begin: amid its place, then ever further off."""
    for off in (0, -1, 1, -2, 2, -3, 3):
        for shift in (0, wide // 4, -wide // 4, wide // 2, -wide // 2):
            yield row + off, column - wide // 2 + shift
