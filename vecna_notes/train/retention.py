"""General knowledge that a tuned model must not forget: questions, and the paragraphs that answer them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

FILE = "retention.tsv"


@dataclass(frozen=True, slots=True)
class Asked:
    question: str
    answer: int
    """Place of its paragraph."""


def retention() -> tuple[Sequence[Asked], Sequence[str]]:
    """The questions, and every paragraph: some answer none, and stand near to those that do."""
    lines = resources.files("vecna_notes.train").joinpath(FILE).read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    return [Asked(row[0], place) for place, row in enumerate(rows) if row[0]], [row[1] for row in rows]
