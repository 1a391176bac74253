from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vecna_notes.search.highlight import stem
from vecna_notes.search.nearness import Nearness
from vecna_notes.search.query import analyse


def nearness(query: str, rare: str = "") -> Nearness:
    asked = analyse(query)
    return Nearness.of(asked, {stem(term): 5.0 if term == rare else 1.0 for term in asked.terms})


def test_one_sentence_that_says_the_query_has_all() -> None:
    near = nearness("heat transfer coefficient")
    assert near.score("The heat transfer coefficients were measured.") == 1.0


@pytest.mark.parametrize(
    "better, worse",
    [
        ("Heat transfer was slow.", "Heat was lost. The transfer was slow."),
        ("Heat transfer was slow.", "The transfer of much of the heat was slow."),
        ("The transfer of the heat was slow.", "Heat, it is said by those who know, is no transfer."),
        ("Only heat.", "Nothing at all."),
    ],
)
def test_words_that_stand_nearer_score_higher(better: str, worse: str) -> None:
    near = nearness("heat transfer")
    assert near.score(better) > near.score(worse)


def test_rare_words_weigh_more() -> None:
    near = nearness("ordinary zymurgy", rare="zymurgy")
    assert near.score("Zymurgy!") > near.score("Ordinary.")


@pytest.mark.parametrize("text", ["happiness is happy", "HAPPY", "The háppy few."])
def test_every_form_of_a_word_counts(text: str) -> None:
    assert nearness("happy").score(text) > 0


@given(st.text(max_size=200), st.text(max_size=400))
def test_any_text_scores_between_nothing_and_one(query: str, text: str) -> None:
    score = nearness(query).score(text)
    assert 0 <= score <= 1 + 1e-9


def test_a_text_of_one_word_over_and_over_is_looked_at_in_time() -> None:
    """Each pair of places is compared only so far: without the limit this takes minutes."""
    assert nearness(" ".join(f"w{i}" for i in range(60))).score("w1 w3 w0 " * 3_000) > 0
