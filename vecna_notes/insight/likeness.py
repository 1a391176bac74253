"""How alike notes are in one Space: by their means, and by the pair of passages that meet most closely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar
from zlib import crc32

import numpy as np

from vecna_notes.embedding import normalised
from vecna_notes.nearest import Nearest
from vecna_notes.store import Store
from vecna_notes.types import Metric, NoteId, Passage, PassageId, Rows, SpaceId, VectorId, Vectors, similarity

T = TypeVar("T")
Likenesses = TypeVar("Likenesses", float, Rows)

MAX_PASSAGES = 48
"""Passages of a note that are looked at, evenly over its length."""
ASKING = 2
"""Passages of the source that look for neighbours, besides their mean."""
NEIGHBOURS = 50
HUBNESS = 0.25
"""How much of its likeness to all its neighbours a note must give up: some notes are near to everything
(Conneau et al. 2018 correct with all of it; a quarter was best on garden and dendron)."""
CROWD = 10
SAMPLED = 96
"""Notes whose pairs tell what likeness by chance is."""
KEPT_ROWS = 52_000
"""Vectors of one space that are kept in memory: 80 MB of 384 dimensions, or 5,000 notes of ten passages."""
_LEAST_SPREAD = 0.02


@dataclass(frozen=True, slots=True)
class Meeting:
    """How alike two notes are, and the passages that show it."""

    mean: float
    best: float
    crowd: float
    """Mean likeness of the other note to the candidates nearest to it."""
    target: PassageId
    source: PassageId

    @property
    def score(self) -> float:
        return (self.mean + self.best) / 2 - HUBNESS * self.crowd


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What likeness two notes of this vault have by chance, so that spaces can be weighed against each other."""

    mean: float
    spread: float
    plain: float = 0.0
    """The mean before it is corrected for hubs."""

    def measure_plain(self, likeness: float) -> float:
        """The same of what was not corrected."""
        return (likeness - self.plain) / self.spread

    def measure(self, likeness: Likenesses) -> Likenesses:
        """In standard deviations above chance."""
        return (likeness - self.mean) / self.spread


def nearest_notes(store: Store, nearest: Nearest, source: Sequence[PassageId], limit: int) -> set[NoteId]:
    """Notes with a passage near to the source's mean or to one of its passages."""
    space = store.vectors.space(nearest.space)
    rows = store.vectors.rows(space, list(store.passages.vector_ids(_spread(source, MAX_PASSAGES), space).values()))
    if not len(rows):
        return set()
    asking = np.vstack([mean(rows, nearest.space.metric), *_spread(list(rows), ASKING)])
    best: dict[VectorId, float] = {}
    for row in asking:
        for id, score in nearest.roughly(Vectors(nearest.space, row[None, :]), NEIGHBOURS):
            best[id] = max(score, best.get(id, score))
    said_by = store.passages.of_vectors(list(best), space)
    own = set(source)
    found = {passage: best[id] for id, passages in said_by.items() for passage in passages if passage not in own}
    notes = store.passages.notes_of(list(found))
    ordered = dict.fromkeys(notes[id] for id in sorted(found, key=lambda id: (-found[id], id)) if id in notes)
    return set(list(ordered)[:limit])


@dataclass(frozen=True, slots=True, eq=False)
class NoteRows:
    """The vectors of one note in one Space."""

    passages: tuple[PassageId, ...]
    rows: Rows
    mean: Rows
    """Shape (1, dim)."""


