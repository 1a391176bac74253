"""What is taken out of a text is out of it, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vecna_notes.evaluate import wording
from vecna_notes.search.query import analyse
from vecna_notes.types import WrittenLink

TEXT = st.text(st.sampled_from("abB é-_.,:*[]|#\n\"'()/"), max_size=60)
PHRASE = st.lists(st.sampled_from(["a", "b", "ab", "É", "bé"]), min_size=1, max_size=3).map(" ".join)


@given(TEXT, PHRASE)
def test_a_text_without_a_phrase_does_not_say_it(text: str, phrase: str) -> None:
    rest = wording.without(text, [phrase])
    assert not wording.says(rest, phrase)
    assert rest.count("\n") == text.count("\n")
    if not wording.says(text, phrase):
        assert rest == text


@pytest.mark.parametrize(
    "text",
    [
        "rye bread",
        "RYE BREAD",
        "rye-bread",
        "Rye\nbread",
        "[[Rye|bread]]",
        "**Rye** _bread_",
        "Ryé bread",
        "rye/bread.md",
    ],
)
def test_a_phrase_is_found_however_it_is_written(text: str) -> None:
    assert wording.says(f"Bake {text} today", "Rye bread")


@pytest.mark.parametrize("text", ["rye breads", "brye bread", "rye and bread", "bread rye"])
def test_other_words_are_another_phrase(text: str) -> None:
    assert wording.without(text, ["Rye bread"]) == text


def test_a_phrase_that_its_own_removal_makes_is_removed_too() -> None:
    assert not wording.says(wording.without("rye rye bread bread", ["rye bread"]), "rye bread")


@given(st.text(max_size=80))
def test_what_is_mined_is_read_as_plain_words(text: str) -> None:
    query = analyse(wording.asked(text))
    assert query.filter is None
    assert not query.conditions
    assert not query.phrases


def test_content_is_no_function_word_number_or_date() -> None:
    assert wording.content("The 3 notes of Monday 12 January about an oven") == ["notes", "oven"]


TWO = """Intro line.

First thought here. See [[Oven|the oven]] for heat! Last thought.
- point with [x](a%20b.md) in it
"""


def test_links_are_found_where_they_stand() -> None:
    links = [
        WrittenLink("Oven", label="the oven", line=3),
        WrittenLink("a b.md", label="x", line=4, style="markdown"),
        WrittenLink("Elsewhere", line=3),
    ]
    spans = wording.find(TWO, links)
    assert [None if span is None else TWO[slice(*span)] for span in spans] == [
        "[[Oven|the oven]]",
        "[x](a%20b.md)",
        None,
    ]


def test_the_sentence_around_a_link_ends_with_its_sentence_and_its_point() -> None:
    spans = [span for span, _ in wording.links_in(TWO)]
    assert [TWO[slice(*wording.sentence(TWO, span))] for span in spans] == [
        "See [[Oven|the oven]] for heat!",
        "- point with [x](a%20b.md) in it",
    ]


def test_a_sentence_may_run_over_lines() -> None:
    text = "A sentence that\nlinks to [[Oven]] and\ngoes on. Another."
    (span, target), *_ = wording.links_in(text)
    assert target == "Oven"
    assert text[slice(*wording.sentence(text, span))] == "A sentence that\nlinks to [[Oven]] and\ngoes on."
