"""Notes with everything that hangs on them: text, chunks, names, links, keyword rows. A note changes as a whole."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from vecna_notes.errors import NoteNotFound
from vecna_notes.store.connection import Connection, Row, as_list, path_key, path_of, storable
from vecna_notes.store.faultpoint import reach
from vecna_notes.store.files import stamp_of, stamp_text
from vecna_notes.store.keywords import Words, add_words, drop_words
from vecna_notes.store.links import forget_targets, save_links
from vecna_notes.store.passages import chunk_checksum, trail_text
from vecna_notes.store.traits import save_traits
from vecna_notes.text import digest, normalise, safe_line
from vecna_notes.types import Chunk, FileStamp, Note, NoteId, Problem


@dataclass(frozen=True, slots=True)
class StoredNote:
    """A note as the index remembers it. `note` comes without its text and links, which have their own ways out."""

    id: NoteId
    note: Note
    stamp: FileStamp
    modified: float
    """The file's mtime as a Unix time."""
    chunk_count: int


_NOTE = """SELECT id, path, title, own_title, aliases, tags, properties, problems, body_line, digest, stamp, modified,
chunk_count FROM notes """


class Notes:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def save(self, note: Note, chunks: Sequence[Chunk], stamp: FileStamp) -> NoteId:
        """Make this the note at its path, with all its rows. A known path keeps its id, an unchanged chunk its own."""
        with self._db.transaction():
            id = self._put(note, len(chunks), stamp)
            self._put_names(id, note)
            text = storable(note.text)
            self._db.run(
                "INSERT OR REPLACE INTO texts(note_id, crc, text) VALUES (?, ?, ?)",
                (id, zlib.crc32(text.encode()), text),
            )
            _Chunks(self._db, id, note).replace(chunks)
            self._db.run("UPDATE note_traits SET language = NULL WHERE note_id = ?", (id,))
            save_links(self._db, id, note.links)
            self._put_file(note, stamp)
            reach("note_saved")
        self._db.changes += 1
        return id

    def recut(self, id: NoteId, chunks: Sequence[Chunk]) -> None:
        """The same note cut another way: nothing else of it changes."""
        note = self.by_id(id)
        if note is None:
            raise NoteNotFound(f"note {id} is no longer in the index; index again")
        with self._db.transaction():
            _Chunks(self._db, id, note.note).replace(chunks)
            self._db.run("UPDATE notes SET chunk_count = ? WHERE id = ?", (len(chunks), id))
        self._db.changes += 1

    def versions(self) -> dict[NoteId, str]:
        """The digest of each note's file."""
        return {NoteId(id): version for id, version in self._db.all("SELECT id, digest FROM notes")}

    def move(self, old: str, new: str, note: Note, stamp: FileStamp) -> None:
        """The note at `old` is now at `new`, saying the same. Ids and vectors stay; what was at `new` is replaced."""
        with self._db.transaction():
            id = self._id(old)
            if id is None:
                raise NoteNotFound(f"there is no indexed note {safe_line(old)} that could be moved")
            if old != new:
                self._remove([new])
            self._db.run("UPDATE notes SET path = ? WHERE id = ?", (path_key(new), id))
            count = int(self._db.value("SELECT chunk_count FROM notes WHERE id = ?", (id,)))
            self._put(note, count, stamp)
            self._put_names(id, note)
            _Chunks(self._db, id, note).retitle()
            forget_targets(self._db, id)
            self._db.run("DELETE FROM files WHERE path = ?", (path_key(old),))
            self._put_file(note, stamp)
            reach("note_moved")
        self._db.changes += 1

    def remove(self, paths: Iterable[str]) -> int:
        """Forget notes, and their files where these count as indexed or waiting. Vectors stay for `purge_removed`."""
        with self._db.transaction():
            removed = self._remove(paths)
            reach("notes_removed")
        self._db.changes += 1
        return removed

    def by_path(self, path: str) -> StoredNote | None:
        row = self._db.one(_NOTE + "WHERE path = ?", (path_key(path),))
        return None if row is None else _stored_note(row)

    def by_id(self, id: NoteId) -> StoredNote | None:
        row = self._db.one(_NOTE + "WHERE id = ?", (id,))
        return None if row is None else _stored_note(row)

    def paths(self) -> dict[str, NoteId]:
        return {path_of(path): NoteId(id) for path, id in self._db.all("SELECT path, id FROM notes ORDER BY path")}

    def count(self) -> int:
        return int(self._db.value("SELECT count(*) FROM notes"))

    def text(self, id: NoteId) -> str:
        """The whole text as last indexed, so that a note can be shown when its file is gone."""
        text = self._db.value("SELECT text FROM texts WHERE note_id = ?", (id,))
        if text is None:
            raise NoteNotFound(f"note {id} is no longer in the index; search again")
        return str(text)

    def recent(self, limit: int) -> list[StoredNote]:
        """By time of the file's last change, newest first."""
        rows = self._db.all(_NOTE + "ORDER BY modified DESC, notes.id DESC LIMIT ?", (limit,))
        return [_stored_note(row) for row in rows]

    def modified(self, ids: Iterable[NoteId]) -> dict[NoteId, float]:
        """Unix time of each file's last change."""
        rows = self._db.all(
            "SELECT id, modified FROM notes WHERE id IN (SELECT value FROM json_each(?))", (as_list(ids),)
        )
        return {NoteId(id): modified for id, modified in rows}

    def names(self) -> Iterator[tuple[NoteId, str, str, tuple[str, ...]]]:
        """Id, path, title and aliases of every note: what links are resolved against."""
        rows = self._db.all("SELECT id, path, title, aliases FROM notes ORDER BY id")
        return ((NoteId(id), path_of(path), title, tuple(json.loads(aliases))) for id, path, title, aliases in rows)

    def titled(self, words: str) -> list[NoteId]:
        """Notes whose title, alias or file stem is exactly this, case and white space aside."""
        return [
            NoteId(row[0])
            for row in self._db.all("SELECT note_id FROM names WHERE name = ? ORDER BY note_id", (_name(words),))
        ]

    def languages(self) -> dict[str, int]:
        """Language → notes in it, most first; those whose language is not known are left out."""
        sql = "SELECT language, count(*) FROM note_traits WHERE language <> '' GROUP BY 1 ORDER BY 2 DESC, 1"
        return {str(code): int(count) for code, count in self._db.all(sql)}

    def without_language(self, limit: int) -> list[NoteId]:
        """Notes nobody has looked at for their language."""
        sql = "SELECT note_id FROM note_traits WHERE language IS NULL ORDER BY note_id LIMIT ?"
        return [NoteId(row[0]) for row in self._db.all(sql, (limit,))]

    def set_languages(self, languages: Iterable[tuple[NoteId, str]]) -> None:
        """What was found; "" where none was recognised."""
        with self._db.transaction():
            rows = ((language, id) for id, language in languages)
            self._db.run_many("UPDATE note_traits SET language = ? WHERE note_id = ?", rows)

    def forget_languages(self) -> None:
        """Have every note looked at anew."""
        with self._db.transaction():
            self._db.run("UPDATE note_traits SET language = NULL")

    def problems(self) -> list[Problem]:
        """What could not be understood in indexed notes; files that failed as a whole are among Files."""
        rows = self._db.all("SELECT path, problems FROM notes WHERE problems <> '[]' ORDER BY path")
        return [Problem(path_of(path), reason) for path, reasons in rows for reason in json.loads(reasons)]

    def _id(self, path: str) -> NoteId | None:
        id = self._db.value("SELECT id FROM notes WHERE path = ?", (path_key(path),))
        return None if id is None else NoteId(id)

    def _put(self, note: Note, chunk_count: int, stamp: FileStamp) -> NoteId:
        texts = storable(note.title), storable(note.own_title)
        lists = (json.dumps(value) for value in (note.aliases, note.tags, dict(note.properties), note.problems))
        numbers = note.body_line, note.digest, stamp_text(stamp), stamp.mtime_ns / 1e9, chunk_count
        self._db.run(_PUT, (path_key(note.path), *texts, *lists, *numbers))
        id = self._id(note.path)
        assert id is not None  # it was just put
        save_traits(self._db, id, note, stamp.mtime_ns / 1e9)
        return id

    def _put_names(self, id: NoteId, note: Note) -> None:
        names = {_name(name) for name in (note.title, *note.aliases, PurePosixPath(note.path).stem)} - {""}
        self._db.run("DELETE FROM names WHERE note_id = ?", (id,))
        self._db.run_many("INSERT INTO names(name, note_id) VALUES (?, ?)", ((name, id) for name in sorted(names)))

    def _put_file(self, note: Note, stamp: FileStamp) -> None:
        self._db.run(
            "INSERT OR REPLACE INTO files(path, state, stamp, digest, reason) VALUES (?, 'indexed', ?, ?, '')",
            (path_key(note.path), stamp_text(stamp), note.digest),
        )

    def _remove(self, paths: Iterable[str]) -> int:
        removed = 0
        for path in paths:
            key = path_key(path)
            if (id := self._id(path)) is not None:
                _Chunks(self._db, id, None).replace(())
                forget_targets(self._db, id)
                removed += self._db.run("DELETE FROM notes WHERE id = ?", (id,))
            self._db.run("DELETE FROM files WHERE path = ? AND state IN ('indexed', 'waiting')", (key,))
        return removed


