"""Figures that others can check: ir-measures, and a slow second implementation."""

from __future__ import annotations

import random
from math import log2
from statistics import mean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vecna_notes.evaluate import chance, metrics

Run = tuple[dict[str, float], dict[str, int]]


def random_run(rng: random.Random) -> Run:
    """Scores, many of them equal, and graded judgements, some of notes that were not found."""
    keys = [f"note {i}" for i in range(rng.randint(1, 60))]
    scores = {key: rng.randint(0, 12) / 4 for key in rng.sample(keys, rng.randint(1, len(keys)))}
    grades = {key: rng.choice((0, 0, 1, 1, 2, 3)) for key in rng.sample(keys, rng.randint(1, min(len(keys), 25)))}
    return scores, grades


def runs(count: int) -> list[Run]:
    rng = random.Random(3)
    return [random_run(rng) for _ in range(count)]


def ours(scores: dict[str, float], grades: dict[str, int]) -> tuple[float, float, float, float]:
    ranked = metrics.order(scores)
    return (
        metrics.ndcg(ranked, grades),
        metrics.reciprocal_rank(ranked, grades),
        metrics.recall(ranked, grades),
        metrics.average_precision(ranked, grades),
    )


def test_equal_ir_measures_on_a_thousand_runs() -> None:
    """Its RR@10 is MS MARCO's script, which breaks ties forwards; the others, uncut RR too, are trec_eval."""
    measures = pytest.importorskip("ir_measures")
    wanted = [measures.nDCG @ 10, measures.RR, measures.R @ 10, measures.AP, measures.RR @ 10]
    made = runs(1000)
    qrels = {str(i): grades for i, (_, grades) in enumerate(made)}
    found = {str(i): scores for i, (scores, _) in enumerate(made)}
    theirs: dict[str, dict[object, float]] = {}
    for one in measures.iter_calc(wanted, qrels, found):
        theirs.setdefault(one.query_id, {})[one.measure] = one.value
    assert len(theirs) == 1000
    for i, (scores, grades) in enumerate(made):
        forwards = sorted(scores, key=lambda key: (-scores[key], key))
        own = [*ours(scores, grades), metrics.reciprocal_rank(forwards, grades)]
        own[1] = metrics.reciprocal_rank(metrics.order(scores), grades, len(scores))
        assert own == pytest.approx([theirs[str(i)][measure] for measure in wanted], abs=1e-9)


def test_equal_a_slow_second_implementation() -> None:
    for scores, grades in runs(300):
        ranked = sorted(sorted(scores, reverse=True), key=scores.__getitem__, reverse=True)
        ideal = sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:10]
        gained = [grades.get(key, 0) for key in ranked][:10]
        dcg = [sum(g / log2(2 + i) for i, g in enumerate(gains)) for gains in (gained, ideal)]
        right = [key for key, grade in grades.items() if grade]
        places = [ranked.index(key) + 1 for key in right if key in ranked]
        precisions = [sum(other <= place for other in places) / place for place in places]
        expected = (
            dcg[0] / dcg[1] if dcg[1] else 0,
            max((1 / place for place in places if place <= 10), default=0),
            sum(place <= 10 for place in places) / len(right) if right else 0,
            sum(precisions) / len(right) if right else 0,
        )
        assert ours(scores, grades) == pytest.approx(expected, abs=1e-12)


@given(
    st.lists(st.sampled_from("abcdefgh"), unique=True), st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 3))
)
def test_are_shares_and_perfect_only_where_all_is_right(ranked: list[str], grades: dict[str, int]) -> None:
    values = [
        metrics.ndcg(ranked, grades),
        metrics.reciprocal_rank(ranked, grades),
        metrics.recall(ranked, grades),
        metrics.average_precision(ranked, grades),
    ]
    assert all(0 <= value <= 1 + 1e-12 for value in values)
    ideal = sorted((key for key in grades if grades[key]), key=lambda key: -grades[key])
    if ideal:
        assert metrics.ndcg(ideal, grades) == pytest.approx(1) == metrics.average_precision(ideal, grades)


@pytest.mark.parametrize(("count", "draw"), [(60, "beta"), (200, "mostly none"), (150, "even")])
def test_intervals_cover_at_the_nominal_rate(count: int, draw: str) -> None:
    """1,000 vaults whose true mean is known: a 95 % interval holds it in 95 % of them, give or take."""
    rng = np.random.default_rng(5)

    def values() -> list[float]:
        if draw == "beta":
            return list(rng.beta(0.4, 0.6, count))  # most queries are answered wholly or not at all
        if draw == "even":
            return list(rng.random(count))
        return list(np.where(rng.random(count) < 0.8, 0.0, rng.random(count)))

    truth = {"beta": 0.4, "even": 0.5, "mostly none": 0.1}[draw]
    held = 0
    for _ in range(1000):
        low, high = chance.interval(values(), rounds=800)
        held += low <= truth <= high
    assert 0.93 <= held / 1000 <= 0.97


def test_paired_intervals_tell_a_difference_from_none() -> None:
    rng = np.random.default_rng(6)
    excluded = {0.0: 0, 0.06: 0}
    for shift in excluded:
        for _ in range(200):
            first = rng.beta(0.5, 0.5, 120)
            differences = rng.normal(shift, 0.2, len(first))
            low, high = chance.interval(list(differences), rounds=600)
            excluded[shift] += not low <= 0 <= high
    assert excluded[0.0] <= 20 and excluded[0.06] >= 160


def test_p_values_are_uniform_where_nothing_differs() -> None:
    rng = np.random.default_rng(7)
    found = [chance.p_value(list(rng.normal(0, 1, 40)), rounds=999) for _ in range(400)]
    assert mean(p <= 0.05 for p in found) == pytest.approx(0.05, abs=0.035)
    assert mean(found) == pytest.approx(0.5, abs=0.06)


def test_p_values_of_nothing_and_of_much() -> None:
    assert chance.p_value([0.0] * 30) == 1.0
    assert chance.p_value([0.3] * 30) < 0.001
    assert chance.p_value([0.3, -0.3] * 15) == 1.0


def test_the_same_scores_say_the_same() -> None:
    values = [0.1, 0.9, 0.4, 0.0, 1.0]
    assert chance.interval(values) == chance.interval(values)
    assert chance.p_value(values) == chance.p_value(values)
    assert chance.interval([0.5] * 9) == (0.5, 0.5)
