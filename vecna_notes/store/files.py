"""Every file a scan saw: indexed, waiting, skipped or failed."""

from __future__ import annotations

from collections.abc import Iterable

from vecna_notes.store.connection import Connection, path_key, path_of, storable
from vecna_notes.types import FileRecord, FileStamp, FileState


class Files:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def all(self) -> dict[str, FileRecord]:
        """By path."""
        rows = self._db.all("SELECT path, state, stamp, digest, reason FROM files")
        records = (
            FileRecord(path_of(path), state, stamp_of(stamp), digest, reason)
            for path, state, stamp, digest, reason in rows
        )
        return {record.path: record for record in records}

    def put(self, records: Iterable[FileRecord]) -> None:
        """Insert or replace."""
        rows = [
            (path_key(record.path), record.state, stamp_text(record.stamp), record.digest, storable(record.reason))
            for record in records
        ]
        with self._db.transaction():
            self._db.run_many(
                "INSERT OR REPLACE INTO files(path, state, stamp, digest, reason) VALUES (?, ?, ?, ?, ?)", rows
            )

    def remove(self, paths: Iterable[str]) -> None:
        """Forget files, though not the notes made of them."""
        with self._db.transaction():
            self._db.run_many("DELETE FROM files WHERE path = ?", ((path_key(path),) for path in paths))

    def counts(self) -> dict[FileState, int]:
        """Files by state; every state is there."""
        counts: dict[FileState, int] = {"indexed": 0, "waiting": 0, "skipped": 0, "failed": 0}
        return counts | dict(self._db.all("SELECT state, count(*) FROM files GROUP BY state"))

    def skip_reasons(self) -> dict[str, int]:
        """Why files are skipped, most frequent first."""
        return dict(
            self._db.all(
                "SELECT reason, count(*) FROM files WHERE state = 'skipped'"
                " GROUP BY reason ORDER BY count(*) DESC, reason"
            )
        )


def stamp_text(stamp: FileStamp | None) -> str | None:
    """As text, because inodes and times of some file systems exceed SQLite's integers."""
    return None if stamp is None else f"{stamp.size} {stamp.mtime_ns} {stamp.ctime_ns} {stamp.inode}"


def stamp_of(text: str | None) -> FileStamp | None:
    """None too when the text is damaged, which makes the file look changed."""
    try:
        return FileStamp(*(int(part) for part in text.split())) if text else None
    except (TypeError, ValueError):
        return None
