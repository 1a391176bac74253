"""Scores of several legs made one: pure arithmetic over candidates, without a store.

The constants were chosen on cranfield and xquad-en (`vecna eval beir` prints the figures) and are flat around their
values: 5 to 8 neighbours change nDCG@10 by less than .004.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from vecna_notes.embedding import normalised
from vecna_notes.types import Rows

K = TypeVar("K", bound=Hashable)
Floats = npt.NDArray[np.float64]

RRF_K = 60
NEIGHBOURS = 5
"""Nearest among the candidates, from which a note's score is smoothed."""


def to_best(scores: Mapping[K, float]) -> dict[K, float]:
    """As a part of the best: 1 for it, and above 0 for all that was found."""
    best = max(scores.values(), default=0.0)
    return {key: max(score, 0.0) / best if best > 0 else 1.0 for key, score in scores.items()}


def together(words: Mapping[K, float], parts: Mapping[K, float], part_share: float) -> dict[K, float]:
    """Whole words and parts of words as one leg, the best 1."""
    whole, partial = to_best(words), to_best(parts)
    return to_best(
        {
            key: (1 - part_share) * whole.get(key, 0.0) + part_share * partial.get(key, 0.0)
            for key in whole.keys() | partial.keys()
        }
    )


def ranks(scores: Mapping[K, float]) -> dict[K, int]:
    """1 for the best; equal scores keep the order they came in."""
    ordered = sorted(scores, key=lambda key: -scores[key])
    return {key: rank for rank, key in enumerate(ordered, 1)}


def spread(scores: Floats, low: float, high: float) -> Floats:
    """`low` becomes 0 and `high` 1; what lies beyond is cut."""
    if high <= low:
        return np.ones_like(scores)
    spread: Floats = np.clip((scores - low) / (high - low), 0.0, 1.0)
    return spread


def reciprocal(scores: Floats, found: npt.NDArray[np.bool_]) -> Floats:
    """Reciprocal ranks (Cormack et al. 2009) of what was found, scaled so that the first has 1; 0 for the others."""
    order = np.argsort(np.where(found, -scores, np.inf), kind="stable")
    rank = np.empty(len(scores))
    rank[order] = np.arange(1, len(scores) + 1)
    return np.where(found, (RRF_K + 1) / (RRF_K + rank), 0.0)


def smoothed(scores: Floats, rows: Rows, amount: float) -> Floats:
    """Each score drawn a little to the mean of its nearest neighbours': notes that say the same answer the same.

    Score regularisation (Diaz 2005). A zero row has no neighbours and keeps its score.
    """
    count = len(scores)
    if count < 3 or amount <= 0:
        return scores
    unit = normalised(rows, "cosine")
    near = np.maximum(unit @ unit.T, 0).astype(np.float64)
    np.fill_diagonal(near, 0)
    if count > NEIGHBOURS + 1:
        least = np.partition(near, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS][:, None]
        near[near < least] = 0
    sums = near.sum(axis=1)
    around = np.divide(near @ scores, sums, out=scores.copy(), where=sums > 0)
    drawn: Floats = (1 - amount) * scores + amount * around
    return drawn


def drawn_to(query: Rows, rows: Rows, weights: Floats, amount: float) -> Rows:
    """The query's row moved towards the weighted mean of `rows` (Rocchio 1971), as long as before. Shape (1, dim)."""
    total = float(np.abs(weights).sum())
    if amount <= 0 or total <= 0:
        return query
    moved = query + amount * (weights / total).astype(np.float32)[None, :] @ rows
    length, before = float(np.linalg.norm(moved)), float(np.linalg.norm(query))
    return np.asarray(moved * (before / length) if length > 0 else query, dtype=np.float32)
