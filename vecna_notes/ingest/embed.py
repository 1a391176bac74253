"""The stage that gives texts their vectors, window by window: memory is one window, and stopping loses at most one."""

from __future__ import annotations

from collections.abc import Iterator

from vecna_notes.embedding import embed
from vecna_notes.interfaces import Embedder
from vecna_notes.store import Store
from vecna_notes.types import SpaceId

FIRST_WINDOW = 32
WINDOW = 256
"""Texts sorted by length together: large enough for little padding, small enough to stop within a second or two."""


def fill(store: Store, space: SpaceId, embedder: Embedder) -> Iterator[int]:
    """Embed every text of the vault that has no row in `space`, newest notes first; yields the count of each window.

    Each window is committed before it is counted. Raises EmbedderError when the embedder's rows cannot be vectors.
    """
    size = FIRST_WINDOW
    while missing := store.vectors.missing(space, size):
        digests = [digest for digest, _ in missing]
        vectors = embed(embedder, [text for _, text in missing], "note")
        with store.transaction():
            store.vectors.save(space, digests, vectors)
        yield len(missing)
        size = WINDOW
