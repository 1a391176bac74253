"""Clusters on two levels."""

from __future__ import annotations

import numpy as np
import pytest

from vecna_notes.insight.clusters import MOST, Levels, central, levels
from vecna_notes.interfaces import Labels
from vecna_notes.surveying import NOISE, CheckedClusterer
from vecna_notes.types import Rows


class Said:
    """Says what it is told of all rows, halves of fewer, and remembers what it was asked to go on from."""

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self.resumed: list[Labels] = []

    def cluster(self, rows: Rows, seed: int) -> Labels:
        return self.labels if len(rows) == len(self.labels) else (np.arange(len(rows)) >= len(rows) // 2).astype(int)

    def resume(self, rows: Rows, seed: int, labels: Labels) -> Labels:
        self.resumed.append(labels)
        return self.cluster(rows, seed)


def made(count: int, of: int, noise: int = 0) -> tuple[Rows, Labels]:
    rng = np.random.default_rng(0)
    labels = np.concatenate([np.repeat(np.arange(of), count // of), np.full(noise, NOISE)])
    rows = rng.standard_normal((of, 16))[labels] + 0.1 * rng.standard_normal((len(labels), 16))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), labels


def asked(said: Said, rows: Rows, before: Levels | None = None) -> Levels:
    return levels(CheckedClusterer("said", said), rows, before)


def test_many_clusters_are_the_parts_of_fewer_topics() -> None:
    rows, labels = made(300, 60, noise=5)
    found = asked(Said(labels), rows)
    assert found.is_grouped and np.array_equal(found.parts, labels)
    assert 2 <= found.topics.max() + 1 <= MOST
    assert (found.topics[-5:] == NOISE).all()
    for part in range(60):
        assert len(set(found.topics[labels == part])) == 1


def test_few_clusters_are_topics_and_large_ones_have_parts() -> None:
    rows, labels = made(120, 2)
    rows, labels = np.vstack([rows, rows[:6]]), np.concatenate([labels, np.full(6, 2)])
    found = asked(Said(labels), rows)
    assert not found.is_grouped and np.array_equal(found.topics, labels)
    assert sorted(set(found.parts.tolist())) == [-1, 0, 1, 2, 3] and (found.parts[-6:] == NOISE).all()


@pytest.mark.parametrize(("count", "of"), [(300, 60), (120, 2)])
def test_it_goes_on_from_what_the_clusterer_had_found(count: int, of: int) -> None:
    rows, labels = made(count, of)
    said = Said(labels)
    before = asked(said, rows)
    after = asked(said, rows, before)
    assert np.array_equal(said.resumed[0], labels)
    assert np.array_equal(before.topics, after.topics) and np.array_equal(before.parts, after.parts)


def test_no_rows_and_all_noise() -> None:
    rows, _ = made(10, 2)
    assert len(asked(Said(np.empty(0, dtype=np.int64)), rows[:0]).topics) == 0
    assert (asked(Said(np.full(10, NOISE)), rows).topics == NOISE).all()


def test_the_middle_comes_first() -> None:
    rows = np.array([[0.6, 0.8], [1, 0], [0.8, 0.6], [0, 1]], dtype=np.float32)
    assert central(rows, np.arange(3)).tolist() == [2, 0, 1]