@dataclass(slots=True, eq=False)
class Known:
    """The vectors of notes in one Space, read once and kept while there is room."""

    store: Store
    space: SpaceId
    metric: Metric
    _notes: dict[NoteId, NoteRows | None] = field(default_factory=dict)
    _held: int = 0

    @classmethod
    def of(cls, store: Store, space: SpaceId) -> Known:
        return cls(store, space, dict(store.vectors.spaces())[space].metric)

    def read(self, notes: Sequence[NoteId]) -> dict[NoteId, NoteRows]:
        """Those of the notes that have vectors, in the order asked."""
        if self._held > KEPT_ROWS:
            self._make_room()
        if missing := [note for note in dict.fromkeys(notes) if note not in self._notes]:
            self._read(missing)
        return {note: rows for note in notes if (rows := self._notes[note]) is not None}

    def _make_room(self) -> None:
        """Forget the half that was read first."""
        self._notes = dict(list(self._notes.items())[len(self._notes) // 2 :])
        self._held = sum(len(one.passages) for one in self._notes.values() if one is not None)

    def _read(self, notes: Sequence[NoteId]) -> None:
        passages = {note: _spread(own, MAX_PASSAGES) for note, own in self.store.passages.ids_of(notes).items()}
        ids = self.store.passages.vector_ids([id for own in passages.values() for id in own], self.space)
        groups = {note: tuple(id for id in passages.get(note, ()) if id in ids) for note in notes}
        rows = self.store.vectors.rows(self.space, [ids[id] for own in groups.values() for id in own])
        place = 0
        for note, own in groups.items():
            part = rows[place : place + len(own)]
            self._notes[note] = NoteRows(own, part, mean(part, self.metric)) if own else None
            place += len(own)
        self._held += place


def likeness(known: Known, source: Sequence[Passage], candidates: Sequence[NoteId]) -> dict[NoteId, Meeting]:
    """Meeting of the source, passages of one note, with each candidate that has vectors in the space."""
    own = known.read([source[0].note_id]).get(source[0].note_id)
    others = known.read(candidates)
    asked = [i for i, id in enumerate(own.passages) if id in {passage.id for passage in source}] if own else []
    if own is None or not asked or not others:
        return {}
    rows = own.rows[asked]
    means = np.vstack([one.mean for one in others.values()])
    starts = np.cumsum([0, *(len(one.passages) for one in others.values())]).tolist()
    pairs = similarity(rows, np.vstack([one.rows for one in others.values()]), known.metric)
    alike = similarity(mean(rows, known.metric), means, known.metric)[0]
    crowds = _crowds(means, known.metric)
    meetings: dict[NoteId, Meeting] = {}
    for i, ((start, end), (note, one)) in enumerate(zip(pairwise(starts), others.items(), strict=True)):
        ours, other = divmod(int(pairs[:, start:end].argmax()), end - start)
        best = float(pairs[ours, start + other])
        met = own.passages[asked[ours]]
        meetings[note] = Meeting(float(alike[i]), best, float(crowds[i]), one.passages[other], met)
    return meetings


def likeness_to_all(known: Known, among: Sequence[NoteId], candidates: Sequence[NoteId]) -> dict[NoteId, float]:
    """Mean likeness of each candidate's mean to those of `among`, itself aside."""
    around, others = known.read(among), known.read(candidates)
    if not around or not others:
        return {}
    theirs, means = (np.vstack([one.mean for one in notes.values()]) for notes in (others, around))
    alike = similarity(theirs, means, known.metric)
    is_self = np.array([[one == other for other in around] for one in others])
    counted = (~is_self).sum(axis=1)
    sums = np.where(is_self, 0, alike).sum(axis=1)
    return {note: float(sums[i] / counted[i]) for i, note in enumerate(others) if counted[i]}


def yardstick(known: Known) -> Yardstick:
    """From the pairs of a sample of notes, always the same."""
    paths = known.store.notes.paths()
    sample = sorted(paths, key=lambda path: crc32(path.encode("utf-8", "surrogatepass")))[:SAMPLED]
    notes = list(known.read([paths[path] for path in sample]).values())
    if len(notes) < 3:
        return Yardstick(0.0, 1.0)
    starts = np.cumsum([0, *(len(one.passages) for one in notes)])[:-1]
    rows, means = np.vstack([one.rows for one in notes]), np.vstack([one.mean for one in notes])
    pairs = similarity(rows, rows, known.metric)
    best = np.maximum.reduceat(np.maximum.reduceat(pairs, starts, axis=0), starts, axis=1)
    both = (similarity(means, means, known.metric) + best)[np.triu_indices(len(notes), 1)] / 2
    corrected = both - HUBNESS * float(np.mean(_crowds(means, known.metric)))
    return Yardstick(float(corrected.mean()), max(float(both.std()), _LEAST_SPREAD), float(both.mean()))


def plain_likeness(one: NoteRows, other: NoteRows, metric: Metric) -> float:
    """Half the likeness of the means, half that of the closest passages."""
    best = float(similarity(one.rows, other.rows, metric).max())
    return (float(similarity(one.mean, other.mean, metric)[0, 0]) + best) / 2


def _crowds(means: Rows, metric: Metric) -> Rows:
    """Of each note, how near it is to its nearest among the candidates."""
    if len(means) < 2:
        return np.zeros(len(means), dtype=np.float32)
    near = similarity(means, means, metric)
    np.fill_diagonal(near, -np.inf)
    crowd = min(CROWD, len(means) - 1)
    nearest: Rows = np.partition(near, -crowd, axis=1)[:, -crowd:].mean(axis=1)
    return nearest


def mean(rows: Rows, metric: Metric) -> Rows:
    """Of unit length where the metric is cosine. Shape (1, dim)."""
    return normalised(rows.mean(axis=0, keepdims=True), metric)


def _spread(things: Sequence[T], most: int) -> list[T]:
    """At most `most` of them, evenly over the whole."""
    if len(things) <= most:
        return list(things)
    return [things[i * len(things) // most] for i in range(most)]
