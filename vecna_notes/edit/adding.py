"""A note made where there is none, and text put at the end of one that is there."""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path, PurePosixPath

from vecna_notes.edit.journal import Edit, Journal
from vecna_notes.edit.place import opened
from vecna_notes.edit.splice import Change, check_text, plain_lines, raw_text
from vecna_notes.edit.writing import Applied, tidy
from vecna_notes.errors import EditRefused, NoteChanged
from vecna_notes.text import digest, safe_line


def preview_new(root: Path, path: str, text: str) -> list[str]:
    """A unified diff. Raises what `create` would raise, and writes nothing."""
    _check(root, path, text)
    with opened(root, path) as place:
        place.check_free()
    lines = text.split("\n")
    return ["--- /dev/null", f"+++ {path}", f"@@ -0,0 +1,{len(lines)} @@", *(f"+{line}" for line in lines)]


def create(root: Path, folder: Path, path: str, text: str) -> Applied:
    """Write a new note into a folder that is there, journaled in `folder`. Raises EditRefused where anything has its
    name already, and Busy; then nothing was written. `undo` takes it away again, unless it was changed since."""
    _check(root, path, text)
    data, about = text.encode(), f"the new note {safe_line(path)}"
    with Journal.locked(folder) as journal:
        tidy(root, journal)
        with opened(root, path) as place:
            place.check_free()
            edit = Edit(secrets.token_hex(6), time.time(), path, "", digest(data), 0, b"", data, about, "")
            journal.begin(edit)
            try:
                place.create(edit.id, data)
            except BaseException:
                journal.mark(edit.id, "failed")
                raise
            journal.mark(edit.id, "done")
    return Applied(edit.id, path, edit.after)


def ending(root: Path, path: str, text: str, about: str = "") -> Change:
    """The change that puts `text` on lines of its own at the end of the note as it is now."""
    with opened(root, path) as place:
        data = place.read()
    now = plain_lines(raw_text(path, data)[2])
    lead = "" if not now or now.endswith("\n") else "\n"
    tail = "" if text.endswith("\n") else "\n"
    return Change(path, digest(data), (len(now), len(now)), f"{lead}{text}{tail}", about)


def check_unchanged(root: Path, path: str, expected: str) -> None:
    """Raises NoteChanged when the digest of the note's bytes is another."""
    with opened(root, path) as place:
        if digest(place.read()) != expected:
            raise NoteChanged(f"{safe_line(path)} is not what it was when you looked at it; look at it again")


def _check(root: Path, path: str, text: str) -> None:
    """A name that any system can hold, outside hidden folders; `opened` sees to it that it stays inside the vault."""
    if not path or path != safe_line(path) or "\\" in path or path != PurePosixPath(path).as_posix():
        raise EditRefused(f"{safe_line(path)!r} is no path of a note; nothing is written there")
    if any(part.startswith(".") for part in PurePosixPath(path).parts):
        raise EditRefused(f"{safe_line(path)} would be hidden; nothing is written there")
    if os.path.lexists(root / path):
        raise EditRefused(f"{safe_line(path)} is there already; it is left as it is")
    check_text(path, text)
