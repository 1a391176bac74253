"""What an address asks is read whole, or refused in a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from vecna_notes.serve.asked import Asked, Parameter, Wrong, read

KNOWN = {
    "q": Parameter(most=20, is_needed=True),
    "limit": Parameter(most=50, is_number=True),
    "mode": Parameter(choices=("words", "meaning")),
}


def test_values_come_by_name() -> None:
    asked = read([("q", "bread"), ("limit", "7"), ("mode", "words")], KNOWN)
    assert asked == Asked({"q": "bread", "mode": "words"}, {"limit": 7})


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([], "q is missing; write ?q=…"),
        ([("q", " ")], "q is missing; write ?q=…"),
        ([("q", "x"), ("limits", "7")], "there is no parameter 'limits'; did you mean limit?"),
        ([("q", "x"), ("colour", "7")], "there is no parameter 'colour'; there are q, limit, mode"),
        ([("q", "x"), ("q", "y")], "q is given twice; give it once"),
        ([("q", "x" * 21)], "q is longer than 20 characters"),
        ([("q", "x"), ("limit", "51")], "limit is a number from 1 to 50, not '51'"),
        ([("q", "x"), ("limit", "0")], "limit is a number from 1 to 50, not '0'"),
        ([("q", "x"), ("limit", "٣")], "limit is a number from 1 to 50, not '٣'"),
        ([("q", "x"), ("limit", "9" * 5000)], f"limit is a number from 1 to 50, not '{'9' * 39}…'"),
        ([("q", "x"), ("mode", "both")], "mode is words or meaning, not 'both'"),
    ],
)
def test_what_cannot_be_meant_is_told(given: list[tuple[str, str]], sentence: str) -> None:
    with pytest.raises(Wrong) as refused:
        read(given, KNOWN)
    assert str(refused.value) == sentence


@given(some.lists(some.tuples(some.sampled_from([*KNOWN, "x"]) | some.text(), some.text())))
def test_anything_is_read_or_refused(given: list[tuple[str, str]]) -> None:
    try:
        asked = read(given, KNOWN)
    except Wrong as refused:
        assert len(str(refused)) < 200
    else:
        assert asked.texts["q"].strip() and 1 <= asked.numbers.get("limit", 1) <= 50
