"""The search: what was asked, recalled by both legs, ranked, and shown with what speaks for each note."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from vecna_notes.config import SearchSettings
from vecna_notes.errors import ConfigError, NoteNotFound
from vecna_notes.nearest import Nearest
from vecna_notes.reranking import Checked
from vecna_notes.search.filters import allowed
from vecna_notes.search.highlight import decisive_sentence, weights, word_spans
from vecna_notes.search.query import Query, analyse
from vecna_notes.search.rank import Ranked, Ranking
from vecna_notes.search.recall import Asked, Notes, Recalled, WordHits, by_meaning, by_words, titled
from vecna_notes.search.recipe import Recipe, standard
from vecna_notes.search.steer import note_named, steered
from vecna_notes.store import Store
from vecna_notes.text import safe_line
from vecna_notes.types import Condition, Found, Hit, NoteId, Passage, PassageId, Rows, Space, VectorId, Vectors

MODES = ("hybrid", "semantic", "keyword")
MAX_LIMIT = 1000
MAX_OTHERS = 3
RERANKED = 40
"""Hits a ranker is shown."""
STEERED = 0.75
"""Least share of meaning where notes say what the answer should be like."""
CLOSEST = 5
"""Notes shown where filters have left none."""
WITHOUT_VECTOR_SHARE = 0.1
"""From this share of candidates without a vector on, the answer says so."""
Embed = Callable[[str], Vectors | None]


@dataclass(frozen=True, slots=True)
class Steering:
    """Notes the answer should be like, and unlike."""

    more: tuple[NoteId, ...] = ()
    less: tuple[NoteId, ...] = ()
    hidden: frozenset[NoteId] = frozenset()
    """Those the query itself names, which are no answer to it."""

    def __bool__(self) -> bool:
        return bool(self.more or self.less)


@dataclass(slots=True)
class _Clock:
    """Milliseconds by leg."""

    parts: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=time.perf_counter)

    def lap(self, part: str) -> None:
        now = time.perf_counter()
        self.parts[part] = round(self.parts.get(part, 0.0) + (now - self._since) * 1000, 2)
        self._since = now


class Searcher:
    """Searches one open store. Holds no state of its own, so it is made for each question.

    `recall` and `ranked` are the two halves of `search`: one recall serves many recipes.
    """

    def __init__(
        self,
        store: Store,
        nearest: Nearest | None,
        embed_query: Embed | None,
        settings: SearchSettings,
        *,
        embed_latent: Embed | None = None,
        recipe: Recipe | None = None,
    ) -> None:
        self._store = store
        self._nearest = nearest
        self._embed_query = embed_query
        self._embed_latent = embed_latent
        self._settings = settings
        self._recipe = recipe or standard(settings, nearest.space.embedder if nearest else "")
        self._clock = _Clock()

    def search(
        self,
        query: str,
        mode: str,
        limit: int,
        more: Sequence[str] = (),
        less: Sequence[str] = (),
        ranker: Checked | None = None,
        among: frozenset[NoteId] | None = None,
    ) -> Found:
        """Notes for any text, best first, equal ones by path. Without vectors it searches words only, and says so.

        `more` and `less` name notes; raises NoteNotFound for one that is not indexed. Of notes not `among` those given
        nothing is said, not even in `closest`.
        """
        _check_mode(mode)
        started, self._clock = time.perf_counter(), _Clock()
        asked_for, limit = analyse(query), min(max(limit, 1), MAX_LIMIT)
        let = allowed(self._store, asked_for).among(among)
        steering, conditions = self._steering(asked_for, let.conditions, more, less)
        self._clock.lap("filter")
        if asked_for.is_empty and not steering:
            hits = self._newest(let.notes, limit) if let.notes is not None else ()
            return Found(query, hits, conditions=conditions, seconds=time.perf_counter() - started)
        recalled = self.recall(asked_for, mode, let.notes, steering)
        ranking = self._ranking(recalled, mode, steering)
        ranked = [one for one in ranking.ranked() if one.note not in steering.hidden]
        self._clock.lap("rank")
        hits = self._shown(recalled, ranking, ranked[: max(limit, RERANKED if ranker else 0)])
        if ranker is not None:
            hits = self._reranked(ranker, recalled, hits)
        self._clock.lap("show")
        return Found(
            query=query,
            hits=hits[:limit],
            space=recalled.asked.space if recalled.asked else None,
            notice=recalled.notice or _partial(ranking, recalled, len(ranked)),
            seconds=time.perf_counter() - started,
            conditions=conditions,
            closest=self._closest(asked_for, mode, steering, among) if not hits and let.notes is not None else (),
            parts=self._clock.parts,
            meant=recalled.words.guesses,
        )

    def recall(self, query: Query, mode: str, notes: Notes = None, steering: Steering | None = None) -> Recalled:
        """What both legs find among `notes`, before anything is weighed."""
        asked, latent, notice = None, None, ""
        if mode != "keyword":
            asked, notice = self._ask(query, notes, steering or Steering())
            latent = self._latent(query) if asked else None
            self._clock.lap("meaning")
        if mode == "semantic" and asked is not None:
            return Recalled(query, asked=asked)
        words = by_words(self._store, query, self._settings.title_weight, notes) if query.text else WordHits()
        titles = titled(self._store, query, notes)
        self._clock.lap("words")
        if words.guesses:
            query = replace(query, terms=(*query.terms, *words.guesses.values()))
            notice = notice or _guessed(words.guesses)
        return Recalled(query, words, titles, asked, latent, notice)

    def ranked(self, recalled: Recalled, recipe: Recipe, mode: str) -> list[Ranked]:
        """Every candidate by a recipe, best first, equal ones by path. "keyword" leaves meaning out of it."""
        _check_mode(mode)
        if mode == "keyword":
            recalled = replace(recalled, asked=None, latent=None)
        is_semantic = mode == "semantic" and recalled.asked is not None
        return Ranking(self._store, recalled, recipe, is_semantic, time.time()).ranked()

    # ── what was asked ──────────────────────────────────────────────────────────────────────────────────────────

    def _steering(
        self, query: Query, conditions: tuple[Condition, ...], more: Sequence[str], less: Sequence[str]
    ) -> tuple[Steering, tuple[Condition, ...]]:
        """Likes of the query, whose unknown notes are a problem of theirs, and those asked for beside it."""
        known = {name: note_named(self._store, name) for name in (*query.like, *query.unlike)}
        like = tuple(id for name in query.like if (id := known[name]) is not None)
        unlike = tuple(id for name in query.unlike if (id := known[name]) is not None)
        unknown = [name for name, id in known.items() if id is None]
        told = tuple(_told_unknown(one, unknown) for one in conditions)
        steering = Steering(
            more=(*like, *(self._named(name) for name in more)),
            less=(*unlike, *(self._named(name) for name in less)),
            hidden=frozenset((*like, *unlike)),
        )
        return steering, told

    def _named(self, name: str) -> NoteId:
        note = note_named(self._store, name)
        if note is None:
            raise NoteNotFound(f"no note is called {safe_line(name)!r}; `vecna search` finds it by its words")
        return note

    def _ask(self, query: Query, notes: Notes, steering: Steering) -> tuple[Asked | None, str]:
        """The semantic leg, or why there is none."""
        if self._nearest is None or self._embed_query is None:
            return None, "searched by words only: there are no vectors yet, `vecna index` makes them"
        vector = self._embed_query(query.text) if query.text else _nothing(self._nearest.space)
        if vector is None:
            return None, "searched by words only: the embedder of this index cannot be had"
        if steering:
            space = self._store.vectors.space(vector.space)
            vector = steered(self._store, space, vector, steering.more, steering.less)
        if not vector.rows.any():
            return None, f"searched by words only: {vector.space.embedder} knows no word of this query"
        return Asked(vector, by_meaning(self._store, self._nearest, vector, notes)), ""

    def _latent(self, query: Query) -> Vectors | None:
        if self._embed_latent is None or not self._recipe.latent or not query.text:
            return None
        vector = self._embed_latent(query.text)
        return vector if vector is not None and vector.rows.any() else None

    def _ranking(self, recalled: Recalled, mode: str, steering: Steering | None = None) -> Ranking:
        recipe = self._recipe
        if steering:  # notes to be like are told by meaning, which words alone cannot follow
            recipe = replace(recipe, semantic=max(recipe.semantic, STEERED), latent=0.0)
        is_semantic = mode == "semantic" and recalled.asked is not None
        return Ranking(self._store, recalled, recipe, is_semantic, time.time())

    # ── what is shown ───────────────────────────────────────────────────────────────────────────────────────────

    def _shown(self, recalled: Recalled, ranking: Ranking, ranked: Sequence[Ranked]) -> tuple[Hit, ...]:
        query, words = recalled.query, recalled.words
        known = self._store.passages.by_ids([id for one in ranked for id in one.passages[: 1 + MAX_OTHERS]])
        shown = [one for one in ranked if one.passages[0] in known]
        texts = [known[one.passages[0]].chunk.text for one in shown]
        weighed = weights(query, words.frequencies, words.total, texts)
        signals = ranking.signals(one.note for one in shown)
        return tuple(
            Hit(
                passage=known[one.passages[0]],
                score=one.score,
                signals=signals[one.note],
                others=_others(one, known),
                words=word_spans(query, text),
                decisive=decisive_sentence(weighed, text),
            )
            for one, text in zip(shown, texts, strict=True)
        )

    def _newest(self, notes: frozenset[NoteId], limit: int) -> tuple[Hit, ...]:
        """Notes that filters leave where nothing was asked of them but that, the last changed first."""
        first = self._store.passages.newest(notes, limit)
        return tuple(Hit(passage, 1.0) for passage in first)

    def _closest(self, query: Query, mode: str, steering: Steering, among: Notes) -> tuple[Hit, ...]:
        """The best hits had there been no filter."""
        recalled = self.recall(query, mode, among, steering)
        ranking = self._ranking(recalled, mode, steering)
        return self._shown(recalled, ranking, ranking.ranked()[:CLOSEST])

    def _reranked(self, ranker: Checked, recalled: Recalled, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        """The first hits in the ranker's order; those it was not shown stay behind them."""
        head, rest = hits[:RERANKED], hits[RERANKED:]
        done = ranker.rank(recalled.query.text, head, self._rows(recalled, head))
        least = done[-1].score if done else 0.0
        return (*done, *(replace(hit, score=min(hit.score, least)) for hit in rest))

    def _rows(self, recalled: Recalled, hits: Sequence[Hit]) -> Rows | None:
        if recalled.asked is None:
            return None
        space = self._store.vectors.space(recalled.asked.space)
        ids = self._store.passages.vector_ids([hit.passage.id for hit in hits], space)
        none = VectorId(-1)
        return self._store.vectors.rows(space, [ids.get(hit.passage.id, none) for hit in hits])


