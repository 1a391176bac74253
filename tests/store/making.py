"""Notes, chunks and vectors to store."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vecna_notes.store import Store
from vecna_notes.text import digest
from vecna_notes.types import Chunk, FileStamp, Note, NoteId, Rows, Space, SpaceId, Vectors, WrittenLink

DIM = 16
SPACE = Space("fake", "model", "1", DIM, "cosine", "plain")


def note(path: str, *texts: str, title: str = "", **more: object) -> tuple[Note, list[Chunk]]:
    """A note of one chunk a text, three lines each."""
    whole = "\n\n\n".join(texts)
    own = title or path.rsplit("/", 1)[-1].removesuffix(".md")
    chunks = [Chunk(text, (f"Heading {i}",), 3 * i + 1, 3 * i + 3, text.strip()) for i, text in enumerate(texts)]
    return Note(path, own, whole, digest(whole), **more), chunks  # type: ignore[arg-type]


def stamp(seconds: float = 1.0) -> FileStamp:
    return FileStamp(10, int(seconds * 1e9), 3, 4)


def save(store: Store, path: str, *texts: str, at: float = 1.0, links: Sequence[str] = (), title: str = "") -> NoteId:
    made, chunks = note(path, *texts, title=title, links=tuple(WrittenLink(target) for target in links))
    return store.notes.save(made, chunks, stamp(at))


def row(text: str) -> Rows:
    """A unit row that is a function of the text."""
    seed = int(digest(text)[:8], 16)
    made = np.random.default_rng(seed).standard_normal(DIM).astype(np.float32)
    unit: Rows = made / np.linalg.norm(made)
    return unit


def embed_all(store: Store, space: Space = SPACE) -> SpaceId:
    """Give every text a vector; returns the id of the space."""
    id = store.vectors.space(space)
    while found := store.vectors.missing(id, 7):
        rows = np.stack([row(text) for _, text in found])
        store.vectors.save(id, [said for said, _ in found], Vectors(space, rows))
    return id
