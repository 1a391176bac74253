"""Damaged databases: noticed, moved aside, and every sound vector saved."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.store.making import SPACE, embed_all, row, save
from vecna_notes.errors import StoreError, VecnaError
from vecna_notes.store import Store

NOTES = 60


def make(folder: Path) -> None:
    with Store.open_writer(folder) as store:
        with store.transaction():
            for i in range(NOTES):
                save(store, f"n{i}.md", f"note {i} speaks of topic {i % 7}", f"and of {i * 31}", at=i)
        store.vectors.activate(embed_all(store))
        assert store.check(deep=True) == []


def other_program(file: Path) -> None:
    file.unlink()
    raw = sqlite3.connect(file)
    raw.execute("CREATE TABLE theirs (a)")
    raw.commit()
    raw.close()


def half(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def zero_header(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.write(bytes(100))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "garbage": lambda file: file.write_bytes(random.Random(1).randbytes(50_000)),
    "text": lambda file: file.write_text("# This is a note\n" * 100),
    "zero bytes": lambda file: file.write_bytes(b""),
    "half": half,
    "zero header": zero_header,
    "another program's": other_program,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_no_index_is_moved_aside(tmp_path: Path, damage: str) -> None:
    make(tmp_path)
    DAMAGES[damage](tmp_path / "index.db")
    before = (tmp_path / "index.db").read_bytes()
    if damage != "half":  # a reader of a half file may not notice until it meets the end
        with pytest.raises(VecnaError, match="vecna index"):
            Store.open_reader(tmp_path)
    with Store.open_writer(tmp_path) as store:
        assert "damaged" in store.notices[0]
        assert store.notes.count() == 0
        save(store, "a.md", "text")
        assert store.check(deep=True) == []
    aside = [file for file in tmp_path.glob("index.db.damaged-*") if not file.name.endswith(("-wal", "-shm"))]
    assert len(aside) == 1 and aside[0].stat().st_mode & 0o077 == 0
    assert damage == "half" or aside[0].read_bytes() == before
    with Store.open_writer(tmp_path) as store:
        assert store.notices == ()


def test_vectors_of_a_half_database_are_saved(tmp_path: Path) -> None:
    make(tmp_path)
    size = (tmp_path / "index.db").stat().st_size
    os.truncate(tmp_path / "index.db", size - 8192)
    with Store.open_writer(tmp_path) as store:
        active = store.vectors.active()
        assert active is not None and active[1] == SPACE
        for i in range(NOTES):
            save(store, f"n{i}.md", f"note {i} speaks of topic {i % 7}", f"and of {i * 31}", at=i)
        saved = 2 * NOTES - store.vectors.missing_count(active[0])
        assert saved >= NOTES, "too few vectors came through"
        stored = store.vectors.all(active[0])
        said = {
            int(vector): store.passages.by_ids(passages)
            for vector, passages in store.passages.of_vectors(stored.ids.tolist(), active[0]).items()
        }
        for id, vector in zip(stored.ids.tolist(), stored.rows, strict=True):
            for passage in said.get(id, {}).values():
                assert (vector == row(passage.chunk.embedded)).all()


def test_a_damaged_vector_is_not_saved(tmp_path: Path) -> None:
    make(tmp_path)
    with Store.open_writer(tmp_path) as store:
        with store.transaction():
            store._db.run("UPDATE vectors SET row = zeroblob(64) WHERE id % 2 = 0")
        store.compact()
    os.truncate(tmp_path / "index.db", (tmp_path / "index.db").stat().st_size - 8192)
    with Store.open_writer(tmp_path) as store:
        active = store.vectors.active()
        assert active is not None
        stored = store.vectors.all(active[0])
        assert 0 < len(stored.ids) <= NOTES and stored.bad == ()


def test_a_damaged_page_ends_in_a_sound_index(tmp_path: Path) -> None:
    """50 random pages: each is found by the check or hurts nobody, and the next writer has a sound index again."""
    make(tmp_path / "whole")
    whole = (tmp_path / "whole" / "index.db").read_bytes()
    chance = random.Random(3)
    for turn in range(50):
        folder = tmp_path / str(turn)
        folder.mkdir()
        page = chance.randrange(len(whole) // 8192)
        damaged = whole[: page * 8192] + chance.randbytes(8192) + whole[(page + 1) * 8192 :]
        (folder / "index.db").write_bytes(damaged)
        (folder / "index.db").chmod(0o600)
        _use(folder)
        (folder / "suspect").touch()  # as any reader does who meets the damage
        with Store.open_writer(folder) as store:
            for i in range(NOTES):
                save(store, f"n{i}.md", f"note {i} speaks of topic {i % 7}", f"and of {i * 31}", at=i)
            embed_all(store)
            assert store.check(deep=True) == [], f"page {page}"
            assert store.notes.count() == NOTES


def _use(folder: Path) -> None:
    """Whatever happens to a user of a damaged index is a sentence."""
    for open_store in (Store.open_reader, Store.open_writer):
        try:
            with open_store(folder) as store:
                store.check(deep=True)
                for stored in store.notes.recent(100):
                    store.notes.text(stored.id)
                    store.passages.of_note(stored.id)
                store.keywords.search(["topic"])
                for space_id, _ in store.vectors.spaces():
                    store.vectors.all(space_id)
        except VecnaError as error:
            assert "vecna" in str(error) or "damaged" in str(error)


def test_every_flipped_bit_in_a_vector_is_found_and_mended(tmp_path: Path) -> None:
    make(tmp_path)
    with Store.open_writer(tmp_path) as store:
        active = store.vectors.active()
        assert active is not None
        id = active[0]
        ids = store.vectors.ids(id).tolist()
        chance = random.Random(5)
        hurt = sorted(chance.sample(ids, 40))
        with store.transaction():
            for vector in hurt:
                (blob,) = store._db.one("SELECT row FROM vectors WHERE id = ?", (vector,)) or (b"",)
                flipped = bytearray(blob)
                flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
                store._db.run("UPDATE vectors SET row = ? WHERE id = ?", (bytes(flipped), vector))
        assert list(store.vectors.all(id).bad) == hurt
        assert not set(store.vectors.all(id).ids.tolist()) & set(hurt)
        assert any("40 vectors are damaged" in line for line in store.check(deep=True))
        assert any("40 damaged vectors" in line for line in store.repair())
        assert store.vectors.missing_count(id) == 40
        embed_all(store)
        assert store.check(deep=True) == []


@pytest.mark.parametrize("column", ["text", "embedded", "trail"])
def test_a_flipped_bit_in_a_text_has_its_note_read_again(tmp_path: Path, column: str) -> None:
    make(tmp_path)
    with Store.open_writer(tmp_path) as store:
        with store.transaction():
            store._db.run(f"UPDATE chunks SET {column} = CAST(x'41ff42' AS TEXT) WHERE id = 7")
        (passage,) = store.passages.by_ids([7]).values()  # type: ignore[list-item]
        assert store.keywords.search(["topic"], limit=500)
        assert any("1 notes are damaged" in line for line in store.check(deep=True))
        store.repair()
        record = store.files.all()[passage.path]
        assert (record.state, record.stamp, record.digest) == ("waiting", None, "")
        assert "damaged" not in " ".join(store.check(deep=False))


def test_damaged_text_is_replaced_by_reading_again(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path) as store:
        id = save(store, "a.md", "right", "fine")
        with store.transaction():
            store._db.run("UPDATE chunks SET text = 'wrong' WHERE text = 'right'")
            store._db.run("UPDATE texts SET text = 'wrong'")
        store.repair()
        save(store, "a.md", "right", "fine")
        assert [passage.chunk.text for passage in store.passages.of_note(id)] == ["right", "fine"]
        assert store.keywords.search(["wrong"]) == [] and store.check(deep=True) == []


@pytest.mark.parametrize("name", ["porter", "exact", "trigram"])
@pytest.mark.parametrize("harm", ["UPDATE chunks SET text = 'changed' WHERE id = 3", "DELETE FROM chunks WHERE id = 3"])
def test_a_word_index_out_of_step_is_found_and_rebuilt(tmp_path: Path, name: str, harm: str) -> None:
    make(tmp_path)
    with Store.open_writer(tmp_path) as store:
        with store.transaction():
            store._db.run(harm)
        assert any(f"the {name} word index is out of step" in line for line in store.check())
        assert any(name in line for line in store.repair())
        assert not any("word index" in line for line in store.check())


def test_a_reader_sees_a_word_index_out_of_step(tmp_path: Path) -> None:
    make(tmp_path)
    with Store.open_writer(tmp_path) as store, store.transaction():
        store._db.run("DELETE FROM words_exact_docsize WHERE id = 3")
    with Store.open_reader(tmp_path) as reader:
        assert reader.check() == ["the exact word index is out of step with the chunks"]


def test_a_suspicion_is_settled_by_the_next_writer(tmp_path: Path) -> None:
    make(tmp_path)
    with Store.open_writer(tmp_path) as store, store.transaction():
        store._db.run("UPDATE vectors SET crc = 1 WHERE id = 5")
    with Store.open_reader(tmp_path) as reader:
        reader.suspect()
    assert (tmp_path / "suspect").stat().st_mode & 0o077 == 0
    with Store.open_writer(tmp_path) as store:
        assert store.notices == ("dropped 1 damaged vectors; their texts are embedded again",)
    assert not (tmp_path / "suspect").exists()


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="--data-dir"):
        Store.open_writer(tmp_path / "file" / "v")
