"""A vault searched: once, or by searches that stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from vecna_notes.errors import ConfigError
from vecna_notes.types import (
    Found,
    NoteId,
    Space,
)
from vecna_notes.vault.meaning import Meaning

if TYPE_CHECKING:  # a reader does without the rooms of indexing, and is 50 ms quicker for it
    from vecna_notes.insight.closeness import Closeness
    from vecna_notes.reranking import Checked
    from vecna_notes.search import Searcher
    from vecna_notes.search.explain import Whereabouts
    from vecna_notes.search.recipe import Recipe
    from vecna_notes.search.saved import SavedRun
    from vecna_notes.store.kept import SavedSearch


class Searching(Meaning):
    """Notes for a query."""

    _opened_ranker: Checked | None = None

    def search(
        self,
        query: str,
        mode: str | None = None,
        limit: int | None = None,
        more: Sequence[str] = (),
        less: Sequence[str] = (),
        rerank: bool = False,
        among: frozenset[NoteId] | None = None,
    ) -> Found:
        """Notes for a query, best first. `mode` is "hybrid", "semantic" or "keyword"; None takes the settings'.

        `more` and `less` name notes the answer should be like and unlike; `rerank` asks the configured ranker.
        Notes not `among` those given, where some are, are as if they were not there.
        """
        searcher, mode = self._searcher(mode)
        ranker = self._ranker() if rerank else None
        found = searcher.search(query, mode, limit or self.settings.search.limit, more, less, ranker, among)
        if ranker is not None and (why := getattr(ranker.ranker, "notice", "")):
            found = replace(found, notice=found.notice or why)
        semantic = self._semantic
        if mode != "keyword" and semantic and semantic.failure:
            found = replace(found, notice=semantic.failure)
        return replace(found, closeness=self.closeness(found).words)

    def closeness(self, found: Found) -> Closeness:
        """Whether any note speaks of what was asked: "far", with words that say so, where nothing is close."""
        from vecna_notes.insight import answerable
        from vecna_notes.search.query import analyse

        measure = answerable.kept(self.store, found.space) if found.space else None
        terms = [found.meant.get(term, term) for term in analyse(found.query).terms]
        frequencies, total = self.store.keywords.frequency(terms), self.store.passages.count()
        return answerable.closeness(measure, found, terms, frequencies, total)

    def whereabouts(self, query: str, path: str, mode: str | None = None, limit: int | None = None) -> Whereabouts:
        """Where a note that was expected ended up in a search."""
        from vecna_notes.search.explain import Whereabouts, whereabouts

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

    def shares(self) -> str:
        """What a plain search counts how much, in a sentence; empty while there are no vectors."""
        active = self.store.vectors.active()
        return self.recipe(active[1]).sentence if active and self.settings.search.mode == "hybrid" else ""

    def _ranker(self) -> Checked:
        """Opened once, since that may mean to load a model."""
        name = self.settings.search.ranker
        if not name:
            raise ConfigError("no ranker is chosen; set search.ranker (`vecna plugins` names those there are)")
        if self._opened_ranker is None:
            self._opened_ranker = self.registry.ranker(name, self.ranker_options(name))
        return self._opened_ranker

    # ── saved searches ──────────────────────────────────────────────────────────────────────────────────────────

    def saved_searches(self) -> list[SavedSearch]:
        """By name."""
        return self.store.kept.saved()

    def save_search(self, name: str, query: str) -> None:
        """Keep a search under a name; one that has it already is replaced, and begins anew."""
        self.store.kept.save_search(name, query)

    def forget_search(self, name: str) -> None:
        from vecna_notes.search.saved import named

        self.store.kept.forget_search(named(self.store.kept, name).name)

    def run_saved(self, name: str | None = None, keep_new: bool = False) -> list[SavedRun]:
        """Ask a saved search, or all: which notes match, and which of them are new since it was last run.

        These are no news to the next run, unless `keep_new`; then `mark_seen` says so later.
        """
        from vecna_notes.search.saved import named, run

        chosen = self.saved_searches() if name is None else [named(self.store.kept, name)]
        runs = [run(self.store, lambda query, limit: self.search(query, limit=limit), one) for one in chosen]
        if not keep_new:
            self.mark_seen(runs)
        return runs

    def mark_seen(self, runs: Sequence[SavedRun]) -> None:
        """The notes that these runs found are no news any more."""
        from vecna_notes.search.saved import mark_seen

        mark_seen(self.store.kept, runs)
