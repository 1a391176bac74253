"""What the user said and what was measured: a SQLite file of its own beside the index.

The index can be made again from the notes; this cannot. It is therefore never rebuilt, any process may write it at any
time (in short transactions), and notes are named by path, since ids belong to the index.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from vecna_notes.errors import StoreError, StoreTooNew
from vecna_notes.store import kept_topics, kept_tunings
from vecna_notes.store.connection import path_key, path_of, storable

FILE = "kept.db"
BUSY_SECONDS = 5.0
_M001 = (
    "CREATE TABLE IF NOT EXISTS judgements (query TEXT NOT NULL, path BLOB NOT NULL, grade INTEGER NOT NULL,"
    " made REAL NOT NULL, PRIMARY KEY (query, path)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS saved (name TEXT PRIMARY KEY, query TEXT NOT NULL, made REAL NOT NULL,"
    " seen TEXT NOT NULL) WITHOUT ROWID",
    'CREATE TABLE IF NOT EXISTS runs (id INTEGER PRIMARY KEY AUTOINCREMENT, "set" TEXT NOT NULL, made REAL NOT NULL,'
    " content TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS feedback (source BLOB NOT NULL, anchor TEXT NOT NULL, target BLOB NOT NULL,"
    " verdict TEXT NOT NULL, made REAL NOT NULL, PRIMARY KEY (source, anchor, target)) WITHOUT ROWID",
    *kept_topics.TABLES,
)
_M002 = kept_tunings.TABLES
_MIGRATIONS = (_M001, _M002)
"""In order; user_version counts those that were made. A released one is never edited: this file outlives versions."""
Verdict: TypeAlias = Literal["accept", "skip", "never", "not today"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """That a note answers a query, as the user said."""

    query: str
    path: str
    grade: int = 1
    """1 it answers, 0 it does not."""
    made: float = 0.0


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A standing search. `seen` are the paths it had found when it was last run; None before its first run."""

    name: str
    query: str
    made: float
    seen: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the user said of a pair of notes that was proposed."""

    source: str
    anchor: str
    """The words a link was proposed at; empty where the pair itself was meant."""
    target: str
    verdict: Verdict
    made: float = 0.0


class Kept:
    """Opened for each use and closed after it, since a screen and a command line share it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self.topics = kept_topics.KeptTopics(self._read, self._opened)
        self.tunings = kept_tunings.KeptTunings(self._read, self._opened)

    # ── judgements ──────────────────────────────────────────────────────────────────────────────────────────────

    def judgements(self) -> list[Judgement]:
        """In the order made."""
        rows = self._read("SELECT query, path, grade, made FROM judgements ORDER BY made, query, path")
        return [Judgement(query, path_of(path), grade, made) for query, path, grade, made in rows]

    def judge(self, query: str, path: str, grade: int) -> None:
        """A later judgement of the same pair replaces the earlier."""
        values = (storable(query), path_key(path), grade, time.time())
        self._write("INSERT OR REPLACE INTO judgements VALUES (?, ?, ?, ?)", values)

    def forget_judgement(self, query: str, path: str) -> bool:
        """Whether there was one."""
        return self._write("DELETE FROM judgements WHERE query = ? AND path = ?", (storable(query), path_key(path))) > 0

    # ── feedback on pairs of notes ──────────────────────────────────────────────────────────────────────────────

    def verdicts(self, source: str | None = None) -> list[Feedback]:
        """In the order given; only those on pairs of one source where it is named."""
        key = None if source is None else path_key(source)
        rows = self._read(
            "SELECT source, anchor, target, verdict, made FROM feedback WHERE ? IS NULL OR source = ?"
            " ORDER BY made, source, anchor, target",
            (key, key),
        )
        return [Feedback(path_of(one), anchor, path_of(other), *said) for one, anchor, other, *said in rows]

    def judge_pair(self, source: str, target: str, verdict: Verdict, anchor: str = "") -> None:
        """A later verdict on the same words of the same pair replaces the earlier."""
        values = (path_key(source), storable(anchor), path_key(target), verdict, time.time())
        self._write("INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?)", values)

    def forget_pair(self, source: str, target: str, anchor: str = "") -> bool:
        """Whether there was a verdict."""
        values = (path_key(source), storable(anchor), path_key(target))
        return self._write("DELETE FROM feedback WHERE source = ? AND anchor = ? AND target = ?", values) > 0

    # ── saved searches ──────────────────────────────────────────────────────────────────────────────────────────

    def saved(self) -> list[SavedSearch]:
        """By name."""
        rows = self._read("SELECT name, query, made, seen FROM saved ORDER BY name")
        return [SavedSearch(name, query, made, _seen(seen)) for name, query, made, seen in rows]

    def save_search(self, name: str, query: str) -> None:
        """A search of that name is replaced, and starts anew."""
        values = (storable(name), storable(query), time.time(), "null")
        self._write("INSERT OR REPLACE INTO saved VALUES (?, ?, ?, ?)", values)

    def forget_search(self, name: str) -> bool:
        """Whether there was one."""
        return self._write("DELETE FROM saved WHERE name = ?", (storable(name),)) > 0

    def mark_seen(self, name: str, paths: frozenset[str]) -> None:
        seen = json.dumps(sorted(path_key(path).hex() for path in paths))
        self._write("UPDATE saved SET seen = ? WHERE name = ?", (seen, storable(name)))

    # ── runs and facts ──────────────────────────────────────────────────────────────────────────────────────────

    def add_run(self, set: str, content: Any) -> int:
        """Keep an evaluation as JSON; returns its id."""
        with self._opened() as db:
            cursor = db.execute(
                'INSERT INTO runs("set", made, content) VALUES (?, ?, ?)', (set, time.time(), json.dumps(content))
            )
            return int(cursor.lastrowid or 0)

    def runs(self, set: str | None = None, limit: int = 50) -> list[tuple[int, Any]]:
        """Ids and contents, newest first."""
        rows = self._read(
            'SELECT id, content FROM runs WHERE ? IS NULL OR "set" = ? ORDER BY id DESC LIMIT ?', (set, set, limit)
        )
        return [(int(id), json.loads(content)) for id, content in rows]

    def run(self, id: int) -> Any | None:
        rows = self._read("SELECT content FROM runs WHERE id = ?", (id,))
        return json.loads(rows[0][0]) if rows else None

    def fact(self, key: str) -> Any | None:
        rows = self._read("SELECT value FROM facts WHERE key = ?", (key,))
        return json.loads(rows[0][0]) if rows else None

    def set_fact(self, key: str, value: Any) -> None:
        """None forgets it."""
        if value is None:
            self._write("DELETE FROM facts WHERE key = ?", (key,))
        else:
            self._write("INSERT OR REPLACE INTO facts VALUES (?, ?)", (key, json.dumps(value)))

    def stamp(self) -> int:
        """Changes when anything here does."""
        try:
            return self._file.stat().st_mtime_ns
        except OSError:
            return 0

    # ── the file ────────────────────────────────────────────────────────────────────────────────────────────────

    def _read(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        if not self._file.exists():
            return []
        with self._opened() as db:
            try:
                return db.execute(sql, values).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):  # of an older version, in a folder that cannot be written
                    return []
                raise

    def _write(self, sql: str, values: tuple[object, ...]) -> int:
        with self._opened() as db:
            return db.execute(sql, values).rowcount

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """One transaction. Raises StoreError with the file's name, so that whoever can may look at it."""
        is_new = not self._file.exists()
        try:
            db = sqlite3.connect(self._file, timeout=BUSY_SECONDS)
            try:
                if is_new:
                    self._file.chmod(0o600)
                try:
                    _migrate(db, self._file)
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY:
                        raise
                with db:
                    yield db
            finally:
                db.close()
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"{self._file} cannot be used: {error}; it holds your labelled queries, saved searches and decisions, "
                "move it away to begin anew"
            ) from error


def _migrate(db: sqlite3.Connection, file: Path) -> None:
    """Raises StoreTooNew."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > len(_MIGRATIONS):
        raise StoreTooNew(f"{file} was written by a newer version of vecna-notes; update this one")
    if version == len(_MIGRATIONS):
        return
    with db:
        db.execute("BEGIN IMMEDIATE")
        version = int(db.execute("PRAGMA user_version").fetchone()[0])  # another process may have been quicker
        for migration in _MIGRATIONS[version:]:
            for statement in migration:
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")


def _seen(text: str) -> frozenset[str] | None:
    seen = json.loads(text)
    return None if seen is None else frozenset(path_of(bytes.fromhex(path)) for path in seen)
