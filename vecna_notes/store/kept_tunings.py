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
    " content TEXT NOT NULL, is_live INTEGER NOT NULL DEFAULT 0, is_forced INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID",
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
            "SELECT name, embedder, made, content, is_live, is_forced FROM tunings ORDER BY made, length(name), name"
        )
        return [
            KeptTuning(name, embedder, made, json.loads(content), bool(is_live), bool(is_forced))
            for name, embedder, made, content, is_live, is_forced in rows
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

    def choose(self, name: str | None, is_forced: bool = False) -> None:
        """Let one answer, or none; all at once."""
        with self._opened() as db:
            db.execute(
                "UPDATE tunings SET is_live = (name IS ?), is_forced = (name IS ? AND ?)", (name, name, is_forced)
            )

    def forget(self, name: str) -> None:
        with self._opened() as db:
            db.execute("DELETE FROM tunings WHERE name = ?", (name,))
