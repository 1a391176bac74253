"""Every row compared with every query: never wrong, never stale, and fast enough for tens of thousands of rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vecna_notes.errors import NeedsRebuild, SpaceMismatch
from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import IndexBuilder, VectorIndex
from vecna_notes.types import Metric, Rows, similarity


@hookimpl
def vecna_indexes() -> list[Offer[IndexBuilder]]:
    return [Offer("exact", "compares with every vector: no approximation, no file, slower above 100,000", _make)]


def _make(options: Options) -> IndexBuilder:
    return ExactBuilder()


class ExactBuilder:
    recipe = "numpy 1"

    def build(self, labels: Sequence[int], rows: Rows, dim: int, metric: Metric) -> VectorIndex:
        index = ExactIndex(np.empty(0, dtype=np.int64), np.empty((0, dim), dtype=np.float32), metric)
        index.add(labels, rows)
        return index

    def load(self, file: Path, dim: int, metric: Metric) -> VectorIndex:
        with np.load(file, allow_pickle=False) as saved:
            labels, rows = saved["labels"], saved["rows"]
        if rows.shape != (len(labels), dim):
            raise SpaceMismatch(f"{file} holds rows of shape {rows.shape}, but {dim} dimensions were expected")
        return ExactIndex(labels, rows, metric)


class ExactIndex:
    def __init__(self, labels: npt.NDArray[np.int64], rows: Rows, metric: Metric) -> None:
        self._labels = labels
        self._rows = rows
        self._metric = metric

    def search(self, query: Rows, k: int) -> list[tuple[int, float]]:
        row = query.reshape(1, -1)
        self._check(row)
        if k <= 0 or len(self) == 0:
            return []
        queries = _unit(row) if self._metric == "cosine" else row
        scores = similarity(queries, self._rows, self._metric)[0]
        best = np.lexsort((self._labels, -scores))[:k]
        return list(zip(self._labels[best].tolist(), scores[best].tolist(), strict=True))

    def add(self, labels: Sequence[int], rows: Rows) -> None:
        self._check(rows)
        new = np.asarray(labels, dtype=np.int64)
        if len(np.unique(new)) != len(rows) or (new < 0).any():
            raise SpaceMismatch(
                f"{len(labels)} labels cannot name {len(rows)} rows: each needs one of its own, from 0 up"
            )
        if np.isin(new, self._labels).any():
            raise NeedsRebuild("a row of the index cannot be replaced in place; build it anew")
        kept = _unit(rows) if self._metric == "cosine" else rows
        self._labels = np.concatenate([self._labels, new])
        self._rows = np.concatenate([self._rows, kept])

    def remove(self, labels: Sequence[int]) -> None:
        stays = ~np.isin(self._labels, np.asarray(labels, dtype=np.int64))
        self._labels, self._rows = self._labels[stays], self._rows[stays]

    def save(self, file: Path) -> None:
        with file.open("wb") as stream:
            np.savez(stream, labels=self._labels, rows=self._rows)

    def __len__(self) -> int:
        return len(self._labels)

    def _check(self, rows: Rows) -> None:
        dim = self._rows.shape[1]
        if rows.ndim != 2 or rows.shape[1] != dim:
            raise SpaceMismatch(f"this index holds rows of {dim} dimensions, but got shape {rows.shape}")
        if not np.isfinite(rows).all():
            raise SpaceMismatch("a row holds NaN or infinity; embed it again")


def _unit(rows: Rows) -> Rows:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0), dtype=np.float32)
