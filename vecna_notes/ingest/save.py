"""The last stage for text: what was read is stored, many notes a transaction but each note whole."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from vecna_notes.ingest.changes import Changes
from vecna_notes.ingest.read import Reading
from vecna_notes.store import Store
from vecna_notes.types import Chunk, Failed, FileRecord, FileStamp

YOUNG_NS = 2_000_000_000
"""A file this young when read may change again within its time stamp's grain, so its stamp is not trusted."""
_GROUP_SECONDS = 0.25
_GROUP_NOTES = 64
Outcome: TypeAlias = Literal["added", "changed", "moved", "touched", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class Cut:
    """A note read and cut into chunks: all that saving needs."""

    reading: Reading
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class Untouched:
    """A file whose stamp moved but whose content did not."""

    path: str
    digest: str
    stamp: FileStamp


Work: TypeAlias = Cut | Untouched | Failed


def save(store: Store, work: Iterable[Work], vanished: Mapping[str, str]) -> Iterator[tuple[str, Outcome]]:
    """Store each piece of work; yields (path, outcome) once it is committed.

    `vanished` maps digests to paths that are gone: a new note with such a digest is that note, moved.
    """
    movable = dict(vanished)
    for group in _groups(work):
        with store.transaction():
            outcomes = [(_path(piece), _save_one(store, piece, movable)) for piece in group]
        yield from outcomes


def drop(store: Store, changes: Changes, vanished: Iterable[str]) -> None:
    """Drop notes that are gone or kept out, and remember why files are skipped or failed; vectors stay a while."""
    gone = tuple(vanished)
    with store.transaction():
        store.notes.remove((*gone, *changes.excluded))
        store.files.remove((*gone, *changes.excluded, *changes.forgotten))
        store.files.put(changes.records)


def mark_waiting(store: Store, paths: Iterable[str], known: Mapping[str, FileRecord]) -> None:
    """Say in the store that these files are waiting, so that no status ever claims more than is done."""
    with store.transaction():
        store.files.put(
            FileRecord(path, "waiting", None, known[path].digest if path in known else "") for path in paths
        )


def _save_one(store: Store, piece: Work, movable: dict[str, str]) -> Outcome:
    if isinstance(piece, Failed):
        return _save_failed(store, piece)
    if isinstance(piece, Untouched):
        store.files.put([FileRecord(piece.path, "indexed", trusted(piece.stamp), piece.digest)])
        return "touched"
    note, stamp = piece.reading.note, trusted(piece.reading.stamp)
    old = movable.pop(note.digest, None)
    is_known = store.notes.by_path(note.path) is not None
    if old is not None and not is_known and store.notes.by_path(old) is not None:
        store.notes.move(old, note.path, note, stamp)
        return "moved"
    store.notes.save(note, piece.chunks, stamp)
    return "changed" if is_known else "added"


def _save_failed(store: Store, failed: Failed) -> Outcome:
    state: Literal["skipped", "failed"] = "skipped" if failed.is_skip else "failed"
    store.notes.remove([failed.path])
    store.files.put([FileRecord(failed.path, state, failed.stamp, "", failed.why)])
    return state


def trusted(stamp: FileStamp) -> FileStamp:
    """The stamp to remember: with a size that no file has when the file was too young to be sure of it."""
    is_young = time.time_ns() - max(stamp.mtime_ns, stamp.ctime_ns) < YOUNG_NS
    return replace(stamp, size=-1) if is_young else stamp


def _path(piece: Work) -> str:
    return piece.reading.note.path if isinstance(piece, Cut) else piece.path


def _groups(work: Iterable[Work]) -> Iterator[list[Work]]:
    group: list[Work] = []
    started = time.monotonic()
    for piece in work:
        group.append(piece)
        if len(group) >= _GROUP_NOTES or time.monotonic() - started > _GROUP_SECONDS:
            yield group
            group, started = [], time.monotonic()
    if group:
        yield group
