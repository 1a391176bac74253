"""What is asked in an evaluation, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vecna_notes.evaluate.scores import Evaluation


@dataclass(frozen=True, slots=True)
class Question:
    """A query with the notes that answer it, by path."""

    text: str
    kind: str
    """"title", "heading", "link", "alias", "label"; "question" of a judged collection."""
    grades: Mapping[str, int]
    passed_over: frozenset[str] = frozenset()
    """Notes that count as not there: the one a link was written in."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one system's answer to one question is worth."""

    ndcg: float
    mrr: float
    recall: float
    map: float
    rank: int | None
    """Place of the first right note; None when it was not among those looked at."""
    got: tuple[str, ...]
    """Paths of the first notes found."""


@dataclass(frozen=True, slots=True)
class Run:
    """An evaluation with every answer behind it: `answers` by system, in the order of the questions."""

    evaluation: Evaluation
    questions: tuple[Question, ...]
    answers: Mapping[str, tuple[Answer, ...]]
