"""Spaces and their vectors, addressed by what was said: the same text is embedded once, wherever it stands."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import time
from typing import Any

import numpy as np
import numpy.typing as npt

from vecna_notes.errors import SpaceMismatch, StoreError
from vecna_notes.store.connection import Connection, Row, as_list
from vecna_notes.store.faultpoint import reach
from vecna_notes.types import Rows, Space, SpaceId, VectorId, Vectors

Ids = npt.NDArray[np.int64]


_BEFORE_ALL = VectorId(0)


@dataclass(frozen=True, slots=True)
class VectorStamp:
    """Names the set of a space's embeddable rows: rows are immutable and ids are never used again."""

    count: int
    max_id: int
    checksum: int
    """Sum of the rows' own checksums, so that another history of the database has another stamp."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredRows:
    """Sound, embeddable rows in order of their ids."""

    ids: Ids
    rows: Rows
    bad: tuple[VectorId, ...] = ()
    """Rows whose checksum does not hold; the next writer drops them, and their texts are embedded again."""


class VectorTable:
    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._spaces: dict[SpaceId, Space] = {}
        self._start: dict[SpaceId, tuple[int, float, int]] = {}
        """Where the search for missing vectors may start: (changes seen, modified, note id)."""

    def space(self, space: Space) -> SpaceId:
        """Id of a space, known from now on."""
        found = self._db.value("SELECT id FROM spaces WHERE key = ?", (space.key,))
        if found is None:
            columns = (space.key, space.embedder, space.model, space.revision, space.dim, space.metric, space.recipe)
            with self._db.transaction():
                self._db.run(
                    "INSERT INTO spaces(key, embedder, model, revision, dim, metric, recipe)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    columns,
                )
            found = self._db.value("SELECT id FROM spaces WHERE key = ?", (space.key,))
        return SpaceId(found)

    def spaces(self) -> list[tuple[SpaceId, Space]]:
        rows = self._db.all("SELECT id, embedder, model, revision, dim, metric, recipe FROM spaces ORDER BY id")
        return [(SpaceId(row[0]), space_of(row[1:])) for row in rows]

    def drop_space(self, id: SpaceId) -> None:
        """Forget a space with all its vectors."""
        with self._db.transaction():
            self._db.run("DELETE FROM spaces WHERE id = ?", (id,))
        self._spaces.pop(id, None)
        self._db.changes += 1

    def active(self) -> tuple[SpaceId, Space] | None:
        """The space searches use."""
        id = self._db.value("SELECT id FROM spaces WHERE is_active")
        return None if id is None else (SpaceId(id), self._space(SpaceId(id)))

    def activate(self, id: SpaceId | None) -> None:
        with self._db.transaction():
            self._db.run("UPDATE spaces SET is_active = 0 WHERE is_active")
            self._db.run("UPDATE spaces SET is_active = 1 WHERE id = ?", (id,))

    def missing(self, id: SpaceId, limit: int) -> list[tuple[str, str]]:
        """(text digest, embedded text) without a row in this space, newest notes first; empty when all are there.

        Calls in a row, each followed by `save`, go on where the last one began; the whole takes one pass.
        """
        changes, modified, note_id = self._start.get(id, (-1, float("inf"), 0))
        if changes != self._db.changes:
            modified, note_id = float("inf"), 0
        rows = self._db.all(_MISSING, (id, modified, modified, note_id, limit))
        if rows:
            self._start[id] = (self._db.changes, rows[0][0], rows[0][1])
        return list({digest: (digest, text) for _, _, digest, text in rows}.values())

    def missing_count(self, id: SpaceId) -> int:
        return int(
            self._db.value(
                "SELECT count(DISTINCT digest) FROM chunks WHERE digest IS NOT NULL AND NOT EXISTS"
                " (SELECT 1 FROM vectors WHERE vectors.digest = chunks.digest AND space_id = ?)",
                (id,),
            )
        )

    def count(self, id: SpaceId) -> int:
        """Texts of the vault that have a vector here."""
        return int(
            self._db.value(
                "SELECT count(*) FROM vectors WHERE space_id = ? AND is_zero = 0"
                " AND EXISTS (SELECT 1 FROM chunks WHERE chunks.digest = vectors.digest)",
                (id,),
            )
        )

    def save(self, id: SpaceId, digests: Sequence[str], vectors: Vectors) -> None:
        """Keep one vector a digest. A digest that has one keeps the old: rows never change."""
        space = self._space(id)
        if vectors.space.key != space.key or len(digests) != len(vectors):
            raise SpaceMismatch(
                f"{len(vectors)} vectors of {vectors.space.key} cannot be kept for {len(digests)} texts in {space.key}"
            )
        with self._db.transaction():
            self._db.run_many(
                "INSERT OR IGNORE INTO vectors(space_id, digest, crc, is_zero, row) VALUES (?, ?, ?, ?, ?)",
                _stored(id, space.key, digests, vectors.rows),
            )
            reach("vectors_saved")

    def all(self, id: SpaceId, after: VectorId = _BEFORE_ALL) -> StoredRows:
        """Every embeddable row with a greater id than `after`."""
        ids = self.ids(id, after)
        found = self._db.each(
            "SELECT id, digest, crc, row FROM vectors INDEXED BY vectors_space"
            " WHERE space_id = ? AND is_zero = 0 AND id > ? ORDER BY id",
            (id, after),
        )
        return _checked(self._space(id), found, len(ids))

    def some(self, id: SpaceId, ids: Iterable[VectorId]) -> StoredRows:
        """Those of the named rows that exist, in order of their ids."""
        wanted = sorted({int(id) for id in ids})
        found = self._db.each(
            "SELECT id, digest, crc, row FROM vectors WHERE id IN (SELECT value FROM json_each(?))"
            " AND space_id = ? AND is_zero = 0 ORDER BY id",
            (as_list(wanted), id),
        )
        return _checked(self._space(id), found, len(wanted))

    def of_texts(self, id: SpaceId, digests: Sequence[str]) -> dict[str, Rows]:
        """The sound row of each text that has one here; zero where it is unembeddable."""
        space = self._space(id)
        found = self._db.each(
            "SELECT digest, crc, is_zero, row FROM vectors WHERE digest IN (SELECT value FROM json_each(?))"
            " AND space_id = ?",
            (as_list(digests), id),
        )
        nothing = np.zeros(space.dim, dtype=np.float32)
        return {
            digest: nothing if is_zero else np.frombuffer(row, dtype="<f4")
            for digest, crc, is_zero, row in found
            if is_sound(space, digest, crc, is_zero, row)
        }

    def rows(self, id: SpaceId, ids: Sequence[VectorId]) -> Rows:
        """Rows in the order of `ids`; zero where a row is gone, damaged or unembeddable, which is near to nothing."""
        stored = self.some(id, ids)
        place = {int(found): i for i, found in enumerate(stored.ids)}
        rows = np.zeros((len(ids), self._space(id).dim), dtype=np.float32)
        for i, wanted in enumerate(ids):
            if (found := place.get(int(wanted))) is not None:
                rows[i] = stored.rows[found]
        return rows

    def stamp(self, id: SpaceId, up_to: int | None = None) -> VectorStamp:
        """Name of the set of embeddable rows, or of those with ids up to `up_to`."""
        row = self._db.one(
            "SELECT count(*), max(id), sum(crc) FROM vectors INDEXED BY vectors_space"
            " WHERE space_id = ? AND is_zero = 0 AND id <= ?",
            (id, 2**62 if up_to is None else up_to),
        )
        return VectorStamp(*((value or 0) for value in row or (0, 0, 0)))

    def ids(self, id: SpaceId, after: VectorId = _BEFORE_ALL) -> Ids:
        """Ids of the embeddable rows, ascending."""
        rows = self._db.all(
            "SELECT id FROM vectors INDEXED BY vectors_space WHERE space_id = ? AND is_zero = 0 AND id > ? ORDER BY id",
            (id, after),
        )
        return np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))

    def bad(self, id: SpaceId) -> list[VectorId]:
        """Rows whose checksum does not hold, without keeping the others in memory."""
        space = self._space(id)
        found = self._db.each("SELECT id, digest, crc, is_zero, row FROM vectors NOT INDEXED WHERE space_id = ?", (id,))
        return [VectorId(row[0]) for row in found if not is_sound(space, *row[1:])]

    def drop(self, ids: Iterable[VectorId]) -> int:
        """Forget rows, so that their texts are embedded again."""
        with self._db.transaction():
            dropped = self._db.run("DELETE FROM vectors WHERE id IN (SELECT value FROM json_each(?))", (as_list(ids),))
        self._db.changes += 1
        return dropped

    def purge(self, older_than_seconds: float) -> int:
        """Drop vectors that no chunk has used for so long, counted from the first purge that noticed."""
        now = time()
        with self._db.transaction():
            self._db.run("DELETE FROM unused WHERE digest IN (SELECT digest FROM chunks WHERE digest IS NOT NULL)")
            self._db.run(
                "INSERT OR IGNORE INTO unused SELECT DISTINCT digest, ? FROM vectors"
                " WHERE NOT EXISTS (SELECT 1 FROM chunks WHERE chunks.digest = vectors.digest)",
                (now,),
            )
            old = "SELECT digest FROM unused WHERE since <= ?"
            dropped = self._db.run(f"DELETE FROM vectors WHERE digest IN ({old})", (now - older_than_seconds,))
            self._db.run("DELETE FROM unused WHERE since <= ?", (now - older_than_seconds,))
        return dropped

    def _space(self, id: SpaceId) -> Space:
        if id not in self._spaces:
            self._spaces = dict(self.spaces())
        if id not in self._spaces:
            raise StoreError(f"space {id} is no longer in the index; open the vault again")
        return self._spaces[id]


_MISSING = """
SELECT n.modified, n.id, c.digest, c.embedded FROM notes n CROSS JOIN chunks c ON c.note_id = n.id
WHERE c.digest IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM vectors v WHERE v.digest = c.digest AND v.space_id = ?)
  AND n.modified <= ? AND (n.modified < ? OR n.id <= ?)
