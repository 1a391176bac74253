"""The legs of a search: passages that hold the words, and passages near in meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vecna_notes.nearest import Nearest
from vecna_notes.search.query import Query
from vecna_notes.search.spelling import guesses
from vecna_notes.store import Store
from vecna_notes.store.keywords import Match, Table
from vecna_notes.text import has_cjk
from vecna_notes.types import NoteId, PassageId, Space, SpaceId, VectorId, Vectors

Scores = dict[PassageId, float]
Notes = frozenset[NoteId] | None
"""The notes that filters leave; None for all."""
_Near = tuple[VectorId, float, list[PassageId]]

PASSAGES = 200
"""Passages each leg brings; their notes are what is fused."""
MATCHES = 5_000
"""Matches of common words that are ranked: about 4 ms a table, whatever the size of the vault."""
EXACT_SHARE = 0.5
"""What a word as it was typed adds to its stem: +.002 on cranfield and +.004 on xquad-en."""
COMPARED = 2_000
"""Up to so many notes that filters leave, each of their vectors is compared."""
TIES = 100
"""Passages looked at beyond those, so that equally good ones are chosen by what they are."""
FEW = 5
"""Below so many passages found by whole words, parts of words are looked for too."""
FALLBACK_SHARE = 0.3
VERBATIM_NOTES = 3
VERBATIM_WORDS = 8
VERBATIM_CHARACTERS = 120
"""A query of few words that stands word for word in very few notes is what was looked for."""


@dataclass(frozen=True, slots=True)
class WordHits:
    """What the keyword leg found; each part best first, scores on a scale of its own."""

    words: Scores = field(default_factory=dict)
    substrings: Scores = field(default_factory=dict)
    phrases: Scores = field(default_factory=dict)
    """Passages that hold a quoted phrase, or the whole query word for word where that is rare."""
    part_share: float = 0.0
    """How much of the leg is for parts of words: as much of the query as only they can find."""
    frequencies: Mapping[str, int] = field(default_factory=dict)
    """Term → passages that hold it."""
    total: int = 0
    """Passages in the vault."""
    guesses: Mapping[str, str] = field(default_factory=dict)
    """Term that nothing holds → the word of the notes that was looked for beside it."""


@dataclass(frozen=True, slots=True)
class MeaningHits:
    """What the semantic leg found, best first, and the vector behind each passage."""

    scores: Scores
    vectors: dict[PassageId, VectorId]


@dataclass(frozen=True, slots=True)
class Asked:
    """The semantic side of a question: the query's vector and what it found."""

    query: Vectors
    hits: MeaningHits

    @property
    def space(self) -> Space:
        return self.query.space


@dataclass(frozen=True, slots=True)
class Recalled:
    """Everything a search has found, before anything is weighed."""

    query: Query
    words: WordHits = field(default_factory=WordHits)
    titles: Mapping[NoteId, PassageId] = field(default_factory=dict)
    asked: Asked | None = None
    latent: Vectors | None = None
    """The query in the vault's latent semantics."""
    notice: str = ""
    """Why there is no semantic side, where one was wanted."""


def by_words(store: Store, query: Query, title_weight: float, notes: Notes = None) -> WordHits:
    """Passages that hold the query's words, in any form, as typed, as parts of words, and word for word.

    Only passages of `notes` are looked at, where they are given.
    """
    frequencies = store.keywords.frequency(query.terms)
    if guessed := guesses(store, query, frequencies):
        query = replace(query, terms=(*query.terms, *guessed.values()))
        frequencies |= store.keywords.frequency(guessed.values())
    total = store.passages.count()
    words = _Words(store, query, frequencies, total, title_weight, notes)
    found = words.stems_and_forms()
    substrings = words.substrings(is_fallback=len(found) < FEW)
    return WordHits(found, substrings, words.word_for_word(), _part_share(query), frequencies, total, guessed)


def _part_share(query: Query) -> float:
    return len(query.pieces) / (len(query.pieces) + len(query.terms)) if query.pieces else FALLBACK_SHARE


def by_meaning(store: Store, nearest: Nearest, query: Vectors, notes: Notes = None) -> MeaningHits:
    """Passages nearest to the query's vector; those of `notes`, where they are given."""
    scores: Scores = {}
    vectors: dict[PassageId, VectorId] = {}
    live = _live(store, nearest, query) if notes is None else _within(store, nearest, query, notes)
    for vector, score, passages in live:
        for passage in passages:
            scores[passage], vectors[passage] = score, vector
    return MeaningHits(scores, vectors)


def _live(store: Store, nearest: Nearest, query: Vectors, notes: Notes = None, k: int = PASSAGES) -> list[_Near]:
    """The nearest vectors that some note still says: those of removed text are kept a while, and count for nothing."""
    space = store.vectors.space(nearest.space)
    while True:
        near = nearest.search(query, k)
        live = _said(store, space, near, notes)
        if len(live) >= PASSAGES or len(near) < k:
            return live[:PASSAGES]
        k *= 2


