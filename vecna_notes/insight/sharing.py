"""Rare words that notes share: "more like this" over the keyword index, for names and terms no embedder knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from math import log

from vecna_notes.insight.likeness import Meeting
from vecna_notes.store import Store
from vecna_notes.text import STOP_WORDS, terms
from vecna_notes.types import NoteId, Passage, PassageId

LOOKED_UP = 64
"""Most frequent words of the source whose rarity is looked up …"""
ASKED = 40
"""… and those asked for: the rarest for how often they stand there."""
PASSAGES = 300
MATCHES = 8_000
TITLE_WEIGHT = 2.0
COMMON = 0.2
"""A word in more than this share of the passages says nothing."""


def sharing(store: Store, source: Sequence[Passage], limit: int) -> dict[NoteId, Meeting]:
    """Notes that share most of the source's rare words, best first; 1 would be the source itself."""
    rare = _rare_terms(store, source)
    found = dict(store.keywords.search(rare, limit=PASSAGES, title_weight=TITLE_WEIGHT, scan=MATCHES))
    own = {passage.id for passage in source}
    full = max((score for id, score in found.items() if id in own), default=max(found.values(), default=0.0))
    if full <= 0:
        return {}
    notes = store.passages.notes_of(list(found))
    best: dict[NoteId, PassageId] = {}
    for id in found:  # of each note the best passage: sums favour long notes and find fewer hidden links
        if id in notes and notes[id] != source[0].note_id:
            best.setdefault(notes[id], id)
    return {note: Meeting(min(found[id] / full, 1.0), id) for note, id in islice(best.items(), limit)}


def shared_source(source: Sequence[Passage], target: Passage) -> Passage:
    """The passage of the source that shares most words with the target."""
    words = set(_content(target.chunk.text))
    return max(source, key=lambda passage: len(words & set(_content(passage.chunk.text))))


def _rare_terms(store: Store, source: Sequence[Passage]) -> list[str]:
    """The words that mark the source off, by TF-IDF; a word that no other passage holds finds nothing."""
    counts = Counter(word for passage in source for word in _content(passage.chunk.text))
    counts.update(_content(source[0].title))
    often = dict(counts.most_common(LOOKED_UP))
    held, total = store.keywords.frequency(often), store.passages.count()
    weights = {
        word: (1 + log(count)) * log((total + 1) / held[word])
        for word, count in often.items()
        if 1 < held.get(word, 0) <= max(COMMON * total, 2)
    }
    return sorted(weights, key=lambda word: (-weights[word], word))[:ASKED]


def _content(text: str) -> Iterator[str]:
    for match in terms(text):
        word = match.group().lower()
        if len(word) > 1 and word not in STOP_WORDS:
            yield word
