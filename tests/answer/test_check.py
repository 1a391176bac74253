"""Citations are believed only as far as the note bears them out."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vecna_notes.answer.check import check
from vecna_notes.answer.evidence import Piece
from vecna_notes.types import Chunk, NoteId, Passage, PassageId

CURVE = (
    "# Why it decays\n\nWe forget **most** of what we read within a day unless [[Active recall|something]] forces\n"
    "retrieval. Ebbinghaus used nonsense syllables.\n\n- sleep helps\n- teaching helps more\n"
)
BREAD = "Feed the levain every day with rye flour and water."


def piece(number: int, text: str) -> Piece:
    passage = Passage(PassageId(number), NoteId(number), f"{number}.md", f"Note {number}", Chunk(text, (), 1, 9, text))
    return Piece(number, passage, text, 1, 9, 0.9, 10)


PIECES = (piece(1, CURVE), piece(2, BREAD))


def support(text: str) -> list[str | None]:
    return [sentence.support for sentence in check(text, PIECES)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("“We forget most of what we read within a day unless something forces retrieval.” [1]", "exact"),
        ('You wrote that "feed the levain every day" is the rule [2].', "exact"),
        ("Ebbinghaus used nonsense syllables [1].", "exact"),
        ("“We forget most of what is read within one day unless something forces retrieval” [1].", "near"),
        ("Most of what we read is forgotten within a day [1].", "near"),
        ("“The moon is made of green cheese and nothing else.” [1]", "missing"),
        ("Levain wants milk, honey and two warm stones [2].", "missing"),
        ("Ebbinghaus used nonsense syllables [2].", "missing"),
        ("Ebbinghaus used nonsense syllables [7].", "unknown"),
        ("Ebbinghaus used nonsense syllables.", None),
        ("Ebbinghaus used nonsense syllables [7, 1].", "exact"),
    ],
)
def test_a_sentence_is_as_good_as_its_best_source(said: str, expected: str | None) -> None:
    assert support(said) == [expected]


def test_numbers_behind_a_full_stop_belong_to_the_sentence_before_them() -> None:
    first, second = check("Feed the levain every day. [2] Ebbinghaus used nonsense syllables. [1][2]", PIECES)
    assert [one.number for one in first.citations] == [2] and first.support == "exact"
    assert [(one.number, one.support) for one in second.citations] == [(1, "exact"), (2, "missing")]


def test_a_citation_shows_what_the_note_says() -> None:
    (sentence,) = check("Most of what we read is forgotten within a day [1].", PIECES)
    assert sentence.citations[0].quote.startswith("We forget **most** of what we read")
    assert not sentence.citations[0].quote.startswith("#")


def test_a_quote_that_is_altered_in_one_word_that_counts_is_not_exact() -> None:
    assert support("“We remember most of what we read within a day unless something forces retrieval.” [1]") == ["near"]


@given(st.text(alphabet='ab “”"[]12,;.\n«»', max_size=80))
def test_any_answer_can_be_checked(text: str) -> None:
    found = check(text, PIECES)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))
