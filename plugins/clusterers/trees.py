"""Ward's tree over a sample of the rows: one tree gives a clustering of every size."""

from __future__ import annotations

import numpy as np

from vecna_notes.interfaces import Labels
from vecna_notes.types import Rows

from ..embedders.bags import unit
from .principal import Apartness, best, counts

LEAST_SHARE = 3
"""At most a cluster for every so many rows of the sample."""


def ward_labels(rows: Rows, clusters: int) -> tuple[Labels, float]:
    """Labels of the cut with so many clusters, or of the one that sets rows apart best for 0; and how well it does."""
    from scipy.cluster.hierarchy import cut_tree, linkage

    tree = linkage(rows.astype(np.float64), "ward")
    tried = [min(clusters, len(rows))] if clusters else [1, *counts(len(rows) // LEAST_SHARE)]
    cuts = cut_tree(tree, n_clusters=tried).astype(np.int64)
    apart = Apartness(rows)
    labels = best((apart.of(cuts[:, i]), cuts[:, i]) for i in range(len(tried)))
    return labels, apart.of(labels)


def centres(rows: Rows, labels: Labels) -> Rows:
    """The mean direction of each cluster, in the order of their numbers; noise has none."""
    return unit(np.stack([rows[labels == label].mean(axis=0) for label in np.unique(labels[labels >= 0])]))


def nearest(rows: Rows, middles: Rows) -> Labels:
    """Of each row, the centre it is nearest to."""
    return np.asarray((rows @ middles.T).argmax(axis=1), dtype=np.int64)
