"""The notes of a vault with one vector each: the mean of their passages in the active Space."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

import numpy as np

from vecna_notes.embedding import normalised
from vecna_notes.errors import NotIndexed
from vecna_notes.store import Store
from vecna_notes.types import NoteId, Rows, Space, SpaceId, VectorId


@dataclass(frozen=True, slots=True)
class Gathered:
    """Notes by path, with the vectors of their passages; a note may have none."""

    space_id: SpaceId
    space: Space
    ids: tuple[NoteId, ...]
    paths: tuple[str, ...]
    titles: tuple[str, ...]
    vectors: tuple[tuple[VectorId, ...], ...]

    @property
    def digest(self) -> str:
        """Changes when a note comes, goes, moves or says something else, and with the Space."""
        name = hashlib.blake2b(self.space.key.encode(), digest_size=16)
        for path, vectors in zip(self.paths, self.vectors, strict=True):
            name.update(os.fsencode(path) + b"\0" + np.array(vectors, dtype="<i8").tobytes() + b"\0")
        return name.hexdigest()


def gather(store: Store) -> Gathered:
    """Raises NotIndexed while no Space is active."""
    active = store.vectors.active()
    if active is None:
        raise NotIndexed("no note has a vector yet; `vecna index` makes them")
    named = sorted((path, id, title) for id, path, title, _ in store.notes.names())
    ids = tuple(id for _, id, _ in named)
    passages = store.passages.ids_of(ids)
    known = store.passages.vector_ids([one for of_note in passages.values() for one in of_note], active[0])
    vectors = tuple(tuple(known[one] for one in passages.get(id, ()) if one in known) for id in ids)
    return Gathered(*active, ids, tuple(path for path, _, _ in named), tuple(title for *_, title in named), vectors)


def note_rows(store: Store, gathered: Gathered) -> Rows:
    """A row a note, of unit length; zero for a note without a vector."""
    wanted = sorted({id for of_note in gathered.vectors for id in of_note})
    stored = store.vectors.rows(gathered.space_id, wanted)
    place = {id: i for i, id in enumerate(wanted)}
    rows = np.zeros((len(gathered.ids), gathered.space.dim), dtype=np.float32)
    for row, of_note in zip(rows, gathered.vectors, strict=True):
        if of_note:
            row[:] = stored[[place[id] for id in of_note]].mean(axis=0)
    return normalised(rows, "cosine")
