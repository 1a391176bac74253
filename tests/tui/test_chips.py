"""Filters as chips: shown, taken away, and what they kept out; notes to be more or less like."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.conftest import Open
from tests.tui.test_search import keys_of, search
from vecna_notes.errors import ConfigError
from vecna_notes.tui.chips import chips, without
from vecna_notes.types import Condition, Found


async def test_a_filter_becomes_a_chip_and_leaves_with_its_part_of_the_query(stage: Open) -> None:
    async with stage() as s:
        await s.type("read tag:pkm -path:journal")
        await s.settle()
        assert " tag:pkm × " in s.lines[2] and " -path:journal × " in s.lines[2]
        assert keys_of(s) == ["pkm/reading-workflow.md", "pkm/progressive-summarisation.md"]
        await s.pilot.click("#chips", offset=(s.lines[2].index("tag:pkm"), 0))
        await s.settle()
        assert search(s).query_input.value == "read -path:journal"
        assert "tag:pkm" not in s.lines[2] and len(keys_of(s)) > 2


async def test_chips_go_by_keys_too(stage: Open) -> None:
    async with stage() as s:
        await s.type("read tag:pkm -path:journal")
        await s.settle()
        await s.press("down", "comma")
        await s.settle()
        assert "keeps out 13 notes" in s.text and "keeps out 1 note" in s.text
        await s.press("j", "enter")
        await s.settle()
        assert search(s).query_input.value == "read tag:pkm"


async def test_chips_without_room_are_counted(stage: Open) -> None:
    async with stage(size=(80, 24)) as s:
        await s.type("read tag:alpha tag:beta tag:gamma path:delta path:epsilon path:zeta path:eta")
        await s.settle()
        assert "+2 " in s.lines[2] and len(s.lines[2]) == 80
        await s.pilot.click("#chips", offset=(s.lines[2].index("+2"), 0))
        await s.settle()
        assert "path:eta" in s.text


async def test_a_part_that_is_not_understood_says_so(stage: Open) -> None:
    async with stage() as s:
        await s.type("read before:soon")
        await s.settle()
        assert "⚠ before:soon" in s.lines[2]
        assert "soon is no date" in s.lines[-2]
        assert keys_of(s)


async def test_nothing_found_names_the_filter_and_what_is_closest(stage: Open) -> None:
    async with stage() as s:
        await s.type("sleep tag:bread")
        await s.settle()
        assert "no note holds this" in s.text
        assert "tag:bread keeps out 14 notes" in s.text
        assert "closest by meaning without the filters" in s.text
        assert search(s).results.current is not None and search(s).results.current.hit is not None


async def test_more_and_less_like_a_note_are_chips_and_reach_the_vault(stage: Open) -> None:
    async with stage() as s:
        await s.type("read")
        await s.settle()
        first = keys_of(s)[0]
        await s.press("down", "plus")
        await s.settle()
        assert s.vault.steered[-1] == ((first,), (), False)
        assert "more: " in s.lines[2]
        search(s).results.move_to(keys_of(s).index(first))
        await s.press("minus")
        await s.settle()
        assert s.vault.steered[-1] == ((), (first,), False)
        assert "less: " in s.lines[2] and first not in keys_of(s)
        await s.press("escape", "escape")
        await s.settle()
        assert s.vault.steered[-1] == ((), (), False)
        assert search(s).query_input.value == "read" and "less:" not in s.lines[2]


async def test_a_note_alone_is_a_search(stage: Open) -> None:
    async with stage() as s:
        await s.press("down", "plus")
        await s.settle(0.1)
        assert s.vault.searches[-1] == ("", "hybrid")
        assert "recent notes" not in s.text


async def test_reranking_is_asked_for_and_seen(stage: Open) -> None:
    async with stage() as s:
        await s.type("read")
        await s.settle()
        assert "⇅" not in s.text
        await s.press("ctrl+p")
        await s.type("rerank")
        await s.settle(0.4)
        await s.press("enter")
        await s.settle(0.2)
        assert s.vault.steered[-1][2] and "⇅ reranked" in s.text
        await s.press("escape")
        await s.type("e")
        await s.settle(0.1)
        assert not s.vault.steered[-1][2] and "⇅" not in s.text


async def test_without_a_ranker_nothing_is_called_reranked(stage: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as s:
        found = s.vault.search

        def unranked(*words: Any, **how: Any) -> Found:
            if how.get("rerank"):
                raise ConfigError("no ranker is chosen; set search.ranker")
            return found(*words, **how)

        monkeypatch.setattr(s.vault, "search", unranked)
        await s.type("read")
        await s.settle()
        search(s).action_rerank()
        await s.settle(0.1)
        assert "no ranker is chosen" in s.lines[-2] and "reranked" not in s.text
        search(s).notes_changed()
        await s.settle(0.1)
        assert "no ranker is chosen" not in s.text


@given(st.text(), st.text(min_size=1), st.text())
def test_taking_a_part_out_leaves_the_rest(before: str, part: str, after: str) -> None:
    rest = without(before + part + after, (len(before), len(before) + len(part)))
    assert rest.split() == [*before.split(), *after.split()]
    assert rest == rest.strip()


@given(st.text(max_size=9), st.text(alphabet="ab :", max_size=5), st.text(max_size=9), st.integers(0, 20))
def test_a_chip_stands_only_where_its_text_does(before: str, part: str, after: str, start: int) -> None:
    query = before + part + after
    span = (start, start + len(part))
    found = chips(query, [Condition("tag", part, span)], {}, {})
    stripped = query.lstrip()
    assert bool(found) == bool(part and stripped[span[0] : span[1]] == part)
    for chip in found:
        assert chip.span is not None and query[chip.span[0] : chip.span[1]] == part
