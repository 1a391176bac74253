"""Screens as they were looked at and liked. VECNA_UPDATE_SNAPSHOTS=1 stores them anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.tui.conftest import Open, Stage
from tests.tui.fake_proposals import fitting
from tests.tui.fakes import FakeVault, evaluation, fake_vault
from tests.tui.test_duplicates import vault_with_pairs
from tests.tui.test_first_run import Desk
from tests.tui.test_home import vault_with_old_notes
from tests.tui.test_offers import WORKFLOW
from vecna_notes.tui.places import Place

QUERY = "why do I forget what I read"
WIDE, NARROW = (120, 36), (80, 24)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x36", "80x24"])
@pytest.mark.parametrize("screen", ["recent", "search", "note", "index", "keys", "jump", "first_run"])
async def test_look(stage: Open, snapshot: Callable[[str], None], screen: str, size: tuple[int, int]) -> None:
    async with stage(size=size, first_run=Desk().first_run if screen == "first_run" else None) as s:
        if screen != "first_run":
            s.worker.tell(event="watching", method="inotify, 214 folders")
            s.worker.tell(event="synced", notes=15, chunks=41)
            await s.until(lambda: "●" in s.lines[0])
        if screen in ("search", "note", "jump"):
            await s.type(QUERY)
            await s.settle()
        if screen != "recent" and screen != "first_run":
            await s.press("down")
        if screen in ("note", "index", "keys", "jump"):
            await s.press({"note": "enter", "index": "7", "keys": "?", "jump": "f"}[screen])
        await s.settle(0.3)
        snapshot(s.text)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x36", "80x24"])
@pytest.mark.parametrize("panel", ["chips", "chip_list", "nothing", "explain", "why_not", "eval", "answer", "labels"])
async def test_look_of(stage: Open, snapshot: Callable[[str], None], panel: str, size: tuple[int, int]) -> None:
    vault = fake_vault()
    vault.runs = [evaluation(2, gain=0.04), evaluation(1)]
    async with stage(size=size, vault=vault) as s:
        s.worker.tell(event="watching", method="inotify, 214 folders")
        s.worker.tell(event="synced", notes=15, chunks=41)
        await s.until(lambda: "●" in s.lines[0])
        await _show(s, panel)
        snapshot(s.text)


async def _show(s: Stage, panel: str) -> None:
    if panel in ("eval", "answer", "labels"):
        await s.press("down", "6")
        await s.settle(0.1)
    if panel == "answer":
        await s.press("G", "enter")
    elif panel == "labels":
        await s.press("l")
        await s.type("forget")
        await s.settle(0.3)
        await s.press("down", "space")
    elif panel != "eval":
        await s.type({"nothing": "sleep tag:bread"}.get(panel, f"{QUERY} tag:learning -path:journal before:soon"))
        await s.settle()
        await s.press("down", *{"chips": ("plus",), "chip_list": ("comma",), "explain": ("x",)}.get(panel, ()))
    if panel == "why_not":
        await s.app.ask_where("bio/sleep.md")
    await s.settle(0.3)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x36", "80x24"])
@pytest.mark.parametrize("proposal", ["offers", "tags", "peek", "meeting", "home", "duplicates"])
async def test_look_of_proposals(
    stage: Open, snapshot: Callable[[str], None], proposal: str, size: tuple[int, int]
) -> None:
    async with stage(size=size, vault=_proposing()) as s:
        await _propose(s, proposal)
        snapshot(s.text)


def _proposing() -> FakeVault:
    vault = vault_with_pairs()
    vault.seen_again = vault_with_old_notes().seen_again
    vault.fitting = [fitting(WORKFLOW, "learning/memory")]
    return vault


async def _propose(s: Stage, proposal: str) -> None:
    s.worker.tell(event="watching", method="inotify, 214 folders")
    s.worker.tell(event="synced", notes=16, chunks=41)
    await s.until(lambda: s.app.indexing.phase == "synced")
    await s.settle(0.3)
    if proposal == "duplicates":
        await s.press("down", "7", "d")
    elif proposal != "home":
        s.app.open_place(Place(WORKFLOW))
        await s.settle(0.4)
        await s.press("r" if proposal == "meeting" else "s")
        await s.settle(0.3)
        await s.press(*{"tags": ("t",), "peek": ("p",), "meeting": ("x",)}.get(proposal, ()))
    await s.settle(0.4)


@pytest.mark.parametrize("proposal", ["offers", "meeting", "home", "duplicates"])
async def test_look_ascii_of_proposals(stage: Open, snapshot: Callable[[str], None], proposal: str) -> None:
    vault = _proposing()
    for path in [path for path in vault.notes if not path.isascii() or path.startswith("attack")]:
        del vault.notes[path]
    vault.seen_again = [replace(one, why=one.why.replace("“", '"').replace("”", '"')) for one in vault.seen_again]
    async with stage(size=NARROW, glyphs="ascii", vault=vault) as s:
        await _propose(s, proposal)
        snapshot(s.text)
        assert s.text.isascii(), sorted({sign for sign in s.text if not sign.isascii()})


@pytest.mark.parametrize("screen", ["search", "eval", "explain"])
async def test_look_ascii_of(stage: Open, snapshot: Callable[[str], None], screen: str) -> None:
    vault = fake_vault()
    vault.runs = [evaluation()]
    for path in [path for path in vault.notes if not path.isascii() or path.startswith("attack")]:
        del vault.notes[path]
    async with stage(size=NARROW, glyphs="ascii", vault=vault) as s:
        await s.type(f"{QUERY} -path:journal before:soon")
        await s.settle()
        await s.press("down", *{"eval": ("6",), "explain": ("x",)}.get(screen, ()))
        await s.settle(0.3)
        snapshot(s.text)
        assert s.text.isascii(), sorted({sign for sign in s.text if not sign.isascii()})


async def test_look_ascii(stage: Open, snapshot: Callable[[str], None]) -> None:
    async with stage(size=NARROW, glyphs="ascii") as s:
        await s.type(QUERY)
        await s.settle(0.3)
        snapshot(s.text)
