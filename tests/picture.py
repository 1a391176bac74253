"""Draw the README's pictures from the real screen on the sample vault.

python -m tests.picture docs/search.svg
python -m tests.picture docs/map.svg map
python -m tests.picture docs/models.svg models
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.pilot import Pilot

from tests.tui.fakes import FakeWorker
from vecna_notes.config import Folders, load
from vecna_notes.demo import files
from vecna_notes.engine import Engine
from vecna_notes.tui import VecnaApp
from vecna_notes.vault import Vault
from vecna_notes.worker import index_once
from vecna_notes.worker_process import WorkerHandle

QUERY = "why do I forget what I read"
Act = Callable[[Pilot[int]], Awaitable[None]]


async def draw(root: Path, folders: Folders, target: Path, act: Act) -> None:
    configuration = load(folders, root)
    with Engine(root, folders, configuration) as engine:
        is_real = act in REAL
        worker = WorkerHandle(root, folders) if is_real else FakeWorker([(0.1, {"event": "synced"})])
        app = VecnaApp(engine, worker, configuration.settings.screen, "notes")
        async with app.run_test(size=(120, 36)) as pilot:
            await pilot.pause(0.5)
            await act(pilot)
            await pilot.pause(1.0)
            drawn = app.export_screenshot(title="vecna")
            # a picture that fetches nothing: the reader's own monospace font will do
            target.write_text(re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL), encoding="utf-8")
        await worker.stop()


async def search(pilot: Pilot[int]) -> None:
    for character in QUERY:
        await pilot.press("space" if character == " " else character)
    await pilot.pause(1.5)
    await pilot.press("down")


async def map_of_notes(pilot: Pilot[int]) -> None:
    await pilot.press("down", "3")
    await pilot.pause(2.0)
    await pilot.press(*"wwwwwww")


async def models(pilot: Pilot[int]) -> None:
    """A head that the worker tuned and the gate judged, one query asked of it and of others, and a second one tuned."""
    app = pilot.app
    assert isinstance(app, VecnaApp)
    await _until(pilot, lambda: app.indexing.phase == "synced")
    await pilot.press("down", "5")
    await pilot.pause(1.0)
    await _tune(pilot)
    await _until(pilot, lambda: not app.training.is_running)
    await pilot.pause(2.0)
    await pilot.press("c")
    for character in QUERY:
        await pilot.press("space" if character == " " else character)
    await pilot.press("enter")
    await pilot.pause(4.0)
    await _tune(pilot, "j", "j", "j", "j", "j", "j", "enter")
    await _until(pilot, lambda: app.training.phase in ("judging", "failed"))


async def _tune(pilot: Pilot[int], *keys: str) -> None:
    await pilot.press("t")
    await pilot.pause(3.0)
    await pilot.press(*keys)
    await pilot.pause(3.0)
    await pilot.press("y")
    await pilot.pause(1.0)


async def _until(pilot: Pilot[int], is_so: Callable[[], bool]) -> None:
    while not is_so():
        await pilot.pause(0.2)


PICTURES: dict[str, Act] = {"search": search, "map": map_of_notes, "models": models}
REAL = (models,)
"""Those that need a worker."""


def main(target: Path, name: str = "search") -> None:
    with tempfile.TemporaryDirectory() as folder:
        folders, root = Folders(Path(folder) / "config.toml", Path(folder) / "data"), files()
        with Vault.open(root, folders, load(folders, root), write=True) as vault:
            index_once(vault, lambda event: None)
            list(vault.maps())
            if name == "models":
                vault.evaluate_own(lambda progress: None)
        asyncio.run(draw(root, folders, target, PICTURES[name]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
