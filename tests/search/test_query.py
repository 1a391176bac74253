from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.search.hostile import PIECES
from vecna_notes.search.dates import Period, read_date
from vecna_notes.search.grammar import MAX_CONDITIONS
from vecna_notes.search.query import MAX_CHARACTERS, MAX_TERMS, analyse
from vecna_notes.text import terms

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


# ── the query language ──────────────────────────────────────────────────────────────────────────────────────────────

TODAY = date(2024, 5, 15)  # a Wednesday
TYPED = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=40).flatmap(
    lambda pieces: st.sampled_from(["", " "]).map(lambda between: between.join(pieces))
)


@given(st.one_of(ANY_TEXT, TYPED))
def test_any_text_is_taken_apart_and_spans_are_where_it_was_typed(text: str) -> None:
    query = analyse(text, TODAY)
    end = 0
    for condition in query.conditions:
        assert text[slice(*condition.span)] == condition.text and condition.text
        assert condition.span[0] >= end, "conditions stand apart, in order"
        end = condition.span[1]
    assert len(query.conditions) <= 2 * MAX_CONDITIONS
    query.text.encode()
    assert analyse(text, TODAY) == query


@given(st.text(st.characters(exclude_characters='"“”„«»()[]:/-'), max_size=200))
def test_without_operators_a_query_is_its_words(text: str) -> None:
    query = analyse(text)
    assert query.conditions == () and query.filter is None and query.like == ()
    assert query.words == tuple(match.group().lower() for match in terms(query.text))
    assert analyse(query.text) == query


COMPLETE = st.sampled_from(
    [
        *("tag:a", "-tag:b/c", "path:x", 'file:"y z"', "[p]", "[p:v]", "-[p:>2]", "/r/", "-/r/", "before:2024-05"),
        *("-gone", '-"gone gone"', "-(gone tag:a)", "(tag:a OR tag:b)", "tag:a OR -gone", "like:[[N]]", "lang:en"),
    ]
)
WORDS = st.sampled_from(["memory", "sleep", "naïve", "a-b", "x:y", "don’t"])


@given(st.lists(st.one_of(COMPLETE, WORDS), max_size=12))
def test_words_stay_and_operators_leave(pieces: list[str]) -> None:
    query = analyse(" ".join(pieces), TODAY)
    plain = analyse(" ".join(piece for piece in pieces if analyse(piece, TODAY).conditions == ()), TODAY)
    assert (query.text, query.words, query.terms, query.pieces) == (plain.text, plain.words, plain.terms, plain.pieces)
    assert "gone" not in query.words


@given(st.lists(st.one_of(COMPLETE, WORDS), max_size=12), st.randoms())
def test_a_condition_can_be_taken_out(pieces: list[str], random: Random) -> None:
    text = " ".join(pieces)
    conditions = analyse(text, TODAY).conditions
    if conditions:
        out = random.choice(conditions)
        rest = analyse(text[: out.span[0]] + text[out.span[1] :], TODAY).conditions
        assert [one.text for one in rest] == [one.text for one in conditions if one is not out]


@pytest.mark.parametrize(
    "text, words, kinds",
    [
        ("why forget tag:#a/b -path:archive", "why forget", ["tag", "not"]),
        ("why forget tag:a OR tag:b", "why forget", ["or"]),
        ("(memory tag:a) OR sleep rest", "memory sleep rest", ["or"]),
        ("(memory tag:a) rest", "memory rest", ["tag"]),
        ("cats OR dogs (really)", "cats OR dogs (really)", []),
        ("tag:a OR", "", ["tag"]),
        ("(tag:a see f(x)) rest", "see f(x) rest", ["tag"]),
        ("Portland OR", "Portland OR", []),
        ('say "not so" twice', "say not so twice", ["phrase"]),
        ("-(a b) c", "c", ["not"]),
        ("a -> b --flag - c", "a -> b --flag - c", []),
        ("/usr/bin/env and/or /dev/null", "/usr/bin/env and/or /dev/null", []),
        ("[x] done [1] [link](url) [[Note]]", "[x] done [1] [link](url) [[Note]]", []),
        ("http://a.b note: buy milk 12:30 std::move", "http://a.b note: buy milk 12:30 std::move", []),
        ("like:[[A note|alias]] unlike:b.md", "", ["like", "unlike"]),
        ("TAG:x Path:y", "", ["tag", "path"]),
        ("before:last week things", "things", ["before"]),
        ("after:march 2024 budget", "budget", ["after"]),
    ],
)  # fmt: skip
def test_what_is_words_and_what_is_not(text: str, words: str, kinds: list[str]) -> None:
    query = analyse(text, TODAY)
    assert query.text == words
    assert [condition.kind for condition in query.conditions] == kinds
    assert all(not condition.problem for condition in query.conditions)


