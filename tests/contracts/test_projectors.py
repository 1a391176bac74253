"""Every offered projector keeps the contract, and one that breaks it is found out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vecna_notes.errors import PluginError
from vecna_notes.interfaces import Plane
from vecna_notes.registry import Registry
from vecna_notes.surveying import CheckedProjector
from vecna_notes.testing import check_projector
from vecna_notes.types import Rows

ROWS = np.eye(4, dtype=np.float32)


@pytest.mark.parametrize("name", ["pca", "tsne", "umap"])
def test_offered_projectors_keep_the_contract(name: str, tmp_path: Path) -> None:
    registry = Registry(only_ours=True)
    if why := registry.missing("projectors", name):
        pytest.skip(why)
    check_projector(registry.projector(name, {"cache": tmp_path, "threads": 2}).projector)


class Honest:
    """Six directions on a circle."""

    def project(self, rows: Rows) -> Plane:
        turns = np.arange(rows.shape[1]) / 6 * 2 * np.pi
        return np.asarray(rows @ np.column_stack([np.cos(turns), np.sin(turns)]), dtype=np.float32)


class Fickle(Honest):
    def __init__(self) -> None:
        self.times = 0

    def project(self, rows: Rows) -> Plane:
        self.times += 1
        return super().project(rows) + self.times


class Blind:
    def project(self, rows: Rows) -> Plane:
        return np.random.default_rng(0).standard_normal((len(rows), 2)).astype(np.float32)


class Dizzy(Honest):
    def project(self, rows: Rows) -> Plane:
        return super().project(rows) / np.linalg.norm(rows, axis=1, keepdims=True)


class Lost(Honest):
    def place(self, rows: Rows, plane: Plane, new_rows: Rows) -> Plane:
        return np.zeros((len(new_rows), 2), dtype=np.float32)


def test_a_projector_that_keeps_the_contract_passes() -> None:
    check_projector(Honest())


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize(
    ("liar", "said"),
    [(Fickle, "two maps"), (Blind, "beside one"), (Dizzy, "NaN"), (Lost, "placed beside")],
)
def test_the_contract_finds_a_liar(liar: type, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        check_projector(liar())


def test_an_answer_that_cannot_be_is_refused_with_a_name() -> None:
    class Wrong:
        def project(self, rows: Rows) -> Plane:
            return np.full((len(rows), 2), np.nan, dtype=np.float32)

    with pytest.raises(PluginError, match="projector 'wrong' returned a point that is NaN"):
        CheckedProjector("wrong", Wrong()).project(ROWS)


def test_no_rows_make_no_points() -> None:
    assert CheckedProjector("honest", Honest()).project(ROWS[:0]).shape == (0, 2)
