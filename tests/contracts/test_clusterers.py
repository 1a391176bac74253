"""Every offered clusterer keeps the contract, and one that breaks it is found out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vecna_notes.errors import PluginError
from vecna_notes.interfaces import Labels
from vecna_notes.registry import Registry
from vecna_notes.surveying import CheckedClusterer
from vecna_notes.testing import check_clusterer
from vecna_notes.types import Rows

ROWS = np.eye(4, dtype=np.float32)


@pytest.mark.parametrize("name", ["kmeans", "ward", "hdbscan", "communities"])
def test_offered_clusterers_keep_the_contract(name: str, tmp_path: Path) -> None:
    registry = Registry(only_ours=True)
    if why := registry.missing("clusterers", name):
        pytest.skip(why)
    check_clusterer(registry.clusterer(name, {"cache": tmp_path, "threads": 2}).clusterer)


class Honest:
    """Which of the first axes a row lies along."""

    def cluster(self, rows: Rows, seed: int) -> Labels:
        return np.asarray(rows.argmax(axis=1), dtype=np.int64)


class Fickle(Honest):
    def __init__(self) -> None:
        self.times = 0

    def cluster(self, rows: Rows, seed: int) -> Labels:
        self.times += 1
        return super().cluster(rows, seed) + self.times


class Blind:
    def cluster(self, rows: Rows, seed: int) -> Labels:
        return np.zeros(len(rows), dtype=np.int64)


class Placed:
    """Goes by where a row stands."""

    def cluster(self, rows: Rows, seed: int) -> Labels:
        return np.arange(len(rows), dtype=np.int64) // 30


class Careless(Honest):
    def cluster(self, rows: Rows, seed: int) -> Labels:
        rows *= 2
        return super().cluster(rows, seed)


class Short(Honest):
    def cluster(self, rows: Rows, seed: int) -> Labels:
        return super().cluster(rows, seed)[1:]


class Forgetful(Honest):
    def resume(self, rows: Rows, seed: int, labels: Labels) -> Labels:
        return np.arange(len(rows), dtype=np.int64)


def test_a_clusterer_that_keeps_the_contract_passes() -> None:
    check_clusterer(Honest())


@pytest.mark.parametrize(
    ("liar", "said"),
    [
        (Fickle, "said two things"),
        (Blind, "far apart"),
        (Placed, "another order"),
        (Careless, "changed the rows"),
        (Short, "other than"),
        (Forgetful, "found others"),
    ],
)
def test_the_contract_finds_a_liar(liar: type, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        check_clusterer(liar())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([0, 0, 0, 0], "other than 4 labels"),
        (np.zeros(3, dtype=np.int64), "other than 4 labels"),
        (np.zeros(4), "float64"),
        (np.array([0, 0, 0, -2]), "below -1"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_with_a_name(answer: object, said: str) -> None:
    class Wrong:
        def cluster(self, rows: Rows, seed: int) -> object:
            return answer

    with pytest.raises(PluginError, match=f"clusterer 'wrong' returned .*{said}"):
        CheckedClusterer("wrong", Wrong()).cluster(ROWS)  # type: ignore[arg-type]


def test_a_clusterer_that_raises_is_named() -> None:
    class Broken:
        def cluster(self, rows: Rows, seed: int) -> Labels:
            raise ZeroDivisionError("by zero")

    with pytest.raises(PluginError, match="'broken' failed: ZeroDivisionError: by zero"):
        CheckedClusterer("broken", Broken()).cluster(ROWS)


def test_clusters_are_numbered_by_their_first_rows() -> None:
    class Odd:
        def cluster(self, rows: Rows, seed: int) -> Labels:
            return np.array([7, -1, 3, 7])

    assert CheckedClusterer("odd", Odd()).cluster(ROWS).tolist() == [0, -1, 1, 0]


def test_a_plugin_that_cannot_list_its_clusterers_is_a_row(tmp_path: Path) -> None:
    bad = "from vecna_notes.hookspecs import hookimpl\n@hookimpl\ndef vecna_clusterers(): return 1 / 0"
    (tmp_path / "bad.py").write_text(bad)
    registry = Registry(tmp_path)
    assert "bad" not in [row.plugin for row in registry.offers("clusterers")]
    assert [row.plugin for row in registry.broken] == ["bad"]
