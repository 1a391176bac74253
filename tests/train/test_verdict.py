"""What the gate lets through, and what it says of the rest."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from vecna_notes.train.retention import retention
from vecna_notes.train.verdict import GENERAL, HELD_OUT, MARGIN, OWN, Compared, Scored, compared, decide


def scored(gains: list[float], start: float = 0.4) -> list[Scored]:
    """A query of each note."""
    return [
        Scored(f"query {note}", "title", f"{note}.md", _of(start), _of(start + gain), (9, 1))
        for note, gain in enumerate(gains)
    ]


def _of(value: float) -> dict[str, float]:
    return {"mrr": value, "ndcg": value, "recall": value}


def a_set(name: str, gains: list[float]) -> Compared:
    found = compared(name, scored(gains))
    assert found is not None
    return found


GAIN = [0.1, 0.2, 0.0, 0.15, 0.1, 0.05, 0.2, 0.1, 0.15, 0.1]
NOTHING = [0.0] * 10


def test_better_beyond_chance_and_nowhere_worse_passes() -> None:
    verdict = decide([a_set(HELD_OUT, GAIN), a_set(OWN, NOTHING), a_set(GENERAL, NOTHING)])
    assert verdict.is_better
    assert verdict.why.startswith("it is better on held-out pairs: +0.115 nDCG@10 (95 % interval +0.0")
    assert verdict.why.endswith("the vault's own questions: +0.000 nDCG@10; general knowledge: +0.000 nDCG@10")


def test_a_gain_that_may_be_chance_does_not_pass() -> None:
    verdict = decide([a_set(HELD_OUT, [0.4, -0.3, 0.2, -0.2, 0.3, -0.1, 0.1, -0.2, 0.2, 0.0]), a_set(OWN, GAIN)])
    assert not verdict.is_better and "not surely better: held-out pairs: +0.040 nDCG@10" in verdict.why


def test_a_loss_beyond_the_margin_anywhere_does_not_pass() -> None:
    lost = [-2 * MARGIN] * 10
    for name, said in ((OWN, "the vault's own questions"), (GENERAL, "general knowledge")):
        verdict = decide([a_set(HELD_OUT, GAIN), a_set(name, lost)])
        assert not verdict.is_better
        assert verdict.why.startswith(f"it is worse on {said}: -0.040") and "may lose 0.020 at most" in verdict.why
        assert decide([a_set(HELD_OUT, GAIN), a_set(name, [-MARGIN / 2] * 10)]).is_better


def test_few_notes_prove_nothing() -> None:
    assert not decide([a_set(HELD_OUT, [0.3] * 7)]).is_better
    assert "only 7 notes were held out" in decide([a_set(HELD_OUT, [0.3] * 7)]).why
    assert not decide([a_set(OWN, GAIN)]).is_better


def test_many_queries_of_one_note_count_once() -> None:
    found = compared(HELD_OUT, [*scored([0.0] * 9), *scored([0.4]) * 40])
    assert found is not None and (found.queries, found.groups) == (49, 9)
    assert abs(found.change - 0.4 * 40 / 41 / 9) < 1e-9


def test_what_moved_furthest_is_named_first() -> None:
    found = compared(HELD_OUT, scored([0.0, 0.3, -0.5, 0.1]))
    assert found is not None and [one.query for one in found.moved] == ["query 2", "query 1", "query 3"]


@given(st.integers(0, 2**32))
def test_noise_passes_seldom(seed: int) -> None:
    """Forty notes whose true gain is a loss of 0.05 never pass."""
    rng = random.Random(seed)
    verdict = decide([a_set(HELD_OUT, [rng.gauss(-0.05, 0.05) for _ in range(40)])])
    assert not verdict.is_better


def test_general_knowledge_is_whole() -> None:
    questions, paragraphs = retention()
    assert len(questions) == 100 and len(set(paragraphs)) == len(paragraphs) > len(questions)
    assert all(one.question.endswith("?") and paragraphs[one.answer] for one in questions)
