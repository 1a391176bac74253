"""A change previewed, written, and taken back."""

from __future__ import annotations

import contextlib
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from vecna_notes.edit.journal import Edit, Journal
from vecna_notes.edit.place import opened
from vecna_notes.edit.splice import Change, plain_lines, raw_text, spliced, undone
from vecna_notes.errors import EditRefused, NoteChanged
from vecna_notes.text import digest, safe_line
from vecna_notes.types import Span

CONTEXT = 2
"""Lines around a change that a preview shows."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A change that was written."""

    id: str
    path: str
    digest: str
    """Of the bytes that are there now."""


@dataclass(frozen=True, slots=True)
class Undone:
    """A change that was taken back; the file is what it was before, to the byte."""

    id: str
    path: str
    about: str
    key: str
    made: float
    """When the change had been made, as a Unix time."""


def preview(root: Path, folder: Path, change: Change) -> list[str]:
    """A unified diff. Raises what `apply` would raise, and writes nothing."""
    with opened(root, change.path) as place:
        data = place.read()
    start, old, _new = spliced(change, data, history(folder))
    mark, encoding, raw = raw_text(change.path, data)
    above, inside = (decoded.decode(encoding) for decoded in (data[len(mark) : start], old))
    first = len(plain_lines(above))
    return _diff(change.path, plain_lines(raw), (first, first + len(plain_lines(inside))), change.new)


def _diff(path: str, text: str, span: Span, new: str) -> list[str]:
    """The unified diff of a text in which `span` becomes `new`."""
    start, end = text.rfind("\n", 0, span[0]) + 1, _line_end(text, span[1])
    first = text.count("\n", 0, start) + 1
    old_lines = text[start:end].split("\n")
    new_lines = (text[start : span[0]] + new + text[span[1] : end]).split("\n")
    above = text[:start].split("\n")[:-1][-CONTEXT:]
    below = text[end + 1 :].split("\n", CONTEXT)[:CONTEXT] if end < len(text) else []
    top, around = first - len(above), len(above) + len(below)
    return [
        f"--- {path}",
        f"+++ {path}",
        f"@@ -{top},{around + len(old_lines)} +{top},{around + len(new_lines)} @@",
        *(f" {line}" for line in above),
        *(f"-{line}" for line in old_lines),
        *(f"+{line}" for line in new_lines),
        *(f" {line}" for line in below),
    ]


def apply(root: Path, folder: Path, change: Change) -> Applied:
    """Write a change, journaled in `folder`. Raises NoteChanged, EditRefused, Busy; then nothing was written."""
    with Journal.locked(folder) as journal:
        tidy(root, journal)
        with opened(root, change.path) as place:
            data = place.read()
            start, old, new = spliced(change, data, journal.standing())
            after = data[:start] + new + data[start + len(old) :]
            edit = Edit(
                id=secrets.token_hex(6),
                made=time.time(),
                path=change.path,
                before=digest(data),
                after=digest(after),
                start=start,
                old=old,
                new=new,
                about=change.about,
                key=change.key,
            )
            journal.begin(edit)
            try:
                place.replace(edit.id, data, after)
            except BaseException:
                journal.mark(edit.id, "failed")
                raise
            journal.mark(edit.id, "done")
    return Applied(edit.id, change.path, edit.after)


def undo(root: Path, folder: Path, id: str | None = None) -> Undone | None:
    """Take back the last change, or the one named; None when there is none. Raises NoteChanged when its note changed
    since, and EditRefused."""
    with Journal.locked(folder) as journal:
        tidy(root, journal)
        for edit in journal.standing():
            if id in (None, edit.id) and _taken_back(root, journal, edit):
                return Undone(edit.id, edit.path, edit.about, edit.key, edit.made)
    return None


def history(folder: Path) -> list[Edit]:
    """Changes that `undo` could take back, newest first."""
    return Journal(folder).standing()


def _taken_back(root: Path, journal: Journal, edit: Edit) -> bool:
    """False when the note is as it was before: the change was never made, or its author took it back."""
    with opened(root, edit.path) as place:
        if edit.is_new and place.is_free():
            journal.mark(edit.id, "undone")
            return False
        data = place.read()
        now = digest(data)
        if now == edit.before:
            journal.mark(edit.id, "undone")
            return False
        before = undone(edit, data)
        if now != edit.after or (digest(before) != edit.before and not edit.is_new):
            raise NoteChanged(
                f"{safe_line(edit.path)} was changed after {edit.about or 'our change'}, so it stays as it is; "
                "take the change out by hand"
            )
        journal.mark(edit.id, "undo")
        if edit.is_new:
            place.remove(data)
        else:
            place.replace(edit.id, data, before)
        journal.mark(edit.id, "undone")
    return True


def tidy(root: Path, journal: Journal) -> None:
    """Take away what a change left that was killed halfway."""
    for edit in journal.unfinished():
        with contextlib.suppress(EditRefused), opened(root, edit.path) as place:
            place.forget(edit.id)


def _line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end
