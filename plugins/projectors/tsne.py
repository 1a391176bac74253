"""t-SNE (van der Maaten & Hinton 2008) by openTSNE: what is near stays near, and topics lie apart."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Plane, Projector, Report
from vecna_notes.types import Progress, Rows

from ..clusterers.principal import one_thread
from ..embedders.settings import missing_modules, whole
from .pca import principal

NAME = "tsne"
SUMMARY = "what is near stays near, and topics lie apart"
COMPONENTS = 50
FEWEST = 8
"""Fewer rows have no neighbourhoods to keep."""
TREE_BELOW = 10_000
"""Above it, interpolation on a grid is quicker than a tree of points."""
_GATHER, _SETTLE, _EVERY = 150, 350, 25
"""Steps: while topics gather, while they settle, and between two reports."""


@hookimpl
def vecna_projectors() -> list[Offer[Projector]]:
    return [Offer(NAME, SUMMARY, Tsne, "map", lambda: missing_modules(NAME, "openTSNE"))]


class Tsne:
    """Options: "perplexity", about how many neighbours each note keeps.

    One thread: its many small parallel regions wait for each other as soon as the machine has anything else to do.
    """

    def __init__(self, options: Options) -> None:
        self._perplexity = whole(NAME, options, "perplexity", 30, least=2, kind="projectors")
        report = options.get("report")
        self._report: Report | None = report if callable(report) else None

    def project(self, rows: Rows) -> Plane:
        """Begun from the principal components, so that the same rows make the same map."""
        laid = principal(rows, 2)
        spread = float(laid.std(axis=0).max()) if len(rows) else 0.0
        if len(rows) < FEWEST or spread < 1e-6:
            return laid
        with one_thread():
            return self._embedded(rows, laid / spread * 1e-4)

    def _embedded(self, rows: Rows, start: Plane) -> Plane:
        from openTSNE import TSNEEmbedding
        from openTSNE.affinity import PerplexityBasedNN
        from openTSNE.nearest_neighbors import PrecomputedNeighbors

        perplexity = min(self._perplexity, (len(rows) - 1) / 3)
        near, distances = _neighbours(principal(rows, min(COMPONENTS, rows.shape[1])), int(3 * perplexity))
        index = PrecomputedNeighbors(near, distances)
        affinities = PerplexityBasedNN(perplexity=perplexity, knn_index=index, n_jobs=1)
        method = "bh" if len(rows) < TREE_BELOW else "fft"
        plane = TSNEEmbedding(
            start.astype(np.float64), affinities, negative_gradient_method=method, n_jobs=1, random_state=0
        )
        heard = {"callbacks": self._heard(len(rows)), "callbacks_every_iters": _EVERY}
        plane.optimize(_GATHER, exaggeration=12, momentum=0.5, inplace=True, **heard)
        plane.optimize(_SETTLE, momentum=0.8, inplace=True, **heard)
        return np.asarray(plane, dtype=np.float32)

    def _heard(self, count: int) -> Callable[..., None]:
        """Tells how far it is, in notes."""
        steps = iter(range(_EVERY, _GATHER + _SETTLE, _EVERY))
        started = time.monotonic()

        def hear(*_: object) -> None:
            if self._report is not None and (step := next(steps, None)) is not None:
                done = count * step // (_GATHER + _SETTLE)
                self._report(Progress("draw", done, count, NAME, time.monotonic() - started))

        return hear


def _neighbours(rows: Rows, count: int) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.neighbors import NearestNeighbors

    model = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(rows)
    distances, near = model.kneighbors()
    return near, np.maximum(distances, 1e-6)
