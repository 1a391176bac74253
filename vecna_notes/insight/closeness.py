"""Closeness in words: a score of two notes told by where it lies among those of notes that are linked, and of any two.

Raw cosines mean something else in every Space and every vault. What a user knows is their own links, so these are the
measure; a vault with few of them is measured by pairs drawn by chance alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from random import Random
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from vecna_notes.store import Store
from vecna_notes.types import NoteId, Space

if TYPE_CHECKING:  # every search asks here whether anything is close, and does without what notes are compared by
    from vecna_notes.insight.relations import Relations

Level = Literal["linked", "close", "far"]
Pair = tuple[NoteId, NoteId]
META = "closeness"
PAIRS = 200
"""Of each kind that are looked at."""
FEWEST = 20
"""Linked pairs below which links are no measure."""
TYPICAL = 0.4
"""Share of the linked pairs that are not as close as what counts as close as they."""
MOST = 0.95
"""Share of all pairs that what is "closer than most" is closer than."""
LISTED = 30
"""A note that links to more is a list, not a thought."""
GROWN = 0.1
"""Share of the notes that may change before pairs are looked at again."""
WORDS: dict[Level, str] = {
    "linked": "as close as notes you link yourself",
    "close": "closer than most",
    "far": "nothing close",
}
_RIDGE = 1e-2
_ROUNDS = 30


@dataclass(frozen=True, slots=True)
class Closeness:
    """How near two notes are, as a person would say it."""

    level: Level
    words: str
    probability: float
    """That two notes of this likeness are linked rather than drawn by chance, were both as frequent."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What likeness means in one vault."""

    key: str
    """Of the Space; "" where only words are compared."""
    linked: int
    """Pairs of each kind that it was made from."""
    drawn: int
    close_from: float
    linked_from: float | None
    """None where there are too few links."""
    slope: float
    middle: float
    made: float = 0.0

    def of(self, likeness: float) -> Closeness:
        level: Level = "far" if likeness < self.close_from else "close"
        if self.linked_from is not None and likeness >= max(self.linked_from, self.close_from):
            level = "linked"
        return Closeness(level, WORDS[level], round(logistic(self.slope * (likeness - self.middle)), 4))


def scale(relations: Relations, now: float = 0.0) -> Scale:
    """From the vault's own links and from pairs drawn by chance, always the same for the same notes."""
    notes = relations.lexicon.notes
    linked, drawn = _linked(relations), _drawn(relations, notes)
    above = relations.likenesses(linked) if len(linked) >= FEWEST else np.zeros(0)
    below = relations.likenesses(drawn)
    key = relations.space.key if relations.space else ""
    if not len(below):
        return Scale(key, 0, 0, 0.0, None, 1.0, 0.0, now)
    close_from = float(np.quantile(below, MOST))
    if not len(above):
        return Scale(key, 0, len(below), close_from, None, *_by_chance(below), now)
    slope, middle = fitted(np.concatenate([above, below])[:, None], len(above))
    linked_from = max(float(np.quantile(above, TYPICAL)), close_from)
    return Scale(key, len(above), len(below), close_from, linked_from, slope[0], middle, now)


def keep(store: Store, made: Scale) -> None:
    fields = {name: getattr(made, name) for name in Scale.__slots__}
    with store.transaction():
        store.meta.set(META, {**fields, "notes": store.notes.count()})


def kept(store: Store, space: Space | None) -> Scale | None:
    """None where none was made for this Space."""
    found = store.meta.get(META)
    if not isinstance(found, dict) or found.get("key") != (space.key if space else ""):
        return None
    return Scale(**{name: found[name] for name in Scale.__slots__})


def is_stale(store: Store, space: Space | None) -> bool:
    """Whether there is none for this Space, or more than a tenth of the notes came, went or changed since."""
    found: Any = store.meta.get(META)
    if kept(store, space) is None:
        return True
    count = store.notes.count()
    room = GROWN * max(count, 1)
    if abs(count - found["notes"]) > room:
        return True
    latest = store.notes.recent(int(room) + 1)
    return bool(latest) and len(latest) > room and latest[-1].modified > found["made"]


def fitted(rows: npt.NDArray[np.floating], positive: int) -> tuple[list[float], float]:
    """Slopes and middle of a logistic regression over rows, the first `positive` of which are true.

    Both kinds weigh the same. With one column, the slope is at least 0.
    """
    x = np.column_stack([rows, np.ones(len(rows))]).astype(np.float64)
    y = np.zeros(len(rows))
    y[:positive] = 1
    weights = np.where(y > 0, 0.5 / max(positive, 1), 0.5 / max(len(rows) - positive, 1))
    ridge = _RIDGE * np.diag([*np.ones(rows.shape[1]), 0.0]) / 10
    found = np.zeros(x.shape[1])
    for _ in range(_ROUNDS):
        p = 1 / (1 + np.exp(-np.clip(x @ found, -30, 30)))
        gradient = x.T @ (weights * (p - y)) + ridge @ found
        curve = (x * (weights * np.maximum(p * (1 - p), 1e-6))[:, None]).T @ x + ridge + 1e-9 * np.eye(len(found))
        step = np.linalg.solve(curve, gradient)
        found = found - np.clip(step, -5, 5)
        if np.abs(step).max() < 1e-6:
            break
    slopes = [float(slope) for slope in found[:-1]]
    if len(slopes) == 1:
        slopes[0] = max(slopes[0], 1e-6)
        return slopes, float(-found[-1] / slopes[0])
    return slopes, float(-found[-1])


def _linked(relations: Relations) -> list[Pair]:
    rows = relations.lexicon.row_of
    pairs = [
        (source, target)
        for source, targets in relations.web.out.items()
        for target in targets
        if source in rows and target in rows and len(targets) <= LISTED
    ]
    return _sample(sorted(pairs))


def _drawn(relations: Relations, notes: Sequence[NoteId]) -> list[Pair]:
    """Pairs that are not linked."""
    if len(notes) < 3:
        return []
    rng = Random(len(notes))
    found: dict[Pair, None] = {}
    for _ in range(4 * PAIRS):
        one, other = rng.sample(notes, 2)
        if other not in relations.web.around(one):
            found.setdefault((one, other))
        if len(found) == PAIRS:
            break
    return list(found)


def _sample(pairs: list[Pair]) -> list[Pair]:
    return pairs if len(pairs) <= PAIRS else Random(len(pairs)).sample(pairs, PAIRS)


def _by_chance(below: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Slope and middle without links: even chances where one pair in fifty is as near."""
    spread = float(below.std()) or 1.0
    return 1.5 / spread, float(np.quantile(below, 0.98))


def logistic(x: float) -> float:
    return 1 / (1 + exp(-min(max(x, -60.0), 60.0)))
