"""Passages: chunks with an address."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

from vecna_notes.store.connection import Connection, Row, as_list, path_of, storable
from vecna_notes.types import Chunk, NoteId, Passage, PassageId, SpaceId, VectorId

TRAIL_SEPARATOR = "\x1f"  # no heading holds it, and no tokenizer takes it for a letter

_PASSAGE = """
SELECT c.id, c.note_id, n.path, n.title, c.text, c.trail, c.first_line, c.last_line, c.embedded
FROM chunks c JOIN notes n ON n.id = c.note_id
"""


class Passages:
    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._counted: tuple[tuple[int, int], int] | None = None

    def by_ids(self, ids: Sequence[PassageId]) -> dict[PassageId, Passage]:
        """Those that still exist."""
        rows = self._db.all(_PASSAGE + "WHERE c.id IN (SELECT value FROM json_each(?))", (as_list(ids),))
        return {PassageId(row[0]): _passage(row) for row in rows}

    def embedded(self, ids: Sequence[PassageId]) -> dict[PassageId, str]:
        """What an embedder reads of them."""
        rows = self._db.all(
            "SELECT id, embedded FROM chunks WHERE id IN (SELECT value FROM json_each(?))", (as_list(ids),)
        )
        return {PassageId(id): text for id, text in rows}

    def of_note(self, id: NoteId) -> list[Passage]:
        """In the order of the note."""
        return [_passage(row) for row in self._db.all(_PASSAGE + "WHERE c.note_id = ? ORDER BY c.place", (id,))]

    def newest(self, notes: Collection[NoteId], limit: int) -> list[Passage]:
        """The first passage of each of the notes that changed last, newest first."""
        rows = self._db.all(
            _PASSAGE + "WHERE n.id IN (SELECT value FROM json_each(?)) AND c.place = 0"
            " ORDER BY n.modified DESC, n.path LIMIT ?",
            (as_list(notes), limit),
        )
        return [_passage(row) for row in rows]

    def at_line(self, id: NoteId, line: int) -> Passage | None:
        """The first that holds the line; None for front matter and lines the note does not have."""
        row = self._db.one(
            _PASSAGE + "WHERE c.note_id = ? AND c.first_line <= ? AND c.last_line >= ? ORDER BY c.place LIMIT 1",
            (id, line, line),
        )
        return None if row is None else _passage(row)

    def of_vectors(self, ids: Sequence[VectorId], space: SpaceId) -> dict[VectorId, list[PassageId]]:
        """Passages that say what each vector stands for: none, one or several."""
        rows = self._db.all(
            "SELECT v.id, c.id FROM vectors v JOIN chunks c ON c.digest = v.digest"
            " WHERE v.id IN (SELECT value FROM json_each(?)) AND v.space_id = ? ORDER BY c.id",
            (as_list(ids), space),
        )
        found: dict[VectorId, list[PassageId]] = {}
        for vector, passage in rows:
            found.setdefault(VectorId(vector), []).append(PassageId(passage))
        return found

    def vector_ids(self, ids: Sequence[PassageId], space: SpaceId) -> dict[PassageId, VectorId]:
        """Of those passages that have an embeddable vector in the space."""
        rows = self._db.all(
            "SELECT c.id, v.id FROM chunks c CROSS JOIN vectors v ON v.digest = c.digest AND v.space_id = ?"
            " WHERE c.id IN (SELECT value FROM json_each(?)) AND v.is_zero = 0",
            (space, as_list(ids)),
        )
        return {PassageId(passage): VectorId(vector) for passage, vector in rows}

    def vectors_of_notes(self, notes: Collection[NoteId], space: SpaceId) -> list[VectorId]:
        """Every embeddable vector that some passage of these notes says."""
        rows = self._db.all(
            "SELECT DISTINCT v.id FROM chunks c CROSS JOIN vectors v ON v.digest = c.digest AND v.space_id = ?"
            " WHERE c.note_id IN (SELECT value FROM json_each(?)) AND v.is_zero = 0",
            (space, as_list(notes)),
        )
        return [VectorId(row[0]) for row in rows]

    def notes_of(self, ids: Sequence[PassageId]) -> dict[PassageId, NoteId]:
        rows = self._db.all(
            "SELECT id, note_id FROM chunks WHERE id IN (SELECT value FROM json_each(?))", (as_list(ids),)
        )
        return {PassageId(passage): NoteId(note) for passage, note in rows}

    def ids_of(self, notes: Sequence[NoteId]) -> dict[NoteId, list[PassageId]]:
        """Passages of many notes, in the order of each note, without their texts."""
        rows = self._db.all(
            "SELECT note_id, id FROM chunks WHERE note_id IN (SELECT value FROM json_each(?)) ORDER BY note_id, place",
            (as_list(notes),),
        )
        found: dict[NoteId, list[PassageId]] = {}
        for note, passage in rows:
            found.setdefault(NoteId(note), []).append(PassageId(passage))
        return found

    def digests(self) -> Iterator[tuple[NoteId, str]]:
        """Note and digest of every passage that says something, in the order of notes and places."""
        rows = self._db.each("SELECT note_id, digest FROM chunks WHERE digest IS NOT NULL ORDER BY note_id, place")
        return ((NoteId(note), said) for note, said in rows)

    def said_by(self, notes: Collection[NoteId]) -> Iterator[tuple[NoteId, str]]:
        """What an embedder reads of each note as a whole."""
        rows = self._db.each(
            "SELECT note_id, embedded FROM chunks WHERE note_id IN (SELECT value FROM json_each(?))"
            " AND digest IS NOT NULL ORDER BY note_id, place",
            (as_list(notes),),
        )
        grouped = groupby(rows, key=lambda row: row[0])
        return ((NoteId(note), "\n".join(row[1] for row in own)) for note, own in grouped)

    def in_order(self, scores: Mapping[PassageId, float]) -> list[PassageId]:
        """Those that are stored, best first. Equal ones go by path and line: their ids tell only how old they are."""
        rows = self._db.all(
            "SELECT c.id FROM chunks c JOIN notes n ON n.id = c.note_id WHERE c.id IN (SELECT value FROM json_each(?))"
            " ORDER BY n.path, c.first_line",
            (as_list(list(scores)),),
        )
        return sorted((PassageId(row[0]) for row in rows), key=lambda id: -scores[id])

    def in_their_notes(self, ids: Collection[PassageId]) -> dict[PassageId, NoteId]:
        """The note of each that is stored, in the order of path and line."""
        rows = self._db.all(
            "SELECT c.id, c.note_id FROM chunks c JOIN notes n ON n.id = c.note_id"
            " WHERE c.id IN (SELECT value FROM json_each(?)) ORDER BY n.path, c.first_line",
            (as_list(ids),),
        )
        return {PassageId(passage): NoteId(note) for passage, note in rows}

    def count(self) -> int:
        """Counted once between two changes: every search asks, and counting 100,000 takes two milliseconds."""
        version = (self._db.value("PRAGMA data_version"), self._db.changes)
        if self._counted is None or self._counted[0] != version:
            self._counted = (version, int(self._db.value("SELECT count(*) FROM chunks")))
        return self._counted[1]

    def text_count(self) -> int:
        """Distinct embedded texts."""
        return int(self._db.value("SELECT count(DISTINCT digest) FROM chunks"))

    def texts(self) -> Iterator[str]:
        """Distinct embedded texts, in an order that depends on nothing but themselves: the training corpus."""
        sql = "SELECT embedded FROM chunks WHERE digest IS NOT NULL GROUP BY digest ORDER BY digest"
        return (row[0] for row in self._db.each(sql))

    def by_digest(self) -> dict[str, str]:
        """Each distinct embedded text."""
        return dict(self._db.all("SELECT digest, embedded FROM chunks WHERE digest IS NOT NULL GROUP BY digest"))


def trail_text(trail: Sequence[str]) -> str:
    return TRAIL_SEPARATOR.join(storable(heading).replace(TRAIL_SEPARATOR, " ") for heading in trail)


def chunk_checksum(trail: str, text: str, embedded: str) -> int:
    """CRC-32 over what a chunk says, as stored."""
    return zlib.crc32("\0".join((trail, text, embedded)).encode())


def _passage(row: Row) -> Passage:
    id, note_id, path, title, text, trail, first_line, last_line, embedded = row
    headings = tuple(trail.split(TRAIL_SEPARATOR)) if trail else ()
    return Passage(
        PassageId(id), NoteId(note_id), path_of(path), title, Chunk(text, headings, first_line, last_line, embedded)
    )
