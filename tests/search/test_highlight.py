from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vecna_notes.search.highlight import decisive_sentence, weights, word_spans
from vecna_notes.search.query import analyse

ANY_TEXT = st.text(st.characters(), max_size=300)


def spans(query: str, text: str) -> list[str]:
    return [text[start:end] for start, end in word_spans(analyse(query), text)]


def decisive(query: str, text: str, others: tuple[str, ...] = ()) -> str | None:
    asked = analyse(query)
    span = decisive_sentence(weights(asked, {}, 100, (text, *others)), text)
    return None if span is None else text[span[0] : span[1]]


@given(ANY_TEXT, ANY_TEXT)
def test_spans_lie_in_the_text_in_order_and_apart(query: str, text: str) -> None:
    end = 0
    for start, stop in word_spans(analyse(query), text):
        assert end <= start < stop <= len(text)
        end = stop


@given(ANY_TEXT, ANY_TEXT)
def test_a_decisive_sentence_lies_in_the_text(query: str, text: str) -> None:
    asked = analyse(query)
    span = decisive_sentence(weights(asked, {}, 3, (text, text)), text)
    assert span is None or 0 <= span[0] < span[1] <= len(text)


@pytest.mark.parametrize(
    "query, text, found",
    [
        ("memories", "Memory decays. My memory, memories.", ["Memory", "memory", "memories"]),
        ("the memory", "The memory of the sea", ["memory"]),
        ("cafe", "Café and CAFE", ["Café", "CAFE"]),
        ('"forgetting curve"', "the Forgetting Curve; a curve", ["Forgetting Curve", "curve"]),
        ("C++", "I like C++ more than C", ["C++", "C"]),
        ("记忆", "关于记忆的笔记", ["记忆"]),
        ("absent", "nothing here", []),
    ],
)
def test_words_are_found_in_any_form(query: str, text: str, found: list[str]) -> None:
    assert spans(query, text) == found


TEXT = "Sleep is good. Memory fades when it is not used. Gardens need water."


def test_the_sentence_with_the_asked_words_decides() -> None:
    assert decisive("how does memory fade", TEXT) == "Memory fades when it is not used."


def test_without_a_shared_word_the_sentence_decides_that_says_what_the_hits_share() -> None:
    others = ("What is used stays in memory.", "An unused memory fades.")
    assert decisive("why do I forget", TEXT, others) == "Memory fades when it is not used."


def test_no_sentence_decides_when_none_says_anything() -> None:
    assert decisive("zebra", TEXT) is None


@pytest.mark.parametrize("name", ["# Sourdough starter", "#sourdough #starter", "starter:: sourdough starter"])
def test_a_name_is_no_sentence_unless_there_is_no_other(name: str) -> None:
    said = "The starter is fed at night."
    assert decisive("sourdough starter", f"{name}\n\n{said}") == said
    assert decisive("sourdough starter", name) == name
