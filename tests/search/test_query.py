from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vecna_notes.search.query import MAX_CHARACTERS, MAX_TERMS, analyse

ANY_TEXT = st.text(st.characters())


@given(ANY_TEXT)
def test_any_text_is_a_query(text: str) -> None:
    query = analyse(text)
    assert len(query.text) <= 2 * MAX_CHARACTERS
    assert len(query.terms) <= MAX_TERMS and len(query.pieces) <= MAX_TERMS
    assert set(query.terms) <= set(query.words)
    query.text.encode()  # no lone surrogate is left


def test_a_megabyte_is_cut() -> None:
    query = analyse("wörd " * 200_000)
    assert query.terms == ("wörd",)
    assert len(query.text) <= MAX_CHARACTERS


@pytest.mark.parametrize(
    "text, terms",
    [
        ("How does memory decay?", ("memory", "decay")),
        ("what is the forgetting curve", ("forgetting", "curve")),
        ("The Who", ("the", "who")),  # nothing but stop words is kept whole
        ("to be or not to be", ("to", "be", "or", "not")),
        ("don’t panic", ("panic",)),
        ("Memory memory MEMORY", ("memory",)),
    ],
)
def test_stop_words_leave_unless_they_are_all_there_is(text: str, terms: tuple[str, ...]) -> None:
    assert analyse(text).terms == terms


@pytest.mark.parametrize(
    "text, phrases",
    [
        ('about "forgetting curve" today', ("forgetting curve",)),
        ("“spaced  repetition” and „Kant“", ("spaced repetition", "Kant")),
        ('an "open end', ()),
        ('""', ()),
    ],
)
def test_phrases_stand_in_quotation_marks(text: str, phrases: tuple[str, ...]) -> None:
    query = analyse(text)
    assert query.phrases == phrases
    assert '"' not in query.text


@pytest.mark.parametrize(
    "text, pieces",
    [
        ("C++ and F#", ("C++", "F#")),
        ("state-of-the-art (really)", ()),
        ("记忆", ("记忆",)),
        ("记忆衰退", ("记忆衰退", "记忆", "忆衰", "衰退")),
        ("🎉", ("🎉",)),
        ("???", ("???",)),
        ("plain words, nothing else.", ()),
    ],
)
def test_pieces_are_what_words_cannot_find(text: str, pieces: tuple[str, ...]) -> None:
    assert analyse(text).pieces == pieces


@pytest.mark.parametrize("text", ["", " ", "\x00", "\n\t", "\x1b[31m"])
def test_nothing_is_empty(text: str) -> None:
    assert analyse(text).is_empty