def _nothing(space: Space) -> Vectors:
    return Vectors(space, np.zeros((1, space.dim), dtype=np.float32))


def _others(one: Ranked, known: dict[PassageId, Passage]) -> tuple[Passage, ...]:
    return tuple(known[id] for id in one.passages[1 : 1 + MAX_OTHERS] if id in known)


def _told_unknown(condition: Condition, unknown: Sequence[str]) -> Condition:
    """A like whose note is not there says so."""
    if condition.kind not in ("like", "unlike") or condition.problem:
        return condition
    missing = next((name for name in unknown if name in condition.text), None)
    if missing is None:
        return condition
    return replace(condition, problem=f"no note is called {safe_line(missing)!r}, so this changes nothing")


def _check_mode(mode: str) -> None:
    if mode not in MODES:
        raise ConfigError(f"there is no search mode {mode!r}; choose one of {', '.join(MODES)}")


def _guessed(guesses: Mapping[str, str]) -> str:
    told = [f"no note holds “{term}”, so “{word}” was looked for too" for term, word in guesses.items()]
    return "; ".join(told)


def _partial(ranking: Ranking, recalled: Recalled, candidates: int) -> str:
    without = ranking.without_vector
    if recalled.asked is None or without <= WITHOUT_VECTOR_SHARE * candidates:
        return ""
    embedder = recalled.asked.space.embedder
    return f"{without} of {candidates} notes found have no {embedder} vector yet: words alone place them"
