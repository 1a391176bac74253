"""The tables, as ordered migrations. A released migration is never edited; a change is a new one at the end.

Migrations run inside one BEGIN IMMEDIATE under the writer's lock, so an interrupted upgrade never happened.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vecna_notes.store.connection import path_of

if TYPE_CHECKING:
    from sqlite_utils import Database

APPLICATION_ID = 0x7665636E  # "vecn", in the file's header
VERSION = 2
"""Kept in user_version; grows with every migration."""
TABLES = frozenset(
    {"chunks", "files", "links", "meta", "names", "notes", "spaces", "texts", "unused", "vectors"}
    | {"note_properties", "note_tags", "note_traits"}
)
FULL_TEXT = ("porter", "exact", "trigram")
"""The keyword tables are `words_porter` and so on; store/keywords.py keeps them in step with the chunks."""
PAGE_BYTES = 8192  # five vectors of 384 dimensions a page, where 4096 bytes hold two and waste the rest

M001 = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    # everything a scan saw; paths are bytes, since names need not be valid text
    """CREATE TABLE files (
        path BLOB PRIMARY KEY, state TEXT NOT NULL, stamp TEXT, digest TEXT NOT NULL, reason TEXT NOT NULL
    ) WITHOUT ROWID""",
    "CREATE INDEX files_state ON files(state, reason)",
    """CREATE TABLE notes (
        id INTEGER PRIMARY KEY AUTOINCREMENT, path BLOB NOT NULL UNIQUE, title TEXT NOT NULL, own_title TEXT NOT NULL,
        aliases TEXT NOT NULL, tags TEXT NOT NULL, properties TEXT NOT NULL, problems TEXT NOT NULL,
        body_line INTEGER NOT NULL, digest TEXT NOT NULL, stamp TEXT NOT NULL, modified REAL NOT NULL,
        chunk_count INTEGER NOT NULL
    )""",
    "CREATE INDEX notes_modified ON notes(modified, id)",
    "CREATE TABLE texts (note_id INTEGER PRIMARY KEY REFERENCES notes(id) ON DELETE CASCADE, crc INTEGER NOT NULL,"
    " text TEXT NOT NULL)",
    # what a note answers to: title, aliases and file stem, normalised
    "CREATE TABLE names (name TEXT NOT NULL, note_id INTEGER NOT NULL REFERENCES notes(id) ON DELETE CASCADE,"
    " PRIMARY KEY (name, note_id)) WITHOUT ROWID",
    "CREATE INDEX names_note ON names(note_id)",
    # title and tags are the note's, repeated here because the keyword tables read their columns from this one
    """CREATE TABLE chunks (
        id INTEGER PRIMARY KEY AUTOINCREMENT, note_id INTEGER NOT NULL REFERENCES notes(id) ON DELETE CASCADE,
        place INTEGER NOT NULL, first_line INTEGER NOT NULL, last_line INTEGER NOT NULL, digest TEXT,
        crc INTEGER NOT NULL, title TEXT NOT NULL, trail TEXT NOT NULL, tags TEXT NOT NULL, text TEXT NOT NULL,
        embedded TEXT NOT NULL
    )""",
    "CREATE INDEX chunks_note ON chunks(note_id, place, digest)",
    "CREATE INDEX chunks_digest ON chunks(digest) WHERE digest IS NOT NULL",
    """CREATE TABLE links (
        id INTEGER PRIMARY KEY AUTOINCREMENT, source INTEGER NOT NULL REFERENCES notes(id) ON DELETE CASCADE,
        target INTEGER REFERENCES notes(id) ON DELETE SET NULL, state TEXT, written TEXT NOT NULL,
        heading TEXT NOT NULL, label TEXT NOT NULL, line INTEGER NOT NULL, style TEXT NOT NULL,
        is_embed INTEGER NOT NULL
    )""",
    "CREATE INDEX links_source ON links(source)",
    "CREATE INDEX links_target ON links(target)",
    "CREATE INDEX links_state ON links(state)",
    """CREATE TABLE spaces (
        id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, embedder TEXT NOT NULL, model TEXT NOT NULL,
        revision TEXT NOT NULL, dim INTEGER NOT NULL, metric TEXT NOT NULL, recipe TEXT NOT NULL,
        is_active INTEGER NOT NULL DEFAULT 0
    )""",
    "CREATE UNIQUE INDEX spaces_active ON spaces(is_active) WHERE is_active",
    # addressed by what was said, not where; a zero row is kept without its bytes and never handed to an index
    """CREATE TABLE vectors (
        id INTEGER PRIMARY KEY AUTOINCREMENT, space_id INTEGER NOT NULL REFERENCES spaces(id) ON DELETE CASCADE,
        digest TEXT NOT NULL, crc INTEGER NOT NULL, is_zero INTEGER NOT NULL, row BLOB NOT NULL,
        UNIQUE (digest, space_id)
    )""",
    "CREATE INDEX vectors_space ON vectors(space_id, id, crc, digest) WHERE is_zero = 0",
    # vectors no chunk says any more, and since when that is known
    "CREATE TABLE unused (digest TEXT PRIMARY KEY, since REAL NOT NULL) WITHOUT ROWID",
    # two newlines behind each column, so that a single character at its very end begins a trigram too
    "CREATE VIEW chunk_lines AS SELECT id, title || char(10, 10) AS title, trail || char(10, 10) AS trail,"
    " tags || char(10, 10) AS tags, text || char(10, 10) AS text FROM chunks",
    "CREATE VIRTUAL TABLE words_porter USING fts5(title, trail, tags, text, content='chunks', content_rowid='id',"
    " tokenize='porter unicode61 remove_diacritics 2')",
    "CREATE VIRTUAL TABLE words_exact USING fts5(title, trail, tags, text, content='chunks', content_rowid='id',"
    " tokenize='unicode61 remove_diacritics 2', prefix='2 3')",
    "CREATE VIRTUAL TABLE words_trigram USING fts5(title, trail, tags, text, content='chunk_lines',"
    " content_rowid='id', tokenize='trigram')",
    "CREATE VIRTUAL TABLE trigrams USING fts5vocab('words_trigram', 'row')",
    # fewer and larger segments: a sixth less time to index a large vault
    *(
        f"INSERT INTO words_{name}(words_{name}, rank) VALUES ('{setting}', {value})"
        for name in FULL_TEXT
        for setting, value in (("hashsize", 8_388_608), ("automerge", 8))
    ),
)

# what notes are filtered by, apart from the wide rows of the notes themselves
M002 = (
    "CREATE TABLE note_tags (tag TEXT NOT NULL, note_id INTEGER NOT NULL REFERENCES notes(id) ON DELETE CASCADE,"
    " PRIMARY KEY (tag, note_id)) WITHOUT ROWID",
    "CREATE INDEX note_tags_note ON note_tags(note_id)",
    """CREATE TABLE note_properties (
        key TEXT NOT NULL, note_id INTEGER NOT NULL REFERENCES notes(id) ON DELETE CASCADE, place INTEGER NOT NULL,
        value, PRIMARY KEY (key, note_id, place)
    ) WITHOUT ROWID""",
    "CREATE INDEX note_properties_note ON note_properties(note_id)",
    # day: what the note says of itself, else NULL; language: "" where none was recognised, NULL where nobody looked
    """CREATE TABLE note_traits (
        note_id INTEGER PRIMARY KEY REFERENCES notes(id) ON DELETE CASCADE, path TEXT NOT NULL, file TEXT NOT NULL,
        day TEXT, modified REAL NOT NULL, language TEXT
    )""",
)


def migrate(database: Database) -> None:
    """Bring the tables up to VERSION. The caller holds the writer's lock and a transaction."""
    from sqlite_utils.migrations import Migrations

    migrations = Migrations("vecna_notes")

    @migrations()
    def m001(database: Database) -> None:
        for statement in M001:
            database.execute(statement)

    @migrations()
    def m002(database: Database) -> None:
        for statement in M002:
            database.execute(statement)
        for table, row in _traits(database):
            database.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)

    migrations.apply(database)
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {VERSION}")


def _traits(database: Database) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Rows of the tables of m002 for notes that were there before it."""
    from vecna_notes.store import traits

    notes = database.execute("SELECT id, path, tags, properties, modified FROM notes").fetchall()
    for id, path, tags, properties, modified in notes:
        known = json.loads(properties)
        yield from (("note_tags", row) for row in traits.tag_rows(id, tuple(json.loads(tags))))
        yield from (("note_properties", row) for row in traits.property_rows(id, known))
        yield "note_traits", (*traits.trait_row(id, path_of(path), known, modified), None)
