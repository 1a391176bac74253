"""HDBSCAN (Campello et al. 2013): clusters are where notes lie densely, and what lies between is noise."""

from __future__ import annotations

import numpy as np

from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Clusterer, Labels
from vecna_notes.types import Rows

from ..embedders.settings import whole
from .principal import NOISE, clustered, one_thread

NAME = "hdbscan"
SUMMARY = "clusters where notes lie densely; the notes between them stay unclustered"

LARGEST = 4
"""No cluster holds more than this part of all notes: a real vault would be one large cluster and a few crumbs."""


@hookimpl
def vecna_clusterers() -> list[Offer[Clusterer]]:
    return [Offer(NAME, SUMMARY, Hdbscan)]


class Hdbscan:
    """Options: "least" (notes that make a cluster) and "components".

    On unreduced vectors, or with many neighbours asked for density, it calls most notes noise.
    """

    def __init__(self, options: Options) -> None:
        self._least = whole(NAME, options, "least", 3, least=2, kind="clusterers")
        self._components = whole(NAME, options, "components", 50, least=2, kind="clusterers")

    def cluster(self, rows: Rows, seed: int) -> Labels:
        with one_thread():
            return clustered(rows, self._components, lambda known, _: self._found(known))

    def _found(self, rows: Rows) -> Labels:
        from sklearn.cluster import HDBSCAN

        if len(rows) <= self._least:
            return np.full(len(rows), NOISE, dtype=np.int64)
        most = max(len(rows) // LARGEST, self._least)
        model = HDBSCAN(min_cluster_size=self._least, min_samples=1, max_cluster_size=most, copy=True)
        return np.asarray(model.fit_predict(rows), dtype=np.int64)
