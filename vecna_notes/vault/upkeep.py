"""A vault brought up to date, which only the one that was opened to write may do."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vecna_notes import embedding
from vecna_notes.errors import ConfigError, VecnaError
from vecna_notes.interfaces import Reader, Report, TokenCounter
from vecna_notes.models import BEST
from vecna_notes.nearest import write_snapshot
from vecna_notes.text import estimate_tokens
from vecna_notes.types import Progress, Space, SpaceId
from vecna_notes.vault.opened import CHOICE, CHOSEN_OPTIONS, LAST_RUN, Opened

if TYPE_CHECKING:  # a reader does without the rooms of indexing, and is 50 ms quicker for it
    from vecna_notes.ingest.guard import Guard
    from vecna_notes.ingest.ladder import Ladder
    from vecna_notes.ingest.recut import Recut
    from vecna_notes.ingest.sync import Cutter, SyncReport

KEEP_REMOVED_SECONDS = 30 * 24 * 3600.0


class Upkeep(Opened):
    """Sync, embed, settle; choose and remove embedders."""

    _ladder: Ladder | None = None

    def sync(
        self, report: Report, subtree: str = "", *, is_deep: bool = False, allow_removal: bool = False
    ) -> SyncReport:
        """Bring notes and links up to date with the folder. Raises VaultNotFound and MassRemoval."""
        from vecna_notes.ingest.sync import Sync

        self.report = report  # the cutter counts an embedder's tokens, for which its model may first be exported
        chain = Sync(self.root, self.store, self.readers, self.cutter, self.settings.index)
        try:
            done = chain.run(report, subtree, is_deep=is_deep, allow_removal=allow_removal)
        finally:
            self._guard.rest()
        self._recut.run(self._bare_cutter, not done.is_quiet)
        return done

    def ladder(self, report: Report) -> Ladder:
        """The embedders to fill; keep it between runs, since it keeps models open."""
        from vecna_notes.ingest.ladder import Ladder

        def prepare(id: SpaceId, space: Space) -> None:
            report(Progress("index", 0))
            self._snapshot(id, space)

        self._ladder = Ladder(self.store, self.models, self.embedder_setting, report, prepare)
        return self._ladder

    def _snapshot(self, id: SpaceId, space: Space) -> None:
        builder, exact_below = self._index_builder(), self.settings.index.exact_below
        write_snapshot(self.store, id, space, builder, self.store.folder, exact_below)

    def settle(self, report: Report, embedded: int, notices: tuple[str, ...] = ()) -> None:
        """End a run: snapshot the active Space's graph if it is due, forget what was removed long ago, note the run."""
        from vecna_notes.insight import lexicon

        if (active := self.store.vectors.active()) is not None:
            report(Progress("index", 0))
            self._snapshot(*active)
        lexicon.keep(self.store)
        self._measure()
        self.store.purge_removed(KEEP_REMOVED_SECONDS)
        with self.store.transaction():
            run = {"finished": time.time(), "embedded": embedded, "notices": list(notices)}
            self.store.meta.set(LAST_RUN, run)

    def _measure(self) -> None:
        """Find out anew what near means in this vault, where that may have changed."""
        from vecna_notes.insight import answerable, closeness
        from vecna_notes.insight.relations import Relations

        active = self.store.vectors.active()
        space = active[1] if active else None
        if closeness.is_stale(self.store, space):
            scale = closeness.scale(Relations(self.store, None, active=space), time.time())
            closeness.keep(self.store, scale)
        if active and answerable.is_stale(self.store, active[1]):
            with contextlib.suppress(VecnaError):  # without its embedder nothing can be asked, so nothing is measured
                self._measure_questions(*active)

    def _measure_questions(self, id: SpaceId, space: Space) -> None:
        from vecna_notes.insight import answerable

        opened = self._ladder.opened(space) if self._ladder else None
        embedder = opened or self.models.open(space)
        rows, own = self.store.vectors.all(id).rows, answerable.own_sentences(self.store)
        made = answerable.measure(space, rows, own, lambda texts: embedding.embed(embedder, texts, "query"))
        answerable.keep(self.store, made)

    def forget(self) -> None:
        """Forget every vector and how notes were cut, so that the next sync reads and embeds everything anew."""
        from vecna_notes.ingest.recut import FOUND
        from vecna_notes.ingest.sync import CUT

        with self.store.transaction():
            self.store.meta.set(CUT, None)
            self.store.meta.set(FOUND, None)
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
            self.store.meta.set(CHOICE, name)
            self.store.meta.set(CHOSEN_OPTIONS, chosen)

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
        return self._guard.around(self.registry.readers(self.reader_options, self.settings.files.skip))

    @cached_property
    def _guard(self) -> Guard:
        from vecna_notes.ingest.guard import Guard, Limits

        files, index = self.settings.files, self.settings.index
        limits = Limits(
            int(files.max_mb * 1_000_000),
            int(index.max_file_mb * 1_000_000),
            int(files.memory_mb * 1_000_000),
            files.seconds,
        )
        setup = {
            "plugins": str(self.folders.plugins),
            "disabled": self.settings.plugins.disabled,
            "options": self.settings.readers,
        }
        return Guard(limits, setup)

    @property
    def cutter(self) -> Cutter:
        """Cuts notes to the measure of the embedder that will answer in the end, without the vault's boilerplate."""
        from vecna_notes.ingest.recut import applied

        return replace(self._bare_cutter, boilerplate=applied(self.store))

    @cached_property
    def _recut(self) -> Recut:
        from vecna_notes.ingest.recut import Recut

        return Recut(self.store)

    @cached_property
    def _bare_cutter(self) -> Cutter:
        from vecna_notes.ingest.sync import Cutter

        name = self.models.rungs(self.embedder_setting)[-1]  # a tuned one counts tokens as what it was tuned from does
        limit = self.settings.index.chunk_tokens
        try:
            embedder = self.registry.embedder(name, self.embedder_options(name))
        except VecnaError:
            return Cutter(estimate_tokens, "estimate-9", limit)
        if isinstance(embedder, TokenCounter):
            return Cutter(embedder.count_tokens, name, limit)
        return Cutter(estimate_tokens, "estimate-9", limit)
