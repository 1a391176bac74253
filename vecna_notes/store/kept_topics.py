"""Topics as they were when they were last looked for, and what became of them: the memory that keeps names in place."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from vecna_notes.store.connection import path_key, path_of, storable

TABLES = (
    "CREATE TABLE IF NOT EXISTS topics (id INTEGER PRIMARY KEY, level INTEGER NOT NULL, parent INTEGER,"
    " name TEXT NOT NULL, given TEXT NOT NULL, slot INTEGER NOT NULL, status TEXT NOT NULL, terms TEXT NOT NULL,"
    " members TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS topic_events (id INTEGER PRIMARY KEY AUTOINCREMENT, made REAL NOT NULL,"
    " event TEXT NOT NULL, topic INTEGER NOT NULL, name TEXT NOT NULL, other INTEGER, other_name TEXT NOT NULL,"
    " notes INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS topic_runs (id INTEGER PRIMARY KEY AUTOINCREMENT, made REAL NOT NULL,"
    " digest TEXT NOT NULL, clusterer TEXT NOT NULL, space TEXT NOT NULL, is_grouped INTEGER NOT NULL,"
    " looked_at INTEGER NOT NULL)",
)
TOPIC, PART, GROUP = 1, 2, 3
"""Levels: a topic, a part of one, and a cluster too small to be shown, kept for the next run to go on from."""
TopicStatus: TypeAlias = Literal["born", "kept", "merged", "split", "faded"]
"""What the last run made of it: merged = it took another in, split = it came out of another, faded = it is gone."""
_KEEP_RUNS = 20


@dataclass(frozen=True, slots=True)
class KeptTopic:
    id: int
    level: int
    parent: int | None
    name: str
    given: str
    """The user's own name for it, or ""."""
    slot: int
    """Number of its colour and shape."""
    status: TopicStatus
    terms: tuple[str, ...]
    members: tuple[str, ...]
    """Paths, the most central first."""


@dataclass(frozen=True, slots=True)
class TopicEvent:
    """Something that happened to a topic when topics were looked for again."""

    event: Literal["born", "merged", "split", "faded", "renamed"]
    """merged: it is now part of `other`. split: it came out of `other`."""
    topic: int
    name: str
    notes: int
    """How many notes it holds, or held."""
    other: int | None = None
    other_name: str = ""
    made: float = 0.0


@dataclass(frozen=True, slots=True)
class TopicRun:
    """What topics were last found in, and how."""

    id: int
    made: float
    digest: str
    clusterer: str
    space: str
    is_grouped: bool
    """Whether topics are groups of the clusters found, which are their parts."""
    looked_at: int
    """Notes there were when topics were last looked for anew, without what had been found before."""


class KeptTopics:
    """Every call is one short transaction."""

    def __init__(
        self,
        read: Callable[[str, tuple[object, ...]], list[tuple[Any, ...]]],
        opened: Callable[[], AbstractContextManager[sqlite3.Connection]],
    ) -> None:
        self._read = read
        self._opened = opened

    def all(self) -> list[KeptTopic]:
        """Faded ones too, by id."""
        rows = self._read(
            "SELECT id, level, parent, name, given, slot, status, terms, members FROM topics ORDER BY id", ()
        )
        return [_topic(*row) for row in rows]

    def last_run(self) -> TopicRun | None:
        rows = self._read(
            "SELECT id, made, digest, clusterer, space, is_grouped, looked_at FROM topic_runs ORDER BY id DESC LIMIT 1",
            (),
        )
        for id, made, digest, clusterer, space, is_grouped, looked_at in rows:
            return TopicRun(id, made, digest, clusterer, space, bool(is_grouped), looked_at)
        return None

    def replace(
        self, topics: Sequence[KeptTopic], events: Sequence[TopicEvent], run: TopicRun, after: TopicRun | None
    ) -> bool:
        """Keep these as all topics. False, and nothing is kept, when another process did so since the run `after`."""
        with self._opened() as db:
            db.execute("BEGIN IMMEDIATE")
            last = db.execute("SELECT max(id) FROM topic_runs").fetchone()[0]
            if last != (after.id if after else None):
                return False
            db.execute("DELETE FROM topics")
            db.executemany("INSERT INTO topics VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", map(_columns, topics))
            _add_events(db, events, run.made)
            db.execute(
                "INSERT INTO topic_runs(made, digest, clusterer, space, is_grouped, looked_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (run.made, run.digest, run.clusterer, run.space, run.is_grouped, run.looked_at),
            )
            db.execute("DELETE FROM topic_runs WHERE id <= (SELECT max(id) FROM topic_runs) - ?", (_KEEP_RUNS,))
        return True

    def rename(self, id: int, given: str) -> bool:
        """Whether there is such a topic. "" gives it back the name that is found for it."""
        with self._opened() as db:
            row = db.execute("SELECT name, given, members FROM topics WHERE id = ?", (id,)).fetchone()
            if row is None:
                return False
            db.execute("UPDATE topics SET given = ? WHERE id = ?", (storable(given), id))
            before, count = row[1] or row[0], len(json.loads(row[2]))
            _add_events(db, [TopicEvent("renamed", id, given or row[0], count, None, before)], time.time())
        return True

    def events(self, limit: int) -> list[TopicEvent]:
        """Newest first."""
        rows = self._read(
            "SELECT event, topic, name, notes, other, other_name, made FROM topic_events ORDER BY id DESC LIMIT ?",
            (limit,),
        )
        return [TopicEvent(*row) for row in rows]


def _add_events(db: sqlite3.Connection, events: Sequence[TopicEvent], made: float) -> None:
    db.executemany(
        "INSERT INTO topic_events(made, event, topic, name, other, other_name, notes) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(made, one.event, one.topic, one.name, one.other, one.other_name, one.notes) for one in events],
    )


def _topic(
    id: int,
    level: int,
    parent: int | None,
    name: str,
    given: str,
    slot: int,
    status: TopicStatus,
    terms: str,
    members: str,
) -> KeptTopic:
    paths = tuple(path_of(bytes.fromhex(path)) for path in json.loads(members))
    return KeptTopic(id, level, parent, name, given, slot, status, tuple(json.loads(terms)), paths)


def _columns(topic: KeptTopic) -> tuple[object, ...]:
    members = json.dumps([path_key(path).hex() for path in topic.members])
    terms = json.dumps([storable(term) for term in topic.terms])
    texts = (storable(topic.name), storable(topic.given), topic.slot, topic.status, terms, members)
    return (topic.id, topic.level, topic.parent, *texts)
