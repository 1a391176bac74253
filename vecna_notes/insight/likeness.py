"""How alike notes are in one Space: half their means, half the pair of passages that meet most closely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np

from vecna_notes.embedding import normalised
from vecna_notes.nearest import Nearest
from vecna_notes.store import Store
from vecna_notes.types import Metric, NoteId, PassageId, Rows, SpaceId, VectorId, Vectors, similarity

T = TypeVar("T")

MAX_PASSAGES = 48
"""Passages of a note that are looked at, evenly over its length."""
ASKING = 8
"""Passages of the source that look for neighbours, besides their mean."""
NEIGHBOURS = 100
HUBNESS = 0.25
"""How much of its likeness to all its neighbours a note must give up: some notes are near to everything
(Conneau et al. 2018 correct with all of it; a quarter was best on garden and dendron)."""
CROWD = 10


@dataclass(frozen=True, slots=True)
class Meeting:
    """How alike two notes are, and the passages that show it."""

    score: float
    target: PassageId
    source: PassageId | None = None
    """None while only words speak: `shared_source` finds it for those that are shown."""


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
    passages = store.passages.ids_of(candidates)
    theirs = store.passages.vector_ids([id for ids in passages.values() for id in _spread(ids, MAX_PASSAGES)], space)
    groups = [(note, kept) for note, ids in passages.items() if (kept := [id for id in ids if id in theirs])]
    if not own or not groups:
        return {}
    source_rows = store.vectors.rows(space, list(own.values()))
    rows = store.vectors.rows(space, [theirs[id] for _, ids in groups for id in ids])
    starts = np.cumsum([0, *(len(ids) for _, ids in groups)])
    pairs = similarity(source_rows, rows, metric)
    means = np.vstack([_mean(rows[a:b], metric) for a, b in pairwise(starts)])
    alike = similarity(_mean(source_rows, metric), means, metric)[0]
    crowds = _crowds(means, metric)
    meetings: dict[NoteId, Meeting] = {}
    for i, (note, ids) in enumerate(groups):
        block = pairs[:, starts[i] : starts[i + 1]]
        ours, other = divmod(int(block.argmax()), block.shape[1])
        score = (float(alike[i]) + float(block[ours, other])) / 2 - HUBNESS * float(crowds[i])
        meetings[note] = Meeting(score, ids[other], list(own)[ours])
    return meetings


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
