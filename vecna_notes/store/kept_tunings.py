"""Tuned models, what they learned from, what the gate said of them, and which one is to answer."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

TABLES = (
    "CREATE TABLE IF NOT EXISTS tunings (name TEXT PRIMARY KEY, embedder TEXT NOT NULL, made REAL NOT NULL,"
    " content TEXT NOT NULL, is_live INTEGER NOT NULL DEFAULT 0, is_forced INTEGER NOT NULL DEFAULT 0, before TEXT)"
    " WITHOUT ROWID",
)


@dataclass(frozen=True, slots=True)
class KeptTuning:
    name: str
    """Of its folder, and of its Space's model: "tuned-1"."""
    embedder: str
    """The offer that opens it."""
    made: float
    content: Any
    is_live: bool = False
    """Whether it is to answer; its Space may still have to be filled."""
    is_forced: bool = False
    """Whether it went live against the gate's advice."""
    before: str | None = None
    """The tuning that was live before it."""


class KeptTunings:
    """A part of kept.db, handed its ways to read and to open it."""

    def __init__(
        self,
        read: Callable[..., list[tuple[Any, ...]]],
        opened: Callable[[], AbstractContextManager[sqlite3.Connection]],
    ) -> None:
        self._read = read
        self._opened = opened

    def all(self) -> list[KeptTuning]:
        """In the order made."""
        rows = self._read(
            "SELECT name, embedder, made, content, is_live, is_forced, before FROM tunings"
            " ORDER BY made, length(name), name"
        )
        return [
            KeptTuning(name, embedder, made, json.loads(content), bool(is_live), bool(is_forced), before)
            for name, embedder, made, content, is_live, is_forced, before in rows
        ]

    def live(self) -> KeptTuning | None:
        """The one that is to answer."""
        return next((one for one in self.all() if one.is_live), None)

    def keep(self, name: str, embedder: str, content: Any) -> None:
        """What is known of a tuning from now on; whether it is live does not change."""
        with self._opened() as db:
            db.execute(
                "INSERT INTO tunings(name, embedder, made, content) VALUES (?, ?, ?, ?)"
                " ON CONFLICT(name) DO UPDATE SET content = excluded.content",
                (name, embedder, time.time(), json.dumps(content)),
            )

    def go_live(self, name: str, is_forced: bool = False) -> None:
        """Let one answer from now on."""
        with self._opened() as db:
            live = db.execute("SELECT name FROM tunings WHERE is_live AND name <> ?", (name,)).fetchone()
            if live is not None:
                db.execute("UPDATE tunings SET before = ? WHERE name = ?", (live[0], name))
            db.execute("UPDATE tunings SET is_forced = ? WHERE name = ?", (is_forced, name))
            db.execute("UPDATE tunings SET is_live = (name = ?)", (name,))

    def go_back(self) -> None:
        """Let the one answer that was live before, or none."""
        with self._opened() as db:
            db.execute("UPDATE tunings SET is_live = (name IS (SELECT before FROM tunings WHERE is_live))")

    def rest(self) -> None:
        """Let none answer."""
        with self._opened() as db:
            db.execute("UPDATE tunings SET is_live = 0")

    def forget(self, name: str) -> None:
        with self._opened() as db:
            db.execute("DELETE FROM tunings WHERE name = ?", (name,))
