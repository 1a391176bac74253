"""Judged questions put to ways of searching: every answer scored, and the ways compared with the default."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from statistics import mean

import numpy as np

from vecna_notes.errors import ConfigError
from vecna_notes.evaluate import chance, metrics
from vecna_notes.evaluate.ground import DEPTH, Ground
from vecna_notes.evaluate.questions import Answer, Question, Run
from vecna_notes.evaluate.scores import Evaluation, QueryScore, SystemScore
from vecna_notes.evaluate.systems import System
from vecna_notes.interfaces import Report
from vecna_notes.types import Progress

K = 10
ASKING, TIMING = "questions", "against the clock"
"""What is counted, as the label of a report."""
TIMED = 24
"""Questions, evenly chosen, that are asked again as a person would, to take the time."""
WORST = 20
FEW = 100
"""With fewer questions than this, the answer says how large a difference must be to mean anything."""


def run(set: str, questions: Sequence[Question], systems: Sequence[System], ground: Ground, report: Report) -> Run:
    """Ask every system every question. Raises ConfigError when there is no question."""
    if not questions:
        raise ConfigError(f"{set} holds no question with a right answer, so there is nothing to measure")
    started = time.monotonic()
    answers: dict[str, list[Answer]] = {system.name: [] for system in systems}
    for done, question in enumerate(questions, 1):
        for name, paths in ground.answers(question, systems).items():
            answers[name].append(answered(paths, question.grades))
        report(Progress("index", done, len(questions), ASKING, time.monotonic() - started))
    seconds = _timed(questions, systems, ground, report)
    return compared(set, questions, systems, answers, seconds)


def compared(
    set: str,
    questions: Sequence[Question],
    systems: Sequence[System],
    answers: Mapping[str, Sequence[Answer]],
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
    return Run(evaluation, tuple(questions), {name: tuple(own) for name, own in answers.items()})


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


def _timed(
    questions: Sequence[Question], systems: Sequence[System], ground: Ground, report: Report
) -> dict[str, list[float]]:
    """Seconds of some questions by system; what is opened by the first does not count."""
    sample, started = _sample(questions), time.monotonic()
    seconds: dict[str, list[float]] = {}
    for done, system in enumerate(systems, 1):
        ground.seconds(system, sample[0])
        seconds[system.name] = [ground.seconds(system, question) for question in sample]
        report(Progress("index", done, len(systems), TIMING, time.monotonic() - started))
    return seconds


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
