"""Clusters on two levels: what a clusterer finds, and, where that is much, groups of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vecna_notes.embedding import normalised
from vecna_notes.interfaces import Labels
from vecna_notes.surveying import NOISE, CheckedClusterer, renumbered
from vecna_notes.types import Rows

MOST = 24
"""Clusters that a person takes in at a glance; more are the parts of fewer topics."""
SPREAD = 1.5
"""So many times the root of the number of clusters are the topics they are grouped into."""
DRIFT = 0.25
"""By how much the number of topics may be off before they are grouped anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Of each row its topic and its part; -1 for none. Without parts, the parts are the topics."""

    topics: Labels
    parts: Labels

    @property
    def has_parts(self) -> bool:
        return not np.array_equal(self.topics, self.parts)


def levels(clusterer: CheckedClusterer, rows: Rows, before: Levels | None = None, seed: int = 0) -> Levels:
    """`before` are the levels of the last time, with -1 for rows that are new: what still holds of them stays."""
    parts = clusterer.cluster(rows, seed, before.parts if before is not None else None)
    count = int(parts.max(initial=NOISE)) + 1
    if count <= MOST:
        return Levels(parts, parts)
    middles = _middles(rows, parts, count)
    wanted = min(round(SPREAD * count**0.5), MOST)
    grouped = _grouped_again(rows, middles, before.topics, wanted) if before is not None and before.has_parts else None
    topics = (grouped if grouped is not None else _grouped(middles, wanted))[parts]
    topics[parts == NOISE] = NOISE
    return Levels(renumbered(topics), parts)


def central(rows: Rows, members: Labels) -> Labels:
    """`members` by their closeness to their mean, closest first; equal ones in their order."""
    middle = rows[members].mean(axis=0)
    return np.asarray(members[np.argsort(-(rows[members] @ middle), kind="stable")], dtype=np.int64)


def _middles(rows: Rows, labels: Labels, count: int) -> Rows:
    """Mean of each cluster, seen from the middle of all rows: what they share says nothing about how they group."""
    means = np.stack([rows[labels == label].mean(axis=0) for label in range(count)])
    return normalised(np.asarray(means - rows[labels != NOISE].mean(axis=0), dtype=np.float32), "cosine")


def _grouped(middles: Rows, wanted: int) -> Labels:
    """Ward's tree over the clusters, cut where so many groups are left."""
    from scipy.cluster.hierarchy import cut_tree, linkage

    tree = linkage(middles.astype(np.float64), "ward")
    return np.asarray(cut_tree(tree, n_clusters=wanted)[:, 0], dtype=np.int64)


def _grouped_again(rows: Rows, middles: Rows, topics: Labels, wanted: int) -> Labels | None:
    """Each cluster to the topic of the last time that it is nearest to; None when their number no longer suits."""
    topics = renumbered(topics)
    count = int(topics.max(initial=NOISE)) + 1
    if not count or abs(count - wanted) > DRIFT * wanted:
        return None
    return np.asarray((middles @ _middles(rows, topics, count).T).argmax(axis=1), dtype=np.int64)
