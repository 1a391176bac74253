"""What a ranker says is taken only when it is sound, and never buries an exact hit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vecna_notes.errors import PluginError
from vecna_notes.reranking import Checked
from vecna_notes.types import Chunk, Hit, Leg, NoteId, Passage, PassageId, Rows, Signal

LEGS: tuple[Leg, ...] = ("keyword", "semantic", "exact", "title")


def hit(number: int, score: float, *legs: Leg) -> Hit:
    chunk = Chunk(f"text {number}", (), 1, 1, f"text {number}")
    passage = Passage(PassageId(number), NoteId(number), f"{number}.md", str(number), chunk)
    return Hit(passage, score, tuple(Signal(leg, 1, 1.0) for leg in legs))


class Saying:
    """Answers what a function makes of the hits."""

    def __init__(self, answer: Callable[[list[Hit]], object]) -> None:
        self.answer = answer

    def rank(self, query: str, hits: Sequence[Hit], rows: Rows | None) -> list[Hit]:
        return self.answer(list(hits))  # type: ignore[return-value]


def ids(hits: Sequence[Hit]) -> list[int]:
    return [one.passage.id for one in hits]


HITS = [hit(1, 0.995, "title", "keyword"), hit(2, 0.93, "exact"), hit(3, 0.92, "exact"), hit(4, 0.6), hit(5, 0.2)]


def test_the_order_is_the_rankers_below_exact_hits() -> None:
    backwards = Saying(lambda hits: [replace(one, score=0.5) for one in reversed(hits)])
    ranked = Checked("back", backwards).rank("q", HITS)
    assert ids(ranked) == [1, 3, 2, 5, 4]
    assert [one.score for one in ranked] == [0.995, 0.93, 0.92, 0.46, 0.46]
    assert [one.signals[-1] for one in ranked] == [Signal("rerank", rank, 0.5) for rank in (5, 3, 4, 1, 2)]


def test_an_exact_hit_cannot_be_dropped() -> None:
    assert ids(Checked("none", Saying(lambda hits: [])).rank("q", HITS)) == [1, 2, 3]


def test_no_hits_ask_nobody() -> None:
    assert Checked("bad", Saying(lambda hits: 1 / 0)).rank("q", []) == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda hits: None, "list of hits"),
        (lambda hits: [*hits, hit(9, 0.0)], "not given"),
        (lambda hits: [hits[0], hits[0]], "twice"),
        (lambda hits: [replace(hits[0], score=float("nan"))], "between 0 and 1"),
        (lambda hits: [replace(hits[0], score=1.5)], "between 0 and 1"),
        (lambda hits: [replace(hits[0], score="high")], "between 0 and 1"),
        (lambda hits: hits[::-1], "higher score than the one above"),
        (lambda hits: [replace(hits[0], signals=())], "more of a hit than its score"),
        (lambda hits: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_what_breaks_the_contract_is_refused_with_the_name(answer: Callable[[list[Hit]], object], said: str) -> None:
    with pytest.raises(PluginError, match=rf"ranker 'liar' .*{said}"):
        Checked("liar", Saying(answer)).rank("q", HITS)


@given(
    legs=st.lists(st.sets(st.sampled_from(LEGS)), max_size=12),
    scores=st.lists(st.floats(0, 1), min_size=12, max_size=12),
    order=st.permutations(range(12)),
    kept=st.integers(0, 12),
)
def test_whatever_is_said_the_answer_is_sound(
    legs: list[set[Leg]], scores: list[float], order: list[int], kept: int
) -> None:
    hits = [hit(i, 1 - i / 20, *sorted(own)) for i, own in enumerate(legs)]
    falling = sorted(scores, reverse=True)
    chosen = [hits[i] for i in order if i < len(hits)][:kept]
    given_back = [replace(one, score=score) for one, score in zip(chosen, falling, strict=False)]
    ranked = Checked("any", Saying(lambda _: given_back)).rank("q", hits)
    assert len(set(ids(ranked))) == len(ranked) and set(ids(ranked)) <= set(ids(hits))
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)
    assert all(0 <= one.score <= 1 for one in ranked)
    tiers = [0 if "title" in own else 1 if "exact" in own else 2 for own in (legs[i] for i in ids(ranked))]
    assert tiers == sorted(tiers)
    assert tiers.count(2) == sum(not {"title", "exact"} & legs[i] for i in ids(chosen))
    assert len(tiers) - tiers.count(2) == sum(bool({"title", "exact"} & own) for own in legs)
