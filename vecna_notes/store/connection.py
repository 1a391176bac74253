"""One SQLite connection: rows as tuples, errors as sentences, writes only inside a transaction."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from vecna_notes.errors import Busy, StoreError, VecnaError
from vecna_notes.store.faultpoint import reach

Row: TypeAlias = tuple[Any, ...]
SUSPECT = "suspect"
"""Name of the file that asks the next writer to look for damage before it starts."""


class Connection:
    """What the tables share. Not for use by several threads, nor across a fork."""

    def __init__(self, raw: sqlite3.Connection, file: Path) -> None:
        self.raw = raw
        self.file = file
        self.changes = 0
        """Grows whenever notes or vectors change through this connection."""
        self._inode = file.stat().st_ino
        self._depth = 0
        self._has_failed = False

    def all(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        try:
            return self.raw.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self.explained(error) from error

    def each(self, sql: str, values: Sequence[object] = ()) -> Iterator[Row]:
        """Rows one at a time, for what does not fit into memory twice."""
        try:
            yield from self.raw.execute(sql, values)
        except sqlite3.Error as error:
            raise self.explained(error) from error

    def one(self, sql: str, values: Sequence[object] = ()) -> Row | None:
        rows = self.all(sql, values)
        return rows[0] if rows else None

    def value(self, sql: str, values: Sequence[object] = ()) -> Any:
        """First column of the first row; None when there is no row."""
        row = self.one(sql, values)
        return row[0] if row else None

    def run(self, sql: str, values: Sequence[object] = ()) -> int:
        """Write; returns the number of rows changed."""
        self._check_writing()
        try:
            return self.raw.execute(sql, values).rowcount
        except sqlite3.Error as error:
            raise self.explained(error) from error

    def run_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        self._check_writing()
        try:
            self.raw.executemany(sql, rows)
        except sqlite3.Error as error:
            raise self.explained(error) from error

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """BEGIN IMMEDIATE … COMMIT. A nested one joins, and when it fails the outermost cannot commit any more."""
        if self._depth == 0:
            self._begin()
        self._depth += 1
        try:
            yield
        except BaseException:
            self._has_failed = True
            raise
        finally:
            self._depth -= 1
            if self._depth == 0:
                self._end()

    def explained(self, error: sqlite3.Error) -> VecnaError:
        """The sentence for an error of SQLite; damage is remembered for the next writer."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return Busy(f"another program has locked {self.file}; close it and try again")
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            self.suspect()
            return StoreError(f"{self.file} is damaged ({error}); `vecna index` moves it aside and builds it anew")
        if code == sqlite3.SQLITE_FULL:
            return StoreError(f"no space is left for {self.file}; free some and try again, nothing is lost")
        return StoreError(f"{self.file} could not be used: {error}; `vecna doctor` looks into it")

    def suspect(self) -> None:
        """Ask the next writer to look for damage. A read-only folder keeps its doubts to itself."""
        with contextlib.suppress(OSError):
            os.close(os.open(self.file.with_name(SUSPECT), os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))

    def _begin(self) -> None:
        if self.is_replaced():
            raise StoreError(f"{self.file} was deleted or replaced while it was open; run the command again")
        self._has_failed = False
        try:
            self.raw.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise self.explained(error) from error

    def _end(self) -> None:
        if self._has_failed:
            self._roll_back()
            return
        try:
            reach("before_commit")
            self.raw.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise self.explained(error) from error
        except BaseException:
            self._roll_back()
            raise
        reach("after_commit")

    def _roll_back(self) -> None:
        self.changes += 1
        if self.raw.in_transaction:  # on a full disk SQLite has already done it
            with contextlib.suppress(sqlite3.Error):
                self.raw.execute("ROLLBACK")

    def is_replaced(self) -> bool:
        """Whether the file this connection has open is no longer the one under its name."""
        try:
            return self.file.stat().st_ino != self._inode
        except OSError:
            return True

    def _check_writing(self) -> None:
        if self._depth == 0:
            raise RuntimeError("writes belong inside Store.transaction()")


def path_key(path: str) -> bytes:
    """A path as SQLite keeps it: the bytes of its name, whatever they are."""
    return path.encode("utf-8", "surrogateescape")


def path_of(key: bytes) -> str:
    return key.decode("utf-8", "surrogateescape")


def storable(text: str) -> str:
    """`text` with lone surrogates replaced, which UTF-8 cannot hold; as long as before."""
    try:
        text.encode()
        return text
    except UnicodeEncodeError:
        return "".join("\N{REPLACEMENT CHARACTER}" if "\ud800" <= c <= "\udfff" else c for c in text)


def as_list(values: Iterable[object]) -> str:
    """Values for `IN (SELECT value FROM json_each(?))`, so that there may be any number of them."""
    return json.dumps(list(values))
