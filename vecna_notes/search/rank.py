"""From passages found to notes in order: what each voice says of each candidate, summed, and the exact hits on top."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import log

import numpy as np

from vecna_notes.search import fuse
from vecna_notes.search.fuse import Floats
from vecna_notes.search.highlight import stem
from vecna_notes.search.nearness import Nearness
from vecna_notes.search.recall import Recalled, Scores
from vecna_notes.search.recipe import Recipe
from vecna_notes.store import Store
from vecna_notes.types import Leg, NoteId, PassageId, Rows, Signal, VectorId, similarity

CANDIDATES = 100
"""Notes each leg brings into the sum."""
VERBATIM, TITLE = 0.9, 0.99
"""A note that says it word for word scores above all others, and one that is called so above those."""
LOOKED_AT = 40
"""Best candidates whose texts are looked at for how near the words stand …"""
PASSAGES_LOOKED_AT = 2
"""… and passages of each."""
FEEDBACK_HITS = 5
HALF_LIFE_DAYS = 90.0
AUDIBLE = 5e-4
"""A share below this is not worth a line."""
_DECIMALS = 6

ByNote = dict[NoteId, float]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A note with its score."""

    note: NoteId
    score: float
    passages: tuple[PassageId, ...]
    """What was found of it, best first."""


@dataclass(slots=True)
class Board:
    """What each voice gives each candidate; a candidate's score is the sum."""

    notes: Sequence[NoteId]
    shares: dict[Leg, Floats] = field(default_factory=dict)

    def total(self) -> Floats:
        total: Floats = np.sum([np.zeros(len(self.notes)), *self.shares.values()], axis=0)
        return total

    def add(self, leg: Leg, share: Floats) -> None:
        self.shares[leg] = self.shares.get(leg, 0.0) + share

    def scale(self, factor: Floats | float) -> None:
        for leg in self.shares:
            self.shares[leg] = self.shares[leg] * factor


