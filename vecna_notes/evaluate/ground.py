"""An index to ask, with what asking needs opened once. Where an evaluation touches the search, it is here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from vecna_notes import embedding
from vecna_notes.config import Settings
from vecna_notes.evaluate.questions import Question
from vecna_notes.evaluate.systems import HELPER, System
from vecna_notes.ingest.sync import Cutter
from vecna_notes.interfaces import Embedder, IndexBuilder
from vecna_notes.models import Models
from vecna_notes.nearest import Nearest
from vecna_notes.search import Searcher
from vecna_notes.search.filters import allowed
from vecna_notes.search.query import analyse
from vecna_notes.search.recipe import Recipe
from vecna_notes.store import Store
from vecna_notes.types import NoteId, Space, Vectors

DEPTH = 100
"""Notes of each answer that are looked at, for average precision and for where an expected one stands."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """What an evaluation needs of an open vault."""

    store: Store
    models: Models
    cutter: Cutter
    settings: Settings
    builder: IndexBuilder | None
    recipe: Callable[[Space], Recipe]
    """What a plain search over a Space goes by."""


@dataclass(slots=True)
class Ground:
    """Answers questions in as many ways as are wanted, from one recall a Space."""

    rooms: Rooms
    embedders: dict[str, Embedder] = field(default_factory=dict)
    """By the key of their Space."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Path in this index → path in the vault, where they differ."""
    _paths: dict[NoteId, str] = field(default_factory=dict)
    _nearest: dict[str, Nearest] = field(default_factory=dict)
    _asked: dict[tuple[str, str], Vectors] = field(default_factory=dict)

    def answers(self, question: Question, systems: Sequence[System]) -> dict[str, list[str]]:
        """Paths of the first notes that each system finds, best first."""
        query = analyse(question.text)
        if query.is_empty:
            return {system.name: [] for system in systems}
        notes = allowed(self.rooms.store, query).notes
        found: dict[str, list[str]] = {}
        for group in _by_space(systems):
            searcher = self._searcher(group[0])
            recalled = searcher.recall(query, "hybrid" if group[0].space else "keyword", notes)
            for system in group:
                ranked = searcher.ranked(recalled, system.recipe, system.mode)
                found[system.name] = self._seen([one.note for one in ranked], question)
        self._asked.clear()
        return found

    def seconds(self, system: System, question: Question) -> float:
        """How long it takes as a person asks it, the query's embedding and the showing included."""
        self._asked.clear()
        started = time.perf_counter()
        self._searcher(system).search(question.text, system.mode, self.rooms.settings.search.limit)
        return time.perf_counter() - started

    def near(self, space: Space) -> Nearest:
        if space.key not in self._nearest:
            rooms, exact_below = self.rooms, self.rooms.settings.index.exact_below
            id = rooms.store.vectors.space(space)
            self._nearest[space.key] = Nearest.open(
                rooms.store, id, space, rooms.builder, rooms.store.folder, exact_below
            )
        return self._nearest[space.key]

    def _searcher(self, system: System) -> Searcher:
        settings = self.rooms.settings.search
        if system.space is None:
            return Searcher(self.rooms.store, None, None, settings, recipe=system.recipe)
        helper = next((one for _, one in self.rooms.store.vectors.spaces() if one.embedder == HELPER), None)
        return Searcher(
            self.rooms.store,
            self.near(system.space),
            partial(self._embed, system.space),
            settings,
            embed_latent=partial(self._embed, helper) if helper and system.recipe.latent else None,
            recipe=system.recipe,
        )

    def _embed(self, space: Space, text: str) -> Vectors:
        if (space.key, text) not in self._asked:
            if space.key not in self.embedders:
                self.embedders[space.key] = self.rooms.models.open(space)
            self._asked[space.key, text] = embedding.embed(self.embedders[space.key], [text], "query")
        return self._asked[space.key, text]

    def _seen(self, notes: Sequence[NoteId], question: Question) -> list[str]:
        if not self._paths:
            paths = self.rooms.store.notes.paths()
            self._paths = {id: self.renamed.get(path, path) for path, id in paths.items()}
        found = (self._paths[note] for note in notes[: DEPTH + len(question.passed_over)])
        return [path for path in found if path not in question.passed_over][:DEPTH]


def _by_space(systems: Sequence[System]) -> list[list[System]]:
    """Systems that one recall serves, the one that wants most of it first; words alone go with any."""
    groups: dict[str, list[System]] = {}
    for system in systems:
        if system.space is not None:
            groups.setdefault(system.space.key, []).append(system)
    for own in groups.values():
        own.sort(key=lambda system: -system.recipe.latent)
    words = [system for system in systems if system.space is None]
    found = list(groups.values())
    return [[*found[0], *words], *found[1:]] if found else [words]
