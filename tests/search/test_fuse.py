from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from vecna_notes.search import fuse

SCORES = st.dictionaries(st.integers(0, 30), st.floats(0, 50), max_size=20)
SHARE = st.floats(0, 1)


@given(SCORES, SCORES, SHARE)
def test_sums_lie_between_nothing_and_one(words: dict[int, float], meaning: dict[int, float], share: float) -> None:
    values = meaning.values()
    spread = fuse.spread(meaning, min(values, default=0), max(values, default=0))
    for sum_up in (fuse.weighted, fuse.reciprocal):
        summed = sum_up(fuse.to_best(words), spread, share)
        assert summed.keys() == words.keys() | meaning.keys()
        assert all(0 <= score <= 1 + 1e-9 for score in summed.values())


@given(SCORES.filter(lambda scores: len(scores) > 1), SHARE)
def test_first_in_both_legs_is_first_in_the_sum(scores: dict[int, float], share: float) -> None:
    best = [key for key in scores if scores[key] == max(scores.values())]
    for sum_up in (fuse.weighted, fuse.reciprocal):
        summed = sum_up(fuse.to_best(scores), fuse.spread(scores, min(scores.values()), max(scores.values())), share)
        assert max(summed[key] for key in best) >= max(summed.values()) - 1e-9


def test_what_has_no_vector_stands_where_its_words_put_it() -> None:
    summed = fuse.weighted({1: 1.0, 2: 0.5}, {2: 1.0}, 0.6)
    assert summed == {1: 1.0, 2: pytest.approx(0.8)}


def test_what_words_found_is_worth_more_than_nothing() -> None:
    """With min-max the last of the list would count as not found."""
    assert fuse.to_best({1: 9.0, 2: 3.0})[2] == pytest.approx(1 / 3)


def test_learned_embedders_are_trusted_less() -> None:
    assert fuse.trust("word2vec") < fuse.trust("sbert") == fuse.trust("a stranger's") == 1


def test_ranks_begin_at_one() -> None:
    assert fuse.ranks({"a": 0.1, "b": 0.9, "c": 0.1}) == {"b": 1, "a": 2, "c": 3}


ROWS = arrays.arrays(np.float32, st.tuples(st.integers(0, 12), st.just(4)), elements=st.floats(-1, 1, width=32))


@given(ROWS, st.data())
def test_smoothing_stays_within_the_scores(rows: np.ndarray, data: st.DataObject) -> None:
    scores = np.array(data.draw(st.lists(st.floats(0, 1), min_size=len(rows), max_size=len(rows))))
    smooth = fuse.smoothed(scores, rows)
    assert smooth.shape == scores.shape
    if len(scores):
        assert scores.min() - 1e-9 <= smooth.min() and smooth.max() <= scores.max() + 1e-9


def test_a_note_is_drawn_to_those_that_say_the_same() -> None:
    rows = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=np.float32)
    smooth = fuse.smoothed(np.array([1.0, 0.0, 0.4, 0.4]), rows, 0.5)
    assert smooth == pytest.approx([0.5, 0.5, 0.4, 0.4])


def test_a_zero_row_has_no_neighbours() -> None:
    rows = np.array([[1, 0], [0, 0], [1, 0]], dtype=np.float32)
    assert fuse.smoothed(np.array([1.0, 0.5, 0.0]), rows)[1] == 0.5
