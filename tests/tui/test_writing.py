"""The screen over real files: what is accepted and taken back leaves every byte as it was."""

from __future__ import annotations

import codecs
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import pytest

from tests.tui.conftest import Stage
from tests.tui.fakes import FakeWorker
from tests.vaults import Home
from vecna_notes.config import Folders, ScreenSettings, load
from vecna_notes.engine import Engine
from vecna_notes.tui import VecnaApp
from vecna_notes.tui.places import Place

TEXT = "# Workflow\r\n\r\nI distil the same evening, since the forgetting curve is brutal.\r\n\tTabs stay. \r\nNo end"
CURVE = "# Forgetting curve\n\nWe forget most of what we read within a day, brutal as that is.\n"


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Home]:
    folder = tmp_path_factory.mktemp("writing")
    root = folder / "vault"
    root.mkdir()
    (root / "work.md").write_bytes(codecs.BOM_UTF8 + TEXT.encode())
    (root / "curve.md").write_text(CURVE, encoding="utf-8")
    for number in range(8):
        (root / f"filler {number}.md").write_text(f"# Filler {number}\n\nBread and cello number {number}.\n")
    home = Home(folder / "home")
    done = home.vecna("index", str(root))
    assert done.returncode == 0, done.stderr
    return root, home


@asynccontextmanager
async def real_stage(root: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """The app over a real engine, with the note open and the cursor on its first suggestion."""
    for name in ("VECNA_CONFIG", "VECNA_DATA_DIR", "VECNA_INDEX__EMBEDDER"):
        monkeypatch.setenv(name, home.environment[name])
    folders = Folders.standard(Path(home.environment["VECNA_DATA_DIR"]))
    with Engine(root, folders, load(folders, root)) as engine:
        app = VecnaApp(engine, FakeWorker(), ScreenSettings("vecna-dark", "unicode", ""), "vault")
        async with app.run_test(size=(100, 30)) as pilot:
            stage = Stage(app, pilot, *(cast(Any, None),) * (len(fields(Stage)) - 2))
            await stage.until(lambda: "recent notes" in stage.text, 10)
            app.open_place(Place("work.md"))
            await stage.until(lambda: "“forgetting curve”" in stage.text, 10)
            await stage.press("s")
            await stage.until(lambda: "[[curve|forgetting curve]]" in stage.text)
            yield stage


async def test_accept_and_undo_leave_the_same_bytes(vault: tuple[Path, Home], monkeypatch: pytest.MonkeyPatch) -> None:
    root, home = vault
    file = root / "work.md"
    before = file.read_bytes()
    async with real_stage(root, home, monkeypatch) as s:
        await s.press("enter")
        await s.until(lambda: "is written into the note" in s.text)
        assert file.read_bytes() == before.replace(b"forgetting curve", b"[[curve|forgetting curve]]")
        await s.press("u")
        await s.until(lambda: "taken back" in s.text)
        assert file.read_bytes() == before


async def test_a_file_changed_meanwhile_is_left_alone(
    vault: tuple[Path, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, home = vault
    file = root / "work.md"
    kept = file.read_bytes()
    async with real_stage(root, home, monkeypatch) as s:
        file.write_bytes(theirs := kept + b", and more")
        await s.press("enter")
        await s.until(lambda: "was changed meanwhile, so nothing was written" in s.text)
        assert file.read_bytes() == theirs
    file.write_bytes(kept)
