"""What agents were given: a line for each call, in a file beside the index. It says how much, not what."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vecna_notes.text import safe_line

FILE = "given.jsonl"
OLDER = "given.old.jsonl"
MOST_BYTES = 400_000
"""Of each of the two; some 5,000 calls."""
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Handed:
    """That an agent was given something of so many notes."""

    made: float
    client: str
    """As it calls itself."""
    tool: str
    notes: int


def remember(folder: Path, handed: Handed) -> None:
    """Several processes may do so at once. Raises OSError."""
    file = folder / FILE
    if file.exists() and file.stat().st_size > MOST_BYTES:
        with suppress(FileNotFoundError):  # another process was faster
            file.replace(folder / OLDER)
    client = safe_line(handed.client)[:LONGEST_NAME].encode("utf-8", "replace").decode()
    line = json.dumps([round(handed.made, 3), client, handed.tool, handed.notes], ensure_ascii=False)
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode() + b"\n")
    finally:
        os.close(handle)


def remembered(folder: Path) -> list[Handed]:
    """Newest first."""
    lines: list[bytes] = []
    for name in (OLDER, FILE):
        with suppress(FileNotFoundError):
            lines += (folder / name).read_bytes().splitlines()
    found = map(_read, reversed(lines))
    return [one for one in found if one is not None]


def _read(line: bytes) -> Handed | None:
    """None for a line that was cut by a full disk."""
    try:
        made, client, tool, notes = json.loads(line)
        return Handed(float(made), str(client), str(tool), int(notes))
    except (ValueError, TypeError):
        return None
