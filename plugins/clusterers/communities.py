"""Communities of the graph of nearest neighbours, found by the Leiden algorithm (Traag et al. 2019)."""

from __future__ import annotations

from typing import Any

import numpy as np

from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Clusterer, Labels
from vecna_notes.types import Rows

from ..embedders.settings import missing_modules, whole
from .principal import Apartness, best, clustered, one_thread, sampled

NAME = "communities"
SUMMARY = "notes that are neighbours of each other's neighbours"
RESOLUTIONS = (0.5, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
"""At 1, the usual one, it found 12 communities in 48 subjects; the one that sets rows apart best found 59."""


@hookimpl
def vecna_clusterers() -> list[Offer[Clusterer]]:
    return [Offer(NAME, SUMMARY, Communities, "communities", lambda: missing_modules(NAME, "sknetwork"))]


class Communities:
    """Options: "neighbours" of each note, "resolution" (0 = find out) and "components"."""

    def __init__(self, options: Options) -> None:
        self._neighbours = whole(NAME, options, "neighbours", 10, least=1, kind="clusterers")
        self._components = whole(NAME, options, "components", 50, least=2, kind="clusterers")
        resolution = options.get("resolution")
        is_set = isinstance(resolution, int | float) and resolution > 0
        self._resolutions = (float(resolution),) if is_set else RESOLUTIONS  # type: ignore[arg-type]

    def cluster(self, rows: Rows, seed: int) -> Labels:
        with one_thread():
            return clustered(rows, self._components, lambda known, _: self._found(known, seed))

    def _found(self, rows: Rows, seed: int) -> Labels:
        graph = _graph(rows, min(self._neighbours, len(rows) - 1))
        which = sampled(rows, seed)
        apart = Apartness(rows[which])
        tried = [_leiden(graph, resolution, seed) for resolution in self._resolutions]
        return best((apart.of(labels[which]), labels) for labels in tried)


def _graph(rows: Rows, neighbours: int) -> Any:
    """Adjacency of rows that are among each other's nearest, either way, weighted by their cosine."""
    from scipy.sparse import csr_matrix
    from sklearn.neighbors import NearestNeighbors

    distances, near = NearestNeighbors(n_neighbors=neighbours, algorithm="brute").fit(rows).kneighbors()
    weights = np.maximum(1 - distances**2 / 2, 1e-3)  # of rows of unit length
    starts = np.arange(0, len(rows) * neighbours + 1, neighbours)
    graph = csr_matrix((weights.ravel(), near.ravel(), starts), shape=(len(rows), len(rows)))
    return graph.maximum(graph.T)


def _leiden(graph: Any, resolution: float, seed: int) -> Labels:
    from sknetwork.clustering import Leiden

    labels = Leiden(resolution=resolution, random_state=seed, shuffle_nodes=False).fit_predict(graph)
    return np.asarray(labels, dtype=np.int64)
