"""Saving vectors from a damaged database: every row whose checksum still holds is worth an embedding."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from vecna_notes.errors import VecnaError
from vecna_notes.store.connection import Connection, Row
from vecna_notes.store.opening import open_damaged
from vecna_notes.store.vectors import VectorTable, is_sound, space_of

_STEP = 256
_MAX_ERRORS = 2_000
"""Rows around unreadable pages are skipped one by one up to here; then the rest is given up."""


def salvage(file: Path, into: Connection) -> int:
    """Copy spaces and sound vectors from `file`; returns how many vectors. Never raises on account of the damage."""
    saved = 0
    with contextlib.suppress(sqlite3.Error), contextlib.closing(open_damaged(file)) as raw, into.transaction():
        table = VectorTable(into)
        for space_id, is_active, *columns in raw.execute(
            "SELECT id, is_active, key, embedder, model, revision, dim, metric, recipe FROM spaces"
        ).fetchall():
            with contextlib.suppress(VecnaError, TypeError, ValueError):
                space = space_of(columns[1:])
                if space.key != columns[0]:
                    continue
                new_id = table.space(space)
                if is_active and table.active() is None:
                    table.activate(new_id)
                sound = (
                    (new_id, digest, crc, is_zero, row)
                    for digest, crc, is_zero, row in _readable(raw, space_id)
                    if is_sound(space, digest, crc, is_zero, row)
                )
                before = into.raw.total_changes
                into.run_many(
                    "INSERT OR IGNORE INTO vectors(space_id, digest, crc, is_zero, row) VALUES (?, ?, ?, ?, ?)", sound
                )
                saved += into.raw.total_changes - before
    return saved


def _readable(raw: sqlite3.Connection, space_id: int) -> Iterator[Row]:
    """Rows in order of id; where a page is unreadable, on with the next id that can be read."""
    columns = "id, digest, crc, is_zero, row"
    sql = f"SELECT {columns} FROM vectors NOT INDEXED WHERE id > ? AND space_id = ? ORDER BY id LIMIT ?"
    last, errors, step = 0, 0, _STEP
    end = _last_id(raw)
    while last < end and errors < _MAX_ERRORS:
        try:
            rows = raw.execute(sql, (last, space_id, step)).fetchall()
        except sqlite3.Error:
            errors += 1
            last, step = (last, step // 8) if step > 1 else (last + 1, 1)
            continue
        for row in rows:
            yield row[1:]
        if not rows:
            return
        last, step = rows[-1][0], min(step * 2, _STEP)


def _last_id(raw: sqlite3.Connection) -> int:
    try:
        return int(raw.execute("SELECT seq FROM sqlite_sequence WHERE name = 'vectors'").fetchone()[0])
    except (sqlite3.Error, TypeError, ValueError):
        return 1_000_000
