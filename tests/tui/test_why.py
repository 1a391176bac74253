"""Why a note was found, why another was not: the panels, and the words and figures in them."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.tui.conftest import Open
from tests.tui.fakes import fake_vault
from tests.tui.test_search import current, search
from vecna_notes.tui.explain import matched_words, reasons
from vecna_notes.tui.phrases import ADJUSTMENTS, LEGS, why
from vecna_notes.types import Hit, Leg, Signal

QUERY = "why do I forget what I read"
LEG = st.sampled_from(sorted(LEGS))
SIGNALS = st.lists(st.builds(Signal, LEG, st.integers(0, 99), st.floats(-9, 9), st.floats(-1, 1)), max_size=8)


async def test_a_hit_explains_itself(stage: Open) -> None:
    async with stage() as s:
        await s.type(QUERY)
        await s.settle()
        await s.press("down", "x")
        await s.settle()
        hit = current_hit(s.app.screen_stack[-2])
        for signal in hit.signals:
            share = f"{signal.share:.2f}".removeprefix("0")
            assert re.search(rf"{LEGS[signal.leg]} .*━.* {re.escape(share)} ", s.text), signal
        assert "changed lately" in s.text
        assert "read ×2" in s.text and "found a steep early drop: we forget most of what" in s.text
        assert "Forgetting curve › Why it decays" in s.text


async def test_enter_opens_the_note_at_the_passage(stage: Open) -> None:
    async with stage() as s:
        await s.type(QUERY)
        await s.settle()
        await s.press("down", "x", "enter")
        await s.settle()
        assert "2 Note" in s.lines[0] and "L 5/" in s.lines[1]


async def test_nothing_to_explain_is_said(stage: Open) -> None:
    async with stage() as s:
        await s.press("down", "x")
        await s.settle()
        assert "nothing to explain yet" in s.text


async def test_why_not_asks_for_a_note_and_says_where_it_was_lost(stage: Open) -> None:
    async with stage() as s:
        await s.type("hydration")
        await s.settle()
        await s.press("down", "x", "w")
        await s.settle(0.2)
        await s.type("slpcons")
        await s.settle(0.4)
        await s.press("enter")
        await s.until(lambda: "why not Sleep and consolidation?" in s.text)
        assert "holds no word of the query" in s.text
        await s.press("enter")
        await s.settle(0.1)
        assert "Sleep and consolidation" in s.lines[1]


async def test_a_note_below_the_cut_has_a_place_and_scores(stage: Open) -> None:
    vault = fake_vault()
    async with stage(vault=vault) as s:
        await s.type("read")
        await s.settle()
        await s.app.ask_where("study/anki.md")
        await s.until(lambda: "why not Anki setup?" in s.text)
        found = vault.whereabouts("read", "study/anki.md", "hybrid", 30)
        assert str(found.rank) in s.text and "score of the last note shown" in s.text
        assert "WHAT SPEAKS FOR IT" in s.text


async def test_why_not_without_a_query_is_said(stage: Open) -> None:
    async with stage() as s:
        await s.app.ask_where("study/anki.md")
        await s.settle()
        assert "type a query first" in s.text


def current_hit(screen: object) -> Hit:
    hit = screen.results.current.hit  # type: ignore[attr-defined]
    assert isinstance(hit, Hit)
    return hit


@given(SIGNALS)
def test_reasons_hold_every_signal_the_weightiest_first(signals: list[Signal]) -> None:
    passage = fake_vault(0.0).passages("study/anki.md")[0]
    found = reasons(Hit(passage, 0.5, tuple(signals)))
    assert sorted(reason.name for reason in found) == sorted(LEGS[signal.leg] for signal in signals)
    shares = [abs(reason.share) for reason in found]
    assert shares == sorted(shares, reverse=True)
    assert all(0 <= reason.part <= 1 for reason in found)
    assert not any(shares) or max(reason.part for reason in found) == 1


@given(SIGNALS)
def test_why_ranks_only_what_finds(signals: list[Signal]) -> None:
    passage = fake_vault(0.0).passages("study/anki.md")[0]
    said = why(Hit(passage, 0.5, tuple(signals)))
    adjusting: set[Leg] = {signal.leg for signal in signals if signal.leg in ADJUSTMENTS}
    assert said.count(" rank ") == len([signal for signal in signals if signal.leg not in ADJUSTMENTS])
    assert not any(f"{leg} rank" in said for leg in adjusting)


def test_matched_words_are_counted_without_regard_to_case() -> None:
    passage = fake_vault(0.0).passages("study/anki.md")[0]
    text = passage.chunk.text
    spans = [(place.start(), place.end()) for place in re.finditer("cards|Cards|Cloze|active|Active", text)]
    found = dict(matched_words(Hit(passage, 0.5, words=tuple(spans))))
    assert found["active"] == text.lower().count("active") and sum(found.values()) == len(spans)


async def test_a_search_that_nobody_typed_is_explained_too(stage: Open) -> None:
    async with stage() as s:
        search(s).search_for(QUERY)
        await s.settle(0.2)
        assert current(s).hit is not None and "x explain" in s.lines[-2]
