from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.search.conftest import MakeSearcher
from vecna_notes.search.spelling import edits

NOTES = {"heat.md": "The boundary of heat transfer.", "gandhi.md": "Gandhi walked to the sea.", "tea.md": "Some tea."}


@pytest.mark.parametrize(
    "query, path",
    [
        ("tranfer", "heat.md"),
        ("boundry", "heat.md"),
        ("trasnfer", "heat.md"),
        ("what did Ghandi's friends do", "gandhi.md"),
    ],
)
def test_a_word_nobody_wrote_finds_the_one_it_is_meant_for(searcher: MakeSearcher, query: str, path: str) -> None:
    found = searcher(NOTES).search(query, "keyword", 10)
    assert [hit.passage.path for hit in found.hits] == [path]
    assert "was looked for too" in found.notice
    assert found.hits[0].words


@pytest.mark.parametrize("query", ["tee", "transfer", "xylophone", "tran5fer", "t" * 5_000])
def test_known_short_and_far_words_are_left_alone(searcher: MakeSearcher, query: str) -> None:
    assert "looked for" not in searcher(NOTES).search(query, "keyword", 10).notice


WORDS = st.text("abc", max_size=6)


@given(WORDS, WORDS)
def test_edits_are_a_distance(one: str, other: str) -> None:
    apart = edits(one, other, 10)
    assert (apart == 0) == (one == other) and apart == edits(other, one, 10)
    assert abs(len(one) - len(other)) <= apart <= max(len(one), len(other))


@given(WORDS, st.integers(0, 5), st.sampled_from("abc"))
def test_one_slip_is_one_edit(word: str, place: int, letter: str) -> None:
    place = min(place, len(word))
    assert edits(word, word[:place] + letter + word[place:], 3) == 1
    if len(word) > place + 1:
        swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        assert edits(word, swapped, 3) == (swapped != word)


@given(WORDS, WORDS, st.integers(0, 3))
def test_what_is_too_far_is_given_up(one: str, other: str, most: int) -> None:
    assert edits(one, other, most) == min(edits(one, other, 10), most + 1)
