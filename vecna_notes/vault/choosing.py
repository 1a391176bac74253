"""Which embedders a vault could have, how far each is, and one query asked of several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vecna_notes import embedding
from vecna_notes.errors import ConfigError
from vecna_notes.models import is_tuned_name
from vecna_notes.text import safe_line
from vecna_notes.types import Found, SpaceStatus
from vecna_notes.vault.measuring import Measuring

if TYPE_CHECKING:
    from vecna_notes.interfaces import Embedder
    from vecna_notes.nearest import Nearest

_FLOAT_BYTES = 4


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

    _beside: dict[str, tuple[Nearest, Embedder]] | None = None

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

    def search_space(self, key: str, query: str, limit: int = 10) -> Found:
        """Notes by meaning alone in one Space, whichever it is that answers otherwise."""
        from vecna_notes.search import Searcher

        nearest, embedder = self._opened_beside(key)
        nearest.refresh()
        searcher = Searcher(
            self.store,
            nearest,
            lambda text: embedding.embed(embedder, [text], "query"),
            self.settings.search,
            recipe=self.recipe(embedder.space),
        )
        return searcher.search(query, "semantic", limit)

    def _opened_beside(self, key: str) -> tuple[Nearest, Embedder]:
        """Kept open, since whoever compares asks again."""
        from vecna_notes.nearest import Nearest

        found = next(((id, space) for id, space in self.store.vectors.spaces() if space.key == key), None)
        if found is None:
            raise ConfigError(f"there is no space {safe_line(key)!r}; `vecna embedders list` names them")
        self._beside = self._beside or {}
        if key not in self._beside:
            nearest = Nearest.open(self.store, *found, None, self.store.folder, self.settings.index.exact_below)
            self._beside[key] = nearest, self.models.open(found[1])
        return self._beside[key]

    def _options_of(self, name: str, model: str) -> Mapping[str, Any]:
        """A tuned model, or one of several that an embedder has, is named; others are as configured."""
        return {"model": model} if "model" in self.embedder_options(name) or is_tuned_name(model) else {}

    def _folder_of(self, model: str, key: str) -> Path:
        return self.models.tuned / model if is_tuned_name(model) else self.models.folder / key


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) if folder.is_dir() else 0
