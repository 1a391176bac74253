"""The share of meaning follows the vault's own questions, and only where these leave no doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import pytest

from vecna_notes.evaluate.adapt import FEWEST, SHARES, fit
from vecna_notes.evaluate.ground import Ground
from vecna_notes.evaluate.questions import Question
from vecna_notes.evaluate.systems import System
from vecna_notes.search.recipe import LEAST, MOST, Recipe

STANDARD = Recipe(0.5)


@dataclass
class Answering:
    """Finds the right note at a place that depends on the share of meaning, more or less surely."""

    best: float
    noise: int = 0
    asked: int = 0

    def answers(self, question: Question, systems: Sequence[System]) -> dict[str, list[str]]:
        self.asked += 1
        right = next(iter(question.grades))
        return {system.name: self._ranked(system, right) for system in systems}

    def _ranked(self, system: System, right: str) -> list[str]:
        place = round(abs(system.recipe.semantic - self.best) * 10)
        if self.noise:
            place = (self.asked * 7 + round(system.recipe.semantic * 100) * self.asked) % self.noise
        return ["wrong"] * place + [right]


def questions(count: int, kind: str = "title") -> list[Question]:
    return [Question(f"{kind} {i}", kind, {f"{kind}{i}.md": 1}) for i in range(count)]


def fitted(ground: Answering, asked: list[Question]) -> float | None:
    system = System("hybrid:x", "hybrid", None, STANDARD, True)
    found = fit(asked, system, STANDARD, cast("Ground", ground), lambda progress: None)
    assert found is not None and (found.fact is None) == (found.semantic is None)
    return found.semantic


@pytest.mark.parametrize("best", [SHARES[0], SHARES[-1]])
def test_a_share_that_is_surely_better_is_taken(best: float) -> None:
    assert fitted(Answering(best), questions(80)) == best


def test_the_standard_stays_where_nothing_is_better() -> None:
    assert fitted(Answering(STANDARD.semantic), questions(80)) is None


def test_chance_moves_nothing() -> None:
    assert fitted(Answering(0.5, noise=9), questions(150)) is None


def test_few_questions_move_nothing() -> None:
    system = System("hybrid:x", "hybrid", None, STANDARD, True)
    few = questions(FEWEST - 1)
    assert fit(few, system, STANDARD, cast("Ground", Answering(0.15)), lambda progress: None) is None


def test_what_is_tried_lies_within_what_is_allowed() -> None:
    assert min(SHARES) >= LEAST and max(SHARES) <= MOST
