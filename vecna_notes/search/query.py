"""What was asked: a query taken apart into words, phrases and pieces. The room of the query language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from vecna_notes.search.conditions import Every, Filter, Part
from vecna_notes.search.grammar import MAX_PHRASES, parse
from vecna_notes.text import STOP_WORDS, has_cjk, safe_line, terms
from vecna_notes.types import Condition

MAX_CHARACTERS = 4096
MAX_TERMS = 64
_PHRASE = re.compile(r'["“”„«»]([^"“”„«»]+)["“”„«»]')
_MARKS = re.compile(r'["“”„«»]')
_CJK_RUN = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+")
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"
_PLAIN = re.compile(r"\w+(?:['’-]\w+)*")
_OUTER = "\"'“”„«»‘’`()[]{}<>.,;:!?…*_~|/\\&=-–—"
"""Punctuation around a word that is not part of it; "+" and "#" are, in C++, F# and #tag."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query as the legs of a search read it. Made by `analyse`; any text makes one.

    Words, terms, phrases and pieces are what is ranked by: operators, and all that is negated, are not among them.
    """

    text: str
    """One clean line without quotation marks: what is embedded, and what a title may equal."""
    words: tuple[str, ...] = ()
    """Every word, in order, lower case."""
    terms: tuple[str, ...] = ()
    """Each word once, without stop words unless there are no others."""
    phrases: tuple[str, ...] = ()
    """What stood in quotation marks."""
    pieces: tuple[str, ...] = ()
    """What only a search for substrings can find: pairs of CJK characters, words with symbols, lone symbols."""

    parts: tuple[Part, ...] = ()
    """Its conditions with what each asks of notes, in the order typed."""
    like: tuple[str, ...] = ()
    """Names of notes, as typed, that the notes found should resemble."""
    unlike: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to rank by; it may filter all the same."""
        return not self.text

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return tuple(part.condition for part in self.parts)

    @property
    def filter(self) -> Filter | None:
        """What every note found must meet; None when nothing is kept out."""
        asked = tuple(part.filter for part in self.parts if part.filter is not None)
        return Every(asked) if asked else None


def analyse(text: str, today: date | None = None) -> Query:
    """Take a query apart. Nothing in it is an error, and what is too much is left out. Dates are seen from `today`."""
    parsed = parse(_cut(text), today or date.today())
    line = " ".join(unicodedata.normalize("NFC", safe_line(parsed.words)).replace(_UNREADABLE, " ").split())
    words = tuple(match.group().lower() for match in islice(terms(line), MAX_CHARACTERS))
    unique = tuple(dict.fromkeys(words))
    meaning = tuple(word for word in unique if word.replace("’", "'") not in STOP_WORDS)
    return Query(
        text=" ".join(_MARKS.sub(" ", line).split()),
        words=words,
        terms=(meaning or unique)[:MAX_TERMS],
        phrases=tuple(islice(dict.fromkeys(_phrases(line)), MAX_PHRASES)),
        pieces=tuple(islice(dict.fromkeys(_pieces(line)), MAX_TERMS)),
        parts=parsed.parts,
        like=parsed.like,
        unlike=parsed.unlike,
    )


def _cut(text: str) -> str:
    """Whole words of at most MAX_CHARACTERS, from the beginning."""
    if len(text) <= MAX_CHARACTERS:
        return text
    head = text[:MAX_CHARACTERS]
    words = head.rstrip().split(maxsplit=1)
    last = len(head.rstrip().rsplit(maxsplit=1)[-1]) if words else 0
    return head.rstrip()[:-last] if len(words) > 1 else head


def _phrases(line: str) -> Iterator[str]:
    for match in _PHRASE.finditer(line):
        if phrase := " ".join(match.group(1).split()):
            yield phrase


def _pieces(line: str) -> Iterator[str]:
    for match in _CJK_RUN.finditer(line):
        yield from _pairs(match.group())
    bare = [token.strip(_OUTER) for token in line.split()]
    if not any(bare):
        bare = line.split()
    yield from (token for token in bare if token and not has_cjk(token) and not _PLAIN.fullmatch(token))


def _pairs(run: str) -> Iterator[str]:
    """A run of characters without spaces, whole and in pairs: most words of such scripts are one or two long."""
    yield run
    if len(run) > 2:
        yield from (run[i : i + 2] for i in range(len(run) - 1))
