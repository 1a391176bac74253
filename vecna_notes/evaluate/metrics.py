"""How good one ranking is: nDCG, MRR, recall and average precision as trec_eval counts them. Pure functions.

A judgement is a grade by key: 0 is judged and wrong, 1 and more answer the query. What nobody judged counts as wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log2

Grades = Mapping[str, int]


def order(scores: Mapping[str, float]) -> list[str]:
    """Best first; equal scores by key, backwards, as trec_eval breaks ties."""
    backwards = sorted(scores, reverse=True)
    return sorted(backwards, key=lambda key: -scores[key])


def ndcg(ranked: Sequence[str], grades: Grades, k: int = 10) -> float:
    """Normalised discounted cumulative gain with the grade as gain (Järvelin and Kekäläinen 2002)."""
    best = _gain(sorted(grades.values(), reverse=True)[:k])
    return _gain([grades.get(key, 0) for key in ranked[:k]]) / best if best else 0.0


def reciprocal_rank(ranked: Sequence[str], grades: Grades, k: int = 10) -> float:
    """1 / place of the first right one among the first `k`; 0 when none of them is."""
    place = rank(ranked[:k], grades)
    return 1 / place if place else 0.0


def recall(ranked: Sequence[str], grades: Grades, k: int = 10) -> float:
    """Share of what is right that stands among the first `k`."""
    right = _right(grades)
    return len(right.intersection(ranked[:k])) / len(right) if right else 0.0


def average_precision(ranked: Sequence[str], grades: Grades) -> float:
    """Mean over all that is right of the precision where each was found."""
    right = _right(grades)
    found, total = 0, 0.0
    for place, key in enumerate(ranked, 1):
        if key in right:
            found += 1
            total += found / place
    return total / len(right) if right else 0.0


def rank(ranked: Sequence[str], grades: Grades) -> int | None:
    """1-based place of the first right one."""
    return next((place for place, key in enumerate(ranked, 1) if grades.get(key, 0) > 0), None)


def _gain(grades: Sequence[int]) -> float:
    return sum(max(grade, 0) / log2(place + 1) for place, grade in enumerate(grades, 1))


def _right(grades: Grades) -> set[str]:
    return {key for key, grade in grades.items() if grade > 0}
