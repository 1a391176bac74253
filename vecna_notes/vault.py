"""The composition root: opens a vault's rooms, wires them, closes them. It decides nothing itself."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from vecna_notes import embedding
from vecna_notes.config import Configuration, Folders, Settings
from vecna_notes.errors import ConfigError, NoteNotFound, VaultNotFound, VecnaError
from vecna_notes.interfaces import Embedder, IndexBuilder, Reader, Report, TokenCounter
from vecna_notes.models import BEST, Models
from vecna_notes.nearest import Nearest, write_snapshot
from vecna_notes.registry import Registry
from vecna_notes.store import Store, StoredNote
from vecna_notes.text import estimate_tokens
from vecna_notes.types import (
    Found,
    Link,
    Passage,
    Problem,
    Progress,
    RelatedNote,
    Space,
    SpaceId,
    SpaceStatus,
    Status,
    Vectors,
    Whereabouts,
)

if TYPE_CHECKING:  # a reader does without the rooms of indexing, and is 50 ms quicker for it
    from vecna_notes.ingest.ladder import Ladder
    from vecna_notes.ingest.sync import Cutter, SyncReport
    from vecna_notes.reranking import Checked
    from vecna_notes.search import Searcher
    from vecna_notes.search.recipe import Recipe

_CHOICE = "embedder"
"""Meta key: the embedder chosen for this vault by `vecna embedders use`, before the configured one."""
_CHOSEN_OPTIONS = "embedder.options"
"""Meta key: options chosen with it (a model, leave to download), by embedder."""
_LAST_RUN = "last_run"
KEEP_REMOVED_SECONDS = 30 * 24 * 3600.0
EXACT = "exact"
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


class Vault:
    """A folder of notes with its index. One process opens it to write, any number to read."""

    def __init__(self, root: Path, folders: Folders, configuration: Configuration, store: Store) -> None:
        self.root = root
        self.folders = folders
        self.configuration = configuration
        self.store = store
        self._semantic: _Semantic | None = None
        self._version: int | None = None

    @classmethod
    def open(cls, root: Path, folders: Folders, configuration: Configuration, write: bool = False) -> Vault:
        """Raises VaultNotFound (to write), NotIndexed (to read), Busy when another process writes."""
        if write and not root.is_dir():
            raise VaultNotFound(f"there is no folder {root}; name your notes folder: vecna index FOLDER")
        folder = folders.vault(root)
        store = Store.open_writer(folder) if write else Store.open_reader(folder)
        vault = cls(root, folders, configuration, store)
        if write:
            with store.transaction():
                store.meta.set("root", str(root.resolve()))
        return vault

    @staticmethod
    def writer(root: Path, folders: Folders) -> int | None:
        """Process that writes the vault's index at this moment, or None."""
        return Store.writer(folders.vault(root))

    @staticmethod
    def database() -> tuple[str, list[str]]:
        """The version of this machine's SQLite, and what it lacks that an index needs."""
        return Store.database()

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> Vault:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────

    def search(
        self,
        query: str,
        mode: str | None = None,
        limit: int | None = None,
        more: Sequence[str] = (),
        less: Sequence[str] = (),
        rerank: bool = False,
    ) -> Found:
        """Notes for a query, best first. `mode` is "hybrid", "semantic" or "keyword"; None takes the settings'.

        `more` and `less` name notes the answer should be like and unlike; `rerank` asks the configured ranker.
        """
        searcher, mode = self._searcher(mode)
        ranker = self._ranker() if rerank else None
        found = searcher.search(query, mode, limit or self.settings.search.limit, more, less, ranker)
        semantic = self._semantic
        if mode != "keyword" and semantic and semantic.failure:
            found = replace(found, notice=semantic.failure)
        return found

    def whereabouts(self, query: str, path: str, mode: str | None = None, limit: int | None = None) -> Whereabouts:
        """Where a note that was expected ended up in a search."""
        from vecna_notes.search.explain import whereabouts

        note = self.store.notes.by_path(path)
        if note is None:
            return Whereabouts(path, path, "not indexed", self.explain(path))
        searcher, mode = self._searcher(mode)
        return whereabouts(searcher, self.store, query, note, mode, limit or self.settings.search.limit)

    def _searcher(self, mode: str | None) -> tuple[Searcher, str]:
        from vecna_notes.search import Searcher

        mode, settings = mode or self.settings.search.mode, self.settings.search
        semantic = self._refreshed() if mode != "keyword" else None
        if semantic is None:
            return Searcher(self.store, None, None, settings), mode
        recipe = self.recipe(semantic.space)
        latent = self._embed_latent if recipe.latent else None
        return Searcher(
            self.store, semantic.nearest, self._embed_query, settings, embed_latent=latent, recipe=recipe
        ), mode

    def recipe(self, space: Space) -> Recipe:
        """How much each voice counts in a hybrid search over `space`."""
        from vecna_notes.search.recipe import adapted, fact_of, standard

        recipe = standard(self.settings.search, space.embedder)
        return adapted(recipe, self.store.kept.fact(fact_of(space))) if self.settings.search.adapt else recipe

    def _ranker(self) -> Checked:
        name = self.settings.search.ranker
        if not name:
            raise ConfigError("no ranker is chosen; set search.ranker (`vecna plugins` names those there are)")
        return self.registry.ranker(name, self.ranker_options(name))

    def related(self, path: str, line: int | None = None, limit: int = 10, unlinked: bool = False) -> list[RelatedNote]:
        """Notes near in meaning to a note, or to the passage at one of its lines."""
        from vecna_notes.insight.related import related

        semantic = self._refreshed()
        id = self._known(path).id
        return related(self.store, semantic.nearest if semantic else None, id, line, limit, unlinked)

    def status(self) -> Status:
        """What is indexed, what is not, and why."""
        counts, links = self.store.files.counts(), self.store.links.counts()
        last = self.store.meta.get(_LAST_RUN) or {}
        failed = [record for record in self.store.files.all().values() if record.state == "failed"]
        problems = [*self.store.notes.problems(), *(Problem(record.path, record.reason) for record in failed)]
        return Status(
            indexed=counts.get("indexed", 0),
            waiting=counts.get("waiting", 0),
            skipped=counts.get("skipped", 0),
            failed=counts.get("failed", 0),
            chunks=self.store.passages.count(),
            links=sum(links.values()),
            broken_links=links.get("broken", 0),
            ambiguous_links=links.get("ambiguous", 0),
            spaces=tuple(self._space_statuses()),
            problems=tuple(problems),
            skips=self.store.files.skip_reasons(),
            embedded_last_run=int(last.get("embedded", 0)),
            last_run=last.get("finished"),
            store_bytes=self.store.size(),
            notices=(*self.configuration.ignored, *self.store.notices, *last.get("notices", ())),
        )

    def recent(self, limit: int) -> list[StoredNote]:
        """Notes by the time of their last change, newest first."""
        return self.store.notes.recent(limit)

    def note(self, path: str) -> StoredNote:
        return self._known(path)

    def text(self, path: str) -> str:
        """A note's text as it was last indexed."""
        return self.store.notes.text(self._known(path).id)

    def passages(self, path: str) -> list[Passage]:
        return self.store.passages.of_note(self._known(path).id)

    def links(self, path: str) -> list[Link]:
        """Links written in a note."""
        return self.store.links.of(self._known(path).id)

    def backlinks(self, path: str) -> list[Link]:
        """Links that other notes write to it."""
        return self.store.links.to(self._known(path).id)

    def resolve_path(self, name: str) -> str:
        """The path of a note given by path, file, title or alias. Raises NoteNotFound naming near ones."""
        from vecna_notes.insight.naming import find_note

        return find_note(self.store, self.root, name)

    @property
    def is_replaced(self) -> bool:
        """Whether the index on disk is another file than the one this vault has open."""
        return self.store.is_replaced()

    def _known(self, path: str) -> StoredNote:
        note = self.store.notes.by_path(path)
        if note is None:
            raise NoteNotFound(f"{path} is not in the index; `vecna index --explain {path}` tells why")
        return note

    # ── meaning ─────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def registry(self) -> Registry:
        return Registry(self.folders.plugins, self.settings.plugins.disabled)

    @cached_property
    def models(self) -> Models:
        return Models(self.store, self.registry, self.embedder_options, self.store.folder / "models")

    @property
    def settings(self) -> Settings:
        return self.configuration.settings

    @property
    def embedder_setting(self) -> str:
        """ "auto" or a name: this vault's own choice, else the configured one."""
        chosen = self.store.meta.get(_CHOICE)
        return chosen if isinstance(chosen, str) else self.settings.index.embedder

    def embedder_options(self, name: str) -> dict[str, Any]:
        """What an embedder is made with: its own settings, the folder for models, the number of threads."""
        own = {**self.settings.embedders.get(name, {}), **self._chosen_options().get(name, {})}
        return {**own, "cache": self.folders.cache, "threads": self.settings.index.threads}

    def ranker_options(self, name: str) -> dict[str, Any]:
        """What a ranker is made with."""
        own = self.settings.rankers.get(name, {})
        return {**own, "cache": self.folders.cache, "threads": self.settings.index.threads}

    def _chosen_options(self) -> dict[str, dict[str, Any]]:
        return self.store.meta.get(_CHOSEN_OPTIONS) or {}

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

    def _index_builder(self) -> IndexBuilder | None:
        name = self.settings.index.index
        if name == EXACT or self.registry.missing("indexes", name):
            return None
        return self.registry.index_builder(name, {"threads": self.settings.index.threads})

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

    def _space_statuses(self) -> Iterator[SpaceStatus]:
        active = self.store.vectors.active()
        for id, space in self.store.vectors.spaces():
            missing, count = self.store.vectors.missing_count(id), self.store.vectors.count(id)
            yield SpaceStatus(space, count, missing, active is not None and active[0] == id)

    # ── indexing: only on a vault opened to write ───────────────────────────────────────────────────────────────

    def sync(
        self, report: Report, subtree: str = "", *, is_deep: bool = False, allow_removal: bool = False
    ) -> SyncReport:
        """Bring notes and links up to date with the folder. Raises VaultNotFound and MassRemoval."""
        from vecna_notes.ingest.sync import Sync

        chain = Sync(self.root, self.store, self.readers, self.cutter, self.settings.index)
        return chain.run(report, subtree, is_deep=is_deep, allow_removal=allow_removal)

    def ladder(self, report: Report) -> Ladder:
        """The embedders to fill; keep it between runs, since it keeps models open."""
        from vecna_notes.ingest.ladder import Ladder

        return Ladder(self.store, self.models, self.embedder_setting, report)

    def settle(self, report: Report, embedded: int, notices: tuple[str, ...] = ()) -> None:
        """End a run: snapshot the active Space's graph if it is due, forget what was removed long ago, note the run."""
        if (active := self.store.vectors.active()) is not None:
            report(Progress("index", 0))
            index = self.settings.index
            write_snapshot(self.store, *active, self._index_builder(), self.store.folder, index.exact_below)
        self.store.purge_removed(KEEP_REMOVED_SECONDS)
        with self.store.transaction():
            run = {"finished": time.time(), "embedded": embedded, "notices": list(notices)}
            self.store.meta.set(_LAST_RUN, run)

    def forget(self) -> None:
        """Forget every vector and how notes were cut, so that the next sync reads and embeds everything anew."""
        from vecna_notes.ingest.sync import CUT

        with self.store.transaction():
            self.store.meta.set(CUT, None)
            self.store.vectors.activate(None)
            for id, _space in self.store.vectors.spaces():
                self.store.vectors.drop_space(id)

    def use(self, name: str | None, options: Mapping[str, Any] | None = None) -> None:
        """Choose this vault's embedder; None goes back to the configured one. It takes over once it is complete.

        `options` of the choice ("model", "download") stand before the configured ones; under "auto" they are the
        best embedder's.
        """
        embedder = BEST if name in (None, "auto") else str(name)
        chosen = {**self._chosen_options(), embedder: dict(options or {})}
        if name not in (None, "auto"):
            self.registry.embedder(embedder, {**self.embedder_options(embedder), **chosen[embedder]})
        with self.store.transaction():
            self.store.meta.set(_CHOICE, name)
            self.store.meta.set(_CHOSEN_OPTIONS, chosen)

    def remove_space(self, key: str) -> None:
        """Delete a Space and its vectors; the active one goes only when another is chosen."""
        found = [(id, space) for id, space in self.store.vectors.spaces() if key in (space.key, space.embedder)]
        if not found:
            raise ConfigError(f"there is no space {key!r}; `vecna embedders list` names them")
        active = self.store.vectors.active()
        for id, space in found:
            if active is not None and active[0] == id:
                raise ConfigError(f"{space.key} is in use; choose another first: vecna embedders use NAME")
            with self.store.transaction():
                self.store.vectors.drop_space(id)
            self.models.remove(space)

    @cached_property
    def readers(self) -> list[Reader]:
        return self.registry.readers(lambda _name: {})

    @cached_property
    def cutter(self) -> Cutter:
        """Cuts notes to the measure of the embedder that will answer in the end."""
        from vecna_notes.ingest.sync import Cutter

        name = self.models.wanted(self.embedder_setting)[-1]
        limit = self.settings.index.chunk_tokens
        try:
            embedder = self.registry.embedder(name, self.embedder_options(name))
        except VecnaError:
            return Cutter(estimate_tokens, "estimate", limit)
        if isinstance(embedder, TokenCounter):
            return Cutter(embedder.count_tokens, name, limit)
        return Cutter(estimate_tokens, "estimate", limit)

    def explain(self, path: str) -> str:
        """Which rule keeps a file in or out, or what became of it, in one sentence."""
        record = self.store.files.all().get(path)
        if record is None or why_ignored(self.root, self.settings, path):
            return explain_unread(self.root, self.settings, path)
        return f"{path} is {record.state}" + (f": {record.reason}" if record.reason else "")


def explain_unread(root: Path, settings: Settings, path: str) -> str:
    """Which rule keeps a file in or out, for one that no index knows."""
    if why := why_ignored(root, settings, path):
        return f"{path} is not indexed: {why}"
    if not (root / path).exists():
        return f"there is no {path} in {root}"
    return f"{path} is not ignored, and not indexed yet; `vecna index` reads it"


def why_ignored(root: Path, settings: Settings, path: str) -> str:
    from vecna_notes.ingest.ignore import Rules

    return Rules.load(root, settings.index).why(path) or ""
