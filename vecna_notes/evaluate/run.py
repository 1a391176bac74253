"""Judged questions put to ways of searching: every answer scored, and the ways compared with the default."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import mean

import numpy as np

from vecna_notes import embedding
from vecna_notes.config import Settings
from vecna_notes.errors import ConfigError
from vecna_notes.evaluate import chance, metrics
from vecna_notes.evaluate.questions import Answer, Question, Run
from vecna_notes.evaluate.scores import Evaluation, QueryScore, SystemScore
from vecna_notes.evaluate.systems import System
from vecna_notes.ingest.sync import Cutter
from vecna_notes.interfaces import Embedder, IndexBuilder, Report
from vecna_notes.models import Models
from vecna_notes.nearest import Nearest
from vecna_notes.search import Searcher
from vecna_notes.store import Store
from vecna_notes.types import Found, Progress, Space, Vectors

K = 10
DEPTH = 100
"""Notes of each answer that are looked at, for average precision and for where an expected one stands."""
TIMED = 60
"""Questions, evenly chosen, that are asked again as a person would, to take the time."""
WORST = 20
FEW = 100
"""With fewer questions than this, the answer says how large a difference must be to mean anything."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """What an evaluation needs of an open vault."""

    store: Store
    models: Models
    cutter: Cutter
    settings: Settings
    builder: IndexBuilder | None


@dataclass(slots=True)
class Ground:
    """An index to ask, with what asking needs opened once. Where an evaluation touches the search, it is here."""

    rooms: Rooms
    embedders: dict[str, Embedder] = field(default_factory=dict)
    """By the key of their Space."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Path in this index → path in the vault, where they differ."""
    _nearest: dict[str, Nearest] = field(default_factory=dict)
    _asked: dict[tuple[str, str], Vectors] = field(default_factory=dict)

    def paths(self, system: System, question: Question, limit: int = DEPTH) -> list[str]:
        """Notes for a question, best first."""
        found = self.search(system, question.text, limit + len(question.passed_over))
        paths = (self.renamed.get(hit.passage.path, hit.passage.path) for hit in found.hits)
        return [path for path in paths if path not in question.passed_over][:limit]

    def seconds(self, system: System, question: Question) -> float:
        """How long it takes as a person asks it, the query's embedding included."""
        self._asked.clear()
        started = time.perf_counter()
        self.search(system, question.text, system.settings.limit)
        return time.perf_counter() - started

    def search(self, system: System, text: str, limit: int) -> Found:
        near = self._near(system.space) if system.space else None
        embed = partial(self._embed, system.space) if system.space else None
        return Searcher(self.rooms.store, near, embed, system.settings).search(text, system.mode, limit)

    def _near(self, space: Space) -> Nearest:
        if space.key not in self._nearest:
            rooms, exact_below = self.rooms, self.rooms.settings.index.exact_below
            id = rooms.store.vectors.space(space)
            self._nearest[space.key] = Nearest.open(
                rooms.store, id, space, rooms.builder, rooms.store.folder, exact_below
            )
        return self._nearest[space.key]

    def _embed(self, space: Space, text: str) -> Vectors:
        if (space.key, text) not in self._asked:
            if space.key not in self.embedders:
                self.embedders[space.key] = self.rooms.models.open(space)
            self._asked[space.key, text] = embedding.embed(self.embedders[space.key], [text], "query")
        return self._asked[space.key, text]


def run(set: str, questions: Sequence[Question], systems: Sequence[System], ground: Ground, report: Report) -> Run:
    """Ask every system every question. Raises ConfigError when there is no question."""
    if not questions:
        raise ConfigError(f"{set} holds no question with a right answer, so there is nothing to measure")
    answers: dict[str, tuple[Answer, ...]] = {}
    seconds: dict[str, list[float]] = {}
    for system in systems:
        answers[system.name] = tuple(_answers(system, questions, ground, report))
        seconds[system.name] = [ground.seconds(system, question) for question in _sample(questions)]
    return compared(set, questions, systems, answers, seconds)


