"""The stage that gives texts their vectors, window by window: memory is one window, and stopping loses at most one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from vecna_notes import embedding
from vecna_notes.interfaces import Embedder
from vecna_notes.store import Store
from vecna_notes.types import SpaceId, Vectors

FIRST_WINDOW = 32
WINDOW = 256
"""Texts sorted by length together: large enough for little padding, small enough to stop within a second or two."""
DERIVED_WINDOW = 4096
"""Rows made of stored ones at a time."""


def fill(store: Store, space: SpaceId, embedder: Embedder) -> Iterator[int]:
    """Embed every text of the vault that has no row in `space`, newest notes first; yields the count of each window.

    Each window is committed before it is counted. Raises EmbedderError when the embedder's rows cannot be vectors.
    """
    size = FIRST_WINDOW
    while missing := store.vectors.missing(space, size):
        vectors = embedding.embed(embedder, [text for _, text in missing], "note")
        yield _saved(store, space, missing, vectors)
        size = WINDOW


def fill_derived(store: Store, space: SpaceId, embedder: Embedder, base: SpaceId) -> Iterator[int]:
    """The same for an embedder that is Derived: rows are made of those of `base`, which is complete but for damage."""
    while missing := store.vectors.missing(space, DERIVED_WINDOW):
        known = store.vectors.of_texts(base, [digest for digest, _ in missing])
        stored = [one for one in missing if one[0] in known]
        if stored:
            rows = np.stack([known[digest] for digest, _ in stored])
            yield _saved(store, space, stored, embedding.derive(embedder, rows))
        if rest := [one for one in missing if one[0] not in known]:
            yield _saved(store, space, rest, embedding.embed(embedder, [text for _, text in rest], "note"))


def _saved(store: Store, space: SpaceId, missing: Sequence[tuple[str, str]], vectors: Vectors) -> int:
    with store.transaction():
        store.vectors.save(space, [digest for digest, _ in missing], vectors)
    return len(missing)
