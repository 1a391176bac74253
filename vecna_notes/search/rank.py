"""From passages found to notes in order: each leg's scores by note, fused, smoothed, and the exact hits on top."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vecna_notes.config import SearchSettings
from vecna_notes.search import fuse
from vecna_notes.search.recall import MeaningHits, Scores, WordHits
from vecna_notes.store import Store
from vecna_notes.types import Leg, NoteId, PassageId, Signal, Space, VectorId, Vectors, similarity

CANDIDATES = 100
"""Notes each leg brings into the sum."""
VERBATIM, TITLE = 0.9, 0.99
"""A note that says it word for word scores above all others, and one that is called so above those."""
_DECIMALS = 6

ByNote = dict[NoteId, float]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A note with its score."""

    note: NoteId
    score: float
    passages: tuple[PassageId, ...]
    """What was found of it, best first."""
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """The semantic side of a question: the query's vector and what it found."""

    query: Vectors
    hits: MeaningHits

    @property
    def space(self) -> Space:
        return self.query.space


class Ranking:
    """The notes of one search, scored."""

    def __init__(
        self,
        store: Store,
        settings: SearchSettings,
        words: WordHits,
        titles: Mapping[NoteId, PassageId],
        asked: Asked | None,
        is_semantic: bool,
    ) -> None:
        self.without_vector = 0
        """Candidates that only their words could place."""
        self.space = asked.space if asked else None
        self._store = store
        self._settings = settings
        self._hits = words
        self._titles = titles
        self._asked = asked
        self._meaning: Scores = asked.hits.scores if asked else {}
        self._words = fuse.together(words.words, words.substrings, words.part_share)
        self._is_semantic = is_semantic
        candidates = dict.fromkeys((*self._words, *words.phrases, *self._meaning, *titles.values()), 0.0)
        self._place = {id: place for place, id in enumerate(store.passages.in_order(candidates))}
        self._notes = store.passages.notes_of(list(candidates))
        self._phrases = self._by_note(words.phrases)

    def ranked(self) -> list[Ranked]:
        """Every candidate, in no order yet."""
        signals, passages = self._signals(), self._passages()
        return [
            Ranked(note, round(self._raised(note, score), _DECIMALS), passages[note], tuple(signals[note]))
            for note, score in self._fused().items()
            if note in passages
        ]

    def _fused(self) -> ByNote:
        words = _top(self._by_note(self._words))
        meaning = _top(self._by_note(self._meaning))
        if self._is_semantic:
            return {note: min(max(score, 0.0), 1.0) for note, score in meaning.items()}
        exact = dict.fromkeys((*self._titles, *self._phrases), 0.0)
        if self._asked is None or not meaning:
            return exact | words
        return exact | self._summed(words, meaning, self._asked)

    def _summed(self, words: ByNote, meaning: ByNote, asked: Asked) -> ByNote:
        """Both legs, for every note that either brought; what one did not bring is scored by its stored vector."""
        vectors = self._vectors(words, meaning, asked)
        rows = self._store.vectors.rows(self._store.vectors.space(asked.space), list(vectors.values()))
        near = dict(zip(vectors, similarity(asked.query.rows, rows, asked.space.metric)[0].tolist(), strict=True))
        low, high = min(meaning.values()), max(meaning.values())
        both = fuse.spread(near | meaning, low, high)
        trust = fuse.trust(asked.space.embedder)
        share = trust * self._settings.semantic_weight
        summed = (fuse.reciprocal if self._settings.fusion == "rrf" else fuse.weighted)(words, both, share)
        smooth = fuse.smoothed(np.array([summed[note] for note in vectors]), rows, trust * fuse.SMOOTHING)
        return summed | dict(zip(vectors, smooth.tolist(), strict=True))

    def _vectors(self, words: ByNote, meaning: ByNote, asked: Asked) -> dict[NoteId, VectorId]:
        """The vector of each note's passage nearest to the query, else of the one that holds most of its words."""
        nearest = self._best_passage(self._meaning)
        placed = {note: id for note, id in self._best_passage(self._words).items() if note not in nearest}
        stored = self._store.passages.vector_ids(list(placed.values()), self._store.vectors.space(asked.space))
        vectors = {note: asked.hits.vectors[id] for note, id in nearest.items()}
        vectors |= {note: stored[id] for note, id in placed.items() if id in stored}
        self.without_vector = len(words.keys() - vectors.keys())
        return {note: vectors[note] for note in (words | meaning) if note in vectors}

    def _raised(self, note: NoteId, score: float) -> float:
        """Exact hits above all others."""
        if self._is_semantic:
            return score
        if note in self._titles:
            return TITLE + (1 - TITLE) * score
        if note in self._phrases:
            return VERBATIM + (TITLE - VERBATIM) * score
        return VERBATIM * score

    def _signals(self) -> dict[NoteId, list[Signal]]:
        legs: tuple[tuple[Leg, ByNote], ...] = (
            ("title", dict.fromkeys(self._titles, 1.0)),
            ("exact", self._phrases),
            ("keyword", self._by_note(self._hits.words)),
            ("substring", self._by_note(self._hits.substrings)),
            ("semantic", self._by_note(self._meaning)),
        )
        signals: dict[NoteId, list[Signal]] = {}
        for leg, scores in legs:
            for note, rank in fuse.ranks(scores).items():
                signals.setdefault(note, []).append(Signal(leg, rank, scores[note]))
        return signals

    def _passages(self) -> dict[NoteId, tuple[PassageId, ...]]:
        """Passages of each note, the one to show first."""
        values = self._meaning.values()
        near = fuse.spread(self._meaning, min(values, default=0.0), max(values, default=0.0))
        near = dict.fromkeys(self._words, 0.0) | near
        worth = fuse.weighted(self._words, near, self._settings.semantic_weight if self._meaning else 0.0)
        worth |= {id: worth.get(id, 0.0) + 1 for id in self._hits.phrases}
        owners = dict(self._notes) | {id: note for note, id in self._titles.items()}
        worth = dict.fromkeys(self._titles.values(), 0.0) | worth
        found: dict[NoteId, list[PassageId]] = {}
        for id in self._in_order(worth):
            if id in owners:
                found.setdefault(owners[id], []).append(id)
        return {note: tuple(ids) for note, ids in found.items()}

    def _by_note(self, scores: Scores) -> ByNote:
        """Each note by its best passage, best first."""
        return {note: scores[id] for note, id in self._best_passage(scores).items()}

    def _best_passage(self, scores: Scores) -> dict[NoteId, PassageId]:
        best: dict[NoteId, PassageId] = {}
        for id in self._in_order(scores):
            if (note := self._notes.get(id)) is not None:
                best.setdefault(note, id)
        return best

    def _in_order(self, scores: Scores) -> list[PassageId]:
        """Best first, equal ones by path and line."""
        return sorted(scores, key=lambda id: (-scores[id], self._place.get(id, len(self._place))))


def _top(scores: ByNote) -> ByNote:
    return dict(list(scores.items())[:CANDIDATES])
