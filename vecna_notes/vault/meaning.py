"""The semantic side of a vault: the active Space, its index, its model."""

from __future__ import annotations

from dataclasses import dataclass

from vecna_notes import embedding
from vecna_notes.errors import VecnaError
from vecna_notes.interfaces import Embedder
from vecna_notes.nearest import Nearest
from vecna_notes.types import (
    Space,
    SpaceId,
    Vectors,
)
from vecna_notes.vault.opened import Opened

LATENT = "lsa"
"""Embedder whose vectors stand beside the active ones in a search."""


@dataclass(slots=True)
class _Semantic:
    """The active Space as this process has it open; the model is loaded by the first question that needs it."""

    id: SpaceId
    space: Space
    nearest: Nearest
    embedder: Embedder | None = None
    failure: str = ""
    latent: Embedder | None = None
    """Of the vault's latent semantics, beside it."""
    no_latent: str = ""
    """Key of such a Space whose model cannot be opened."""


class Meaning(Opened):
    """Opens models and indexes with the first question that needs them."""

    _semantic: _Semantic | None = None
    _version: int | None = None

    def _refreshed(self) -> _Semantic | None:
        """The active Space with its nearest-neighbour index, brought up to what the writer has committed."""
        version = self.store.data_version()
        if version == self._version:
            return self._semantic
        active = self.store.vectors.active()
        if active is None:
            self._semantic = None
        elif self._semantic is None or self._semantic.id != active[0]:
            self._semantic = _Semantic(*active, self._open_nearest(*active))
        else:
            self._semantic.nearest.refresh()
        self._version = version
        return self._semantic

    def _open_nearest(self, id: SpaceId, space: Space) -> Nearest:
        index = self.settings.index
        return Nearest.open(self.store, id, space, self._index_builder(), self.store.folder, index.exact_below)

    def _embed_query(self, query: str) -> Vectors | None:
        """The query in the active Space; None, with the reason kept, when its embedder cannot be had."""
        semantic = self._semantic
        if semantic is None or semantic.failure:
            return None
        try:
            if semantic.embedder is None:
                semantic.embedder = self.models.open(semantic.space)
            return embedding.embed(semantic.embedder, [query], "query")
        except VecnaError as error:
            semantic.failure = f"searched by words only: {error}"
            return None

    def _embed_latent(self, query: str) -> Vectors | None:
        """The query in the vault's latent semantics; None where these are not complete or cannot be opened."""
        semantic = self._semantic
        space = next((one for _, one in self.store.vectors.spaces() if one.embedder == LATENT), None)
        if semantic is None or space is None or space.key == semantic.no_latent:
            return None
        try:
            if semantic.latent is None or semantic.latent.space.key != space.key:
                semantic.latent = self.models.open(space)
            return embedding.embed(semantic.latent, [query], "query")
        except VecnaError:
            semantic.no_latent = space.key
            return None