ORDER BY n.modified DESC, n.id DESC, c.place LIMIT ?
"""


def space_of(columns: Sequence[Any]) -> Space:
    embedder, model, revision, dim, metric, recipe = columns
    return Space(embedder, model, revision, int(dim), metric, recipe)


def checksum(key: str, digest: str, row: bytes) -> int:
    """CRC-32 over a row's bytes, its space and its text's digest: a row under the wrong name is damaged too."""
    return zlib.crc32(row, zlib.crc32(f"{key} {digest}".encode()))


def is_sound(space: Space, digest: object, crc: object, is_zero: object, row: object) -> bool:
    """Whether a stored row is what was once saved."""
    if not isinstance(digest, str) or not isinstance(row, bytes) or len(row) != (0 if is_zero else space.dim * 4):
        return False
    return checksum(space.key, digest, row) == crc


def _stored(id: SpaceId, key: str, digests: Sequence[str], rows: Rows) -> Iterator[Row]:
    is_zero = np.atleast_1d(~rows.any(axis=1)).tolist()
    little_endian = rows.astype("<f4", copy=False)
    for digest, zero, row in zip(digests, is_zero, little_endian, strict=True):
        kept = b"" if zero else row.tobytes()
        yield id, digest, checksum(key, digest, kept), int(zero), kept


def _checked(space: Space, found: Iterator[Row], room: int) -> StoredRows:
    """Fill one array of `room` rows, so that a big space is in memory once."""
    ids = np.empty(room, dtype=np.int64)
    rows = np.empty((room, space.dim), dtype=np.float32)
    bad: list[VectorId] = []
    n, key, size = 0, space.key, space.dim * 4
    for id, digest, crc, row in found:
        if n == room:
            break
        if len(row) != size or checksum(key, digest, row) != crc:
            bad.append(VectorId(id))
            continue
        ids[n] = id
        rows[n] = np.frombuffer(row, dtype="<f4")
        n += 1
    return StoredRows(ids[:n], rows[:n], tuple(bad))
