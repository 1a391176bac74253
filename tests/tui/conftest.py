"""A screen on a stage: sized, pressed, and read as plain text."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.tui.fake_map import FakeSurveyor
from tests.tui.fakes import FakeEngine, FakeEvaluator, FakeVault, FakeWorker, fake_vault
from vecna_notes.config import ScreenSettings
from vecna_notes.tui import FirstRun, VecnaApp

SNAPSHOTS = Path(__file__).parent / "snapshots"
UPDATE = "VECNA_UPDATE_SNAPSHOTS"
_NAMES = {" ": "space", "?": "question_mark", "/": "slash", ":": "colon", "[": "left_square_bracket"}
_NAMES |= {"]": "right_square_bracket", "!": "exclamation_mark", "~": "tilde", ".": "full_stop", "-": "minus"}


@dataclass
class Stage:
    """An app that runs, with the hands and eyes of a test."""

    app: VecnaApp
    pilot: Pilot[int]
    engine: FakeEngine
    worker: FakeWorker
    evaluator: FakeEvaluator
    surveyor: FakeSurveyor

    @property
    def vault(self) -> FakeVault:
        return self.engine.vault

    @property
    def text(self) -> str:
        """What the terminal shows, line by line, without trailing blanks."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    async def type(self, text: str) -> None:
        await self.press(*text)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*(_NAMES.get(key, key) for key in keys))

    async def settle(self, seconds: float = 0.0) -> None:
        """Until every question is answered and drawn."""
        await self.pilot.pause(seconds)
        await self.until(lambda: not [worker for worker in self.app.workers if worker.group in _ASKING])
        await self.pilot.pause()

    async def until(self, is_so: Callable[[], bool], seconds: float = 20.0) -> None:
        """Wait for something to become true; fail when it does not."""
        deadline = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < deadline, f"still not so after {seconds} s; the screen shows:\n{self.text}"
            await asyncio.sleep(0.01)
        await self.pilot.pause()


_ASKING = {"offers", "deciding", "peek", "tags", "why", "again-today", "pairs"}
_ASKING |= {"words", "meaning", "preview", "related", "open", "again", "status", "app-status"}
_ASKING |= {"models", "plan", "compare", "switch"}
_ASKING |= {"votes", "where", "evaluations", "map", "rename", "write"}
Open = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Open:
    """`async with stage(size=(80, 24)) as s:` runs the app over fakes."""
    for name in ("NO_COLOR", "VISUAL", "EDITOR", "NVIM"):
        monkeypatch.delenv(name, raising=False)
    return open_stage


@asynccontextmanager
async def open_stage(
    size: tuple[int, int] = (120, 36),
    vault: FakeVault | None = None,
    worker: FakeWorker | None = None,
    glyphs: str = "unicode",
    theme: str = "vecna-dark",
    first_run: FirstRun | None = None,
    is_held: bool = False,
) -> AsyncIterator[Stage]:
    engine = FakeEngine(vault or fake_vault(), is_held=is_held)
    worker = worker or FakeWorker()
    settings = ScreenSettings(theme, glyphs, "")  # type: ignore[arg-type]
    evaluator, surveyor = FakeEvaluator(engine.vault), FakeSurveyor(engine.vault)
    if first_run is None:
        app = VecnaApp(engine, worker, settings, "notes", None, evaluator, surveyor)
    else:
        app = VecnaApp(None, None, settings, "", first_run)
    async with app.run_test(size=size) as pilot:
        stage = Stage(app, pilot, engine, worker, evaluator, surveyor)
        await pilot.pause(0.05)
        if not is_held:
            await stage.settle()
        yield stage


@pytest.fixture
def snapshot(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Compare a screen with the one stored under the test's name; VECNA_UPDATE_SNAPSHOTS=1 stores it anew."""

    def check(text: str) -> None:
        name = request.node.name.removeprefix("test_").translate({ord(sign): "-" for sign in "[]/ "}).rstrip("-")
        file = SNAPSHOTS / f"{name}.txt"
        if os.environ.get(UPDATE):
            file.parent.mkdir(exist_ok=True)
            file.write_text(text + "\n", encoding="utf-8")
        assert file.is_file(), f"no snapshot yet; run with {UPDATE}=1 and look at {file.name}"
        assert text + "\n" == file.read_text(encoding="utf-8")

    return check
