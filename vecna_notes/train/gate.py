"""The gate: a tuned model is compared with what it was tuned from, and answers only where it is surely better.

Three sets are asked: pairs of notes that nothing was learned from, the vault's own questions (as `vecna eval own` asks
them), and general knowledge, so that what a model knew before is not lost for what it learned.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from vecna_notes import embedding
from vecna_notes.evaluate.beside import Beside, beside
from vecna_notes.evaluate.ground import Rooms
from vecna_notes.evaluate.questions import Answer
from vecna_notes.interfaces import Derived, Embedder, Pair, Report
from vecna_notes.store import Store
from vecna_notes.train.retention import retention
from vecna_notes.train.texts import nameless
from vecna_notes.train.verdict import GENERAL, HELD_OUT, OWN, Compared, Scored, Verdict, compared, decide
from vecna_notes.types import Progress, Role, Rows, Space

K = 10
MOST_PAIRS, QUESTIONS = 800, 200
"""Held-out pairs and questions that are asked; of more, evenly chosen ones."""
LARGE = 10_000
LARGE_PAIRS, LARGE_QUESTIONS = 200, 50
"""The same for vaults of more passages than that, each of which takes several times as long to search."""
OTHERS, LARGE_OTHERS = 400, 100
"""Notes among whose texts a name is looked for, beside those of the held-out pairs."""
_SIZES = ((MOST_PAIRS, QUESTIONS, OTHERS), (LARGE_PAIRS, LARGE_QUESTIONS, LARGE_OTHERS))
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
    pairs, questions, others = _SIZES[len(rows) > LARGE]
    asked = beside(rooms, base, tuned, {} if isinstance(tuned, Derived) else known, seed, questions, report)
    sets = [
        compared(
            HELD_OUT, list(_held_out(_some(held_out, pairs), base, tuned, passages, nameless(rooms.store, others)))
        ),
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

    def means(self, rows: Mapping[str, Rows]) -> Rows:
        """One row of unit length for each note, in the order of `places`."""
        every = np.stack([rows[digest] for digest in self.digests])
        means = np.stack([every[places].mean(axis=0) for places in self.places.values()])
        return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12), dtype=np.float32)


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


def _held_out(
    pairs: Sequence[Pair], base: Embedder, tuned: Embedder, passages: _Passages, others: Sequence[tuple[str, str]]
) -> Iterator[Scored]:
    """What stands around a link is asked for the note it leads to; a name for its text among `others` (path and text),
    none of which says its own name."""
    if not passages.digests:
        return
    links = [pair for pair in pairs if pair.notes[0] != pair.notes[1] and passages.places.keys() >= {*pair.notes}]
    names = [pair for pair in pairs if pair.notes[0] == pair.notes[1]]
    every = [*((pair.notes[0], pair.second) for pair in names), *(others if names else ())]
    notes = (passages.means(passages.before), passages.means(passages.after))
    asked = _both(base, tuned, [pair.first for pair in links], "query")
    yield from _scored(links, [_notes(links, *own, list(passages.places)) for own in zip(asked, notes, strict=True)])
    asked = _both(base, tuned, [pair.first for pair in names], "query")
    texts = _both(base, tuned, [text for _, text in every], "note")
    paths = [path for path, _ in every]
    yield from _scored(names, [_texts(*own, paths) for own in zip(asked, texts, strict=True)])


def _scored(pairs: Sequence[Pair], ranks: Sequence[Sequence[int]]) -> Iterator[Scored]:
    for pair, one, other in zip(pairs, *ranks, strict=True):
        yield Scored(pair.first, pair.source, pair.notes[0], _figures(one), _figures(other), (one, other))


def _both(base: Embedder, tuned: Embedder, texts: Sequence[str], role: Role) -> tuple[Rows, Rows]:
    """Texts are embedded once where rows of one can be made of the other's."""
    if not texts:
        return np.empty((0, base.space.dim), dtype=np.float32), np.empty((0, tuned.space.dim), dtype=np.float32)
    rows = embedding.embed(base, texts, role).rows
    made = embedding.derive(tuned, rows) if isinstance(tuned, Derived) else embedding.embed(tuned, texts, role)
    return rows, made.rows


def _notes(pairs: Sequence[Pair], asked: Rows, notes: Rows, paths: Sequence[str]) -> list[int]:
    """Rank of each pair's second note among all but the first and what else that leads to."""
    place = {path: i for i, path in enumerate(paths)}
    others: dict[str, set[int]] = {}
    for pair in pairs:
        others.setdefault(pair.notes[0], {place[pair.notes[0]]}).add(place[pair.notes[1]])
    right = [place[pair.notes[1]] for pair in pairs]
    return _ranks(asked, notes, right, [others[pair.notes[0]] for pair in pairs])


def _texts(asked: Rows, texts: Rows, paths: Sequence[str]) -> list[int]:
    """Rank of each row's text, which stands at its own place, among those of other notes."""
    own: dict[str, set[int]] = {}
    for place, path in enumerate(paths):
        own.setdefault(path, set()).add(place)
    return _ranks(asked, texts, range(len(asked)), [own[path] for path in paths[: len(asked)]])


def _ranks(asked: Rows, rows: Rows, right: Sequence[int], out: Sequence[Collection[int]]) -> list[int]:
    """Of each asked row the place of the `right` one, from 1, those `out` not counted."""
    found: list[int] = []
    for start in range(0, len(asked), _AT_ONCE):
        for number, scores in enumerate(asked[start : start + _AT_ONCE] @ rows.T, start):
            least = scores[right[number]] - SAME
            scores[list(out[number])] = -np.inf
            found.append(1 + int((scores >= least).sum()))
    return found


def _figures(rank: int) -> dict[str, float]:
    is_found = rank <= K
    gain = 1 / math.log2(1 + rank) if is_found else 0.0
    return {"ndcg": gain, "mrr": 1 / rank if is_found else 0.0, "recall": float(is_found)}


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
