"""The ways to search that are compared: words, each embedder alone, and both together fused in two ways."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from vecna_notes.config import SearchSettings
from vecna_notes.errors import ConfigError
from vecna_notes.models import Models
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
    settings: SearchSettings
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


def systems(spaces: Sequence[Space], active: Space | None, settings: SearchSettings) -> list[System]:
    """Every way there is; the one that a plain `vecna search` takes is the default."""
    plain = msgspec.structs.replace(settings, fusion="weighted")
    fused = msgspec.structs.replace(settings, fusion="rrf", semantic_weight=0.5)
    hybrid = settings if settings.fusion == "weighted" else plain
    named = labels(spaces)
    found = [System(KEYWORD, KEYWORD, None, settings)]
    found += [System(named[space.key], "semantic", space, settings) for space in spaces]
    found += [System(f"rrf:{named[space.key]}", "hybrid", space, fused) for space in spaces]
    found += [System(f"hybrid:{named[space.key]}", "hybrid", space, hybrid) for space in spaces]
    usual = _usual(named, active, settings)
    return [System(one.name, one.mode, one.space, one.settings, one.name == usual) for one in found]


def chosen(found: Sequence[System], names: Sequence[str] | None) -> list[System]:
    """Those of the names, in their order; all without names. Raises ConfigError for a name there is not."""
    if not names:
        return list(found)
    known = {system.name: system for system in found}
    for name in names:
        if name not in known:
            raise ConfigError(f"there is no system {safe_line(name)!r} here; choose of {', '.join(known)}")
    return [known[name] for name in dict.fromkeys(names)]


def _usual(named: Mapping[str, str], active: Space | None, settings: SearchSettings) -> str:
    if active is None or active.key not in named or settings.mode == KEYWORD:
        return KEYWORD
    name = named[active.key]
    if settings.mode == "semantic":
        return name
    return f"rrf:{name}" if settings.fusion == "rrf" else f"hybrid:{name}"
