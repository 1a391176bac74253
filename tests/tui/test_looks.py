"""Screens as they were looked at and liked. VECNA_UPDATE_SNAPSHOTS=1 stores them anew."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.tui.conftest import Open
from tests.tui.test_first_run import Desk

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
            await s.press({"note": "enter", "index": "3", "keys": "?", "jump": "f"}[screen])
        await s.settle(0.3)
        snapshot(s.text)


async def test_look_ascii(stage: Open, snapshot: Callable[[str], None]) -> None:
    async with stage(size=NARROW, glyphs="ascii") as s:
        await s.type(QUERY)
        await s.settle(0.3)
        snapshot(s.text)
