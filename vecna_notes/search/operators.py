"""What an operator of a query means: a test of notes, or a sentence that says why it could not be understood."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import date

from vecna_notes.search.conditions import Comparison, Test, Wanted
from vecna_notes.search.dates import read_date
from vecna_notes.search.expressions import why_no_expression
from vecna_notes.search.tokens import NAMES, Operator, Token
from vecna_notes.store.languages import language_code
from vecna_notes.text import safe_line
from vecna_notes.types import ConditionKind

MAX_WANTED = 16
_COMPARED = re.compile(r"(?P<sign><=|>=|<|>|=)?\s*(?P<value>.*)", re.DOTALL)
_OR = re.compile(r"\s+OR\s+")
_NEARLY = re.compile(r"([A-Za-z]{2,12}):[^\s:/]")
_CLOSE = 0.82
_NEEDS = {
    "tag": "a tag",
    "path": "a folder or a part of a path",
    "file": "a part of a file name",
    "before": "a date",
    "after": "a date",
    "like": "a note",
    "unlike": "a note",
    "lang": "a language",
}


@dataclass(frozen=True, slots=True)
class Read:
    """An operator as understood: with its test, with the note it names, or with what is wrong."""

    kind: ConditionKind
    test: Test | None = None
    name: str = ""
    problem: str = ""


def read_operator(token: Token, typed: str, today: date) -> Read:
    """`typed` is the token's text, for sentences about it."""
    assert token.operator is not None
    shown = f"“{safe_line(typed)}”"
    if token.operator == "regex":
        return _regex(token, shown)
    if token.operator == "property":
        return _property(token, shown, today)
    return _named(token, shown, today)


def misspelt(token: Token) -> Read | None:
    """A word that nearly is an operator, with a sentence that says so."""
    match = _NEARLY.match(token.value)
    near = difflib.get_close_matches(match[1].lower(), NAMES, n=1, cutoff=_CLOSE) if match else []
    if not match or not near:
        return None
    problem = f"there is no operator {match[1]}:, so it was searched as words; did you mean {near[0]}:?"
    return Read(_kind(near[0]), problem=problem)


def _kind(name: str) -> ConditionKind:
    kinds: dict[str, ConditionKind] = {
        "tag": "tag", "path": "path", "file": "file", "before": "before", "after": "after",
        "like": "like", "unlike": "unlike", "lang": "lang", "property": "property", "regex": "regex",
    }  # fmt: skip
    return kinds[name]


def _named(token: Token, shown: str, today: date) -> Read:
    assert token.operator is not None
    name, kind = token.operator, _kind(token.operator)
    value = _bare(name, token.value)
    if token.is_open:
        return Read(kind, problem=f"the value of {shown} does not end, so it was searched as words")
    if not value:
        return Read(kind, problem=f"{name}: needs {_NEEDS[name]} behind it, so it was searched as a word")
    if name in ("like", "unlike"):
        return Read(_turned(kind) if token.is_negated else kind, name=value)
    if name in ("before", "after"):
        period = read_date(value, today)
        if period is None:
            return Read(kind, problem=f"{shown} names no date that is known, so it was searched as words")
        return Read(kind, Test("before" if name == "before" else "after", period.first.isoformat()))
    return _plain(name, value, kind, shown)


def _plain(name: Operator, value: str, kind: ConditionKind, shown: str) -> Read:
    if name == "lang":
        code = language_code(value)
        if not code:
            return Read(kind, problem=f"{shown} names no language that is known, so it was searched as words")
        return Read(kind, Test("lang", code))
    if name == "tag":
        return Read(kind, Test("tag", value))
    return Read(kind, Test("path" if name == "path" else "file", value))


def _bare(name: Operator, value: str) -> str:
    value = " ".join(value.split())
    if name == "tag":
        return value.removeprefix("#").removeprefix("[[").removesuffix("]]").strip("/").strip()
    if name in ("like", "unlike"):
        return re.split(r"[|#^]", value)[0].strip() or value
    return value


def _turned(kind: ConditionKind) -> ConditionKind:
    return "unlike" if kind == "like" else "like"


def _regex(token: Token, shown: str) -> Read:
    if token.is_open:
        return Read("regex", problem=f"{shown} has no closing slash, so it was searched as words")
    if why := why_no_expression(token.value):
        return Read("regex", problem=f"{shown} is no regular expression ({why}), so it was searched as words")
    return Read("regex", Test("regex", token.value))


def _property(token: Token, shown: str, today: date) -> Read:
    if token.is_open:
        return Read("property", problem=f"{shown} has no closing bracket, so it was searched as words")
    values = _OR.split(token.value) if '"' not in token.value else _unquoted_or(token.value)
    wanted = tuple(one for value in values[:MAX_WANTED] if (one := _wanted(value.strip(), today)))
    problem = ""
    if token.is_quoted and not wanted:
        problem = f"{shown} names no value, so any value of {safe_line(token.key)} was taken"
    return Read("property", Test("property", token.key, wanted), problem=problem)


def _unquoted_or(text: str) -> list[str]:
    """Cut at OR, but not between quotation marks."""
    cut: list[str] = [""]
    for number, piece in enumerate(text.split('"')):
        if number % 2:
            cut[-1] += f'"{piece}"'
            continue
        first, *more = _OR.split(piece)
        cut[-1] += first
        cut.extend(more)
    return cut


def _wanted(text: str, today: date) -> Wanted | None:
    match = _COMPARED.fullmatch(text)
    assert match is not None  # it matches anything
    value, sign = match["value"].strip(), match["sign"]
    is_quoted = len(value) > 1 and value[0] == value[-1] == '"'
    value = value[1:-1].strip() if is_quoted else value
    if not value and not is_quoted:
        return None
    period = None if is_quoted else read_date(value, today)
    days = (period.first.isoformat(), period.end.isoformat()) if period else None
    comparison: Comparison = "holds"
    if sign in ("<", "<=", ">", ">="):
        comparison = sign  # type: ignore[assignment]
    elif sign == "=" or is_quoted:
        comparison = "is"
    return Wanted(comparison, value, days)
