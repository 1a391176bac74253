"""Any terminal: tiny, huge, resized in a storm, without colour, in plain ASCII."""

from __future__ import annotations

import random

import pytest
from rich.cells import cell_len

from tests.tui.conftest import Open
from tests.tui.fake_proposals import pair
from tests.tui.fakes import evaluation
from vecna_notes.tui.places import Place


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (40, 10), (80, 24), (99, 30), (100, 30), (150, 50), (500, 200)])
async def test_every_screen_at_every_size(stage: Open, size: tuple[int, int]) -> None:
    async with stage(size=size) as s:
        await s.type("read")
        await s.settle()
        await s.press("down", "j", "enter")
        await s.settle()
        await s.press("j", "l", "7")
        await s.settle()
        s.vault.runs = [evaluation()]
        await s.press("6")
        await s.settle()
        await s.press("G", "enter", "escape", "d", "escape", "l", "escape", "1", "x")
        await s.settle()
        await s.press("3", "w", "c", "+", "L", "right", "enter", "x", "escape", "escape")
        await s.settle()
        await s.press("1", "escape", "comma", "escape", "7")
        await s.settle()
        await s.press("?", "escape", "f", "escape")
        await s.settle()
        await s.press("2", "s", "t", "p", "escape", "r", "x", "escape", "comma", "escape", "z", "escape")
        await s.settle(0.3)
        s.vault.pairs = [pair("study/anki.md", "study/spacing.md", "rewritten", ("Anki", "Spacing"), "near " * 30)]
        await s.press("7", "d")
        await s.settle(0.1)
        await s.press("enter", "j", "x", "escape", "escape", "escape")
        await s.settle()
        assert s.app._exception is None
        assert all(cell_len(line) <= size[0] for line in s.lines)


async def test_a_storm_of_resizes(stage: Open) -> None:
    chance = random.Random(7)
    async with stage() as s:
        await s.type("read")
        await s.settle()
        await s.press("down", "j")
        chosen = s.app.screen.results.current  # type: ignore[attr-defined]
        for _ in range(25):
            await s.pilot.resize_terminal(chance.randint(8, 200), chance.randint(2, 60))
        await s.pilot.resize_terminal(80, 24)
        await s.settle()
        assert s.app.screen.results.current.key == chosen.key  # type: ignore[attr-defined]
        assert "▌ " + chosen.title in s.text


async def test_resizing_keeps_the_line_one_reads(stage: Open) -> None:
    async with stage(size=(120, 20)) as s:
        s.app.open_place(Place("memory/forgetting-curve.md", line=19))
        await s.settle(0.2)
        top = s.lines[2]
        await s.pilot.resize_terminal(70, 20)
        await s.settle()
        assert s.lines[2][:20].strip() == top[:20].strip()


async def test_ascii_draws_only_ascii_of_its_own(stage: Open) -> None:
    async with stage(size=(120, 36), glyphs="ascii") as s:
        for path in [path for path in s.vault.notes if not path.isascii() or path.startswith("attack")]:
            del s.vault.notes[path]
        await s.type("forget")
        await s.settle()
        assert s.text.isascii(), sorted({sign for sign in s.text if not sign.isascii()})
        await s.press("down", "7")
        await s.settle()
        text = s.text.replace("\ufffd", "?")
        assert text.isascii(), sorted({sign for sign in text if not sign.isascii()})


@pytest.mark.parametrize(
    "theme", ["vecna-light", "ansi-dark", "ansi-light", "nord", "textual-light", "gruvbox", "nope"]
)
async def test_themes(stage: Open, theme: str) -> None:
    async with stage(theme=theme) as s:
        await s.type("forget")
        await s.settle()
        assert "━" in s.text
        s.app.theme = "vecna-light" if theme != "vecna-light" else "vecna-dark"
        await s.settle()
        results = s.app.screen.results  # type: ignore[attr-defined]
        ink = results.ink("match").color
        assert ink is not None and ink.get_truecolor().hex == ("#a45c00" if theme != "vecna-light" else "#f2b457")


async def test_without_colour_matches_are_still_marked(stage: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    from tests.tui.conftest import open_stage

    async with open_stage() as s:
        await s.type("forget")
        await s.settle()
        results = s.app.screen.results  # type: ignore[attr-defined]
        assert results.ink("match").underline and results.ink("match").bold
