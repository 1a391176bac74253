"""A small vault, indexed once, and `vecna serve` over it in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from tests.vaults import Home

NOTES = {
    "Bread.md": "---\ntags: [baking]\naliases: [Loaf]\n---\n# Bread\n\nFlour, water and salt become bread.\n\n"
    "## Rising\n\nThe levain makes it rise over night.\n",
    "Levain.md": "---\ntags: [baking]\n---\n# Levain\n\nA levain is flour and water that ferment. Feed the levain with "
    "flour each day. See [[Bread]] for what it is good for.\n",
    "work/Ferry.md": "# Ferry\n\nThe ferry to the island leaves at nine from the old harbour.\n",
    "Diary.md": "---\nprivate: true\n---\n# Diary\n\nAt night I dream of a zanzibarquokka.\n",
}


@dataclass(frozen=True)
class Running:
    address: str
    """With the token."""
    process: subprocess.Popen[str]

    @property
    def origin(self) -> str:
        return self.address.split("/?")[0]

    @property
    def port(self) -> int:
        return urlsplit(self.address).port or 0

    @property
    def token(self) -> str:
        return self.address.partition("token=")[2]

    async def get(self, path: str, token: str | None = None, method: str = "GET", **headers: str) -> tuple[int, Any]:
        """Status and answer: JSON where it is, else text. The token comes in a header; "" leaves it out."""
        shown = self.token if token is None else token
        headers = {**({"Authorization": f"Bearer {shown}"} if shown else {}), **headers}
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, f"{self.origin}{path}", headers=headers, allow_redirects=False) as answer,
        ):
            text = await answer.text()
            return answer.status, json.loads(text) if text and "json" in answer.content_type else text


@dataclass(frozen=True)
class Serving:
    home: Home
    root: Path

    @classmethod
    def made(cls, folder: Path, spoil: Callable[[str], str] = str) -> Serving:
        """`spoil` changes the embedder's source."""
        home, root = Home(folder / "home"), folder / "vault"
        plugin = home.folder / "config" / "plugins" / "hash.py"
        plugin.write_text(spoil(plugin.read_text()))
        for path, text in NOTES.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        done = home.vecna("index", str(root))
        assert done.returncode == 0, done.stderr
        return cls(home, root)

    @property
    def log(self) -> str:
        return "".join(file.read_text(errors="replace") for file in (self.home.folder / "data").glob("*.log*"))

    @contextlib.contextmanager
    def running(self, *options: str, root: Path | None = None) -> Iterator[Running]:
        child = self.home.start(
            "serve", str(root or self.root), "--port", "0", *options,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert child.stdout is not None
            address = child.stdout.readline().strip()
            assert address.startswith("http://"), child.communicate()
            yield Running(address, child)
        finally:
            child.terminate()
            child.communicate(timeout=20)

    def processes(self) -> set[int]:
        """Every process that works in this home, by what the system says of their environments."""
        mark = f"VECNA_DATA_DIR={self.home.folder / 'data'}\0".encode()
        found = set()
        for folder in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if folder.name.isdigit() and mark in (folder / "environ").read_bytes() and not _is_gone(folder):
                    found.add(int(folder.name))
        return found - {os.getpid()}


def _is_gone(folder: Path) -> bool:
    """Whether it has ended and only its parent has not taken note yet."""
    return (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
