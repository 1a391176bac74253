"""A query moved towards some notes and away from others: more like this, less like that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from vecna_notes.embedding import normalised
from vecna_notes.store import Store
from vecna_notes.types import NoteId, Rows, SpaceId, Vectors

_NO_PATH = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Surrogates that stand for no byte of a file's name."""
MORE, LESS = 0.75, 0.5
"""What all notes to be like weigh beside the query's own words, and all notes to be unlike (Rocchio 1971)."""


def note_named(store: Store, name: str) -> NoteId | None:
    """The note meant by "[[Note]]", a path, a title or an alias; None when none or several are."""
    bare = _NO_PATH.sub("", name).strip().removeprefix("[[").removesuffix("]]").split("|")[0].strip()
    for path in (bare, f"{bare}.md"):
        if (note := store.notes.by_path(path)) is not None:
            return note.id
    named = store.notes.titled(bare.rpartition("/")[2].removesuffix(".md"))
    return named[0] if len(named) == 1 else None


def steered(store: Store, space: SpaceId, query: Vectors, more: Sequence[NoteId], less: Sequence[NoteId]) -> Vectors:
    """The query's vector with the notes' added and taken away; zero where nothing at all is known."""
    toward, away = _mean(store, space, more, query.space.dim), _mean(store, space, less, query.space.dim)
    moved = (query.rows + MORE * toward if query.rows.any() else toward) - LESS * away
    return Vectors(query.space, normalised(np.asarray(moved, dtype=np.float32), query.space.metric))


def _mean(store: Store, space: SpaceId, notes: Iterable[NoteId], dim: int) -> Rows:
    """Mean over notes of the mean of each note's passages, of unit length; shape (1, dim)."""
    total = np.zeros((1, dim), dtype=np.float32)
    for note in notes:
        rows = store.vectors.rows(space, store.passages.vectors_of_notes([note], space))
        if len(rows):
            total += normalised(rows.mean(axis=0, keepdims=True), "cosine")
    return normalised(total, "cosine")
