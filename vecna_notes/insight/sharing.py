"""Rare words that two texts share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vecna_notes.insight.lexicon import Lexicon, Weighed, hashed, stem
from vecna_notes.text import STOP_WORDS, terms
from vecna_notes.types import Passage

COMMON = 0.1
"""A word that more than this share of the notes say is not rare."""


@dataclass(frozen=True, slots=True)
class SharedWord:
    """A word that two notes say, and few others."""

    word: str
    """As the first of the two writes it."""
    notes: int
    """That say it."""
    weight: float
    """Its part of what the two have in common by words."""


def meeting(lexicon: Lexicon, source: Sequence[Passage], target: Sequence[Passage]) -> tuple[Passage, Passage | None]:
    """The two passages that share most; the first ones where none shares anything."""
    ours = [lexicon.weigh(passage.chunk.embedded) for passage in source]
    best, found = -1.0, (source[0], target[0] if target else None)
    for theirs in target:
        weighed = lexicon.weigh(theirs.chunk.embedded)
        for passage, own in zip(source, ours, strict=True):
            if (alike := cosine(own, weighed)) > best:
                best, found = alike, (passage, theirs)
    return found


def shared_words(lexicon: Lexicon, one: str, other: str, limit: int) -> list[SharedWord]:
    """Those that bring the two texts nearest, most first; none that a tenth of the notes say."""
    ours, theirs = lexicon.weigh(one), lexicon.weigh(other)
    places, mine, yours = np.intersect1d(ours.terms, theirs.terms, assume_unique=True, return_indices=True)
    gained = ours.weights[mine] * theirs.weights[yours]
    written = _written(one)
    whole, most = float(gained.sum()) or 1.0, max(COMMON * len(lexicon.notes), 5)
    found: list[SharedWord] = []
    for i in np.argsort(-gained, kind="stable").tolist():
        term = int(lexicon.terms[places[i]])
        if len(found) < limit and term in written and (notes := lexicon.holders(term)) <= most:
            found.append(SharedWord(written[term], notes, round(float(gained[i]) / whole, 4)))
    return found


def cosine(one: Weighed, other: Weighed) -> float:
    _, mine, yours = np.intersect1d(one.terms, other.terms, assume_unique=True, return_indices=True)
    return float((one.weights[mine] * other.weights[yours]).sum())


def _written(text: str) -> dict[int, str]:
    """Term → a word as it stands in the text."""
    words: dict[int, str] = {}
    for match in terms(text):
        word = match.group()
        if len(word) > 1 and word.lower() not in STOP_WORDS:
            words.setdefault(hashed(stem(word.lower())), word)
    return words
