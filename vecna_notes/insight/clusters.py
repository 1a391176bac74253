"""Clusters on two levels: what a clusterer finds, with groups of it where that is many, and parts where it is few."""

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


PARTED = 40
"""Notes of a topic that are worth a second look for parts."""


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Of each row its topic and its part; -1 for none. A part lies in one topic."""

    topics: Labels
    parts: Labels
    is_grouped: bool
    """Whether the clusters found are the parts, and topics are groups of them; else they are the topics."""

    @property
    def has_parts(self) -> bool:
        return bool((self.parts != NOISE).any())


def levels(clusterer: CheckedClusterer, rows: Rows, before: Levels | None = None, seed: int = 0) -> Levels:
    """`before` are the levels of the last time, with -1 for rows that are new: what still holds of them stays."""
    last = None if before is None else before.parts if before.is_grouped else before.topics
    found = clusterer.cluster(rows, seed, last)
    count = int(found.max(initial=NOISE)) + 1
    if count <= MOST:
        return Levels(found, _divided(clusterer, rows, found, before, seed), is_grouped=False)
    middles = _middles(rows, found, count)
    wanted = min(round(SPREAD * count**0.5), MOST)
    again = _grouped_again(rows, middles, before.topics, wanted) if before is not None and before.is_grouped else None
    topics = (again if again is not None else _grouped(middles, wanted))[found]
    topics[found == NOISE] = NOISE
    return Levels(renumbered(topics), found, is_grouped=True)


def central(rows: Rows, members: Labels) -> Labels:
    """`members` by their closeness to their mean, closest first; equal ones in their order."""
    middle = rows[members].mean(axis=0)
    return np.asarray(members[np.argsort(-(rows[members] @ middle), kind="stable")], dtype=np.int64)


def _divided(clusterer: CheckedClusterer, rows: Rows, topics: Labels, before: Levels | None, seed: int) -> Labels:
    """Each large topic looked at by itself: what sets its parts apart is lost among all notes."""
    parts = np.full(len(rows), NOISE, dtype=np.int64)
    for topic in range(int(topics.max(initial=NOISE)) + 1):
        members = np.flatnonzero(topics == topic)
        if len(members) >= PARTED:
            inner = clusterer.cluster(rows[members], seed, before.parts[members] if before is not None else None)
            if inner.max() > 0:
                parts[members] = np.where(inner == NOISE, NOISE, inner + parts.max() + 1)
    return parts


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
