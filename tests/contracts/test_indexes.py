"""Every index that is offered keeps the contract of VectorIndex."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from vecna_plugins.indexes import hnsw
from vecna_plugins.indexes.exact import ExactBuilder, ExactIndex

from vecna_notes.errors import MissingPart
from vecna_notes.registry import Registry
from vecna_notes.testing import check_index


@pytest.mark.parametrize("name", ["exact", "hnsw"])
def test_offered_indexes_keep_the_contract(name: str, tmp_path: Path) -> None:
    registry = Registry()
    if why := registry.missing("indexes", name):
        pytest.skip(why)
    check_index(registry.index_builder(name, {"cache": tmp_path, "threads": 2}))


def test_the_contract_finds_a_liar() -> None:
    class Forgetful(ExactIndex):
        def search(self, query, k):  # type: ignore[no-untyped-def]
            return super().search(query, max(k - 1, 0))

    class Builder(ExactBuilder):
        def build(self, labels, rows, dim, metric):  # type: ignore[no-untyped-def]
            index = Forgetful(np.empty(0, dtype=np.int64), np.empty((0, dim), dtype=np.float32), metric)
            index.add(labels, rows)
            return index

    with pytest.raises(AssertionError, match="asked for 10"):
        check_index(Builder())


def test_hnswlib_that_dies_here_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel built for another processor ends its process; that must be the child's."""
    monkeypatch.delitem(__import__("sys").modules, "hnswlib", raising=False)
    monkeypatch.setattr(hnsw, "_PROBE", "import os, signal; os.kill(os.getpid(), signal.SIGILL)")
    with pytest.raises(MissingPart, match="exit -4"):
        hnsw.HnswBuilder({"cache": tmp_path}).build([], np.empty((0, 4), dtype=np.float32), 4, "cosine")
    assert not (tmp_path / "hnswlib.json").exists()


def test_the_proof_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(__import__("sys").modules, "hnswlib", raising=False)
    hnsw._prove(tmp_path)
    monkeypatch.setattr(hnsw, "_PROBE", "raise SystemExit(1)")
    hnsw._prove(tmp_path)
    (tmp_path / "hnswlib.json").write_text("[]")
    with pytest.raises(MissingPart):
        hnsw._prove(tmp_path)


def test_a_missing_hnswlib_is_said_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "pip install hnswlib" in hnsw._missing()
