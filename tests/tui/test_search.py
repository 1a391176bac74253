"""Search as one types: stages, stale answers, and a cursor that never jumps."""

from __future__ import annotations

import asyncio

import pytest

from tests.tui.conftest import Open, Stage
from tests.tui.fakes import fake_vault
from vecna_notes.tui import asking
from vecna_notes.tui.screens import beside
from vecna_notes.tui.screens.search import SearchScreen
from vecna_notes.tui.widgets.results import HitRow


def search(stage: Stage) -> SearchScreen:
    assert isinstance(stage.app.screen, SearchScreen)
    return stage.app.screen


def keys_of(stage: Stage) -> list[str]:
    return [row.key for row in search(stage).results.rows]


def current(stage: Stage) -> HitRow:
    row = search(stage).results.current
    assert row is not None
    return row


async def test_an_empty_query_shows_recent_notes_newest_first(stage: Open) -> None:
    async with stage() as s:
        assert "recent notes" in s.text
        assert keys_of(s)[:2] == ["memory/forgetting-curve.md", "study/active-recall.md"]


async def test_words_answer_before_meaning(stage: Open) -> None:
    async with stage(is_held=True) as s:
        s.engine.release()
        await s.type("forget")
        await s.until(lambda: any(topic == "words" for topic, _, _ in s.engine.waiting))
        s.engine.release("words")
        await s.until(lambda: "memory/forgetting-curve.md" in keys_of(s) and current(s).hit is not None)
        assert all(signal.leg == "keyword" for row in search(s).results.rows if row.hit for signal in row.hit.signals)
        await s.until(lambda: any(topic == "meaning" for topic, _, _ in s.engine.waiting))
        s.engine.release("meaning")
        await s.until(lambda: "f+v" in s.text)


async def test_the_last_answer_says_when_nothing_is_close(stage: Open) -> None:
    async with stage(is_held=True) as s:
        s.vault.closeness = "nothing close"
        s.engine.release()
        await s.type("forget")
        await s.until(lambda: any(topic == "words" for topic, _, _ in s.engine.waiting))
        s.engine.release("words")
        await s.until(lambda: current(s).hit is not None)
        assert "nothing close" not in s.text
        await s.until(lambda: any(topic == "meaning" for topic, _, _ in s.engine.waiting))
        s.engine.release("meaning")
        await s.until(lambda: "nothing close" in s.text)


async def test_the_vector_stage_waits_for_a_rest_and_the_word_stage_does_not(stage: Open) -> None:
    async with stage() as s:
        for length in range(1, 7):
            search(s).query_input.value = "forget"[:length]
            await asyncio.sleep(0.02)
        await s.settle(0.1)
        queries = s.vault.searches
        meaning = [query for query, mode in queries if mode == "hybrid"]
        assert meaning[-1] == "forget"
        assert len(meaning) <= 2 < len([query for query, mode in queries if mode == "keyword"])


async def test_an_answer_to_an_older_query_is_dropped(stage: Open) -> None:
    async with stage(is_held=True) as s:
        s.engine.release()
        await s.type("sourdough")
        await asyncio.sleep(0.15)
        late = [waiting for waiting in s.engine.waiting if waiting[0] in ("words", "meaning")]
        s.engine.waiting.clear()
        for _ in "sourdough":
            await s.press("backspace")
        await s.type("sleep")
        await s.until(lambda: any(topic == "words" for topic, _, _ in s.engine.waiting))
        s.engine.release("words")
        await s.until(lambda: "bio/sleep.md" in keys_of(s))
        for _, question, future in late:
            if not future.done():
                s.engine._answer(question, future)
        await s.pilot.pause(0.1)
        assert "kitchen/sourdough.md" not in keys_of(s)


async def test_an_answer_that_no_cancelling_could_stop_is_dropped_by_its_number(stage: Open) -> None:
    async with stage() as s:
        screen = search(s)
        await s.type("sleep")
        await s.settle()
        before = keys_of(s)
        await screen._answer(screen._asked - 1, asking.find("sourdough", "keyword", 9), "words")
        assert keys_of(s) == before
        await screen._answer(screen._asked, asking.find("sourdough", "keyword", 9), "words")
        assert keys_of(s) != before


async def test_the_cursor_stays_on_top_while_nobody_moves_it(stage: Open) -> None:
    async with stage() as s:
        for letter in "forget what I read":
            await s.press(letter)
            assert search(s).results._cursor <= 0
        await s.settle()
        assert current(s) == search(s).results.rows[0]


async def test_the_chosen_row_keeps_its_note_and_its_place_when_meaning_arrives(stage: Open) -> None:
    async with stage(is_held=True) as s:
        s.engine.release()
        await s.type("read")
        await asyncio.sleep(0.1)
        s.engine.release("words")
        await s.until(lambda: len(keys_of(s)) > 4 and current(s).hit is not None)
        await s.press("down", "j", "j")
        chosen, place = current(s).key, search(s).results._cursor
        row_on_screen = next(number for number, line in enumerate(s.lines) if line.startswith("▌ " + current(s).title))
        s.engine.release("meaning")
        await s.until(lambda: any("v" in line[-8:] for line in s.lines if "+" in line[-8:]) or "f+v" in s.text)
        assert (current(s).key, search(s).results._cursor) == (chosen, place)
        assert s.lines[row_on_screen].startswith("▌ " + current(s).title)


