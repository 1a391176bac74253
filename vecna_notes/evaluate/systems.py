"""The ways to search that are compared: words, each embedder alone, and both together fused in two ways."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from vecna_notes.config import SearchSettings
from vecna_notes.errors import ConfigError
from vecna_notes.models import Models
from vecna_notes.search.recipe import Recipe, plain_rrf, standard
from vecna_notes.store import Store
from vecna_notes.text import safe_line
from vecna_notes.types import Space, SpaceId

KEYWORD = "keyword"
HELPER = "lsa"
"""An embedder whose vectors other legs may use too, so that it is always there when it is in the vault."""


@dataclass(frozen=True, slots=True)
class System:
    """One way to search."""

    name: str
    """"keyword", "sbert", "rrf:sbert", "hybrid:sbert"; the Space's key where an embedder has several."""
    mode: str
    space: Space | None
    recipe: Recipe
    is_default: bool = False


def ready(store: Store) -> list[tuple[SpaceId, Space]]:
    """Spaces that hold every text of the vault."""
    vectors = store.vectors
    return [(id, space) for id, space in vectors.spaces() if vectors.count(id) and not vectors.missing_count(id)]


def usable(store: Store, models: Models) -> list[Space]:
    """Ready spaces; of an embedder that learns from the vault only the newest, which is the one it would be again."""
    found = [space for _, space in ready(store)]
    newest = {space.embedder: space.key for space in found}
    return [space for space in found if not models.is_trained(space.embedder) or newest[space.embedder] == space.key]


def labels(spaces: Sequence[Space]) -> dict[str, str]:
    """Space key → what its rows are called."""
    times = Counter(space.embedder for space in spaces)
    return {space.key: space.embedder if times[space.embedder] == 1 else space.key for space in spaces}


def systems(
    spaces: Sequence[Space], active: Space | None, settings: SearchSettings, recipe: Callable[[Space], Recipe]
) -> list[System]:
    """Every way there is; the one that a plain `vecna search` takes is the default."""
    named, plain = labels(spaces), plain_rrf()
    found = [System(KEYWORD, KEYWORD, None, standard(settings, ""))]
    found += [System(named[space.key], "semantic", space, recipe(space)) for space in spaces]
    found += [System(f"rrf:{named[space.key]}", "hybrid", space, plain) for space in spaces]
    found += [System(f"hybrid:{named[space.key]}", "hybrid", space, recipe(space)) for space in spaces]
    usual = _usual(named, active, settings.mode)
    return [replace(system, is_default=system.name == usual) for system in found]


def chosen(found: Sequence[System], names: Sequence[str] | None) -> list[System]:
    """Those of the names, in their order; all without names. Raises ConfigError for a name there is not."""
    if not names:
        return list(found)
    known = {system.name: system for system in found}
    for name in names:
        if name not in known:
            raise ConfigError(f"there is no system {safe_line(name)!r} here; choose of {', '.join(known)}")
    return [known[name] for name in dict.fromkeys(names)]


def _usual(named: Mapping[str, str], active: Space | None, mode: str) -> str:
    if active is None or active.key not in named or mode == KEYWORD:
        return KEYWORD
    return named[active.key] if mode == "semantic" else f"hybrid:{named[active.key]}"