def _within(store: Store, nearest: Nearest, query: Vectors, notes: frozenset[NoteId]) -> list[_Near]:
    """Few notes are compared one by one; of many, so many more are searched as are likely to be among them."""
    space = store.vectors.space(nearest.space)
    if len(notes) > COMPARED:
        share = len(notes) / max(store.notes.count(), 1)
        return _live(store, nearest, query, notes, int(PASSAGES / max(share, 0.01)) + PASSAGES)
    near = nearest.search_within(query, store.passages.vectors_of_notes(notes, space), 2 * PASSAGES)
    return _said(store, space, near, notes)[:PASSAGES]


def _said(store: Store, space: SpaceId, near: Sequence[tuple[VectorId, float]], notes: Notes) -> list[_Near]:
    """Those of the vectors that passages still say, with these passages."""
    said_by = store.passages.of_vectors([id for id, _ in near], space)
    if notes is not None:
        owners = store.passages.notes_of([id for ids in said_by.values() for id in ids])
        said_by = {vector: [id for id in ids if owners.get(id) in notes] for vector, ids in said_by.items()}
    return [(id, score, said_by[id]) for id, score in near if said_by.get(id)]


def titled(store: Store, query: Query, notes: Notes = None) -> dict[NoteId, PassageId]:
    """Notes whose title or alias is the query, with their first passage."""
    named = store.notes.titled(query.text) if query.text else []
    opened = ((note, store.passages.of_note(note)) for note in named if notes is None or note in notes)
    return {note: passages[0].id for note, passages in opened if passages}


@dataclass(frozen=True, slots=True)
class _Words:
    store: Store
    query: Query
    frequencies: Mapping[str, int]
    total: int
    title_weight: float
    notes: Notes

    def stems_and_forms(self) -> Scores:
        found: Scores = {}
        terms, match = self._affordable()
        stems = dict(self._search(terms, "porter", match))
        forms = dict(self._search(terms, "exact", match))
        for id in stems.keys() | forms.keys():
            found[id] = stems.get(id, 0.0) + EXACT_SHARE * forms.get(id, 0.0)
        for id, score in self._beginnings():
            found[id] = found.get(id, 0.0) + score
        return self._best(found)

    def substrings(self, is_fallback: bool) -> Scores:
        pieces: Sequence[str] = self.query.pieces
        if not pieces and is_fallback:
            pieces = [term for term in self.query.terms if len(term) >= 3]
        return dict(self._search(pieces, "trigram", "any"))

    def word_for_word(self) -> Scores:
        quoted = [dict(self._phrase(phrase)) for phrase in self.query.phrases]
        if quoted:
            return self._best(_all_of(quoted) or _any_of(quoted))
        if len(self.query.words) > VERBATIM_WORDS or len(self.query.text) > VERBATIM_CHARACTERS:
            return {}
        found = dict(self._phrase(self.query.text))
        notes = set(self.store.passages.notes_of(list(found)).values())
        return found if len(notes) <= VERBATIM_NOTES else {}

    def _affordable(self) -> tuple[list[str], Match]:
        """Rare terms first, as many as stay within MATCHES; where none does, passages that hold all of them."""
        known = sorted((term for term in self.query.terms if self.frequencies.get(term)), key=self._frequency)
        kept, matches = [], 0
        for term in known:
            matches += self._frequency(term)
            if matches > MATCHES and self.total > MATCHES:
                break
            kept.append(term)
        return (kept, "any") if kept else (known, "all")

    def _frequency(self, term: str) -> int:
        return self.frequencies.get(term, 0)

    def _beginnings(self) -> Iterable[tuple[PassageId, float]]:
        """The last word, when nobody wrote it: the beginning of one that is still being typed."""
        last = self.query.words[-1] if self.query.words else ""
        if len(last) < 2 or self.frequencies.get(last, 1):
            return []
        return self._search([last], "exact", "prefix-last")

    def _phrase(self, phrase: str) -> list[tuple[PassageId, float]]:
        table: Table = "trigram" if has_cjk(phrase) or self.query.pieces else "exact"
        return self._search([phrase], table, "phrase")

    def _search(self, terms: Sequence[str], table: Table, match: Match) -> list[tuple[PassageId, float]]:
        found = self.store.keywords.search(
            terms,
            table=table,
            match=match,
            limit=PASSAGES + TIES,
            title_weight=self.title_weight,
            scan=MATCHES,
            notes=self.notes,
        )
        return list(self._best(dict(found)).items())

    def _best(self, scores: Scores) -> Scores:
        """The best PASSAGES; where the last of them are equal to others, those first by path and line."""
        if len(scores) <= PASSAGES:
            return scores
        last = sorted(scores.values(), reverse=True)[PASSAGES - 1]
        above = {id: score for id, score in scores.items() if score > last}
        equal = self.store.passages.in_order({id: last for id, score in scores.items() if score == last})
        return above | dict.fromkeys(equal[: PASSAGES - len(above)], last)


def _all_of(parts: Sequence[Scores]) -> Scores:
    common = set(parts[0]).intersection(*parts[1:])
    return {id: sum(part[id] for part in parts) for id in common}


def _any_of(parts: Sequence[Scores]) -> Scores:
    return {id: max(part.get(id, 0.0) for part in parts) for id in set().union(*parts)}
