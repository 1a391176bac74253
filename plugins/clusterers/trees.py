"""Ward's tree over a sample of the rows: one tree gives a clustering of every size, and a second one says how many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vecna_notes.interfaces import Labels
from vecna_notes.types import Rows

from ..embedders.bags import unit
from .principal import SAMPLE, Apartness, counts

LEAST_SHARE = 4
"""At most a cluster for every so many rows of the sample."""
MOST_DRAWS = 4


def ward_labels(rows: Rows, clusters: int, seed: int) -> Labels:
    """The cut with so many clusters; for 0, the one that sets the rows apart best, compared with chance."""
    tried = [min(clusters, len(rows))] if clusters else [1, *counts(len(rows) // LEAST_SHARE)]
    cuts = _cuts(rows, tried)
    if len(tried) == 1:
        return cuts[0]
    return cuts[int(gains(rows, cuts, seed).argmax())]


def gains(rows: Rows, found: Sequence[Labels], seed: int) -> Rows:
    """How much better each clustering sets the rows apart than as many clusters do by chance."""
    tried = [len(np.unique(labels[labels >= 0])) for labels in found]
    return _apartness(rows, found) - _by_chance(rows, tried, seed)


def _by_chance(rows: Rows, tried: Sequence[int], seed: int) -> Rows:
    """How far clusterings set rows apart that have no clusters: each component shuffled by itself.

    Small clusters look good among any rows; what a number of clusters is worth is what it gains over this
    (the idea of Tibshirani et al. 2001, with silhouettes).
    """
    rng = np.random.default_rng(seed)
    draws = [unit(rng.permuted(rows, axis=0)) for _ in range(min(max(SAMPLE // len(rows), 1), MOST_DRAWS))]
    return np.asarray(np.mean([_apartness(draw, _cuts(draw, tried)) for draw in draws], axis=0), dtype=np.float32)


def _cuts(rows: Rows, tried: Sequence[int]) -> list[Labels]:
    from scipy.cluster.hierarchy import cut_tree, linkage

    return list(cut_tree(linkage(rows.astype(np.float64), "ward"), n_clusters=tried).T.astype(np.int64))


def _apartness(rows: Rows, cuts: Sequence[Labels]) -> Rows:
    apart = Apartness(rows)
    return np.array([apart.of(labels) for labels in cuts], dtype=np.float32)


def centres(rows: Rows, labels: Labels) -> Rows:
    """The mean direction of each cluster, in the order of their numbers; noise has none."""
    return unit(np.stack([rows[labels == label].mean(axis=0) for label in np.unique(labels[labels >= 0])]))


def nearest(rows: Rows, middles: Rows) -> Labels:
    """Of each row, the centre it is nearest to."""
    return np.asarray((rows @ middles.T).argmax(axis=1), dtype=np.int64)
