from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vecna_notes import text

HOSTILE = [
    ("\x1b]52;c;AAAA\x07copy", "copy"),
    ("\x1b]0;title\x1b\\x", "x"),
    ("\x9d52;c;AAAA\x9cx", "x"),
    ("\x1b[31mred\x1b[0m", "red"),
    ("\x9b31mred", "red"),
    ("\x1bPq#0\x1b\\x", "x"),
    ("\x1bcx", "x"),
    ("[/b] [@click=app.quit]", "[/b] [@click=app.quit]"),
    ("a\r\nb\rc", "a\nb\nc"),
    ("tab\tnew\nline", "tab\tnew\nline"),
    ("evil\u202egnp.exe", "evil\ufffdgnp.exe"),
    ("bell\x07", "bell\ufffd"),
    ("lone \udcff", "lone \ufffd"),
    ("never closed \x1b]52;c;AAAA", "never closed "),
]


@pytest.mark.parametrize(("hostile", "safe"), HOSTILE)
def test_a_terminal_obeys_nothing_in_safe_text(hostile: str, safe: str) -> None:
    assert text.safe_text(hostile) == safe


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=200))
def test_safe_text_holds_no_control_character(raw: str) -> None:
    safe = text.safe_text(raw)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", safe)
    safe.encode("utf-8")
    assert text.safe_text(safe) == safe


@given(st.text(max_size=300))
def test_sentences_are_the_text_without_its_white_space(raw: str) -> None:
    spans = text.sentences(raw)
    kept = "".join(raw[a:b] for a, b in spans)
    assert re.sub(r"\s", "", kept) == re.sub(r"\s", "", raw)
    assert all(a < b for a, b in spans)
    assert [s for span in spans for s in span] == sorted(s for span in spans for s in span)


def test_a_shortened_word_ends_no_sentence() -> None:
    raw = "He met Dr. Smith (vol. 2) in St. Augustine. It was no. 5, i.e. late. J. R. Watt left."
    said = [raw[a:b] for a, b in text.sentences(raw)]
    assert said == ["He met Dr. Smith (vol. 2) in St. Augustine.", "It was no. 5, i.e. late.", "J. R. Watt left."]


@given(st.text(max_size=300), st.integers(0, 300), st.integers(1, 40), st.integers(1, 120))
def test_an_excerpt_is_one_line_that_fits(raw: str, start: int, length: int, width: int) -> None:
    shown = text.excerpt(raw, (start, start + length), width)
    assert len(shown) <= width
    assert "\n" not in shown


def test_an_excerpt_shows_what_it_is_about() -> None:
    long = "words before " * 30 + "the forgetting curve is steep " + "words after " * 30
    start = long.index("forgetting curve")
    assert "forgetting curve" in text.excerpt(long, (start, start + 16), 60)


def test_a_digest_takes_any_string() -> None:
    assert text.digest("\udcff") != text.digest("\udcfe")
    assert text.digest("a") == text.digest(b"a")


def test_names_are_found_in_any_case_and_unicode_form() -> None:
    assert text.normalise("CAFE\u0301") == text.normalise("caf\u00e9")