async def test_the_chosen_row_stays_when_the_index_changes(stage: Open) -> None:
    async with stage() as s:
        await s.type("read")
        await s.settle()
        await s.press("down", "j", "j")
        chosen, place = current(s).key, search(s).results._cursor
        del s.vault.notes[keys_of(s)[0]]
        s.worker.tell(event="indexed", removed=1, paths=[], seconds=0.1)
        await s.until(lambda: len(s.vault.searches) > 0 and s.vault.searches[-1][1] == "hybrid", 3)
        await s.settle(1.2)
        assert (current(s).key, search(s).results._cursor) == (chosen, place)


async def test_a_chosen_note_that_meaning_does_not_find_stays(stage: Open) -> None:
    async with stage(is_held=True) as s:
        s.engine.release()
        await s.type("hydration")
        await asyncio.sleep(0.1)
        s.engine.release("words")
        await s.until(lambda: keys_of(s) == ["kitchen/sourdough.md"])
        await s.press("down")
        search(s).results.was_moved = True
        del s.vault.notes["kitchen/sourdough.md"]
        s.engine.release("meaning")
        await s.pilot.pause(0.1)
        assert current(s).key == "kitchen/sourdough.md"


async def test_no_hit_says_so(stage: Open) -> None:
    async with stage() as s:
        await s.type("qqqqqq")
        await s.settle()
        assert "no note holds this" in s.text


async def test_modes_go_round_and_ask_accordingly(stage: Open) -> None:
    async with stage() as s:
        await s.type("sleep")
        await s.press("down", "m", "m")
        await s.settle()
        assert search(s).search_mode == "keyword"
        assert s.vault.searches[-1] == ("sleep", "keyword")
        assert "keyword ▾" in s.text


async def test_the_preview_stands_at_the_passage_and_marks_the_words(stage: Open) -> None:
    async with stage() as s:
        await s.type("retrieved")
        await s.settle()
        assert "  5 ## Why it decays" in s.text
        view = search(s).preview
        marks = view._line(5).marks
        assert any("match" in ink for _, _, ink in marks)
        assert any(ink == "soft" for _, _, ink in marks)


async def test_related_follows_the_cursor_once_it_rests(stage: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "RELATED_DELAY", 1.0)  # on a slow machine five moves take longer than it is
    async with stage() as s:
        await s.type("read")
        await s.settle()
        asked = s.engine.asked.count("related")
        await s.press("down", "j", "j", "j", "k")
        await s.settle()
        assert s.engine.asked.count("related") == asked + 1
        assert search(s).related.rows


async def test_no_index_yet_is_said_and_typing_goes_on(stage: Open) -> None:
    vault = fake_vault()
    vault.is_indexed = False
    async with stage(vault=vault) as s:
        assert "being read for the first time" in s.text
        await s.type("sleep")
        await s.settle()
        vault.is_indexed = True
        s.worker.tell(event="indexed", added=15, seconds=0.2)
        await s.until(lambda: "bio/sleep.md" in keys_of(s))


async def test_keys_of_a_list(stage: Open) -> None:
    async with stage() as s:
        results = search(s).results
        await s.press("down")
        assert results.has_focus
        await s.press("G")
        assert results._cursor == len(results.rows) - 1
        await s.press("g", "g")
        assert results._cursor == 0
        await s.press("ctrl+d")
        assert results._cursor > 2
        await s.press("ctrl+u")
        assert results._cursor == 0
        await s.press("escape")
        assert search(s).query_input.has_focus


async def test_enter_in_the_box_opens_the_first_hit(stage: Open) -> None:
    async with stage() as s:
        await s.type("hydration")
        await s.settle()
        await s.press("enter")
        await s.settle()
        assert "2 Note" in s.lines[0] and "Sourdough" in s.lines[1]


async def test_a_click_chooses_and_a_double_click_opens(stage: Open) -> None:
    async with stage() as s:
        await s.pilot.click("#results", offset=(5, 3))
        assert current(s).key == "study/active-recall.md"
        await s.pilot.double_click("#results", offset=(5, 3))
        await s.settle()
        assert "Active recall" in s.lines[1]


async def test_narrow_screens_swap_related_and_preview(stage: Open) -> None:
    async with stage(size=(80, 24)) as s:
        await s.type("read")
        await s.settle()
        assert search(s).query_one("#preview-pane").display
        assert not search(s).query_one("#related-pane").display
        await s.press("down", "r")
        await s.settle()
        assert search(s).related.rows and search(s).query_one("#related-pane").display
        assert not search(s).query_one("#preview-pane").display
        await s.press("v")
        await s.settle()
        assert not search(s).query_one("#related-pane").display


async def test_zoom_and_back(stage: Open) -> None:
    async with stage() as s:
        await s.press("down", "tab", "z")
        await s.settle()
        assert search(s).preview.size.width > 110
        await s.press("escape")
        await s.settle()
        assert search(s).preview.size.width < 80


async def test_a_note_gone_meanwhile_still_shows_its_passage(stage: Open) -> None:
    async with stage() as s:
        await s.type("hydration")
        await s.settle()
        search(s)._texts.clear()
        text = s.vault.text
        s.vault.text = lambda path: text("nowhere.md")  # type: ignore[method-assign]
        search(s)._fetch_preview(current(s))
        await s.settle()
        assert "Hydration 75" in s.text and "this note is gone" in s.text


async def test_an_error_is_one_sentence(stage: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as s:

        def fail(*_: object, **__: object) -> None:
            raise RuntimeError("the \x1b[31mdisk\x07 is gone")

        monkeypatch.setattr(s.vault, "search", fail)
        await s.type("x")
        await s.settle(0.2)
        assert "the disk" in s.text and "Traceback" not in s.text