def compared(
    set: str,
    questions: Sequence[Question],
    systems: Sequence[System],
    answers: Mapping[str, tuple[Answer, ...]],
    seconds: Mapping[str, Sequence[float]],
) -> Run:
    """A row a system, each against the default where that was asked too."""
    default = next((system.name for system in systems if system.is_default), None)
    against = answers.get(default or "")
    rows = tuple(
        _row(system, questions, answers[system.name], seconds[system.name], None if system.is_default else against)
        for system in systems
    )
    shown = default or systems[0].name
    evaluation = Evaluation(
        id=0,
        set=set,
        made=time.time(),
        k=K,
        queries=len(questions),
        rows=rows,
        worst=tuple(_worst(questions, answers[shown])),
        notices=tuple(_notices(rows, len(questions), default)),
    )
    return Run(evaluation, tuple(questions), dict(answers))


def answered(ranked: Sequence[str], grades: metrics.Grades) -> Answer:
    """What a ranking is worth."""
    return Answer(
        metrics.ndcg(ranked, grades, K),
        metrics.reciprocal_rank(ranked, grades, K),
        metrics.recall(ranked, grades, K),
        metrics.average_precision(ranked, grades),
        metrics.rank(ranked, grades),
        tuple(ranked[:K]),
    )


def _answers(system: System, questions: Sequence[Question], ground: Ground, report: Report) -> Iterator[Answer]:
    started = time.monotonic()
    for done, question in enumerate(questions, 1):
        yield answered(ground.paths(system, question), question.grades)
        report(Progress("index", done, len(questions), system.name, time.monotonic() - started))


def _sample(questions: Sequence[Question]) -> list[Question]:
    places = np.linspace(0, len(questions) - 1, min(TIMED, len(questions)))
    return [questions[int(place)] for place in places]


def _row(
    system: System,
    questions: Sequence[Question],
    answers: Sequence[Answer],
    seconds: Sequence[float],
    against: Sequence[Answer] | None,
) -> SystemScore:
    values = [answer.ndcg for answer in answers]
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000 if len(seconds) else (0.0, 0.0)
    differences = None if against is None else [one.ndcg - two.ndcg for one, two in zip(answers, against, strict=True)]
    return SystemScore(
        system=system.name,
        ndcg=mean(values),
        ci=chance.interval(values),
        mrr=mean(answer.mrr for answer in answers),
        recall=mean(answer.recall for answer in answers),
        map=mean(answer.map for answer in answers),
        p50_ms=float(p50),
        p95_ms=float(p95),
        is_default=system.is_default,
        difference=None if differences is None else mean(differences),
        difference_ci=None if differences is None else chance.interval(differences),
        p=None if differences is None else chance.p_value(differences),
        by_kind=_by_kind(questions, values),
    )


def _by_kind(questions: Sequence[Question], values: Sequence[float]) -> dict[str, float]:
    kinds: dict[str, list[float]] = {}
    for question, value in zip(questions, values, strict=True):
        kinds.setdefault(question.kind, []).append(value)
    return {kind: mean(kinds[kind]) for kind in sorted(kinds)}


def _worst(questions: Sequence[Question], answers: Sequence[Answer]) -> Iterator[QueryScore]:
    """Lowest first; of equal ones that whose answer stands furthest down."""
    ordered = sorted(
        zip(questions, answers, strict=True), key=lambda pair: (pair[1].ndcg, -(pair[1].rank or DEPTH + 1))
    )
    for question, answer in ordered[:WORST]:
        if answer.ndcg < 1:
            expected = tuple(path for path, grade in question.grades.items() if grade > 0)
            yield QueryScore(question.text, question.kind, answer.ndcg, expected, answer.got, answer.rank)


def _notices(rows: Sequence[SystemScore], count: int, default: str | None) -> Iterator[str]:
    widths = [(row.difference_ci[1] - row.difference_ci[0]) / 2 for row in rows if row.difference_ci is not None]
    if count < FEW and widths:
        yield f"{count} queries only: differences under {float(np.median(widths)):.2f} are noise"
    if default is None:
        yield "the default was not among the systems that were asked, so nothing is compared with it"
