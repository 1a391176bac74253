"""What clusterers share: rows reduced to their principal components, and how well a clustering sets them apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import cast

import numpy as np

from vecna_notes.interfaces import Labels
from vecna_notes.types import Rows

from ..embedders.bags import unit

NOISE = -1
SAMPLE = 1_500
"""Rows among which distances are taken; a silhouette over so many errs by about .005."""
_CONSTANT = 1e-6


def reduced(rows: Rows, components: int) -> Rows:
    """The first principal components, each row of unit length again: what sets notes apart, without what all share."""
    centred = rows - rows.mean(axis=0)
    if components < min(rows.shape):
        _, axes = np.linalg.eigh((centred.T @ centred).astype(np.float64))
        centred = centred @ axes[:, ::-1][:, :components].astype(np.float32)
    return unit(np.asarray(centred, dtype=np.float32))


def clustered(rows: Rows, components: int, find: Callable[[Rows, Labels], Labels]) -> Labels:
    """What `find(reduced rows, which rows these are)` says of rows that have a direction; the others are noise."""
    labels = np.full(len(rows), NOISE, dtype=np.int64)
    known = np.flatnonzero(np.abs(rows).max(axis=1, initial=0) > _CONSTANT)
    if len(known) < 3 or np.ptp(rows[known], axis=0).max() < _CONSTANT:
        labels[known] = 0
        return labels
    labels[known] = find(reduced(rows[known], components), known)
    return labels


def sampled(rows: Rows, seed: int) -> Labels:
    """Numbers of at most SAMPLE rows, by chance, ascending."""
    if len(rows) <= SAMPLE:
        return np.arange(len(rows))
    return np.sort(np.random.default_rng(seed).choice(len(rows), SAMPLE, replace=False))


class Apartness:
    """How well clusterings set the rows of a sample apart: the mean silhouette (Rousseeuw 1987)."""

    def __init__(self, rows: Rows) -> None:
        self._distances = np.sqrt(np.maximum(2 - 2 * (rows @ rows.T), 0))  # of rows of unit length
        np.fill_diagonal(self._distances, 0)

    def of(self, labels: Labels) -> float:
        """From -1 to 1; 0 for a row that is alone or noise, and for everything in one cluster."""
        known = labels != NOISE
        groups = np.unique(labels[known])
        if len(groups) < 2:
            return 0.0
        member = (labels[:, None] == groups[None]).astype(np.float32)
        sizes = member.sum(axis=0)
        sums = self._distances @ member
        own = member[known].argmax(axis=1)
        rows = np.arange(len(own))
        others = sums[known] / sizes
        others[rows, own] = np.inf
        near = sums[known][rows, own] / np.maximum(sizes[own] - 1, 1)
        far = others.min(axis=1)
        widths = np.where(sizes[own] > 1, (far - near) / np.maximum(np.maximum(far, near), 1e-9), 0)
        return float(widths.sum() / len(labels))


def counts(most: int) -> list[int]:
    """How many clusters are tried: every number at first, then in steps of a tenth."""
    tried, count = [], 2.0
    while round(count) <= most:
        tried.append(round(count))
        count = max(count + 1, count * 1.1)
    return tried


def best(scored: Iterable[tuple[float, Labels]]) -> Labels:
    """The labels of the highest score, the first of equal ones."""
    return max(scored, key=lambda one: one[0])[1]


def one_thread() -> AbstractContextManager[object]:
    """While it lasts, libraries compute on one thread: topics are looked for while the user does something else, and
    several threads wait for each other as soon as the machine has other work."""
    from threadpoolctl import threadpool_limits

    return cast("AbstractContextManager[object]", threadpool_limits(limits=1))
