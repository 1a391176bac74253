"""Which topic of now is which of the last time, by the notes they share; and what happened to the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Members = frozenset[str]
LEAST = 0.25
"""Share of the notes of both (Jaccard) that two must have in common to be the same topic."""
MOST_OF = 0.5
"""Share of a topic's notes that tells where it came from, or went."""


@dataclass(frozen=True, slots=True)
class Change:
    """What happened: indexes of the old and of the new topic. merged: old went into new. split: new came out of old."""

    event: Literal["born", "merged", "split", "faded"]
    old: int | None
    new: int | None


def matched(old: Sequence[Members], new: Sequence[Members]) -> dict[int, int]:
    """New index → old index, each at most once, so that as much as can be stays together.

    Only notes that are there both times count: a topic does not become another one because notes came or went.
    """
    from scipy.optimize import linear_sum_assignment

    if not old or not new:
        return {}
    alike = _alike(old, new)
    pairs = zip(*linear_sum_assignment(alike, maximize=True), strict=True)
    return {int(j): int(i) for i, j in pairs if alike[i, j] >= LEAST}


def changes(old: Sequence[Members], new: Sequence[Members], same: dict[int, int]) -> list[Change]:
    """What the matching leaves over, explained where it can be."""
    told = []
    for j, members in enumerate(new):
        if j not in same:
            source = _holder(members & frozenset().union(*old) if old else Members(), old)
            told.append(Change("born", None, j) if source is None else Change("split", source, j))
    everything = frozenset().union(*new) if new else Members()
    for i, members in enumerate(old):
        if i not in same.values():
            target = _holder(members & everything, new)
            told.append(Change("faded", i, None) if target is None else Change("merged", i, target))
    return told


def _alike(old: Sequence[Members], new: Sequence[Members]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Jaccard indexes, (old, new), over the notes that stand in both."""
    both = frozenset().union(*old) & frozenset().union(*new)
    before, after = [one & both for one in old], [one & both for one in new]
    place = {path: j for j, members in enumerate(after) for path in members}
    shared = np.zeros((len(old), len(new)))
    for i, members in enumerate(before):
        for path in members:
            shared[i, place[path]] += 1
    sizes = np.add.outer([len(one) for one in before], [len(one) for one in after])
    return np.asarray(shared / np.maximum(sizes - shared, 1))


def _holder(members: Members, others: Sequence[Members]) -> int | None:
    """Which of the others holds most of these notes; None when none holds enough."""
    if not members:
        return None
    held = [len(members & other) for other in others]
    best = int(np.argmax(held))
    return best if held[best] >= MOST_OF * len(members) else None
