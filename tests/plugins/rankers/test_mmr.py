from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vecna_plugins.rankers.mmr import Mmr

from tests.plugins.rankers.making import hits_of, places
from vecna_notes.errors import ConfigError
from vecna_notes.testing import check_ranker

BREAD = "Feed the levain with rye flour every day"
HITS = hits_of([BREAD, f"{BREAD}.", "Feed the levain with rye flour twice a day", "Tune the guitar before a concert"])
ROWS = np.array([[1, 0, 0], [1, 0.01, 0], [0.7, 0.7, 0], [0, 0, 1]], dtype=np.float32)


@pytest.mark.parametrize("rows", [ROWS, None], ids=["vectors", "words"])
def test_what_repeats_comes_later(rows: np.ndarray | None) -> None:
    assert places(Mmr({"balance": 0.5}).rank("levain", HITS, rows)) == [0, 3, 2, 1]


def test_all_balance_is_the_old_order() -> None:
    assert places(Mmr({"balance": 1.0}).rank("levain", HITS, ROWS)) == [0, 1, 2, 3]


def test_only_the_top_is_touched() -> None:
    ranked = Mmr({"balance": 0.0, "top": 3}).rank("levain", HITS, ROWS)
    assert places(ranked) == [0, 2, 1, 3]
    assert ranked[3].score <= ranked[2].score


def test_a_passage_without_vector_is_like_nothing() -> None:
    rows = ROWS.copy()
    rows[1] = 0
    assert places(Mmr({"balance": 0.5}).rank("levain", HITS, rows))[1] == 1


@settings(deadline=None, max_examples=25)  # each example ranks eighty times
@given(balance=st.floats(0, 1), top=st.integers(1, 70))
def test_every_setting_keeps_the_contract(balance: float, top: int) -> None:
    check_ranker(Mmr({"balance": balance, "top": top}))


@pytest.mark.parametrize("options", [{"balance": 2}, {"balance": "much"}, {"top": 0}])
def test_a_wrong_setting_is_named(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"rankers\.mmr\."):
        Mmr(options)