@pytest.mark.parametrize(
    "text, said",
    [
        ("tag:", "needs a tag"),
        ("before:soonish", "no date"),
        ("lang:gibberish", "no language"),
        ("[due", "no closing bracket"),
        ("/unfinished", "no closing slash"),
        ("/(/", "no regular expression"),
        ('path:"open', "does not end"),
        ("like:[[Open", "does not end"),
        ("tags:x", "did you mean tag:?"),
        ("/" + "a" * 600 + "/", "longer than"),
    ],
)
def test_what_is_not_understood_says_so_and_is_searched_as_words(text: str, said: str) -> None:
    query = analyse(f"one {text} two", TODAY)
    (condition,) = query.conditions
    assert said in condition.problem and "searched as" in condition.problem
    assert query.filter is None
    assert query.words[0] == "one" and query.words[-1] == "two"
    assert set(analyse(text.strip("/[]"), TODAY).words) <= set(query.words)


def test_names_of_notes_come_as_typed() -> None:
    query = analyse('like:[[My note#part|x]] -like:b like:"c d" -unlike:e')
    assert query.like == ("My note", "c d", "e") and query.unlike == ("b",)


def test_negated_words_are_not_searched_for() -> None:
    query = analyse('levain -yeast -"baking powder"')
    assert query.words == ("levain",) and query.phrases == ()
    assert len(query.conditions) == 2 and query.filter is not None


def test_there_is_a_limit_to_everything() -> None:
    assert len(analyse("tag:a " * 500).conditions) == MAX_CONDITIONS
    assert analyse("(" * 2000 + "tag:a" + ")" * 2000).conditions[0].kind == "tag"
    assert len(analyse('"a b" ' * 500).conditions) == 8
    assert analyse("-(" * 1000 + "x" + ")" * 1000) is not None


@pytest.mark.parametrize(
    "text, first, end",
    [
        ("2024", "2024-01-01", "2025-01-01"),
        ("2024-02", "2024-02-01", "2024-03-01"),
        ("2024-5-1", "2024-05-01", "2024-05-02"),
        ("2024/05/01", "2024-05-01", "2024-05-02"),
        ("2024-W20", "2024-05-13", "2024-05-20"),
        ("today", "2024-05-15", "2024-05-16"),
        ("Yesterday", "2024-05-14", "2024-05-15"),
        ("wednesday", "2024-05-15", "2024-05-16"),
        ("thu", "2024-05-09", "2024-05-10"),
        ("last wednesday", "2024-05-08", "2024-05-09"),
        ("last week", "2024-05-06", "2024-05-13"),
        ("this month", "2024-05-01", "2024-06-01"),
        ("last month", "2024-04-01", "2024-05-01"),
        ("next year", "2025-01-01", "2026-01-01"),
        ("3d", "2024-05-12", "2024-05-13"),
        ("2w", "2024-05-01", "2024-05-02"),
        ("2 weeks ago", "2024-05-01", "2024-05-02"),
        ("3mo", "2024-02-15", "2024-02-16"),
        ("1y", "2023-05-15", "2023-05-16"),
        ("march", "2024-03-01", "2024-04-01"),
        ("may", "2024-05-01", "2024-06-01"),
        ("june", "2023-06-01", "2023-07-01"),
        ("march 2020", "2020-03-01", "2020-04-01"),
        ("3 march", "2024-03-03", "2024-03-04"),
        ("March 3, 2021", "2021-03-03", "2021-03-04"),
    ],
)
def test_dates_as_people_write_them(text: str, first: str, end: str) -> None:
    assert read_date(text, TODAY) == Period(date.fromisoformat(first), date.fromisoformat(end))


@pytest.mark.parametrize("text", ["", "soon", "2024-13", "2024-02-30", "32 march", "0000", "9999y", "ma", "1", "3 x"])
def test_what_is_no_date(text: str) -> None:
    assert read_date(text, TODAY) is None


@given(st.text(max_size=20), st.dates())
def test_no_text_is_too_odd_for_a_date(text: str, today: date) -> None:
    read_date(text, today)


@given(st.dates(date(1000, 1, 1), date(9998, 12, 30)))
def test_every_iso_day_is_itself(day: date) -> None:
    assert read_date(day.isoformat(), TODAY) == Period(day, day + timedelta(1))
