"""Maximal marginal relevance (Carbonell & Goldstein 1998): each hit is as good, and as new, as can be had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Ranker
from vecna_notes.types import Hit, Rows

from ..embedders.bags import unit
from ..embedders.settings import share, whole
from ..embedders.words import words
from .top import followed

NAME = "mmr"
SUMMARY = "varied hits: what repeats those above it comes later"


@hookimpl
def vecna_rankers() -> list[Offer[Ranker]]:
    return [Offer(NAME, SUMMARY, Mmr)]


class Mmr:
    """Options: "balance" (1 = by score alone) and "top". Without rows, passages are alike that share their words."""

    def __init__(self, options: Options) -> None:
        self._balance = share(NAME, options, "balance", 0.7, kind="rankers")
        self._top = whole(NAME, options, "top", 40, least=1, kind="rankers")

    def rank(self, query: str, hits: Sequence[Hit], rows: Rows | None) -> list[Hit]:
        first, rest = hits[: self._top], hits[self._top :]
        if not first:
            return []
        alike = _by_words(first) if rows is None else _by_rows(rows[: self._top])
        scores = np.array([hit.score for hit in first], dtype=np.float32)
        order = _chosen(scores / max(float(scores.max()), 1e-9), alike, self._balance)
        return followed([replace(first[i], score=score) for i, score in order], rest)


def _chosen(worth: Rows, alike: Rows, balance: float) -> list[tuple[int, float]]:
    """Which hits in which order, with what each had when it was taken: that never rises, since `nearest` only grows."""
    nearest = np.zeros(len(worth), dtype=np.float32)
    left = list(range(len(worth)))
    chosen = []
    while left:
        values = balance * worth[left] + (1 - balance) * (1 - nearest[left])
        best = left.pop(int(values.argmax()))
        chosen.append((best, min(float(values.max()), 1.0)))
        nearest = np.maximum(nearest, alike[best])
    return chosen


def _by_rows(rows: Rows) -> Rows:
    """Cosines, in [0, 1]; a zero row is like nothing."""
    units = unit(rows)
    return np.asarray(np.clip(units @ units.T, 0, 1), dtype=np.float32)


def _by_words(hits: Sequence[Hit]) -> Rows:
    """The share of words that two passages have in common (Jaccard)."""
    said = [frozenset(words(hit.passage.chunk.text)) for hit in hits]
    shares = [[len(a & b) / max(len(a | b), 1) for b in said] for a in said]
    return np.array(shares, dtype=np.float32)
