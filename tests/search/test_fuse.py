from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from vecna_notes.search import fuse

SCORES = st.lists(st.floats(0, 50), min_size=1, max_size=20)


@given(SCORES)
def test_the_best_has_one_and_the_least_nothing(scores: list[float]) -> None:
    spread = fuse.spread(np.array(scores), min(scores), max(scores))
    assert spread.max() == 1 and spread.min() == (0 if max(scores) > min(scores) else 1)


@given(SCORES, st.data())
def test_reciprocal_ranks_fall_with_the_scores_and_are_none_for_what_was_not_found(
    scores: list[float], data: st.DataObject
) -> None:
    found = np.array(data.draw(st.lists(st.booleans(), min_size=len(scores), max_size=len(scores))))
    ranked = fuse.reciprocal(np.array(scores), found)
    assert (ranked[~found] == 0).all()
    if found.any():
        assert ranked.max() == 1 and ranked[found].argmax() == np.array(scores)[found].argmax()


def test_what_words_found_is_worth_more_than_nothing() -> None:
    """With min-max the last of the list would count as not found."""
    assert fuse.to_best({1: 9.0, 2: 3.0})[2] == pytest.approx(1 / 3)


def test_ranks_begin_at_one() -> None:
    assert fuse.ranks({"a": 0.1, "b": 0.9, "c": 0.1}) == {"b": 1, "a": 2, "c": 3}


ROWS = arrays.arrays(np.float32, st.tuples(st.integers(0, 12), st.just(4)), elements=st.floats(-1, 1, width=32))


@given(ROWS, st.data())
def test_smoothing_stays_within_the_scores(rows: np.ndarray, data: st.DataObject) -> None:
    scores = np.array(data.draw(st.lists(st.floats(0, 1), min_size=len(rows), max_size=len(rows))))
    smooth = fuse.smoothed(scores, rows, 0.25)
    assert smooth.shape == scores.shape
    if len(scores):
        assert scores.min() - 1e-9 <= smooth.min() and smooth.max() <= scores.max() + 1e-9


def test_a_note_is_drawn_to_those_that_say_the_same() -> None:
    rows = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=np.float32)
    smooth = fuse.smoothed(np.array([1.0, 0.0, 0.4, 0.4]), rows, 0.5)
    assert smooth == pytest.approx([0.5, 0.5, 0.4, 0.4])


def test_a_zero_row_has_no_neighbours() -> None:
    rows = np.array([[1, 0], [0, 0], [1, 0]], dtype=np.float32)
    assert fuse.smoothed(np.array([1.0, 0.5, 0.0]), rows, 0.25)[1] == 0.5


@given(ROWS.filter(lambda rows: len(rows) > 0))
def test_a_query_drawn_to_its_hits_keeps_its_length(rows: np.ndarray) -> None:
    query = np.array([[0.6, 0.8, 0.0, 0.0]], dtype=np.float32)
    drawn = fuse.drawn_to(query, rows, np.ones(len(rows)), 0.25)
    assert np.linalg.norm(drawn) == pytest.approx(1, abs=1e-3)
    assert (fuse.drawn_to(query, rows, np.ones(len(rows)), 0.0) == query).all()
