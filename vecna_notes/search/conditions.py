"""What a query asks of a note besides its words: tests, and how they are joined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from vecna_notes.types import Condition

TestKind: TypeAlias = Literal["word", "phrase", "tag", "path", "file", "property", "regex", "before", "after", "lang"]
Comparison: TypeAlias = Literal["holds", "is", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One value that a property may have."""

    comparison: Comparison
    value: str
    days: tuple[str, str] | None = None
    """The first day it means and the day after the last, as ISO dates, where it is a date."""


@dataclass(frozen=True, slots=True)
class Test:
    """Something that is true of a note or not."""

    kind: TestKind
    value: str
    """The word, phrase, tag, pattern, expression or language; an ISO date; a property's name."""
    wanted: tuple[Wanted, ...] = ()
    """Any of these values of the property; none when it need only be there."""


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Filter


Filter: TypeAlias = Test | Every | Either | Not


@dataclass(frozen=True, slots=True)
class Part:
    """A condition, and what it asks of notes; None when it asks nothing that keeps any out."""

    condition: Condition
    filter: Filter | None = None
