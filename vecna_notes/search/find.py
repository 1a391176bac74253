"""The search: what was asked, recalled by both legs, ranked, and shown with what speaks for each note."""

from __future__ import annotations

import time
from collections.abc import Callable

from vecna_notes.config import SearchSettings
from vecna_notes.errors import ConfigError
from vecna_notes.nearest import Nearest
from vecna_notes.search.highlight import decisive_sentence, weights, word_spans
from vecna_notes.search.query import Query, analyse
from vecna_notes.search.rank import Asked, Ranked, Ranking
from vecna_notes.search.recall import WordHits, by_meaning, by_words, titled
from vecna_notes.store import Store
from vecna_notes.types import Found, Hit, Passage, PassageId, Vectors

MODES = ("hybrid", "semantic", "keyword")
MAX_LIMIT = 1000
MAX_OTHERS = 3
WITHOUT_VECTOR_SHARE = 0.1
"""From this share of candidates without a vector on, the answer says so."""


class Searcher:
    """Searches one open store. Holds no state of its own, so it is made for each question."""

    def __init__(
        self,
        store: Store,
        nearest: Nearest | None,
        embed_query: Callable[[str], Vectors | None] | None,
        settings: SearchSettings,
    ) -> None:
        self._store = store
        self._nearest = nearest
        self._embed_query = embed_query
        self._settings = settings

    def search(self, query: str, mode: str, limit: int) -> Found:
        """Notes for any text, best first, equal ones by path. Without vectors it searches words only, and says so."""
        if mode not in MODES:
            raise ConfigError(f"there is no search mode {mode!r}; choose one of {', '.join(MODES)}")
        started = time.perf_counter()
        asked_for = analyse(query)
        if asked_for.is_empty:
            return Found(query, ())
        asked, notice = self._ask(asked_for) if mode != "keyword" else (None, "")
        is_semantic = mode == "semantic" and asked is not None
        words = WordHits() if is_semantic else by_words(self._store, asked_for, self._settings.title_weight)
        titles = {} if is_semantic else titled(self._store, asked_for)
        ranking = Ranking(self._store, self._settings, words, titles, asked, is_semantic)
        ranked = ranking.ranked()
        hits = self._shown(asked_for, words, ranked, min(max(limit, 1), MAX_LIMIT))
        notice = notice or _partial(ranking, len(ranked))
        return Found(query, hits, asked.space if asked else None, notice, time.perf_counter() - started)

    def _ask(self, query: Query) -> tuple[Asked | None, str]:
        """The semantic leg, or why there is none."""
        if self._nearest is None or self._embed_query is None:
            return None, "searched by words only: there are no vectors yet, `vecna index` makes them"
        vector = self._embed_query(query.text)
        if vector is None:
            return None, "searched by words only: the embedder of this index cannot be had"
        if not vector.rows.any():
            return None, f"searched by words only: {vector.space.embedder} knows no word of this query"
        return Asked(vector, by_meaning(self._store, self._nearest, vector)), ""

    def _shown(self, query: Query, words: WordHits, ranked: list[Ranked], limit: int) -> tuple[Hit, ...]:
        first = self._store.passages.by_ids([one.passages[0] for one in ranked])
        there = [one for one in ranked if one.passages[0] in first]
        there.sort(key=lambda one: (-one.score, first[one.passages[0]].path))
        shown = there[:limit]
        known = first | self._store.passages.by_ids([id for one in shown for id in one.passages[1 : 1 + MAX_OTHERS]])
        texts = [known[one.passages[0]].chunk.text for one in shown]
        weighed = weights(query, words.frequencies, words.total, texts)
        return tuple(
            Hit(
                passage=known[one.passages[0]],
                score=one.score,
                signals=one.signals,
                others=_others(one, known),
                words=word_spans(query, text),
                decisive=decisive_sentence(weighed, text),
            )
            for one, text in zip(shown, texts, strict=True)
        )


def _others(one: Ranked, known: dict[PassageId, Passage]) -> tuple[Passage, ...]:
    return tuple(known[id] for id in one.passages[1 : 1 + MAX_OTHERS] if id in known)


def _partial(ranking: Ranking, candidates: int) -> str:
    if ranking.space is None or ranking.without_vector <= WITHOUT_VECTOR_SHARE * candidates:
        return ""
    name = ranking.space.embedder
    return f"{ranking.without_vector} of {candidates} notes found have no {name} vector yet: words alone place them"
