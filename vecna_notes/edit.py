"""The only hand that writes a note: one change at a time, wholly or not at all, and none over a change of its author.

A change is put into a journal before it is made, so that whatever happens the note is its old or its new self and
`undo` knows the way back. Bytes outside the change stay as they are: byte order mark, line ends, encoding, what stands
at the end. A program that saves the same note in the instant between our last look and the rename is overwritten by
the rename, as with every editor; the old bytes are in nobody's journal then.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vecna_notes.errors import EditRefused, NoteChanged, Unreadable
from vecna_notes.ingest.regular import irregular
from vecna_notes.journal import Edit, Journal
from vecna_notes.store.faultpoint import reach
from vecna_notes.text import decode, digest, safe_line
from vecna_notes.types import Span

CONTEXT = 2
"""Lines around a change that a preview shows."""
_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PAGE = 1 << 20


@dataclass(frozen=True, slots=True)
class Change:
    """New text for a range of a note."""

    path: str
    """Relative to the vault."""
    digest: str
    """text.digest() of the bytes it was made for: those of the note as indexed."""
    span: Span
    """Characters of the note's text, as `text.decode` gives it; "\\n" is one."""
    new: str
    about: str = ""
    """What the change is, for whoever undoes it."""


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
    made: float
    """When the change had been made, as a Unix time."""


def preview(root: Path, change: Change) -> list[str]:
    """A unified diff. Raises what `apply` would raise, and writes nothing."""
    with _opened(root, change.path) as place:
        data = place.read()
        _check_unchanged(change, data)
        _splice(change, data)
    text, _problem = decode(data)
    return diff(change.path, text, change.span, change.new)


def diff(path: str, text: str, span: Span, new: str) -> list[str]:
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
        _tidy(root, journal)
        with _opened(root, change.path) as place:
            data = place.read()
            _check_unchanged(change, data)
            start, old, new = _splice(change, data)
            after = data[:start] + new + data[start + len(old) :]
            edit = Edit(
                id=secrets.token_hex(6),
                made=time.time(),
                path=change.path,
                before=change.digest,
                after=digest(after),
                start=start,
                old=old,
                new=new,
                about=change.about,
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
        _tidy(root, journal)
        for edit in journal.standing():
            if id in (None, edit.id) and _taken_back(root, journal, edit):
                return Undone(edit.id, edit.path, edit.about, edit.made)
    return None


def history(folder: Path) -> list[Edit]:
    """Changes that `undo` could take back, newest first."""
    return Journal(folder).standing()


def _taken_back(root: Path, journal: Journal, edit: Edit) -> bool:
    """False when the note is as it was before: the change was never made, or its author took it back."""
    with _opened(root, edit.path) as place:
        data = place.read()
        now = digest(data)
        if now == edit.before:
            journal.mark(edit.id, "undone")
            return False
        before = data[: edit.start] + edit.old + data[edit.start + len(edit.new) :]
        if now != edit.after or digest(before) != edit.before:
            raise NoteChanged(
                f"{safe_line(edit.path)} was changed after {edit.about or 'our change'}, so it stays as it is; "
                "take the change out by hand"
            )
        journal.mark(edit.id, "undo")
        place.replace(edit.id, data, before)
        journal.mark(edit.id, "undone")
    return True


def _tidy(root: Path, journal: Journal) -> None:
    """Take away what a change left that was killed halfway."""
    for edit in journal.unfinished():
        with contextlib.suppress(EditRefused), _opened(root, edit.path) as place:
            place.forget(edit.id)


# ── one file ────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Place:
    """A note's file, held by its folder, so that nobody can slip another folder under the name meanwhile."""

    def __init__(self, path: str, folder: int, name: str) -> None:
        self._path = path
        self._folder = folder
        self._name = name

    def read(self) -> bytes:
        return self._read()[0]

    def _read(self) -> tuple[bytes, os.stat_result]:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0)
        with self._refusing():
            descriptor = os.open(self._name, flags, dir_fd=self._folder)
            try:
                status = os.fstat(descriptor)
                self._check_writable(status)
                return b"".join(iter(lambda: os.read(descriptor, _PAGE), b"")), status
            finally:
                os.close(descriptor)

    def _check_writable(self, status: os.stat_result) -> None:
        why = irregular(status.st_mode)
        if not why and (not status.st_mode & 0o222 or not self._may_write()):
            why = "read-only"
        if not why and status.st_nlink > 1:
            why = f"one file under {status.st_nlink} names, and only one of them would change"
        if why:
            raise EditRefused(f"{safe_line(self._path)} is {why}; it is left as it is")

    def _may_write(self) -> bool:
        return os.access(self._name, os.W_OK, dir_fd=self._folder)

    def replace(self, id: str, old: bytes, new: bytes) -> None:
        """The file that holds `old` now holds `new`, in one step. Raises NoteChanged when it holds something else."""
        temporary = _temporary(id)
        try:
            with self._refusing():
                status = self._read()[1]
                self._write(temporary, new, status)
                reach("edit_temp")
                if self._read()[0] != old:
                    raise NoteChanged(f"{safe_line(self._path)} was changed this very moment; look at it again")
                reach("edit_rename")
                os.rename(temporary, self._name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
                reach("edit_renamed")
                os.fsync(self._folder)
        except BaseException:
            self.forget(id)
            raise

    def forget(self, id: str) -> None:
        with contextlib.suppress(OSError):
            os.unlink(_temporary(id), dir_fd=self._folder)

    def _write(self, name: str, data: bytes, like: os.stat_result) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(name, flags, 0o600, dir_fd=self._folder)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
                reach("edit_writing")
            self._dress(descriptor, like)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _dress(self, descriptor: int, like: os.stat_result) -> None:
        """Owner, mode and attributes of the old file, as far as we may give them."""
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, like.st_uid, like.st_gid)
        if hasattr(os, "listxattr"):
            self._dress_attributes(descriptor)
        os.fchmod(descriptor, stat.S_IMODE(like.st_mode))

    def _dress_attributes(self, descriptor: int) -> None:
        old = os.open(self._name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._folder)
        try:
            with contextlib.suppress(OSError):  # a file system without attributes
                for name in os.listxattr(old):
                    with contextlib.suppress(OSError):  # one that only the system sets
                        os.setxattr(descriptor, name, os.getxattr(old, name))
        finally:
            os.close(old)

    @contextlib.contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise EditRefused(f"{safe_line(self._path)} cannot be written: {reason}; it is left as it is") from error


