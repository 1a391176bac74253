"""How alike notes are in one Space: by their means, and by the pair of passages that meet most closely."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar
from zlib import crc32

import numpy as np

from vecna_notes.embedding import normalised
from vecna_notes.nearest import Nearest
from vecna_notes.store import Store
from vecna_notes.types import Metric, NoteId, PassageId, Rows, SpaceId, VectorId, Vectors, similarity

T = TypeVar("T")
Likenesses = TypeVar("Likenesses", float, Rows)

MAX_PASSAGES = 48
"""Passages of a note that are looked at, evenly over its length."""
ASKING = 8
"""Passages of the source that look for neighbours, besides their mean."""
NEIGHBOURS = 100
HUBNESS = 0.25
"""How much of its likeness to all its neighbours a note must give up: some notes are near to everything
(Conneau et al. 2018 correct with all of it; a quarter was best on garden and dendron)."""
CROWD = 10
SAMPLED = 96
"""Notes whose pairs tell what likeness by chance is."""
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

    def measure(self, likeness: Likenesses) -> Likenesses:
        """In standard deviations above chance."""
        return (likeness - self.mean) / self.spread


def nearest_notes(store: Store, nearest: Nearest, source: Sequence[PassageId], limit: int) -> set[NoteId]:
    """Notes with a passage near to the source's mean or to one of its passages."""
    space = store.vectors.space(nearest.space)
    rows = store.vectors.rows(space, list(store.passages.vector_ids(_spread(source, MAX_PASSAGES), space).values()))
    if not len(rows):
        return set()
    asking = np.vstack([_mean(rows, nearest.space.metric), *_spread(list(rows), ASKING)])
    best: dict[VectorId, float] = {}
    for row in asking:
        for id, score in nearest.search(Vectors(nearest.space, row[None, :]), NEIGHBOURS):
            best[id] = max(score, best.get(id, score))
    said_by = store.passages.of_vectors(list(best), space)
    own = set(source)
    found = {passage: best[id] for id, passages in said_by.items() for passage in passages if passage not in own}
    notes = store.passages.notes_of(list(found))
    ordered = dict.fromkeys(notes[id] for id in sorted(found, key=lambda id: (-found[id], id)) if id in notes)
    return set(list(ordered)[:limit])


def likeness(
    store: Store, space: SpaceId, source: Sequence[PassageId], candidates: Sequence[NoteId]
) -> dict[NoteId, Meeting]:
    """Meeting of the source with each candidate that has vectors in the space."""
    metric = dict(store.vectors.spaces())[space].metric
    own = store.passages.vector_ids(_spread(source, MAX_PASSAGES), space)
    others = _Grouped.read(store, space, candidates, metric)
    if not own or not len(others.notes):
        return {}
    source_rows = store.vectors.rows(space, list(own.values()))
    pairs = similarity(source_rows, others.rows, metric)
    alike = similarity(_mean(source_rows, metric), others.means, metric)[0]
    crowds = _crowds(others.means, metric)
    meetings: dict[NoteId, Meeting] = {}
    for i, (start, end) in enumerate(pairwise(others.starts)):
        ours, other = divmod(int(pairs[:, start:end].argmax()), end - start)
        best = float(pairs[ours, start + other])
        target, met = others.passages[start + other], list(own)[ours]
        meetings[others.notes[i]] = Meeting(float(alike[i]), best, float(crowds[i]), target, met)
    return meetings


def yardstick(store: Store, space: SpaceId) -> Yardstick:
    """From the pairs of a sample of notes, always the same."""
    metric = dict(store.vectors.spaces())[space].metric
    paths = store.notes.paths()
    sample = sorted(paths, key=lambda path: crc32(path.encode("utf-8", "surrogatepass")))[:SAMPLED]
    notes = _Grouped.read(store, space, [paths[path] for path in sample], metric)
    count = len(notes.notes)
    if count < 3:
        return Yardstick(0.0, 1.0)
    pairs = similarity(notes.rows, notes.rows, metric)
    best = np.maximum.reduceat(np.maximum.reduceat(pairs, notes.starts[:-1], axis=0), notes.starts[:-1], axis=1)
    both = (similarity(notes.means, notes.means, metric) + best)[np.triu_indices(count, 1)] / 2
    corrected = both - HUBNESS * float(np.mean(_crowds(notes.means, metric)))
    return Yardstick(float(corrected.mean()), max(float(both.std()), _LEAST_SPREAD))


def likeness_to_all(
    store: Store, space: SpaceId, among: Sequence[NoteId], candidates: Sequence[NoteId]
) -> dict[NoteId, float]:
    """Mean likeness of each candidate's mean to those of `among`, itself aside."""
    metric = dict(store.vectors.spaces())[space].metric
    around = _Grouped.read(store, space, among, metric)
    others = _Grouped.read(store, space, candidates, metric)
    if not len(around.notes) or not len(others.notes):
        return {}
    alike = similarity(others.means, around.means, metric)
    for i, note in enumerate(others.notes):
        if note in around.notes:
            alike[i, around.notes.index(note)] = np.nan
    counted = np.isfinite(alike).sum(axis=1)
    means = np.nansum(alike, axis=1) / np.maximum(counted, 1)
    return {note: float(means[i]) for i, note in enumerate(others.notes) if counted[i]}


@dataclass(frozen=True, slots=True, eq=False)
class _Grouped:
    """The vectors of many notes, note by note."""

    notes: list[NoteId]
    """Those that have any."""
    starts: list[int]
    """Of each note's part of `rows`; one more than there are notes."""
    passages: list[PassageId]
    rows: Rows
    means: Rows

    @classmethod
    def read(cls, store: Store, space: SpaceId, notes: Sequence[NoteId], metric: Metric) -> _Grouped:
        passages = store.passages.ids_of(notes)
        ids = store.passages.vector_ids([id for own in passages.values() for id in _spread(own, MAX_PASSAGES)], space)
        groups = list(_held(passages, ids))
        flat = [id for _, own in groups for id in own]
        rows = store.vectors.rows(space, [ids[id] for id in flat])
        starts = [0, *np.cumsum([len(own) for _, own in groups]).tolist()]
        means = [_mean(rows[a:b], metric) for a, b in pairwise(starts)]
        return cls([note for note, _ in groups], starts, flat, rows, np.vstack(means) if means else rows)


def _held(
    passages: Mapping[NoteId, Sequence[PassageId]], ids: Mapping[PassageId, VectorId]
) -> Iterator[tuple[NoteId, list[PassageId]]]:
    for note, own in passages.items():
        if kept := [id for id in _spread(own, MAX_PASSAGES) if id in ids]:
            yield note, kept


def _crowds(means: Rows, metric: Metric) -> Rows:
    """Of each note, how near it is to its nearest among the candidates."""
    if len(means) < 2:
        return np.zeros(len(means), dtype=np.float32)
    near = similarity(means, means, metric)
    np.fill_diagonal(near, -np.inf)
    crowd = min(CROWD, len(means) - 1)
    nearest: Rows = np.partition(near, -crowd, axis=1)[:, -crowd:].mean(axis=1)
    return nearest


def _mean(rows: Rows, metric: Metric) -> Rows:
    return normalised(rows.mean(axis=0, keepdims=True), metric)


def _spread(things: Sequence[T], most: int) -> list[T]:
    """At most `most` of them, evenly over the whole."""
    if len(things) <= most:
        return list(things)
    return [things[i * len(things) // most] for i in range(most)]
