"""The gate: a tuned model is compared with what it was tuned from, and answers only where it is surely better.

Three sets are asked: pairs of notes that nothing was learned from, the vault's own questions (as `vecna eval own` asks
them), and general knowledge, so that what a model knew before is not lost for what it learned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from vecna_notes import embedding
from vecna_notes.evaluate.beside import Beside, beside
from vecna_notes.evaluate.ground import Rooms
from vecna_notes.evaluate.questions import Answer
from vecna_notes.interfaces import Derived, Embedder, Pair, Report
from vecna_notes.store import Store
from vecna_notes.train.retention import retention
from vecna_notes.train.verdict import GENERAL, HELD_OUT, OWN, Compared, Scored, Verdict, compared, decide
from vecna_notes.types import Progress, Role, Rows, Space

K = 10
MOST_PAIRS, QUESTIONS = 400, 200
"""Held-out pairs and questions that are asked; of more, evenly chosen ones."""
LARGE = 10_000
LARGE_PAIRS, LARGE_QUESTIONS = 250, 60
"""The same for vaults of more passages than that, each of which takes several times as long to search."""
SAME = 1e-6
"""Scores nearer than this are equal, and an equal one stands before the right one: sameness is no merit."""
_AT_ONCE = 64


def judge(
    rooms: Rooms, base: Embedder, tuned: Embedder, held_out: Sequence[Pair], seed: int, report: Report
) -> Verdict:
    """Whether `tuned` may answer instead of `base`, whose Space holds every text."""
    said = _said(rooms.store)
    rows = _rows_of(rooms.store, base.space, list(said), report)
    known = _tuned_rows(rooms.store, tuned, rows, report)
    passages = _Passages(list(rows), [said[digest] for digest in rows], rows, known)
    pairs, questions = (MOST_PAIRS, QUESTIONS) if len(rows) <= LARGE else (LARGE_PAIRS, LARGE_QUESTIONS)
    asked = beside(rooms, base, tuned, {} if isinstance(tuned, Derived) else known, seed, questions, report)
    sets = [
        compared(HELD_OUT, list(_held_out(_some(held_out, pairs), base, tuned, passages))),
        compared(OWN, list(_own(asked))),
        compared(GENERAL, list(_general(base, tuned))),
    ]
    return decide([one for one in sets if isinstance(one, Compared)])


@dataclass(frozen=True, slots=True)
class _Passages:
    """Every text of the vault under both, in one order."""

    digests: Sequence[str]
    notes: Sequence[frozenset[str]]
    """Paths of the notes that hold each."""
    before: Mapping[str, Rows]
    after: Mapping[str, Rows]
    places: dict[str, list[int]] = field(default_factory=dict)
    """Of each note its texts."""

    def __post_init__(self) -> None:
        for place, paths in enumerate(self.notes):
            for path in paths:
                self.places.setdefault(path, []).append(place)


def _said(store: Store) -> dict[str, frozenset[str]]:
    """Text digest → paths of the notes that say it."""
    paths = {id: path for path, id in store.notes.paths().items()}
    found: dict[str, set[str]] = {}
    for note, digest in store.passages.digests():
        found.setdefault(digest, set()).add(paths[note])
    return {digest: frozenset(own) for digest, own in found.items()}


def _rows_of(store: Store, base: Space, digests: Sequence[str], report: Report) -> dict[str, Rows]:
    id = next(id for id, space in store.vectors.spaces() if space.key == base.key)
    rows: dict[str, Rows] = {}
    for start in range(0, len(digests), 4096):
        rows |= store.vectors.of_texts(id, digests[start : start + 4096])
        report(Progress("read", min(start + 4096, len(digests)), len(digests), "stored vectors"))
    return rows


def _tuned_rows(store: Store, tuned: Embedder, base: Mapping[str, Rows], report: Report) -> dict[str, Rows]:
    """Made of the base's, or embedded where there is no other way."""
    digests = list(base)
    if not digests:
        return {}
    if isinstance(tuned, Derived):
        return dict(zip(digests, embedding.derive(tuned, np.stack([base[one] for one in digests])).rows, strict=True))
    texts = store.passages.by_digest()
    made: dict[str, Rows] = {}
    for start in range(0, len(digests), 256):
        some = digests[start : start + 256]
        made |= zip(some, embedding.embed(tuned, [texts[one] for one in some], "note").rows, strict=True)
        report(Progress("embed", len(made), len(digests), tuned.space.model))
    return made


