"""Everything a plugin can offer, on one page.

A plugin is a module (or an object) with functions marked `@hookimpl` that *return* offers; nothing registers at import.
It is found through an entry point of the group "vecna_notes", or as a single .py file in the plugin folder beside
your config (never in a notes folder). Listing offers is free: heavy imports belong inside `make`.

    from vecna_notes.hookspecs import Offer, hookimpl

    @hookimpl
    def vecna_embedders():
        return [Offer("shout", "counts exclamation marks", make=lambda options: Shout())]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import pluggy

from vecna_notes.interfaces import (
    Clusterer,
    Embedder,
    Generator,
    IndexBuilder,
    Projector,
    Ranker,
    Reader,
    Trainable,
    Trainer,
)

PROJECT = "vecna_notes"
"""Entry-point group and pluggy project name."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

T_co = TypeVar("T_co", covariant=True)
Options = Mapping[str, object]
"""The plugin's own table of the config (`[embedders.NAME]`, `[clusterers.NAME]` …), with "cache" (Path for models),
"threads" and, where somebody listens, "report" (interfaces.Report) for what takes long."""


@dataclass(frozen=True, slots=True)
class Offer(Generic[T_co]):
    """A named thing a plugin can make. Listing is free; making may be slow."""

    name: str
    summary: str
    """One line for `vecna plugins`."""
    make: Callable[[Options], T_co]
    extra: str | None = None
    """The extra that installs what it needs: "sbert" for `vecna-notes[sbert]`."""
    missing: Callable[[], str] = lambda: ""
    """Why it cannot run here, in one sentence, or "": a cheap look (importlib.util.find_spec), never an import."""


@hookspec
def vecna_embedders() -> list[Offer[Embedder | Trainable]]:
    """Ways to turn text into vectors."""
    return []


@hookspec
def vecna_trainers() -> list[Offer[Trainer]]:
    """Ways to tune an embedder on pairs of texts."""
    return []


@hookspec
def vecna_readers() -> list[Offer[Reader]]:
    """Kinds of file that are notes."""
    return []


@hookspec
def vecna_indexes() -> list[Offer[IndexBuilder]]:
    """Nearest-neighbour indexes."""
    return []


@hookspec
def vecna_rankers() -> list[Offer[Ranker]]:
    """Better orders for what a search found."""
    return []


@hookspec
def vecna_clusterers() -> list[Offer[Clusterer]]:
    """Ways to find topics."""
    return []


@hookspec
def vecna_projectors() -> list[Offer[Projector]]:
    """Ways to draw a map."""
    return []


@hookspec
def vecna_generators() -> list[Offer[Generator]]:
    """Ways to answer a question from notes."""
    return []
