"""One note: links, history, what is near, and notes that change or vanish while they are read."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from tests.tui.conftest import Open, Stage
from vecna_notes.tui.places import Place, Trail
from vecna_notes.tui.screens.note import NoteScreen


async def opened(stage: Stage, path: str, line: int = 1) -> NoteScreen:
    stage.app.open_place(Place(path, line=line))
    await stage.until(lambda: isinstance(stage.app.screen, NoteScreen))
    await stage.settle()
    screen = stage.app.screen
    assert isinstance(screen, NoteScreen)
    return screen


async def test_a_note_opens_at_its_line_with_everything_around_it(stage: Open) -> None:
    async with stage() as s:
        screen = await opened(s, "memory/forgetting-curve.md", 19)
        assert screen.view.line == 19
        for words in ("OUTLINE 3", "LINKS 2", "BACKLINKS 2", "related to this section"):
            assert words in s.text


async def test_links_are_followed_and_history_goes_both_ways(stage: Open) -> None:
    async with stage() as s:
        screen = await opened(s, "memory/forgetting-curve.md")
        await s.press("l", "enter")
        await s.settle()
        assert "Spacing effect" in s.lines[1]
        await s.press("[")
        await s.settle()
        assert "Forgetting curve" in s.lines[1] and screen.view.line == 6
        await s.press("]")
        await s.settle()
        assert "Spacing effect" in s.lines[1]


async def test_a_link_to_a_heading_lands_on_it(stage: Open) -> None:
    async with stage() as s:
        screen = await opened(s, "study/active-recall.md", 11)
        await s.press("enter")
        await s.settle()
        assert "Forgetting curve" in s.lines[1] and screen.view.line == 5


async def test_a_broken_link_says_so(stage: Open) -> None:
    async with stage() as s:
        screen = await opened(s, "pkm/reading-workflow.md", 10)
        await s.press("l", "l", "l", "enter")
        await s.settle()
        assert "no note is called A note that is not" in s.text
        assert screen._opened is not None and screen._opened.path == "pkm/reading-workflow.md"


async def test_addresses_open_only_after_they_were_seen(stage: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as s:
        urls: list[str] = []
        monkeypatch.setattr(s.app, "open_url", lambda url, new_tab=True: urls.append(url))
        await opened(s, "memory/forgetting-curve.md", 20)
        await s.press("enter")
        await s.settle()
        assert "https://example.org/curve.html" in s.text and not urls
        await s.press("n")
        await s.press("enter")
        await s.press("y")
        await s.settle()
        assert urls == ["https://example.org/curve.html"]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "file:///etc/passwd", "ssh://host", "vscode://x"])
async def test_other_addresses_never_open(stage: Open, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    async with stage() as s:
        urls: list[str] = []
        monkeypatch.setattr(s.app, "open_url", lambda url, new_tab=True: urls.append(url))
        note = s.vault.notes["travel/lisbon.md"]
        s.vault.notes["travel/lisbon.md"] = replace(note, text=f"go [here]({address})")
        await opened(s, "travel/lisbon.md")
        await s.press("enter")
        await s.settle()
        assert "only http" in s.text
        await s.press("y")
        assert not urls


async def test_related_follows_the_section(stage: Open) -> None:
    async with stage() as s:
        await opened(s, "memory/forgetting-curve.md")
        first = s.engine.asked.count("related")
        await s.press("j", "j", "j", "j", "j")
        await s.settle()
        assert s.engine.asked.count("related") > first


async def test_deleted_while_open_keeps_the_text_and_says_so(stage: Open) -> None:
    async with stage() as s:
        await opened(s, "kitchen/sourdough.md")
        del s.vault.notes["kitchen/sourdough.md"]
        s.worker.tell(event="indexed", removed=1, seconds=0.1)
        await s.until(lambda: "gone from disk" in s.text)
        assert "Hydration" in s.text


async def test_saved_while_open_shows_the_new_text_in_place(stage: Open) -> None:
    async with stage(size=(100, 14)) as s:
        screen = await opened(s, "memory/forgetting-curve.md", 19)
        before = screen.view.scroll_offset.y
        note = s.vault.notes["memory/forgetting-curve.md"]
        s.vault.notes[note.path] = replace(note, text=note.text.replace("1885", "1886"))
        s.worker.tell(event="indexed", changed=1, seconds=0.1)
        await s.until(lambda: "1886" in s.text)
        assert (screen.view.line, screen.view.scroll_offset.y) == (19, before)


async def test_copying(stage: Open) -> None:
    async with stage() as s:
        await opened(s, "study/anki.md", 2)
        await s.press("y")
        assert s.app.clipboard == "[[anki|Anki setup]]"
        await s.press("Y")
        assert s.app.clipboard == "study/anki.md:2"


async def test_obsidian_gets_an_encoded_path(stage: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as s:
        urls: list[str] = []
        monkeypatch.setattr(s.app, "open_url", lambda url, new_tab=True: urls.append(url))
        await opened(s, "study/anki.md")
        await s.press("o")
        assert urls == ["obsidian://open?path=%2Fnotes%2Fstudy%2Fanki.md"]


async def test_a_five_megabyte_note_opens_at_once(stage: Open) -> None:
    async with stage() as s:
        note = s.vault.notes["travel/lisbon.md"]
        text = "".join(
            f"## Day {day}\nWe walked [[far]] and **far** along the river, {'mile ' * 30}\n" for day in range(25_000)
        )
        assert len(text) > 5_000_000
        s.vault.notes["travel/lisbon.md"] = replace(note, text=text)
        screen = await opened(s, "study/anki.md")
        started = time.perf_counter()
        screen.view.show(text, 40_001)
        spent = time.perf_counter() - started
        await s.pilot.pause()
        assert "Day 20000" in s.text
        assert spent < 0.5, f"{spent:.3f} s"


def test_a_trail_forgets_what_lay_ahead() -> None:
    trail = Trail().to(Place("a")).to(Place("b")).to(Place("c"))
    back = trail.walk(-1)
    assert back is not None and back.present == Place("b")
    forked = back.left_at(7).to(Place("d"))
    assert [place.path for place in forked.places] == ["a", "b", "d"]
    again = forked.walk(-1)
    assert again is not None and again.present == Place("b", line=7)
    assert forked.walk(1) is None
