"""Suggestions on the Note screen: shown at their words, written on a key press, refused, taken back."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, cast

from tests.tui.conftest import Open, Stage, open_stage
from tests.tui.fake_proposals import fitting
from tests.tui.fakes import FakeVault, fake_vault
from tests.tui.test_note import opened
from vecna_notes.tui.diff import changed, sentence_before
from vecna_notes.tui.pieces import plain
from vecna_notes.tui.screens.note import NoteScreen

WORKFLOW = "pkm/reading-workflow.md"
LINK = "[[Forgetting curve|forgetting curve]]"


async def offered(stage: Stage, path: str = WORKFLOW) -> NoteScreen:
    """That note, with the cursor on its first suggestion."""
    screen = await opened(stage, path)
    await stage.settle(0.3)
    await stage.press("s")
    await stage.settle(0.1)
    return screen


def text(stage: Stage, path: str = WORKFLOW) -> str:
    return stage.vault.notes[path].text


async def test_a_suggestion_tells_words_target_section_and_why(stage: Open) -> None:
    async with stage() as s:
        await offered(s)
        for words in ("“forgetting curve”", "→ Forgetting curve › Why it dec", ".78", "its title; number 1", "1 of 2"):
            assert words in s.text
        assert "by meaning" in s.text and ".00" not in s.text


async def test_the_chosen_words_stand_out_and_the_change_is_shown_before(stage: Open) -> None:
    async with stage() as s:
        screen = await offered(s)
        chosen = [mark for mark in screen.view._line(3).safe.marks if mark[2] == "chosen"]
        line = text(s).split("\n")[3]
        assert [line[start:end] for start, end, _ in chosen] == ["forgetting curve"]
        assert f"+ 2. I distil the same evening, because the {LINK} is brutal" in s.text
        await s.press("escape")
        await s.settle()
        assert {mark[2] for mark in screen.view._line(3).safe.marks} == {"anchor"}
        assert LINK not in s.text


async def test_accepting_writes_and_undo_takes_it_back(stage: Open) -> None:
    async with stage() as s:
        before = text(s)
        await offered(s)
        await s.press("enter")
        await s.settle(0.4)
        assert LINK in text(s) and "u takes it back" in s.text and "rescan" in s.worker.sent
        assert "“forgetting curve”" not in s.text
        await s.press("u")
        await s.settle(0.4)
        assert text(s) == before and "taken back: the link to Forgetting curve" in s.text


async def test_a_note_that_changed_meanwhile_is_not_written(stage: Open) -> None:
    async with stage() as s:
        before = text(s)
        await offered(s)
        s.vault.changed_meanwhile.add(WORKFLOW)
        await s.press("a")
        await s.settle(0.1)
        assert "was changed meanwhile, so nothing was written" in s.text
        assert text(s) == before and not s.vault.written


async def test_keys_that_would_write_need_the_list(stage: Open) -> None:
    async with stage() as s:
        await opened(s, WORKFLOW)
        await s.settle(0.4)
        await s.app.action_on("note", "accept")
        await s.press("a")
        await s.settle()
        assert not s.vault.written and "go to a suggestion first" in s.text


async def test_a_double_click_does_not_write(stage: Open) -> None:
    async with stage() as s:
        await opened(s, WORKFLOW)
        await s.settle(0.4)
        await s.pilot.click("#offers", offset=(6, 1), times=2)
        await s.settle(0.1)
        assert not s.vault.written and "enter accept" in s.lines[-1]
        await s.pilot.click("#footer", offset=(s.lines[-1].index("accept"), 0))
        await s.settle(0.3)
        assert len(s.vault.written) == 1


async def test_skip_and_never_are_kept_and_taken_back(stage: Open) -> None:
    async with stage() as s:
        await offered(s)
        await s.press("-")
        await s.settle(0.4)
        assert "“forgetting curve”" not in s.text and {one[0] for one in s.vault.refused} == {"skip"}
        await s.press("!")
        await s.settle(0.4)
        assert "no link to suggest here" in s.text and {one[0] for one in s.vault.refused} == {"skip", "link"}
        await s.press("u", "u")
        await s.settle(0.4)
        assert not s.vault.refused and "“forgetting curve”" in s.text


async def test_what_was_written_before_is_asked_about_before_it_is_taken_back(stage: Open) -> None:
    async with stage() as s:
        suggestion = s.vault.suggestions(WORKFLOW)[0]
        s.vault.accept(suggestion)
        await opened(s, "study/anki.md")
        await s.press("u")
        await s.settle(0.1)
        assert "Take this back?" in s.text and "the link to Forgetting curve in pkm/reading-workflow.md" in s.text
        await s.press("n")
        await s.settle()
        assert LINK in text(s)
        await s.press("u", "y")
        await s.settle(0.2)
        assert LINK not in text(s)


async def test_peeking_shows_the_section_and_opens_it(stage: Open) -> None:
    async with stage() as s:
        await offered(s)
        await s.press("p")
        await s.settle(0.2)
        assert "Retrieval beats review" in s.text and "enter open" in s.text
        await s.press("escape")
        await s.settle()
        assert "Retrieval beats review" not in s.text
        await s.press("p", "enter")
        await s.settle(0.2)
        assert s.lines[1].startswith("▌ Forgetting curve") and "L 5/" in s.lines[1]


async def test_tags_are_asked_for_written_and_taken_back(stage: Open) -> None:
    vault = fake_vault()
    vault.fitting = [fitting(WORKFLOW, "learning/memory")]
    async with stage(vault=vault) as s:
        before = text(s)
        await offered(s)
        assert "#learning/memory" not in s.text
        await s.press("t")
        await s.settle(0.2)
        assert "tags that would fit" in s.text and "right in 9 of 10 held-out cases (90%)" in s.text
        assert text(s) == before
        await s.press("enter")
        await s.settle(0.3)
        assert text(s).startswith("#learning/memory\n")
        await s.press("u")
        await s.settle(0.3)
        assert text(s) == before
        await s.press("escape", "t", "-")
        await s.settle(0.3)
        assert vault.refused == {("tag", WORKFLOW, "learning/memory")}


async def test_related_notes_can_be_narrowed(stage: Open) -> None:
    async with stage() as s:
        await opened(s, "memory/forgetting-curve.md")
        await s.settle(0.2)
        assert s.text.count("↔") == 2
        await s.app.action_on("note", "hide_linked")
        await s.settle(0.3)
        assert "↔" not in s.text and "not linked" in s.text
        await s.press("comma", "j", "enter", "enter", "j", "enter", "escape")
        await s.settle(0.3)
        assert s.vault.narrowed[-1] == {"unlinked": True, "same_folder": True, "same_day": False, "tags": ()}
        assert "not linked · same folder · other days" in s.text


async def test_why_tells_where_two_notes_meet(stage: Open) -> None:
    for size, is_beside in (((120, 36), True), ((80, 40), False)):
        async with open_stage(size=size) as s:
            await opened(s, WORKFLOW)
            await s.press("r", "x")
            await s.settle(0.3)
            assert "as close as notes you link yourself" in s.text
            for words in ("WHERE THEY MEET", "read (6 notes)", "→ Anki setup", "WHAT SPEAKS FOR IT"):
                assert words in s.text
            assert bool(re.search(r"Reading workflow {3,}Active recall", s.text)) == is_beside
            await s.press("enter")
            await s.settle(0.2)
            assert "2 Note" in s.lines[0] and "why" not in s.lines[-2]


async def test_all_panes_can_be_walked_where_two_share_a_place(stage: Open) -> None:
    async with stage(size=(80, 24)) as s:
        screen = await opened(s, WORKFLOW)
        seen = []
        for _ in range(3):
            await s.press("tab")
            await s.settle()
            seen.append(cast(Any, screen.focused).id)
        assert seen == ["offers", "side", "note"]


async def test_words_far_down_come_into_view(stage: Open) -> None:
    vault = fake_vault()
    note = vault.notes[WORKFLOW]
    vault.notes[WORKFLOW] = replace(note, text="A line of text.\n" * 20 + note.text)
    async with stage(vault=vault) as s:
        await opened(s, WORKFLOW)
        await s.settle(0.4)
        await s.press("v")
        await s.pilot.resize_terminal(80, 24)
        await s.press("s")
        await s.settle(0.2)
        assert any("because the forgetting curve" in line for line in s.lines[2:11])


async def test_properties_stand_beside_a_note(stage: Open) -> None:
    vault: FakeVault = fake_vault()
    note = vault.notes["journal/2025-03-14.md"]
    vault.notes[note.path] = replace(note, properties={"mood": "grey", "tags": ("daily", "short")})
    async with stage(vault=vault) as s:
        await opened(s, note.path)
        assert "PROPERTIES 2" in s.text and "mood  grey" in s.text and "daily, short" in s.text


def test_a_change_is_in_view_however_long_its_line() -> None:
    line = "word " * 200
    for place in (0, 500, 995):
        after = line[:place] + "[[here]]" + line[place:]
        _, shown = changed(line, after, 60)
        assert "[[here]]" in plain(shown) and len(plain(shown)) <= 60


def test_the_sentence_before_a_place() -> None:
    said = "# T\nOne. Two is here? Three."
    place = said.index("here?") + 5
    assert said[slice(*sentence_before(said, place))] == "Two is here?"
