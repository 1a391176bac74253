"""What notes are called, looked for in the words of another: a text that says a note's title speaks of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from vecna_notes.insight.lexicon import Ints, Lexicon, content, hashed, spoken_path, stem
from vecna_notes.text import terms
from vecna_notes.types import NoteId, Rows

Phrase: TypeAlias = tuple[str, ...]
LONGEST = 12
"""Words of a name; longer ones are sentences nobody repeats."""
_WHOLE = 0.999
_COMMON = np.float32(0.05)


@dataclass(frozen=True, slots=True, eq=False)
class Titles:
    """Every name of every note: title, file and aliases."""

    rows: Ints
    """Of each name its note's row in the lexicon."""
    terms: Ints
    """Hashes of the names' words, name by name."""
    weights: Rows
    """Their rarity."""
    starts: Ints
    """Of each name's part of both."""
    phrases: tuple[Phrase, ...]
    """Each name as the stems of all its words."""
    rarest: Rows
    """Of each name the rarity of its rarest word."""
    count: int

    def covered(self, said: Ints) -> tuple[Rows, Ints]:
        """How much of a name each note's best-covered name has among these terms, and the names said in full."""
        best = np.zeros(self.count, dtype=np.float32)
        if not len(self.rows):
            return best, np.zeros(0, dtype=np.int64)
        held = np.add.reduceat(np.where(np.isin(self.terms, said), self.weights, 0), self.starts)
        parts = held / np.add.reduceat(self.weights, self.starts)
        np.maximum.at(best, self.rows, parts)
        return best, np.flatnonzero(parts >= _WHOLE)

    def named(self, text: str, names: Ints) -> Rows:
        """How clearly a text names each note: the rarer the name and the more often, the clearer."""
        best = np.zeros(self.count, dtype=np.float32)
        said = _runs(spoken(text), {len(self.phrases[name]) for name in names.tolist()})
        for name in names.tolist():
            phrase = self.phrases[name]
            if times := said[len(phrase)].get(phrase, 0):
                row = self.rows[name]
                best[row] = max(best[row], np.log1p(times) * self.rarest[name])
        return best


def titles(names: Iterable[tuple[NoteId, str, str, Sequence[str]]], lexicon: Lexicon) -> Titles:
    """`names` are id, path, title and aliases of each note; one that says nothing but stop words is left out."""
    rows, phrases, words = [], [], []
    for id, path, title, aliases in names:
        row = lexicon.row_of.get(id)
        for phrase in {spoken(name) for name in (title, spoken_path(path), *aliases)} if row is not None else ():
            held = {hashed(word) for word in content(" ".join(phrase))}
            if held and len(phrase) <= LONGEST:
                rows.append(row)
                phrases.append(phrase)
                words.append(sorted(held))
    flat = np.array([word for held in words for word in held], dtype=np.int64)
    weights = np.maximum(lexicon.rarities(flat) - 1, _COMMON)  # idf without the 1 that keeps common words in a vector
    starts = np.cumsum([0, *(len(held) for held in words)])[:-1]
    rarest = np.maximum.reduceat(weights, starts) if len(flat) else weights
    return Titles(np.array(rows, dtype=np.int64), flat, weights, starts, tuple(phrases), rarest, len(lexicon.notes))


def spoken(text: str) -> Phrase:
    """The stems of all words of a text."""
    return tuple(stem(match.group()) for match in terms(text.lower()))


def _runs(said: Phrase, lengths: Iterable[int]) -> dict[int, Counter[Phrase]]:
    """How often each run of so many words is said, by their number."""
    return {length: Counter(zip(*(said[i:] for i in range(length)), strict=False)) for length in lengths}
