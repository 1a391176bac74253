"""Whether the value of a property is one that was asked for."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from vecna_notes.search.conditions import Wanted
from vecna_notes.text import normalise

Value = str | int | float | None
_ISO_DAY = re.compile(r"\s*(?P<day>\d{4}-\d{2}-\d{2})(?!\d)")
_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_NOTHING = ("", "null", "none")


def is_wanted(wanted: tuple[Wanted, ...], value: Value) -> bool:
    """Whether any of the values wanted is this one. Numbers are compared as numbers, dates as dates, else as text."""
    return any(_is_wanted(one, value) for one in wanted)


def _is_wanted(one: Wanted, value: Value) -> bool:
    if value is None:
        return one.comparison in ("holds", "is") and one.value.casefold() in _NOTHING
    if one.comparison not in ("holds", "is"):
        return _compares(one, value)
    mine, asked = _number(value), _number(one.value)
    if mine is not None and asked is not None:
        return mine == asked
    text, words = _text(value), _text(one.value)
    if one.comparison == "is":
        return text == words
    return _in_days(one, value) or _holds(text, words)


def _compares(one: Wanted, value: Value) -> bool:
    compare = _COMPARED[one.comparison]
    mine, asked = _number(value), _number(one.value)
    if mine is not None and asked is not None:
        return compare(mine, asked)
    day = _day(value)
    if day and one.days:
        return _by_day(one.comparison, day, *one.days)
    return mine is None and asked is None and not one.days and compare(_text(value), _text(one.value))


def _by_day(comparison: str, day: str, first: str, end: str) -> bool:
    return {"<": day < first, "<=": day < end, ">": day >= end, ">=": day >= first}[comparison]


def _in_days(one: Wanted, value: Value) -> bool:
    day = _day(value)
    return bool(day and one.days and one.days[0] <= day < one.days[1])


def _holds(text: str, words: str) -> bool:
    """Whether the words stand side by side in the text, as whole words."""
    if not words:
        return False
    begin = r"(?<!\w)" if words[0].isalnum() else ""
    end = r"(?!\w)" if words[-1].isalnum() else ""
    return re.search(begin + re.escape(words) + end, text) is not None


def _day(value: Value) -> str | None:
    match = _ISO_DAY.match(value) if isinstance(value, str) else None
    return match["day"] if match else None


def _number(value: Value) -> float | int | None:
    if isinstance(value, str):
        try:
            return float(value) if len(value) < 40 and "_" not in value else None
        except ValueError:
            return None
    return value


def _text(value: Value) -> str:
    return " ".join(normalise(str(value)).split())
