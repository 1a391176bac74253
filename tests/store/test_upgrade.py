"""An index that an older vecna wrote is brought up to date, and loses nothing."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from tests.store.making import SPACE, embed_all, save
from vecna_notes.errors import NotIndexed
from vecna_notes.store import Store
from vecna_notes.store.faultpoint import Fault, arm
from vecna_notes.store.schema import APPLICATION_ID, M001, VERSION
from vecna_notes.types import Note

OF_M001 = ("meta", "files", "notes", "texts", "names", "chunks", "links", "spaces", "vectors", "unused")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The folder of an index with version 1 of the tables: rows as they are today, without what came later."""
    with Store.open_writer(tmp_path / "new") as store:
        save(store, "Areas/a.md", "first words", "second words", links=["b"])
        save(store, "2024-03-04.md", "a day", at=2.0)
        made = Note("Tagged.md", "T", "text", "d", tags=("A/b", "x"), properties={"Status": "done", "n": [1, 2]})
        store.notes.save(made, [], store.notes.recent(1)[0].stamp)
        embed_all(store)
    folder = tmp_path / "old"
    folder.mkdir(mode=0o700)
    _first_version(folder / "index.db", tmp_path / "new" / "index.db")
    return folder


def _first_version(file: Path, source: Path) -> None:
    raw = sqlite3.connect(file, isolation_level=None)
    database = Database(raw, execute_plugins=False)
    migrations = Migrations("vecna_notes")

    @migrations()
    def m001(database: Database) -> None:
        for statement in M001:
            database.execute(statement)

    migrations.apply(database)
    raw.execute("ATTACH ? AS source", (str(source),))
    for table in OF_M001:
        raw.execute(f"INSERT INTO {table} SELECT * FROM source.{table}")
    for name in ("porter", "exact", "trigram"):
        raw.execute(f"INSERT INTO words_{name}(words_{name}) VALUES ('rebuild')")
    raw.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    raw.execute("PRAGMA user_version = 1")
    raw.execute("PRAGMA journal_mode = WAL")
    raw.close()


def test_a_reader_asks_for_the_upgrade(old: Path) -> None:
    with pytest.raises(NotIndexed, match="older vecna; `vecna index` brings it up to date"):
        Store.open_reader(old)


def test_an_upgrade_keeps_all_and_knows_what_filters_need(old: Path) -> None:
    with Store.open_writer(old) as store:
        assert store.notices == ()
        assert store._db.value("PRAGMA user_version") == VERSION
        assert store.check(deep=True) == []
        ids = store.notes.paths()
        assert store.filters.all() == set(ids.values()) and len(ids) == 3
        assert store.filters.tagged("a") == {ids["Tagged.md"]}
        assert store.filters.in_path("areas/") == {ids["Areas/a.md"]}
        assert store.filters.with_property("status", lambda value: value == "done") == {ids["Tagged.md"]}
        assert store.filters.with_property("n", lambda value: value == 2) == {ids["Tagged.md"]}
        assert store.filters.since("2024-03-04") & store.filters.before("2024-03-05") == {ids["2024-03-04.md"]}
        assert store.vectors.missing(store.vectors.space(SPACE), 10) == []
        assert store.notes.without_language(10) == sorted(ids.values())


def test_an_upgraded_index_is_what_a_fresh_one_would_be(old: Path, tmp_path: Path) -> None:
    Store.open_writer(old).close()
    tables = ("note_tags", "note_properties", "note_traits")

    def rows(file: Path) -> str:
        raw = sqlite3.connect(file)
        try:
            return json.dumps([raw.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables])
        finally:
            raw.close()

    assert rows(old / "index.db") == rows(tmp_path / "new" / "index.db")


def test_an_interrupted_upgrade_never_happened(old: Path) -> None:
    arm("migrated:1:raise")
    try:
        with pytest.raises(Fault):
            Store.open_writer(old)
    finally:
        arm("")
    with pytest.raises(NotIndexed):
        Store.open_reader(old)
    with Store.open_writer(old) as store:
        assert store.notes.count() == 3 and store.check(deep=True) == []
