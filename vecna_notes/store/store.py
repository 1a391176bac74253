"""The store: one SQLite file that is the truth about everything derived from the notes."""

from __future__ import annotations

import contextlib
import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from vecna_notes.store import opening, salvage, soundness
from vecna_notes.store.connection import SUSPECT, Connection
from vecna_notes.store.files import Files
from vecna_notes.store.filters import Filters
from vecna_notes.store.kept import Kept
from vecna_notes.store.keywords import Keywords
from vecna_notes.store.links import Links
from vecna_notes.store.lock import WriterLock, holder
from vecna_notes.store.meta import Meta
from vecna_notes.store.notes import Notes
from vecna_notes.store.passages import Passages
from vecna_notes.store.vectors import VectorTable


class Store:
    """An open index. One process opens it as writer, any number as readers; one thread uses one Store.

    Every method that writes makes its own transaction, or joins the one that is open.
    """

    def __init__(self, connection: Connection, lock: WriterLock | None, notices: tuple[str, ...]) -> None:
        self.folder = connection.file.parent
        self.notices = notices
        self._db = connection
        self._lock = lock
        self.files = Files(connection)
        self.notes = Notes(connection)
        self.passages = Passages(connection)
        self.vectors = VectorTable(connection)
        self.keywords = Keywords(connection)
        self.links = Links(connection)
        self.filters = Filters(connection)
        self.meta = Meta(connection)
        self.kept = Kept(self.folder)

    @classmethod
    def open_writer(cls, folder: Path) -> Self:
        """Make or open the index in `folder`. Raises Busy when another process writes it, and StoreTooNew.

        A damaged database is moved aside and a fresh one begun with the vectors that could be saved; `notices` say so.
        """
        opening.make_folder(folder)
        lock = WriterLock(folder / opening.LOCK)
        try:
            connection, damaged = opening.connect_writer(folder / opening.FILE)
            store = cls(connection, lock, ())
            try:
                store.notices = (*_after_damage(connection, damaged), *store._settle_doubts())
            except BaseException:
                store.close()
                raise
            return store
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open_reader(cls, folder: Path) -> Self:
        """Open an existing index to read. Raises NotIndexed when there is none, and StoreTooNew."""
        connection, notice = opening.connect_reader(folder / opening.FILE)
        return cls(connection, None, (notice,) if notice else ())

    @staticmethod
    def writer(folder: Path) -> int | None:
        """Process that writes the index at this moment, or None."""
        return holder(folder / opening.LOCK)

    @staticmethod
    def database() -> tuple[str, list[str]]:
        """The version of this machine's SQLite, and what it lacks that we need."""
        return sqlite3.sqlite_version, soundness.lacking()

    @property
    def is_writer(self) -> bool:
        return self._lock is not None

    def close(self) -> None:
        """May be called twice."""
        with contextlib.suppress(sqlite3.Error):
            self._db.raw.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing. A nested one joins; if anything inside fails, nothing of the outermost is kept."""
        return self._db.transaction()

    def data_version(self) -> int:
        """Changes when another connection has committed."""
        return int(self._db.value("PRAGMA data_version"))

    def version(self) -> tuple[int, int]:
        """Changes when anybody has committed, this connection too."""
        return self.data_version(), self._db.changes

    def is_replaced(self) -> bool:
        """Whether the database was deleted or exchanged since it was opened; then open the store again."""
        return self._db.is_replaced()

    def interrupt(self) -> None:
        """Stop the running query, from any thread; it raises StoreError."""
        self._db.raw.interrupt()

    def suspect(self) -> None:
        """Ask the next writer to look for damage before it starts."""
        self._db.suspect()

    def size(self) -> int:
        """Bytes of everything in the index folder."""
        total = 0
        for file in self.folder.rglob("*"):
            with contextlib.suppress(FileNotFoundError):  # side files come and go
                total += file.stat().st_size if file.is_file() else 0
        return total

    def check(self, deep: bool = False) -> list[str]:
        """What is wrong, in sentences; [] when the index is sound. `deep` verifies every checksum."""
        return soundness.check(self._db, self.is_writer, deep)

    def repair(self) -> list[str]:
        """Set right what can be: says what it did. Texts and vectors it dropped come back with the next run."""
        return soundness.repair(self._db)

    def compact(self) -> None:
        """Give back space, and leave nothing of removed text in the file."""
        for name in ("porter", "exact", "trigram"):
            with self.transaction():
                self._db.run(f"INSERT INTO words_{name}(words_{name}) VALUES ('optimize')")
        self._db.all("VACUUM")
        self._db.all("PRAGMA wal_checkpoint(TRUNCATE)")

    def purge_removed(self, older_than_seconds: float) -> int:
        """Drop vectors whose text has been in no note for so long; returns how many."""
        return self.vectors.purge(older_than_seconds)

    def _settle_doubts(self) -> list[str]:
        marker = self.folder / SUSPECT
        if not marker.exists():
            return []
        done = self.repair()
        marker.unlink(missing_ok=True)
        return done


def _after_damage(connection: Connection, damaged: Path | None) -> list[str]:
    if damaged is None:
        return []
    saved = salvage.salvage(damaged, connection)
    return [
        f"the index was damaged, so it is built anew; {saved} vectors were saved, "
        f"and the old file is kept as {damaged.name}"
    ]
