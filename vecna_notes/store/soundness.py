"""Is the index what it claims to be? Looking, and setting right what can be set right without reading a note."""

from __future__ import annotations

import sqlite3
import zlib

from vecna_notes.store.connection import Connection, as_list
from vecna_notes.store.passages import chunk_checksum
from vecna_notes.store.schema import FULL_TEXT
from vecna_notes.store.vectors import VectorTable
from vecna_notes.text import digest

_CLAIMS = (
    (
        "notes without a file that is indexed or waiting",
        "SELECT count(*) FROM notes WHERE NOT EXISTS (SELECT 1 FROM files WHERE files.path = notes.path"
        " AND state IN ('indexed', 'waiting'))",
    ),
    (
        "files that count as indexed but have no note",
        "SELECT count(*) FROM files WHERE state = 'indexed' AND path NOT IN (SELECT path FROM notes)",
    ),
    ("notes without their text", "SELECT count(*) FROM notes WHERE id NOT IN (SELECT note_id FROM texts)"),
    (
        "notes that no filter knows",
        "SELECT count(*) FROM notes WHERE id NOT IN (SELECT note_id FROM note_traits)",
    ),
    (
        "notes with another number of chunks than they say",
        "SELECT count(*) FROM notes WHERE chunk_count <> (SELECT count(*) FROM chunks WHERE note_id = notes.id)",
    ),
    (
        "chunks whose title is not their note's",
        "SELECT count(*) FROM chunks JOIN notes ON notes.id = note_id WHERE chunks.title <> notes.title",
    ),
    ("links that are resolved to nothing", "SELECT count(*) FROM links WHERE state = 'resolved' AND target IS NULL"),
)


def lacking() -> list[str]:
    """What this machine's SQLite lacks that the store needs."""
    raw = sqlite3.connect(":memory:")
    lacks: list[str] = []
    try:
        for name, sql in (
            ("FTS5", "CREATE VIRTUAL TABLE one USING fts5(text)"),
            ("FTS5's trigram tokenizer (SQLite 3.34)", "CREATE VIRTUAL TABLE two USING fts5(text, tokenize='trigram')"),
            ("JSON functions", "SELECT json_each.value FROM json_each('[1]')"),
            ("upsert with RETURNING (SQLite 3.35)", "INSERT INTO three VALUES (1) RETURNING n"),
        ):
            try:
                raw.execute("CREATE TABLE IF NOT EXISTS three(n)")
                raw.execute(sql).fetchall()
            except sqlite3.Error:
                lacks.append(name)
    finally:
        raw.close()
    return lacks


def check(connection: Connection, is_writer: bool, deep: bool) -> list[str]:
    """Sentences about everything wrong; `deep` also verifies the checksum of every text and vector."""
    found = [f"the database file: {row[0]}" for row in connection.all("PRAGMA integrity_check(20)") if row[0] != "ok"]
    found += [
        f"{len(rows)} rows refer to rows that are gone" for rows in [connection.all("PRAGMA foreign_key_check")] if rows
    ]
    for claim, sql in _CLAIMS:
        if count := connection.value(sql):
            found.append(f"{count} {claim}")
    found += [f"the {name} word index is out of step with the chunks" for name in _out_of_step(connection, is_writer)]
    if deep:
        found += [f"{len(ids)} {what} are damaged" for what, ids in _damaged(connection).items() if ids]
    return found


def repair(connection: Connection) -> list[str]:
    """Rebuild word indexes that are out of step, drop damaged vectors, have damaged notes read again."""
    done: list[str] = []
    with connection.transaction():
        damaged = _damaged(connection)
        if ids := damaged["vectors"]:
            connection.run("DELETE FROM vectors WHERE id IN (SELECT value FROM json_each(?))", (as_list(ids),))
            done.append(f"dropped {len(ids)} damaged vectors; their texts are embedded again")
        if ids := damaged["notes"]:
            paths = "SELECT path FROM notes WHERE id IN (SELECT value FROM json_each(?))"
            connection.run(
                f"UPDATE files SET state = 'waiting', stamp = NULL, digest = '' WHERE path IN ({paths})",
                (as_list(ids),),
            )
            connection.run("UPDATE notes SET digest = '' WHERE id IN (SELECT value FROM json_each(?))", (as_list(ids),))
            done.append(f"marked {len(ids)} damaged notes to be read again")
        for name in _out_of_step(connection, is_writer=True):
            connection.run(f"INSERT INTO words_{name}(words_{name}) VALUES ('rebuild')")
            done.append(f"rebuilt the {name} word index")
    connection.changes += 1
    return done


def _out_of_step(connection: Connection, is_writer: bool) -> list[str]:
    """Names of word indexes that differ from the chunks; a reader can only compare their numbers of rows."""
    if is_writer:
        return [name for name in FULL_TEXT if not _is_in_step(connection, name)]
    chunks = connection.value("SELECT count(*) FROM chunks")
    return [name for name in FULL_TEXT if connection.value(f"SELECT count(*) FROM words_{name}_docsize") != chunks]


def _is_in_step(connection: Connection, name: str) -> bool:
    try:
        connection.raw.execute(f"INSERT INTO words_{name}(words_{name}, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_CORRUPT:
            return False
        raise connection.explained(error) from error
    return True


def _damaged(connection: Connection) -> dict[str, list[int]]:
    """Ids of vectors, and of notes with a text or chunk, whose checksums do not hold; notes without traits too."""
    table = VectorTable(connection)
    vectors = [int(id) for space_id, _ in table.spaces() for id in table.bad(space_id)]
    notes = {
        id
        for id, crc, text in connection.each("SELECT note_id, crc, text FROM texts")
        if zlib.crc32(text.encode()) != crc
    }
    notes |= {id for (id,) in connection.all("SELECT id FROM notes WHERE id NOT IN (SELECT note_id FROM note_traits)")}
    for id, crc, said, trail, text, embedded in connection.each(
        "SELECT note_id, crc, digest, trail, text, embedded FROM chunks"
    ):
        if chunk_checksum(trail, text, embedded) != crc or said != (digest(embedded) if embedded else None):
            notes.add(id)
    return {"vectors": vectors, "notes": sorted(notes)}
