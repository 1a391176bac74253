"""What a type cannot prove: the contract each kind of offer must keep. Shipped, so that strangers can test theirs.

from vecna_notes.testing import check_index

def test_my_index():
    check_index(MyBuilder())
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vecna_notes.errors import NeedsRebuild
from vecna_notes.interfaces import IndexBuilder, VectorIndex
from vecna_notes.types import Metric, Rows, similarity

_DIM = 24
_ROWS = 600
_BIG = 2**40
_METRICS: tuple[Metric, ...] = ("cosine", "dot", "euclidean")


def check_index(builder: IndexBuilder, least_recall: float = 0.95) -> None:
    """Raises AssertionError with a sentence when a builder, or an index of it, breaks the contract of VectorIndex."""
    for metric in _METRICS:
        rows = _random_rows(_ROWS, metric)
        labels = [_BIG + 3 * i for i in range(_ROWS)]
        index = builder.build(labels, rows, _DIM, metric)
        _check_answers(index, labels, rows, metric, least_recall)
        _check_saving(builder, index, rows, metric)
        _check_refusals(index, rows, metric)
        _check_changes(index, labels, rows, metric)
        _check_empty(builder, metric)


def _random_rows(count: int, metric: Metric, seed: int = 0) -> Rows:
    rows = np.random.default_rng(seed).standard_normal((count, _DIM)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True) if metric == "cosine" else rows


def _check_answers(index: VectorIndex, labels: Sequence[int], rows: Rows, metric: Metric, least_recall: float) -> None:
    assert len(index) == len(labels), f"{metric}: an index of {len(labels)} rows says it holds {len(index)}"
    queries = _random_rows(50, metric, seed=1)
    expected = similarity(queries, rows, metric)
    found_of_ten = 0
    for query, scores in zip(queries, expected, strict=True):
        found = index.search(query, 10)
        assert len(found) == 10, f"{metric}: asked for 10 of {len(labels)} rows, got {len(found)}"
        given = [score for _, score in found]
        assert given == sorted(given, reverse=True), f"{metric}: answers are not best first"
        assert len({label for label, _ in found}) == 10, f"{metric}: a label came twice"
        for label, score in found:
            true = float(scores[labels.index(label)])
            assert abs(score - true) < 1e-3, f"{metric}: a row that scores {true:.4f} was said to score {score:.4f}"
        best = {labels[i] for i in np.argsort(-scores)[:10]}
        found_of_ten += len(best & {label for label, _ in found})
    recall = found_of_ten / 500
    assert recall >= least_recall, f"{metric}: recall@10 is {recall:.3f}, below {least_recall}"
    assert len(index.search(queries[0], 10 * len(labels))) <= len(labels), f"{metric}: more answers than rows"


def _check_saving(builder: IndexBuilder, index: VectorIndex, rows: Rows, metric: Metric) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "index.bin"
        index.save(file)
        loaded = builder.load(file, _DIM, metric)
        assert len(loaded) == len(index), f"{metric}: {len(index)} rows were saved, {len(loaded)} loaded"
        for row in rows[:20]:
            before, after = index.search(row, 5), loaded.search(row, 5)
            assert [label for label, _ in before] == [label for label, _ in after], (
                f"{metric}: loading changed an answer"
            )
        nowhere = Path(folder) / "absent" / "index.bin"
        assert _raises(lambda: index.save(nowhere)), f"{metric}: saving where nothing can be saved was not an error"


def _check_refusals(index: VectorIndex, rows: Rows, metric: Metric) -> None:
    size = len(index)
    bad = rows[:1].copy()
    bad[0, 0] = np.nan
    narrow = np.ascontiguousarray(rows[:1, :-1])
    assert _raises(lambda: index.add([1], bad)), f"{metric}: a row with NaN was taken in"
    assert _raises(lambda: index.add([1], narrow)), f"{metric}: a row of another dimension was taken in"
    assert _raises(lambda: index.add([1, 1], rows[:2])), f"{metric}: one label was taken for two rows"
    assert _raises(lambda: index.search(narrow[0], 1)), f"{metric}: a query of another dimension was answered"
    assert len(index) == size, f"{metric}: a refused row was counted"
    assert index.search(rows[0], 0) == [], f"{metric}: k = 0 found something"


def _check_changes(index: VectorIndex, labels: Sequence[int], rows: Rows, metric: Metric) -> None:
    """Adding and removing, for indexes that can; the others say NeedsRebuild."""
    with contextlib.suppress(NeedsRebuild):
        fresh = _random_rows(2_000, metric, seed=2)
        new = [_BIG * 2 + i for i in range(len(fresh))]
        index.add(new, fresh)
        assert len(index) == len(labels) + len(new), f"{metric}: rows were added but not counted"
        found = index.search(fresh[7], 3)
        assert metric == "dot" or found[0][0] == new[7], f"{metric}: an added row does not find itself"
    with contextlib.suppress(NeedsRebuild):
        size = len(index)
        index.remove([labels[0], 5])
        assert len(index) == size - 1, f"{metric}: one known label was removed, {size - len(index)} rows are gone"
        assert labels[0] not in {label for label, _ in index.search(rows[0], 50)}, f"{metric}: a removed row was found"


def _check_empty(builder: IndexBuilder, metric: Metric) -> None:
    empty = builder.build([], np.empty((0, _DIM), dtype=np.float32), _DIM, metric)
    assert len(empty) == 0, f"{metric}: an empty index is not empty"
    assert empty.search(_random_rows(1, metric)[0], 3) == [], f"{metric}: an empty index found something"


def _raises(act: object) -> bool:
    try:
        act()  # type: ignore[operator]
    except Exception:  # which one is the plugin's choice
        return True
    return False
