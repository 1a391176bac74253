"""UMAP (McInnes et al. 2018) by umap-learn, for those who have numba anyway."""

from __future__ import annotations

import warnings

import numpy as np

from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Plane, Projector
from vecna_notes.types import Rows

from ..clusterers.principal import one_thread
from ..embedders.settings import missing_modules, whole
from .pca import principal

NAME = "umap"
SUMMARY = "tight topics with their neighbourhoods; slow to start"
FEWEST = 8


@hookimpl
def vecna_projectors() -> list[Offer[Projector]]:
    return [Offer(NAME, SUMMARY, Umap, "umap", lambda: missing_modules(NAME, "umap"))]


class Umap:
    """Options: "neighbours", how far around itself each note looks."""

    def __init__(self, options: Options) -> None:
        self._neighbours = whole(NAME, options, "neighbours", 15, least=2, kind="projectors")

    def project(self, rows: Rows) -> Plane:
        laid = principal(rows, 2)
        if len(rows) < FEWEST or float(laid.std(axis=0).max()) < 1e-6:
            return laid
        with one_thread(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a seed allows one thread only
            from umap import UMAP

            model = UMAP(
                n_neighbors=min(self._neighbours, len(rows) - 1), init=laid * (10 / np.abs(laid).max()), random_state=0
            )
            return np.asarray(model.fit_transform(rows), dtype=np.float32)