def _temporary(id: str) -> str:
    return f".vecna-{id}.tmp"


@contextlib.contextmanager
def _opened(root: Path, path: str) -> Iterator[_Place]:
    """The file of a note inside the vault; symlinks are followed as long as they stay inside."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path:
        raise EditRefused(f"{safe_line(path)!r} is no path inside the vault; nothing is written there")
    top = os.path.realpath(root)
    real = os.path.realpath(os.path.join(top, *parts))  # noqa: PTH118  a str keeps undecodable names exact
    if os.path.commonpath((top, real)) != top or real == top:
        raise EditRefused(f"{safe_line(path)} leads out of the vault; nothing is written there")
    above, name = os.path.split(real)
    try:
        folder = os.open(above, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise EditRefused(f"{safe_line(path)} cannot be written: {(error.strerror or '').lower()}") from error
    try:
        if os.path.realpath(above) != above or not os.path.samestat(os.fstat(folder), os.stat(above)):  # noqa: PTH116
            raise EditRefused(f"the folder of {safe_line(path)} was moved this very moment; try again")
        yield _Place(path, folder, name)
    finally:
        os.close(folder)


# ── bytes and characters ────────────────────────────────────────────────────────────────────────────────────────────


def _check_unchanged(change: Change, data: bytes) -> None:
    if digest(data) != change.digest:
        raise NoteChanged(
            f"{safe_line(change.path)} has changed since it was indexed; `vecna index`, then look at it again"
        )


def _splice(change: Change, data: bytes) -> tuple[int, bytes, bytes]:
    """Where in the bytes a change stands, what it replaces, and by what."""
    mark, encoding, raw = _raw(change.path, data)
    first, last = change.span
    start, end = _raw_place(raw, first), _raw_place(raw, last)
    if not 0 <= first <= last or end > len(raw):
        raise EditRefused(f"{safe_line(change.path)} has no characters {first} to {last}; `vecna index` reads it anew")
    if bad := _UNWRITABLE.search(change.new):
        raise EditRefused(
            f"{bad.group()!r} is nothing that belongs into a note; {safe_line(change.path)} is left as is"
        )
    at = len(mark) + len(raw[:start].encode(encoding))
    return at, raw[start:end].encode(encoding), _with_line_ends(change.new, raw).encode(encoding)


def _raw(path: str, data: bytes) -> tuple[bytes, str, str]:
    """Byte order mark, encoding, and the text with the line ends it has. Raises EditRefused for what is no text."""
    mark, encoding = next((known for known in _ENCODINGS if data.startswith(known[0])), (b"", "utf-8"))
    try:
        decode(data)
        raw = data[len(mark) :].decode(encoding)
    except (Unreadable, UnicodeDecodeError) as error:
        why = str(error) if isinstance(error, Unreadable) else f"not {encoding.upper()} throughout"
        raise EditRefused(
            f"{safe_line(path)} is {why}; it is left as it is, save it as UTF-8 to have it edited"
        ) from error
    if mark + raw.encode(encoding) != data:
        raise EditRefused(f"{safe_line(path)} would not come out as it went in; it is left as it is")
    return mark, encoding, raw


def _raw_place(raw: str, place: int) -> int:
    """A place in the text with "\\n" for line ends, as a place in the text as it is."""
    for match in re.finditer("\r\n", raw):
        if match.start() >= place:
            break
        place += 1
    return place


def _with_line_ends(new: str, raw: str) -> str:
    if "\n" not in new or "\r" not in raw:
        return new
    pairs, feeds = raw.count("\r\n"), raw.count("\n")
    if pairs and 2 * pairs >= feeds:
        return new.replace("\n", "\r\n")
    return new if feeds else new.replace("\n", "\r")


def _line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end
