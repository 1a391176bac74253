"""Dates as people write them: 2024, 2024-05, yesterday, 3d, last week, march 2024. English and ISO."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_DAYS_FROM_TODAY = {"today": 0, "now": 0, "yesterday": -1, "tomorrow": 1}
_TURNS = {"last": -1, "this": 0, "next": 1}
_YEARS = range(1000, 9999)

_ISO = re.compile(r"(?P<year>\d{4})(?:[-/._](?P<month>\d{1,2})(?:[-/._](?P<day>\d{1,2})(?:[t ]\d\d:\d\d\S*)?)?)?")
_ISO_WEEK = re.compile(r"(?P<year>\d{4})-?w(?P<week>\d{1,2})")
_AGO = re.compile(r"(?P<count>\d{1,4}) ?(?P<unit>d|days?|w|weeks?|mo|months?|y|years?)(?: ago)?")
_TURN = re.compile(r"(?P<turn>last|this|next) (?P<unit>week|month|year|[a-z]+day)")
_NAMED = re.compile(
    r"(?:(?P<first>\d{1,2})(?:st|nd|rd|th)? )?(?P<month>[a-z]{3,9})\.?"
    r"(?: (?P<second>\d{1,2})(?:st|nd|rd|th)?(?=,? \d{4}$|$))?(?:,? (?P<year>\d{4}))?"
)


@dataclass(frozen=True, slots=True)
class Period:
    """The days a date means: a day, a week, a month or a year."""

    first: date
    end: date
    """The day after the last."""


Reader: TypeAlias = Callable[[re.Match[str], date], Period | None]


def read_date(text: str, today: date) -> Period | None:
    """What a date means on the day `today`; None for what is none. Weeks begin on Monday."""
    words = " ".join(text.casefold().split())
    if words in _DAYS_FROM_TODAY:
        return _day(today + timedelta(_DAYS_FROM_TODAY[words]))
    if (weekday := _index(words, _WEEKDAYS)) is not None:
        return _day(today - timedelta((today.weekday() - weekday) % 7))
    return next(_readings(words, today), None)


def _readings(words: str, today: date) -> Iterator[Period]:
    readers: tuple[tuple[re.Pattern[str], Reader], ...] = (
        (_ISO, _iso), (_ISO_WEEK, _iso_week), (_AGO, _ago), (_TURN, _turn), (_NAMED, _named),
    )  # fmt: skip
    for pattern, reader in readers:
        if match := pattern.fullmatch(words):
            try:
                if period := reader(match, today):
                    yield period
            except (ValueError, OverflowError):  # a thirteenth month, a day before the calendar
                continue


def _iso(match: re.Match[str], _today: date) -> Period | None:
    return _period(int(match["year"]), match["month"], match["day"])


def _iso_week(match: re.Match[str], _today: date) -> Period:
    first = date.fromisocalendar(int(match["year"]), int(match["week"]), 1)
    return Period(first, first + timedelta(7))


def _ago(match: re.Match[str], today: date) -> Period:
    count, unit = int(match["count"]), match["unit"]
    if unit.startswith(("d", "w")):
        return _day(today - timedelta(count * (7 if unit.startswith("w") else 1)))
    return _day(_months_later(today, -count * (12 if unit.startswith("y") else 1)))


def _turn(match: re.Match[str], today: date) -> Period | None:
    turn, unit = _TURNS[match["turn"]], match["unit"]
    if unit == "week":
        monday = today - timedelta(today.weekday()) + timedelta(7 * turn)
        return Period(monday, monday + timedelta(7))
    if unit == "month":
        first = _months_later(today.replace(day=1), turn)
        return _period(first.year, first.month)
    if unit == "year":
        return _period(today.year + turn)
    weekday = _index(unit, _WEEKDAYS)
    if weekday is None:
        return None
    monday = today - timedelta(today.weekday())
    that = monday + timedelta(weekday)
    if turn < 0 and that >= today:
        that -= timedelta(7)
    if turn > 0 and that <= today:
        that += timedelta(7)
    return _day(that)


def _named(match: re.Match[str], today: date) -> Period | None:
    """A month by its name, with a day before or behind it; without a year the last one that has begun."""
    month = _index(match["month"], _MONTHS)
    day = match["first"] or match["second"]
    if month is None or (match["first"] and match["second"]):
        return None
    if match["year"]:
        return _period(int(match["year"]), month + 1, day)
    this = _period(today.year, month + 1, day)
    return this if this and this.first <= today else _period(today.year - 1, month + 1, day)


def _period(year: int, month: str | int | None = None, day: str | int | None = None) -> Period | None:
    if year not in _YEARS:
        return None
    if month is None:
        return Period(date(year, 1, 1), date(year + 1, 1, 1))
    first = date(year, int(month), int(day or 1))
    return _day(first) if day else Period(first, _months_later(first, 1))


def _day(day: date) -> Period:
    return Period(day, day + timedelta(1))


def _months_later(day: date, months: int) -> date:
    """The same day some months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _index(word: str, names: tuple[str, ...]) -> int | None:
    """Names may be cut to three letters or more."""
    found = [i for i, name in enumerate(names) if len(word) >= 3 and name.startswith(word)]
    return found[0] if len(found) == 1 else None
