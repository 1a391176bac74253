"""Draw the README's picture from the real screen on the sample vault: python -m tests.picture docs/search.svg."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from vecna_notes.config import Folders, load
from vecna_notes.demo import files
from vecna_notes.engine import Engine
from vecna_notes.tui import VecnaApp
from vecna_notes.vault import Vault
from vecna_notes.worker import index_once

QUERY = "why do I forget what I read"


async def draw(root: Path, folders: Folders, target: Path) -> None:
    configuration = load(folders, root)
    with Engine(root, folders, configuration) as engine:
        app = VecnaApp(engine, None, configuration.settings.screen, "notes")
        async with app.run_test(size=(120, 36)) as pilot:
            await pilot.pause(0.5)
            for character in QUERY:
                await pilot.press("space" if character == " " else character)
            await pilot.pause(1.5)
            await pilot.press("down")
            await pilot.pause(1.0)
            drawn = app.export_screenshot(title="vecna")
            # a picture that fetches nothing: the reader's own monospace font will do
            target.write_text(re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL), encoding="utf-8")


def main(target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        folders, root = Folders(Path(folder) / "config.toml", Path(folder) / "data"), files()
        with Vault.open(root, folders, load(folders, root), write=True) as vault:
            index_once(vault, lambda event: None)
        asyncio.run(draw(root, folders, target))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
