"""The nearest notes of each note, and how much nearer two are than either is to its others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vecna_notes.nearest import Nearest
from vecna_notes.types import Rows, VectorId, Vectors

KEPT = 12
"""Neighbours of each note that are known."""
CROWD = 10
EXACT_BELOW = 8_000
"""Up to so many notes all are compared, block by block; beyond, the index of passages proposes."""
PROPOSED = 60
BLOCK = 1_000
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Neighbourhood:
    places: Places
    """A line a note: its neighbours, nearest first; -1 where there are fewer."""
    scores: Rows
    crowd: Rows
    """How near a note is to its neighbours in the mean."""
    unit: float
    """How far the nearest neighbour commonly stands out: margins are counted in it, so Spaces can be compared."""

    def rank(self, one: int, other: int) -> int | None:
        """1 for the nearest; None beyond those that are known."""
        found = np.flatnonzero(self.places[one] == other)
        return int(found[0]) + 1 if len(found) else None

    def margin(self, one: int, other: int, score: float) -> float:
        """How much nearer they are than each to its crowd."""
        return (score - float(self.crowd[one] + self.crowd[other]) / 2) / self.unit


def neighbourhood(
    rows: Rows, nearest: Nearest | None = None, owner: dict[VectorId, int] | None = None
) -> Neighbourhood:
    """Of rows of unit length, by place; a zero row has no neighbours. `owner` names the note of a vector."""
    if nearest is None or owner is None or len(rows) <= EXACT_BELOW:
        places, scores = _by_blocks(rows)
    else:
        places, scores = _by_index(rows, nearest, owner)
    held = np.where(places[:, :CROWD] >= 0, scores[:, :CROWD], 0.0)
    crowd = held.sum(axis=1) / np.maximum((places[:, :CROWD] >= 0).sum(axis=1), 1)
    first = (scores[:, 0] - crowd)[places[:, 0] >= 0]
    unit = max(float(np.median(first)), 1e-3) if len(first) else 1.0
    return Neighbourhood(places, scores, crowd.astype(np.float32), unit)


def _by_blocks(rows: Rows) -> tuple[Places, Rows]:
    places, scores = _empty(len(rows))
    is_there = np.asarray(rows.any(axis=1))
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        near = block @ rows.T
        near[:, np.logical_not(is_there)] = -np.inf
        near[np.arange(len(block)), np.arange(start, start + len(block))] = -np.inf
        for row, line in enumerate(near):
            if is_there[start + row]:
                _keep(places, scores, start + row, np.arange(len(rows)), line)
    return places, scores


def _by_index(rows: Rows, nearest: Nearest, owner: dict[VectorId, int]) -> tuple[Places, Rows]:
    places, scores = _empty(len(rows))
    for place, row in enumerate(rows):
        if row.any():
            found = nearest.search(Vectors(nearest.space, row[None, :]), PROPOSED)
            near = sorted({owner[id] for id, _ in found if id in owner} - {place})
            if near:
                _keep(places, scores, place, np.array(near), rows[near] @ row)
    return places, scores


def _empty(count: int) -> tuple[Places, Rows]:
    return np.full((count, KEPT), -1, dtype=np.int64), np.full((count, KEPT), -1.0, dtype=np.float32)


def _keep(places: Places, scores: Rows, place: int, near: Sequence[int] | Places, line: Rows) -> None:
    few = min(KEPT, len(line))
    best = np.argpartition(-line, few - 1)[:few]
    best = best[np.argsort(-line[best], kind="stable")]
    best = best[np.isfinite(line[best])]
    places[place, : len(best)] = np.asarray(near)[best]
    scores[place, : len(best)] = line[best]
