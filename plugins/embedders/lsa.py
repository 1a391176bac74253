"""Latent semantic analysis of the vault itself: trained in two seconds, and hard to beat on a small vault."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Embedder, Report, Trainable
from vecna_notes.types import Progress

from . import bags
from .latent import latent
from .settings import missing_modules, whole

NAME = "lsa"
SUMMARY = "learned from your notes in seconds: TF-IDF and a truncated SVD"


@hookimpl
def vecna_embedders() -> list[Offer[Embedder | Trainable]]:
    return [Offer(NAME, SUMMARY, Lsa, missing=lambda: missing_modules(NAME, "sklearn", "snowballstemmer"))]


class Lsa:
    """Options: "dim", at most so many dimensions."""

    def __init__(self, options: Options) -> None:
        self._dim = whole(NAME, options, "dim", 200, least=2)

    def train(self, corpus: Iterable[str], into: Path, report: Report) -> Embedder:
        texts = bags.corpus_words(corpus, NAME)
        report(Progress("train", 0, 1, NAME))
        found = latent(texts, self._dim)
        table = bags.WordTable(
            words=found.words,
            vectors=(found.vectors / np.abs(found.vectors).max()).astype(np.float16),
            weights=found.idf,
            common=np.empty((0, found.vectors.shape[1]), dtype=np.float32),
            is_sublinear=True,
        )
        bags.save(into, table, NAME, f"lsa-{self._dim}", {"weighting": "tf-idf"})
        report(Progress("train", 1, 1, NAME))
        return self.load(into)

    def load(self, folder: Path) -> Embedder:
        return bags.load(folder, NAME)
