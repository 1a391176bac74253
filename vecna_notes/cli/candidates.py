"""Folders on this machine that look like somebody's notes, for the first run. Looks quickly and gives up early."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vecna_notes.tui import Candidate

_USUAL = (
    *(
        "notes",
        "Notes",
        "vault",
        "Vault",
        "obsidian",
        "Obsidian",
        "org",
        "zettelkasten",
        "Zettelkasten",
        "logseq",
        "wiki",
    ),
    *("Documents/notes", "Documents/Notes", "Documents/Obsidian", "Documents/Obsidian Vault", "Documents/org"),
    *("Dropbox/notes", "Dropbox/Notes", "Nextcloud/Notes"),
)
_KINDS = (
    (".obsidian", "Obsidian vault"),
    ("logseq", "Logseq graph"),
    (".zk", "zk notebook"),
    ("dendron.yml", "Dendron vault"),
    (".foam", "Foam workspace"),
)
_SUFFIXES = (".md", ".markdown", ".txt", ".org")
_SECONDS = 0.6
"""For the whole look; a network home must not keep anybody waiting."""
_MOST = 6


def candidates() -> tuple[Candidate, ...]:
    """The fullest first."""
    from vecna_notes.tui import Candidate

    deadline = time.monotonic() + _SECONDS
    found: dict[Path, Candidate] = {}
    for folder in _folders():
        with contextlib.suppress(OSError):
            real = folder.resolve()
            if real in found or real in (Path.home().resolve(), Path("/")) or not real.is_dir():
                continue
            if count := _count(real, deadline):
                found[real] = Candidate(folder, count, _kind(real))
    return tuple(sorted(found.values(), key=lambda candidate: -candidate.count)[:_MOST])


def _folders() -> Iterator[Path]:
    home = Path.home()
    yield from _obsidian(home)
    if notebook := os.environ.get("ZK_NOTEBOOK_DIR"):
        yield Path(notebook)
    yield from (home / name for name in _USUAL)
    with contextlib.suppress(OSError):
        yield Path.cwd()


def _obsidian(home: Path) -> Iterator[Path]:
    """Vaults that Obsidian remembers."""
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    for folder in (config, home / "Library" / "Application Support"):
        with contextlib.suppress(OSError, ValueError, AttributeError, TypeError, KeyError):
            known = json.loads((folder / "obsidian" / "obsidian.json").read_text("utf-8"))["vaults"]
            yield from (Path(str(vault["path"])) for vault in known.values())


def _count(folder: Path, deadline: float) -> int:
    """Notes below `folder`, as far as the time allows."""
    count = 0
    for _folder, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "node_modules"]
        count += sum(name.endswith(_SUFFIXES) for name in files)
        if time.monotonic() > deadline:
            break
    return count


def _kind(folder: Path) -> str:
    return next((kind for sign, kind in _KINDS if (folder / sign).exists()), "text")
