"""Which embedders a vault could have, how far each is, and one query asked of several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vecna_notes.errors import ConfigError
from vecna_notes.interfaces import Derived
from vecna_notes.models import is_tuned_name
from vecna_notes.text import safe_line
from vecna_notes.types import NoteId, Passage, Space, SpaceId, SpaceStatus, VectorId, similarity
from vecna_notes.vault.measuring import Measuring

if TYPE_CHECKING:
    from vecna_notes.interfaces import Embedder
    from vecna_notes.store.vectors import StoredRows

_FLOAT_BYTES = 4
_WINDOW = 50


@dataclass(frozen=True, slots=True)
class EmbedderStatus:
    """An embedder that is offered, or one of its Spaces."""

    name: str
    """Of the offer."""
    summary: str = ""
    lacks: str = ""
    """Why it cannot run here, or ""."""
    state: SpaceStatus | None = None
    """None while this vault has no vectors of it."""
    size: int = 0
    """Bytes of its vectors here, and of the model where the vault made it."""
    speed: float | None = None
    """Texts a second when it last embedded many of them here."""
    is_wanted: bool = False
    """Whether the vault's setting asks for it, so that its vectors are kept complete."""
    options: Mapping[str, Any] | None = None
    """What to choose it with."""


class Choosing(Measuring):
    """Reads only, so a reader may ask."""

    _beside: dict[str, Embedder] | None = None

    def embedders(self) -> list[EmbedderStatus]:
        """Every Space, and every embedder that has none yet; tuned models by their Spaces alone."""
        wanted, active = self.models.wanted(self.embedder_setting), self.store.vectors.active()
        trainers = {offered.offer.name for offered in self.registry.offers("trainers")}
        found = []
        for offered in self.registry.offers("embedders"):
            name, summary = offered.offer.name, offered.offer.summary
            lacks, is_wanted = self.models.missing(name), name in wanted
            own = [(id, space) for id, space in self.store.vectors.spaces() if space.embedder == name]
            if not own and name not in trainers:
                found.append(EmbedderStatus(name, summary, lacks, is_wanted=is_wanted))
            for id, space in own:
                vectors, missing = self.store.vectors.count(id), self.store.vectors.missing_count(id)
                state = SpaceStatus(space, vectors, missing, active is not None and active[0] == id)
                size = vectors * space.dim * _FLOAT_BYTES + _size(self._folder_of(space.model, space.key))
                speed, options = self.models.speed(space), self._options_of(name, space.model)
                found.append(EmbedderStatus(name, summary, lacks, state, size, speed, is_wanted, options))
        return found

    def nearest_notes(self, key: str, query: str, limit: int = 10) -> list[Passage]:
        """Notes by meaning alone in one Space, whichever it is that answers otherwise; of each its nearest passage.

        A tuned model is named by its name, too. Where it has no vectors yet, they are made of its base's for this once.
        """
        from vecna_notes.embedding import embed

        id, stored, embedder = self._rows_beside(key)
        asked = embed(embedder, [query], "query")
        scores = similarity(asked.rows, stored.rows, embedder.space.metric)[0]
        order = [VectorId(int(stored.ids[place])) for place in (-scores).argsort(kind="stable")]
        found: dict[NoteId, Passage] = {}
        for start in range(0, len(order), _WINDOW):
            said = self.store.passages.of_vectors(order[start : start + _WINDOW], id)
            ids = [passage for vector in order[start : start + _WINDOW] for passage in said.get(vector, ())]
            passages = self.store.passages.by_ids(ids)
            for passage in (passages[one] for one in ids if one in passages):
                found.setdefault(passage.note_id, passage)
            if len(found) >= limit:
                break
        return list(found.values())[:limit]

    def _rows_beside(self, key: str) -> tuple[SpaceId, StoredRows, Embedder]:
        """The Space that the ids are of, rows to compare with, and the embedder for the query."""
        from vecna_notes.embedding import normalised

        spaces = {space.key: id for id, space in self.store.vectors.spaces()}
        space = next((one for one in self._known_spaces() if key in (one.key, one.model)), None)
        if space is None:
            raise ConfigError(f"there is no space {safe_line(key)!r}; `vecna embedders list` names them")
        embedder = self._opened_beside(space)
        id = spaces.get(space.key)
        if id is not None and not self.store.vectors.missing_count(id):
            return id, self.store.vectors.all(id), embedder
        if not isinstance(embedder, Derived) or embedder.base.key not in spaces:
            raise ConfigError(f"{safe_line(space.model)} has no vectors here yet; they are made once it is to answer")
        id = spaces[embedder.base.key]
        stored = self.store.vectors.all(id)
        return id, replace(stored, rows=normalised(embedder.derive(stored.rows), space.metric)), embedder

    def _known_spaces(self) -> list[Space]:
        from vecna_notes.train.tuned import tuned_of

        tuned = [tuned_of(one).space for one in self.store.kept.tunings.all()]
        return [*(space for _, space in self.store.vectors.spaces()), *(space for space in tuned if space is not None)]

    def _opened_beside(self, space: Space) -> Embedder:
        """Kept open, since whoever compares asks again."""
        self._beside = self._beside or {}
        if space.key not in self._beside:
            self._beside[space.key] = self.models.open(space)
        return self._beside[space.key]

    def _options_of(self, name: str, model: str) -> Mapping[str, Any]:
        """A tuned model, or one of several that an embedder has, is named; others are as configured."""
        return {"model": model} if "model" in self.embedder_options(name) or is_tuned_name(model) else {}

    def _folder_of(self, model: str, key: str) -> Path:
        return self.models.tuned / model if is_tuned_name(model) else self.models.folder / key


def _size(folder: Path) -> int:
    """Without what it shares with another model."""
    found = [file.stat() for file in folder.rglob("*") if file.is_file()] if folder.is_dir() else []
    return sum(one.st_size for one in found if one.st_nlink == 1)