class Ranking:
    """The notes that one search found, scored by one recipe."""

    def __init__(self, store: Store, recalled: Recalled, recipe: Recipe, is_semantic: bool, now: float = 0.0) -> None:
        self.without_vector = 0
        """Candidates that only their words could place."""
        self._store = store
        self._recalled = recalled
        self._recipe = recipe
        self._is_semantic = is_semantic
        self._now = now
        hits, asked = recalled.words, recalled.asked
        self._meaning: Scores = asked.hits.scores if asked else {}
        self._words = fuse.together(hits.words, hits.substrings, hits.part_share)
        candidates = {*self._words, *hits.phrases, *self._meaning, *recalled.titles.values()}
        self._owner = store.passages.in_their_notes(candidates)
        self._place = {id: place for place, id in enumerate(self._owner)}
        self._phrases = {} if is_semantic else self._by_note(hits.phrases)
        self._titles = {} if is_semantic else recalled.titles
        self._by_words: ByNote = {} if is_semantic else _top(self._by_note(self._words))
        self._by_meaning = _top(self._by_note(self._meaning))

    def ranked(self) -> list[Ranked]:
        """Every candidate, best first, equal ones by path."""
        board, passages = self._board, self._passages
        totals = np.round(np.clip(board.total(), 0.0, 1.0), _DECIMALS).tolist()
        ranked = [
            Ranked(note, score, passages[note])
            for note, score in zip(board.notes, totals, strict=True)
            if note in passages
        ]
        return sorted(ranked, key=lambda one: (-one.score, self._place[one.passages[0]]))

    def signals(self, notes: Iterable[NoteId]) -> dict[NoteId, tuple[Signal, ...]]:
        """What speaks for each of these candidates: legs with their rank and score, and every voice's share."""
        place = {note: i for i, note in enumerate(self._board.notes)}
        given = {note: list(self._given(note, place[note])) for note in notes if note in place}
        return {note: tuple(signals) for note, signals in given.items()}

    @cached_property
    def _board(self) -> Board:
        board = Board(list(dict.fromkeys((*self._titles, *self._phrases, *self._by_words, *self._by_meaning))))
        if self._is_semantic:
            board.add("semantic", np.clip(_column(board, self._by_meaning), 0.0, 1.0))
            return board
        words = _column(board, self._by_words)
        if self._recalled.asked is None or not self._by_meaning:
            board.add("keyword", words)
        else:
            self._sum(board, words)
            self._look_closer(board)
        self._add_priors(board)
        self._raise_exact(board)
        return board

    # ── the legs ────────────────────────────────────────────────────────────────────────────────────────────────

    def _sum(self, board: Board, words: Floats) -> None:
        """Both legs, for every note that either brought; what one did not bring is scored by its stored vector."""
        recipe, asked = self._recipe, self._recalled.asked
        assert asked is not None
        rows = self._rows(board)
        has_row = np.array([note in self._vectors for note in board.notes])
        found = np.array([note in self._by_meaning for note in board.notes])
        near = similarity(asked.query.rows, rows, asked.space.metric)[0].astype(np.float64)
        meaning = self._leg(near, found)
        word_share = np.where(has_row, recipe.words, 1.0)
        board.add("keyword", word_share * (fuse.reciprocal(words, words > 0) if recipe.fusion == "rrf" else words))
        board.add("semantic", np.where(has_row, recipe.semantic * meaning, 0.0))
        if recipe.latent and (latent := self._latent(board)) is not None:
            board.add("latent", np.where(has_row, recipe.latent * latent, 0.0))
        if recipe.feedback and recipe.fusion == "weighted":
            drawn = self._drawn(board, rows, has_row)
            again = self._leg(similarity(drawn, rows, asked.space.metric)[0].astype(np.float64), found)
            board.add("feedback", np.where(has_row, recipe.semantic * (again - meaning), 0.0))
        board.add("neighbours", _smoothing(board.total(), rows, has_row, recipe.smoothing))

    def _leg(self, near: Floats, found: np.typing.NDArray[np.bool_]) -> Floats:
        if self._recipe.fusion == "rrf":
            return fuse.reciprocal(near, found)
        return fuse.spread(near, float(near[found].min()), float(near[found].max()))

    def _drawn(self, board: Board, rows: Rows, has_row: np.typing.NDArray[np.bool_]) -> Rows:
        """The query, moved to the best notes of the first look."""
        asked, total = self._recalled.asked, board.total()
        assert asked is not None
        best = np.argsort(np.where(has_row, -total, np.inf), kind="stable")[:FEEDBACK_HITS]
        best = best[has_row[best]]
        return fuse.drawn_to(asked.query.rows, rows[best], total[best], self._recipe.feedback)

    def _latent(self, board: Board) -> Floats | None:
        """Likeness in the vault's latent semantics, over the same passages."""
        latent = self._recalled.latent
        if latent is None:
            return None
        space = self._store.vectors.space(latent.space)
        stored = self._store.passages.vector_ids(list(self._standing.values()), space)
        ids = {note: stored[id] for note, id in self._standing.items() if id in stored}
        rows = self._store.vectors.rows(space, list(ids.values()))
        near = dict(zip(ids, similarity(latent.rows, rows, latent.space.metric)[0].tolist(), strict=True))
        if not near:
            return None
        low = min(near.values())
        return fuse.spread(np.array([near.get(note, low) for note in board.notes]), low, max(near.values()))

    @cached_property
    def _standing(self) -> dict[NoteId, PassageId]:
        """The passage of each note nearest to the query, else the one that holds most of its words."""
        return self._best_passage(self._words) | self._best_passage(self._meaning)

    @cached_property
    def _vectors(self) -> dict[NoteId, VectorId]:
        """Of those passages, where they have one."""
        asked = self._recalled.asked
        if asked is None:
            return {}
        near = asked.hits.vectors
        placed = [id for id in self._standing.values() if id not in near]
        stored = self._store.passages.vector_ids(placed, self._store.vectors.space(asked.space)) | near
        vectors = {note: stored[id] for note, id in self._standing.items() if id in stored}
        self.without_vector = len(self._by_words.keys() - vectors.keys())
        return vectors

    def _rows(self, board: Board) -> Rows:
        """A row a candidate; zero where it has none."""
        asked = self._recalled.asked
        assert asked is not None
        none = VectorId(-1)
        ids = [self._vectors.get(note, none) for note in board.notes]
        return self._store.vectors.rows(self._store.vectors.space(asked.space), ids)

    # ── what comes on top of the legs ───────────────────────────────────────────────────────────────────────────

    def _look_closer(self, board: Board) -> None:
        """How near the query's words stand in the best candidates."""
        share, query, hits = self._recipe.nearness, self._recalled.query, self._recalled.words
        if not share or self._recipe.fusion == "rrf":
            return
        weights = {stem(term): log(1 + (hits.total + 1) / (count + 0.5)) for term, count in hits.frequencies.items()}
        nearness = Nearness.of(query, weights)
        best = np.argsort(-board.total(), kind="stable")[:LOOKED_AT]
        looked = {i: self._passages.get(board.notes[i], ())[:PASSAGES_LOOKED_AT] for i in best.tolist()}
        texts = self._store.passages.embedded([id for ids in looked.values() for id in ids])
        near = np.zeros(len(board.notes))
        for i, ids in looked.items():
            near[i] = max((nearness.score(texts[id]) for id in ids if id in texts), default=0.0)
        board.scale(1 - share)
        board.add("nearness", share * near)

    def _add_priors(self, board: Board) -> None:
        recipe = self._recipe
        if recipe.recency:
            changed = self._store.notes.modified(board.notes)
            days = [max(self._now - changed.get(note, 0.0), 0.0) / 86_400 for note in board.notes]
            board.add("recency", recipe.recency * np.exp2(-np.array(days) / HALF_LIFE_DAYS))
        if recipe.links:
            counts = self._store.links.counts_to(board.notes)
            heard = np.log1p(np.array([counts.get(note, 0) for note in board.notes], dtype=float))
            board.add("links", recipe.links * heard / max(float(heard.max(initial=0.0)), 1.0))

    def _raise_exact(self, board: Board) -> None:
        """Exact hits above all others."""
        titled = np.array([note in self._titles for note in board.notes], dtype=bool)
        said = np.array([note in self._phrases for note in board.notes], dtype=bool) & ~titled
        total = board.total()
        board.scale(np.where(total > 1, 1 / np.maximum(total, 1), 1.0))  # priors may lift the best above 1
        board.scale(np.where(titled, 1 - TITLE, np.where(said, TITLE - VERBATIM, VERBATIM)))
        if titled.any():
            board.add("title", np.where(titled, TITLE, 0.0))
        if said.any():
            board.add("exact", np.where(said, VERBATIM, 0.0))

    # ── what is said about it ───────────────────────────────────────────────────────────────────────────────────

    def _given(self, note: NoteId, place: int) -> Iterator[Signal]:
        shares = {leg: float(column[place]) for leg, column in self._board.shares.items()}
        if "keyword" not in self._found or note not in self._found["keyword"][0]:
            shares["substring"] = shares.pop("keyword", 0.0)  # whole words and parts of words are summed as one leg
        for leg, (scores, ranks) in self._found.items():
            if note in scores:
                yield Signal(leg, ranks[note], scores[note], round(shares.get(leg, 0.0), _DECIMALS))
        for leg, share in shares.items():
            if leg not in self._found and abs(share) >= AUDIBLE:
                rank = int((self._board.shares[leg] > share).sum()) + 1
                yield Signal(leg, rank, round(share, _DECIMALS), round(share, _DECIMALS))

    @cached_property
    def _found(self) -> dict[Leg, tuple[ByNote, dict[NoteId, int]]]:
        """Scores and ranks of the legs that find."""
        hits = self._recalled.words
        found: dict[Leg, ByNote] = {}
        if not self._is_semantic:
            found["title"] = dict.fromkeys(self._titles, 1.0)
            found["exact"] = self._phrases
            found["keyword"] = self._by_note(hits.words)
            found["substring"] = self._by_note(hits.substrings)
        found["semantic"] = self._by_note(self._meaning)
        return {leg: (scores, fuse.ranks(scores)) for leg, scores in found.items()}

    @cached_property
    def _passages(self) -> dict[NoteId, tuple[PassageId, ...]]:
        """Passages of each note, the one to show first."""
        values = self._meaning.values()
        low, high = min(values, default=0.0), max(values, default=0.0)
        part = self._recipe.semantic if self._meaning and not self._is_semantic else float(bool(self._meaning))
        worth: Scores = {}
        for id in dict.fromkeys((*self._words, *self._meaning)):
            near = (self._meaning[id] - low) / (high - low) if id in self._meaning and high > low else 0.0
            worth[id] = part * near + (1 - part) * self._words.get(id, 0.0)
        for id in self._recalled.words.phrases:
            worth[id] = worth.get(id, 0.0) + 1
        worth = dict.fromkeys(self._titles.values(), 0.0) | worth
        found: dict[NoteId, list[PassageId]] = {}
        for id in self._in_order(worth):
            if id in self._owner:
                found.setdefault(self._owner[id], []).append(id)
        return {note: tuple(ids) for note, ids in found.items()}

    def _by_note(self, scores: Scores) -> ByNote:
        """Each note by its best passage, best first."""
        return {note: scores[id] for note, id in self._best_passage(scores).items()}

    def _best_passage(self, scores: Scores) -> dict[NoteId, PassageId]:
        best: dict[NoteId, PassageId] = {}
        for id in self._in_order(scores):
            if (note := self._owner.get(id)) is not None:
                best.setdefault(note, id)
        return best

    def _in_order(self, scores: Scores) -> list[PassageId]:
        """Best first, equal ones by path and line."""
        return sorted(scores, key=lambda id: (-scores[id], self._place.get(id, len(self._place))))


def _smoothing(total: Floats, rows: Rows, has_row: np.typing.NDArray[np.bool_], amount: float) -> Floats:
    """What a note gains or loses by those next to it; nothing for one without a vector."""
    change = np.zeros(len(total))
    change[has_row] = fuse.smoothed(total[has_row], rows[has_row], amount) - total[has_row]
    return change


def _column(board: Board, scores: ByNote) -> Floats:
    return np.array([scores.get(note, 0.0) for note in board.notes])


def _top(scores: ByNote) -> ByNote:
    return dict(list(scores.items())[:CANDIDATES])
