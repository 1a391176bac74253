"""From a path to a note: opens only regular files, reads only so much, and turns every trouble into a reason."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vecna_notes.errors import PluginError, Unreadable
from vecna_notes.ingest.regular import opened, stamp_of
from vecna_notes.interfaces import Reader
from vecna_notes.text import digest, safe_line
from vecna_notes.types import Failed, FileStamp, Note

_TRIES = 3
_REST_SECONDS = 0.02
_PAGE = 65_536
_GONE = (errno.ENOENT, errno.ENOTDIR)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Reading:
    """A note as read, with the stamp of the file it was read from."""

    note: Note
    stamp: FileStamp


def read(root: Path, path: str, readers: Sequence[Reader], max_bytes: int) -> Reading | Failed | None:
    """The note in a file, or why there is none; None when the file is gone. Never raises for what a file holds.

    Of a file longer than `max_bytes` the first lines that fit are read, and the note says so in its problems; where a
    reader takes only whole files (`most_bytes`), a longer one is refused.
    """
    reader = _reader(path, readers)
    if reader is None:
        return Failed(path, "no reader for this kind of file", is_skip=True)
    file = os.path.join(root, path)  # noqa: PTH118  # a str keeps undecodable names cheap and exact
    try:
        if not _is_inside(root, file):
            return Failed(path, "a symlink that leads out of the vault", is_skip=True)
        whole: int | None = getattr(reader, "most_bytes", None)
        data, stamp = _settled_bytes(file, max_bytes if whole is None else whole)
    except OSError as error:
        return None if error.errno in _GONE else _unopened(path, file, error)
    if whole is not None and stamp.size > len(data):
        why = f"too large: {_megabytes(stamp.size)}; such files are read up to {_megabytes(whole)} (files.max_mb)"
        return Failed(path, why, is_skip=True, stamp=stamp)
    return _made(reader, path, data, stamp)


def understood(path: str, text: str, readers: Sequence[Reader]) -> Note | None:
    """What a note of this text would be; None where there is none."""
    reader = _reader(path, readers)
    data = text.encode(errors="replace")
    made = _made(reader, path, data, FileStamp(len(data), 0, 0, 0)) if reader else None
    return made.note if isinstance(made, Reading) else None


def _reader(path: str, readers: Sequence[Reader]) -> Reader | None:
    """The reader with the longest fitting suffix, so that one for ".excalidraw.md" beats one for ".md"."""
    name = path.rpartition("/")[2].lower()
    fitting = [(len(suffix), reader) for reader in readers for suffix in reader.suffixes if name.endswith(suffix)]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def _is_inside(root: Path, file: str) -> bool:
    """Looked at again here, because a file may have become a symlink since the scan."""
    real_root, real = os.path.realpath(root), os.path.realpath(file)
    return os.path.commonpath((real_root, real)) == real_root


def _settled_bytes(file: str, most: int) -> tuple[bytes, FileStamp]:
    """The bytes of a file that did not change while they were read; should it never rest, with the stamp from before,
    so that the next look finds it changed."""
    for attempt in range(_TRIES):
        time.sleep(_REST_SECONDS * attempt)
        with opened(file) as stream:
            before = stamp_of(os.fstat(stream.fileno()))
            data = stream.read(min(before.size + 1, most))
        if before == stamp_of(os.stat(file)):  # noqa: PTH116
            break
    return data, before


def _made(reader: Reader, path: str, data: bytes, stamp: FileStamp) -> Reading | Failed:
    is_partial = stamp.size > len(data)
    try:
        note = reader.read(path, _whole(data) if is_partial else data)
    except Unreadable as error:
        return Failed(path, safe_line(str(error)), is_skip=True, stamp=stamp)
    except PluginError as error:
        return Failed(path, safe_line(str(error)), stamp=stamp)
    except Exception as error:  # the plugin border: whatever a reader raises is about this file, not about us
        kind = f"{type(reader).__module__}.{type(reader).__qualname__}"
        return Failed(path, safe_line(f"its reader {kind} failed: {type(error).__name__}: {error}"), stamp=stamp)
    if not isinstance(note, Note) or note.path != path:
        return Failed(path, f"its reader {type(reader).__qualname__} returned no note of this file", stamp=stamp)
    if _wants_out(note):
        return Failed(path, "front matter says vecna: false", is_skip=True, stamp=stamp)
    return Reading(_marked_partial(note, data, stamp.size) if is_partial else note, stamp)


def _wants_out(note: Note) -> bool:
    return any(
        key.lower() == "vecna" and value in (False, "false", "no", "off") for key, value in note.properties.items()
    )


def _whole(data: bytes) -> bytes:
    """The bytes up to the last line end; where there is none near, up to the last whole character."""
    if data.startswith(_UTF_16):
        return data[: len(data) // 2 * 2]
    line_end = data.rfind(b"\n", len(data) - _PAGE if len(data) > _PAGE else 0) + 1
    if line_end:
        return data[:line_end]
    last = next((i for i in range(1, min(4, len(data)) + 1) if data[-i] & 0xC0 != 0x80), 0)
    return data[:-last] if last and data[-last] >= 0xC0 else data


def _marked_partial(note: Note, data: bytes, size: int) -> Note:
    """The size belongs to the digest: what stands beyond the cut may change."""
    problem = f"partial: first {_megabytes(len(data))} of {_megabytes(size)}"
    return replace(note, digest=digest(b"%d:" % size + data), problems=(*note.problems, problem))


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.3g} MB" if size >= 100_000 else f"{size / 1000:.3g} kB"


def _unopened(path: str, file: str, error: OSError) -> Failed:
    try:
        stamp = stamp_of(os.stat(file))  # noqa: PTH116
    except OSError:
        stamp = None
    if error.errno == errno.EINVAL and error.strerror:
        return Failed(path, error.strerror, is_skip=True, stamp=stamp)
    if error.errno in (errno.EACCES, errno.EPERM):
        return Failed(path, "no permission to read it", stamp=stamp)
    return Failed(path, f"cannot be read: {error.strerror or error}", stamp=stamp)
