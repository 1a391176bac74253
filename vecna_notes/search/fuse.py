"""Scores of several legs made one: pure arithmetic, without a store.

Shares and smoothing were chosen on cranfield and xquad-en (tests/benchmarks/quality.py prints the figures); all are
flat around their values: a share of .5 to .65 and 5 to 8 neighbours change nDCG@10 by less than .005.
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
TRUST: Mapping[str, float] = {"word2vec": 0.6, "lsa": 0.6}
"""What an embedder that learned from nothing but these notes counts beside the others."""
SMOOTHING = 0.25
"""How much of a note's score comes from the notes that say nearly the same …"""
NEIGHBOURS = 5
"""… which are its nearest among the candidates."""


def trust(embedder: str) -> float:
    """How far to follow an embedder, against the words: a weak one must not spoil what words find."""
    return TRUST.get(embedder, 1.0)


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


def spread(scores: Mapping[K, float], low: float, high: float) -> dict[K, float]:
    """`low` becomes 0 and `high` 1; what lies beyond is cut."""
    if high <= low:
        return dict.fromkeys(scores, 1.0)
    return {key: min(max((score - low) / (high - low), 0.0), 1.0) for key, score in scores.items()}


def weighted(words: Mapping[K, float], meaning: Mapping[K, float], share: float) -> dict[K, float]:
    """Sum of two normalised legs. What has no meaning yet (no vector) stands where its words alone put it."""
    return {
        key: share * meaning[key] + (1 - share) * words.get(key, 0.0) if key in meaning else words[key]
        for key in words.keys() | meaning.keys()
    }


def reciprocal(words: Mapping[K, float], meaning: Mapping[K, float], share: float) -> dict[K, float]:
    """Reciprocal rank fusion (Cormack et al. 2009) with shares, scaled so that first in both is 1."""
    first, second = ranks(words), ranks(meaning)
    return {
        key: (RRF_K + 1) * (share * _reciprocal(second.get(key)) + (1 - share) * _reciprocal(first.get(key)))
        for key in words.keys() | meaning.keys()
    }


def ranks(scores: Mapping[K, float]) -> dict[K, int]:
    """1 for the best; equal scores keep the order they came in."""
    ordered = sorted(scores, key=lambda key: -scores[key])
    return {key: rank for rank, key in enumerate(ordered, 1)}


def smoothed(scores: Floats, rows: Rows, amount: float = SMOOTHING) -> Floats:
    """Each score drawn a little to the mean of its nearest neighbours': notes that say the same answer the same.

    Score regularisation (Diaz 2005). A zero row has no neighbours and keeps its score.
    """
    count = len(scores)
    if count < 3:
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


def _reciprocal(rank: int | None) -> float:
    return 0.0 if rank is None else 1 / (RRF_K + rank)
