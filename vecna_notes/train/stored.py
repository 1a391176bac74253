"""An embedder that looks a text up before it computes: what a vault holds is embedded already."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vecna_notes import embedding
from vecna_notes.interfaces import Embedder
from vecna_notes.store import Store
from vecna_notes.text import digest
from vecna_notes.types import Role, Rows, Space


class StoredFirst:
    """Gives what `embedder` would, normalised as it is stored, in batches of its own."""

    def __init__(self, embedder: Embedder, store: Store) -> None:
        self._embedder = embedder
        self._store = store
        self._id = next((id for id, space in store.vectors.spaces() if space.key == embedder.space.key), None)

    @property
    def space(self) -> Space:
        return self._embedder.space

    def embed(self, texts: Sequence[str], role: Role) -> Rows:
        if role != "note" or self._id is None:
            return self._computed(texts, role)
        digests = [digest(text) for text in texts]
        known = self._store.vectors.of_texts(self._id, digests)
        rows = np.empty((len(texts), self.space.dim), dtype=np.float32)
        rest = [place for place, one in enumerate(digests) if one not in known]
        for place, one in enumerate(digests):
            if one in known:
                rows[place] = known[one]
        if rest:
            rows[rest] = self._computed([texts[place] for place in rest], role)
        return rows

    def _computed(self, texts: Sequence[str], role: Role) -> Rows:
        return embedding.embed(self._embedder, texts, role).rows
