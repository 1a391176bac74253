"""The share of meaning that suits a vault: tried out on its own questions, and changed only where that surely helps."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vecna_notes.evaluate import chance, metrics
from vecna_notes.evaluate.ground import Ground
from vecna_notes.evaluate.questions import Question
from vecna_notes.evaluate.systems import System
from vecna_notes.interfaces import Report
from vecna_notes.search.recipe import Recipe
from vecna_notes.types import Progress

SHARES = (0.15, 0.3, 0.45, 0.6, 0.75)
ASKED = 150
"""Questions, evenly chosen, that every share answers."""
FEWEST = 40
LEVEL = 0.99
"""Of the interval above which a share must be better than the standard: five are tried, so 95 % would deceive."""
LABEL_WEIGHT = 3.0
"""What questions of the user's own count beside mined ones."""
K = 10


@dataclass(frozen=True, slots=True)
class Fit:
    """What was found for one Space."""

    standard: float
    semantic: float | None
    """The share to use instead of the standard; None where nothing is surely better."""
    queries: int
    gain: float = 0.0
    """Mean nDCG@10 above the standard's."""

    @property
    def fact(self) -> Mapping[str, float] | None:
        """As search/recipe.adapted reads it."""
        if self.semantic is None:
            return None
        return {"semantic": self.semantic, "queries": self.queries, "gain": round(self.gain, 4), "made": time.time()}

    def sentence(self, system: str) -> str:
        if self.semantic is None:
            return f"{system} keeps its share of meaning, {self.standard:.2f}: no other is surely better here"
        return (
            f"{system} takes {self.semantic:.2f} as its share of meaning from now on instead of {self.standard:.2f}: "
            f"+{self.gain:.3f} nDCG on {self.queries} questions (search.adapt = false goes back)"
        )


def fit(questions: Sequence[Question], system: System, standard: Recipe, ground: Ground, report: Report) -> Fit | None:
    """Try shares of meaning for a hybrid system; None when there are too few questions to tell."""
    asked = [questions[int(i)] for i in np.linspace(0, len(questions) - 1, min(ASKED, len(questions)))]
    if len(asked) < FEWEST:
        return None
    tried = {share: _with_share(system, standard, share) for share in (standard.semantic, *SHARES)}
    scores = np.array(list(_scores(asked, list(tried.values()), ground, report)))
    weights = _weights(asked)
    differences = (scores - scores[:, :1]) * weights[:, None]  # the first is the standard
    best = int(differences.mean(axis=0).argmax())
    low, _ = chance.interval(differences[:, best].tolist(), LEVEL)
    chosen = list(tried)[best] if low > 0 else None
    return Fit(standard.semantic, chosen, len(asked), float(differences[:, best].mean()))


def _with_share(system: System, recipe: Recipe, share: float) -> System:
    changed = replace(recipe, semantic=share, latent=min(recipe.latent, 1 - share))
    return replace(system, name=f"{share:.3f}", recipe=changed)


def _scores(
    questions: Sequence[Question], systems: Sequence[System], ground: Ground, report: Report
) -> Iterator[list[float]]:
    started = time.monotonic()
    for done, question in enumerate(questions, 1):
        answers = ground.answers(question, systems)
        yield [metrics.ndcg(answers[system.name], question.grades, K) for system in systems]
        report(Progress("index", done, len(questions), "weighing meaning", time.monotonic() - started))


def _weights(questions: Sequence[Question]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Every kind of question counts alike, however many there are of it; their mean is 1."""
    counts = Counter(question.kind for question in questions)
    raw = np.array([(LABEL_WEIGHT if q.kind == "label" else 1.0) / counts[q.kind] for q in questions])
    scaled: np.ndarray[tuple[int], np.dtype[np.float64]] = raw / raw.mean()
    return scaled
