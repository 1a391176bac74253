"""Evaluations kept beside the index, with what each query came to, so that two can be compared later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

import msgspec

from vecna_notes.errors import ConfigError
from vecna_notes.evaluate.questions import Run
from vecna_notes.evaluate.scores import Evaluation
from vecna_notes.store.kept import Kept

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class QueryAnswers:
    """One query of a kept run, as every system answered it."""

    query: str
    kind: str
    expected: tuple[str, ...]
    ndcg: Mapping[str, float]
    """By system."""
    ranks: Mapping[str, int | None]
    """Place of the first right note, by system."""


def keep(kept: Kept, run: Run) -> Evaluation:
    """The evaluation, with the id under which it is kept."""
    content = {
        "format": _FORMAT,
        "evaluation": msgspec.to_builtins(run.evaluation),
        "questions": [
            [question.text, question.kind, [path for path, grade in question.grades.items() if grade > 0]]
            for question in run.questions
        ],
        "answers": {
            system: [[round(answer.ndcg, 6), answer.rank] for answer in answers]
            for system, answers in run.answers.items()
        },
    }
    return replace(run.evaluation, id=kept.add_run(run.evaluation.set, content))


def evaluations(kept: Kept, limit: int = 50) -> list[Evaluation]:
    """Newest first; those of another version are passed over."""
    return [_evaluation(id, content) for id, content in kept.runs(limit=limit) if _is_known(content)]


def evaluation(kept: Kept, id: int) -> Evaluation | None:
    content = kept.run(id)
    return _evaluation(id, content) if _is_known(content) else None


def per_query(kept: Kept, id: int) -> list[QueryAnswers]:
    """In the order asked. Raises ConfigError when there is no such run."""
    content = kept.run(id)
    if not _is_known(content):
        raise ConfigError(f"there is no evaluation {id}; `vecna eval list` names them")
    answers = content["answers"]
    return [
        QueryAnswers(
            query,
            kind,
            tuple(expected),
            {system: own[i][0] for system, own in answers.items()},
            {system: own[i][1] for system, own in answers.items()},
        )
        for i, (query, kind, expected) in enumerate(content["questions"])
    ]


def _is_known(content: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(content, dict) and content.get("format") == _FORMAT


def _evaluation(id: int, content: Any) -> Evaluation:
    return replace(msgspec.convert(content["evaluation"], Evaluation), id=id)