_PUT = """
INSERT INTO notes(path, title, own_title, aliases, tags, properties, problems, body_line, digest, stamp, modified,
                  chunk_count)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (path) DO UPDATE SET
    title = excluded.title, own_title = excluded.own_title, aliases = excluded.aliases, tags = excluded.tags,
    properties = excluded.properties, problems = excluded.problems, body_line = excluded.body_line,
    digest = excluded.digest, stamp = excluded.stamp, modified = excluded.modified, chunk_count = excluded.chunk_count
"""


class _Chunks:
    """The chunk rows of one note, and their words in the keyword tables."""

    def __init__(self, connection: Connection, note_id: NoteId, note: Note | None) -> None:
        self._db = connection
        self._note_id = note_id
        self._title = storable(note.title) if note else ""
        self._tags = storable(" ".join((*note.tags, *note.aliases))) if note else ""

    def replace(self, chunks: Sequence[Chunk]) -> None:
        """A chunk that says what an old one said takes over its row; only what is new is written."""
        old = self._old()
        fresh: list[Row] = []
        moved: list[Row] = []
        for place, chunk in enumerate(chunks):
            says = _says(chunk)
            same = old.get((self._title, self._tags, *says))
            if same:
                id, *where = same.pop(0)
                if where != [place, chunk.first_line, chunk.last_line]:
                    moved.append((place, chunk.first_line, chunk.last_line, id))
            else:
                fresh.append((place, chunk.first_line, chunk.last_line, *says))
        self._drop([(row[0], *key[:2], *key[2:]) for key, rows in old.items() for row in rows])
        self._db.run_many("UPDATE chunks SET place = ?, first_line = ?, last_line = ? WHERE id = ?", moved)
        self._add(fresh)

    def retitle(self) -> None:
        """Title or tags changed, the chunks did not."""
        rows = self._db.all(
            "SELECT id, title, trail, tags, text FROM chunks WHERE note_id = ? AND (title <> ? OR tags <> ?)",
            (self._note_id, self._title, self._tags),
        )
        drop_words(self._db, rows)
        self._db.run(
            "UPDATE chunks SET title = ?, tags = ? WHERE note_id = ?", (self._title, self._tags, self._note_id)
        )
        add_words(self._db, [(id, self._title, trail, self._tags, text) for id, _, trail, _, text in rows])

    def _old(self) -> dict[Row, list[Row]]:
        """What the note says now → its rows (id, place, lines), in order."""
        old: dict[Row, list[Row]] = {}
        for id, place, first_line, last_line, *says in self._db.all(
            "SELECT id, place, first_line, last_line, title, tags, trail, text, embedded FROM chunks"
            " WHERE note_id = ? ORDER BY place",
            (self._note_id,),
        ):
            old.setdefault(tuple(says), []).append((id, place, first_line, last_line))
        return old

    def _drop(self, rows: Sequence[Row]) -> None:
        """Rows are (id, title, tags, trail, text, embedded)."""
        drop_words(self._db, [(id, title, trail, tags, text) for id, title, tags, trail, text, _ in rows])
        self._db.run_many("DELETE FROM chunks WHERE id = ?", ((row[0],) for row in rows))

    def _add(self, rows: Sequence[Row]) -> None:
        """Rows are (place, first line, last line, trail, text, embedded)."""
        if not rows:
            return
        last = self._db.value("SELECT seq FROM sqlite_sequence WHERE name = 'chunks'") or 0
        values: list[Row] = []
        words: list[Words] = []
        for id, (place, first_line, last_line, trail, text, embedded) in enumerate(rows, last + 1):
            said = digest(embedded) if embedded else None
            crc = chunk_checksum(trail, text, embedded)
            where = (id, self._note_id, place, first_line, last_line)
            values.append((*where, said, crc, self._title, trail, self._tags, text, embedded))
            words.append((id, self._title, trail, self._tags, text))
        self._db.run_many("INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        add_words(self._db, words)


def _says(chunk: Chunk) -> tuple[str, str, str]:
    return trail_text(chunk.trail), storable(chunk.text), storable(chunk.embedded)


def _name(words: str) -> str:
    """A name as it is looked up."""
    return " ".join(normalise(storable(words)).split())


def _stored_note(row: Row) -> StoredNote:
    id, path, title, own_title, aliases, tags, properties, problems, body_line, digest_, stamp, modified, count = row
    note = Note(
        path=path_of(path),
        title=title,
        text="",
        digest=digest_,
        body_line=body_line,
        own_title=own_title,
        aliases=tuple(json.loads(aliases)),
        tags=tuple(json.loads(tags)),
        properties=json.loads(properties),
        problems=tuple(json.loads(problems)),
    )
    return StoredNote(NoteId(id), note, stamp_of(stamp) or FileStamp(0, 0, 0, 0), modified, count)
