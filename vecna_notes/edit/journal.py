"""What was written into notes, and the way back: lines of JSON in the data folder, appended and never changed."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

from vecna_notes.errors import Busy, StoreError

FILE = "edits.jsonl"
LOCK = "edits.lock"
KEPT_SECONDS = 90 * 24 * 3600
KEPT_EDITS = 200
PATIENCE_SECONDS = 10.0
"""How long one process waits for another that is writing a note; it takes milliseconds."""
State: TypeAlias = Literal["begun", "done", "failed", "undo", "undone"]
_STANDING: tuple[State, ...] = ("begun", "done", "undo")
_UNFINISHED: tuple[State, ...] = ("begun", "undo")


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one note: at byte `start` the bytes `old` became `new`."""

    id: str
    made: float
    path: str
    before: str
    """text.digest() of the whole file before, "" where there was none …"""
    after: str
    """… and after."""
    start: int
    old: bytes
    new: bytes
    about: str
    key: str
    state: State = "begun"

    @property
    def is_new(self) -> bool:
        """Whether the edit made the file."""
        return not self.before


class Journal:
    """Only `locked` writes."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE

    @classmethod
    @contextlib.contextmanager
    def locked(cls, folder: Path) -> Iterator[Self]:
        """One process at a time changes notes. Raises Busy when another does not end."""
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _wait_for(descriptor)
            yield cls(folder)
        finally:
            os.close(descriptor)  # which frees the lock

    def standing(self) -> list[Edit]:
        """Edits that were not taken back, newest first."""
        return [edit for edit in reversed(self._edits().values()) if edit.state in _STANDING]

    def unfinished(self) -> list[Edit]:
        """Edits whose process ended in the middle."""
        return [edit for edit in self._edits().values() if edit.state in _UNFINISHED]

    def begin(self, edit: Edit) -> None:
        """On disk before this returns."""
        self._prune()
        bytes_as_text = {"old": _text(edit.old), "new": _text(edit.new)}
        fields = ("id", "made", "path", "before", "after", "start", "about", "key")
        self._append({**{name: getattr(edit, name) for name in fields}, **bytes_as_text})

    def mark(self, id: str, state: State) -> None:
        self._append({"id": id, "state": state})

    def _append(self, line: dict[str, Any]) -> None:
        with _opened(self._file, os.O_APPEND) as descriptor:
            size = os.fstat(descriptor).st_size
            torn = size and os.pread(descriptor, 1, size - 1) != b"\n"  # what a kill left of a line
            _write(descriptor, (b"\n" if torn else b"") + json.dumps(line).encode() + b"\n")

    def _edits(self) -> dict[str, Edit]:
        """By id, in the order made; lines that cannot be read are passed over."""
        edits: dict[str, Edit] = {}
        for line in self._lines():
            with contextlib.suppress(ValueError, KeyError, TypeError):
                said = json.loads(line)
                if "state" in said:
                    edits[said["id"]] = replace(edits[said["id"]], state=said["state"])
                else:
                    edits[said["id"]] = Edit(**{**said, "old": _bytes(said["old"]), "new": _bytes(said["new"])})
        return edits

    def _lines(self) -> list[bytes]:
        try:
            return self._file.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(f"{self._file} cannot be read: {error.strerror}; it knows how to undo edits") from error

    def _prune(self) -> None:
        """Let go of what is too old, once that is worth a new file."""
        edits = list(self._edits().values())
        kept = [edit for edit in edits[-KEPT_EDITS + 1 :] if edit.made > time.time() - KEPT_SECONDS]
        if len(edits) - len(kept) < max(KEPT_EDITS // 10, 1) and not (edits and not kept):
            return
        ids = {edit.id for edit in kept}
        fresh = self._file.with_name(f".{FILE}.new")
        fresh.unlink(missing_ok=True)
        with _opened(fresh, os.O_EXCL) as descriptor:
            for line in self._lines():
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    if json.loads(line)["id"] in ids:
                        _write(descriptor, line + b"\n")
        fresh.replace(self._file)


@contextlib.contextmanager
def _opened(file: Path, flags: int) -> Iterator[int]:
    """What was written is on disk when this ends."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | flags, 0o600)
        try:
            yield descriptor
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror}; no note was changed") from error


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _wait_for(descriptor: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                raise Busy("another process is writing a note; wait until it is done and try again") from error
            time.sleep(0.02)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