# ── held-out pairs ──────────────────────────────────────────────────────────────────────────────────────────────


def _some(pairs: Sequence[Pair], most: int) -> list[Pair]:
    places = np.linspace(0, len(pairs) - 1, min(most, len(pairs)))
    return [pairs[int(place)] for place in places]


def _held_out(pairs: Sequence[Pair], base: Embedder, tuned: Embedder, passages: _Passages) -> Iterator[Scored]:
    """Where the second text of each pair stands, asked for by the first, among all passages of other notes."""
    if not pairs or not passages.digests:
        return
    asked = _both(base, tuned, [pair.first for pair in pairs], "query")
    right = _both(base, tuned, [pair.second for pair in pairs], "note")
    ranks = [
        _ranks(pairs, passages, rows, *own)
        for rows, *own in zip((passages.before, passages.after), asked, right, strict=True)
    ]
    for pair, one, other in zip(pairs, *ranks, strict=True):
        yield Scored(pair.first, pair.source, pair.notes[0], _figures(one), _figures(other), (one, other))


def _both(base: Embedder, tuned: Embedder, texts: Sequence[str], role: Role) -> tuple[Rows, Rows]:
    """Texts are embedded once where rows of one can be made of the other's."""
    rows = embedding.embed(base, texts, role).rows
    made = embedding.derive(tuned, rows) if isinstance(tuned, Derived) else embedding.embed(tuned, texts, role)
    return rows, made.rows


def _ranks(pairs: Sequence[Pair], passages: _Passages, rows: Mapping[str, Rows], asked: Rows, right: Rows) -> list[int]:
    every = np.stack([rows[digest] for digest in passages.digests])
    least = (asked * right).sum(axis=1) - SAME
    found: list[int] = []
    for start in range(0, len(pairs), _AT_ONCE):
        for number, scores in enumerate(asked[start : start + _AT_ONCE] @ every.T, start):
            own = [place for note in set(pairs[number].notes) for place in passages.places.get(note, [])]
            scores[own] = -np.inf
            found.append(1 + int((scores >= least[number]).sum()))
    return found


def _figures(rank: int) -> dict[str, float]:
    return {"mrr": 1 / rank if rank <= K else 0.0, "recall": float(rank <= K)}


# ── the vault's own questions, and general knowledge ────────────────────────────────────────────────────────────


def _own(asked: Beside) -> Iterator[Scored]:
    for number, (question, one, other) in enumerate(zip(asked.questions, asked.before, asked.after, strict=True)):
        yield Scored(question.text, question.kind, str(number), _worth(one), _worth(other), (one.rank, other.rank))


def _worth(answer: Answer) -> dict[str, float]:
    return {"ndcg": answer.ndcg, "mrr": answer.mrr, "recall": answer.recall}


def _general(base: Embedder, tuned: Embedder) -> Iterator[Scored]:
    questions, paragraphs = retention()
    asked = _both(base, tuned, [one.question for one in questions], "query")
    said = _both(base, tuned, paragraphs, "note")
    ranks: list[list[int]] = []
    for rows, other_rows in zip(asked, said, strict=True):
        scores = rows @ other_rows.T
        right = scores[np.arange(len(questions)), [one.answer for one in questions]]
        ranks.append((scores >= right[:, None] - SAME).sum(axis=1).tolist())
    for question, one, other in zip(questions, *ranks, strict=True):
        yield Scored(question.question, "general", question.question, _figures(one), _figures(other), (one, other))
