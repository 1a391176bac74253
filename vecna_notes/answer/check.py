"""Whether an answer's citations hold: each quote is looked for in the note, each sentence in what it cites.

A sentence is as well supported as the best of its citations. What an answer says of itself counts for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from snowballstemmer import stemmer

from vecna_notes.answer.evidence import Piece
from vecna_notes.markup import plain, statements
from vecna_notes.text import STOP_WORDS, normalise, sentences, terms

Support: TypeAlias = Literal["exact", "near", "missing", "unknown"]
"""exact: the words stand in the note; near: most of them do; missing: they do not; unknown: there is no such number."""
NEAR = 0.7
"""Share of a quote's words, in order or out of it, that must stand in one statement of the note."""
HELD = 0.6
"""The same of a sentence that quotes nothing, in the whole passage."""
LEAST_QUOTE = 3
"""Words of a quote; less is emphasis."""
_CITED = re.compile(r"\s*\[(?P<numbers>\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_QUOTED = re.compile(r"“([^”\n]{1,2000})”|\"([^\"\n]{1,2000})\"|«([^»\n]{1,2000})»|„([^“”\n]{1,2000})[“”]")
_ORDER: Mapping[Support, int] = {"exact": 0, "near": 1, "missing": 2, "unknown": 3}
_ENGLISH = stemmer("english")


@dataclass(frozen=True, slots=True)
class Citation:
    """That a sentence stands on a piece of evidence, and whether it does."""

    number: int
    support: Support
    quote: str = ""
    """The statement of the note that says it, as it stands there; empty where none does."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer, by its place in the text, without the numbers it cites."""

    start: int
    end: int
    citations: tuple[Citation, ...] = ()

    @property
    def support(self) -> Support | None:
        """Of its best citation; None where it cites nothing."""
        return min((one.support for one in self.citations), key=_ORDER.__getitem__, default=None)

    @property
    def is_supported(self) -> bool:
        return self.support in ("exact", "near")


def check(text: str, pieces: Sequence[Piece]) -> tuple[Sentence, ...]:
    """The sentences of an answer, each with its citations as they proved."""
    by_number = {piece.number: piece for piece in pieces}
    return tuple(
        Sentence(start, end, tuple(_citation(text[start:end], number, by_number.get(number)) for number in numbers))
        for start, end, numbers in _sentences(text)
    )


def _sentences(text: str) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """Where each sentence stands, and the numbers behind or within it; numbers alone belong to the one before."""
    parts = list(sentences(text))
    merged: list[tuple[int, int]] = []
    for start, end in parts:
        leading = _leading(text, start, end)
        if merged and leading > start:
            merged[-1] = merged[-1][0], leading
            start = leading + len(text[leading:end]) - len(text[leading:end].lstrip())
        if start < end:
            merged.append((start, end))
    for start, end in merged:
        found = [match.group("numbers") for match in _CITED.finditer(text, start, end)]
        numbers = tuple(dict.fromkeys(int(number) for group in found for number in re.findall(r"\d+", group)))
        if any(map(str.isalpha, _CITED.sub("", text[start:end]))):
            yield start, end, numbers


def _leading(text: str, start: int, end: int) -> int:
    """Where the numbers end that a sentence begins with."""
    while (match := _CITED.match(text, start, end)) is not None:
        start = match.end()
    return start


def _citation(sentence: str, number: int, piece: Piece | None) -> Citation:
    if piece is None:
        return Citation(number, "unknown")
    said = _CITED.sub("", sentence).strip()
    quotes = [quote for match in _QUOTED.finditer(said) for quote in match.groups() if quote]
    quotes = [quote for quote in quotes if len(_words(quote)) >= LEAST_QUOTE]
    for quote in quotes or [said]:
        if (where := _verbatim(quote, piece.text)) is not None:
            return Citation(number, "exact", where)
    statement, share = _nearest(" ".join(quotes) or said, piece.text)
    if share >= NEAR or (not quotes and _share(_stems(said), _stems(plain(piece.text))) >= HELD):
        return Citation(number, "near", statement)
    return Citation(number, "missing")


def _verbatim(quote: str, text: str) -> str | None:
    """The statement of `text` in which the quote's words stand, one after the other; marks and white space aside."""
    wanted = _words(plain(quote).strip(" .…,;:"))
    if not wanted:
        return None
    for found in _quotable(text):
        if _within(wanted, _words(plain(found))):
            return found
    return text if _within(wanted, _words(plain(text))) else None


def _within(wanted: Sequence[str], words: Sequence[str]) -> bool:
    size = len(wanted)
    return any(words[i] == wanted[0] and words[i : i + size] == wanted for i in range(len(words) - size + 1))


def _nearest(said: str, text: str) -> tuple[str, float]:
    """The statement that holds most of the words of what was said, and how much of them."""
    stems = _stems(said)
    shares = [(_share(stems, _stems(plain(one))), one) for one in _quotable(text)]
    share, found = max(shares, key=lambda one: one[0], default=(0.0, ""))
    return (found, share) if share else ("", 0.0)


def _share(wanted: frozenset[str], held: frozenset[str]) -> float:
    return len(wanted & held) / len(wanted) if wanted else 0.0


def _quotable(text: str) -> list[str]:
    return [text[start:end] for start, end in statements(text)]


def _words(text: str) -> list[str]:
    return [match.group() for match in terms(normalise(text).replace("’", "'"))]


@lru_cache(maxsize=512)
def _stems(text: str) -> frozenset[str]:
    return frozenset(_ENGLISH.stemWords([word for word in _words(text) if word not in STOP_WORDS]))
