"""Opening, locking, transactions, and who may read what."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.store.making import embed_all, save
from vecna_notes.errors import Busy, NotIndexed, StoreError, StoreTooNew
from vecna_notes.store import Store
from vecna_notes.store.lock import WriterLock, holder


def test_everything_is_for_its_user_only(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "vault"
    before = os.umask(0)
    try:
        with Store.open_writer(folder) as store, Store.open_reader(folder) as reader:
            save(store, "a.md", "text")
            reader.notes.count()
            files = list(folder.iterdir())
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in files}
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {"index.db", "index.db-wal", "index.db-shm", "writer.lock"} <= set(modes)
    assert set(modes.values()) == {0o600}, modes


def test_open_permissions_are_closed(tmp_path: Path) -> None:
    folder = tmp_path / "v"
    Store.open_writer(folder).close()
    folder.chmod(0o755)
    (folder / "index.db").chmod(0o644)
    Store.open_writer(folder).close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "index.db").stat().st_mode) == 0o600


def test_pragmas(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path / "v") as store:
        values = {name: store._db.value(f"PRAGMA {name}") for name in ("journal_mode", "synchronous", "foreign_keys")}
        assert values == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1}
        assert store._db.value("PRAGMA busy_timeout") == 5000


def test_there_is_one_writer(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path / "v"):
        assert Store.writer(tmp_path / "v") == os.getpid()
        began = time.monotonic()
        with pytest.raises(Busy, match=f"process {os.getpid()} "):
            Store.open_writer(tmp_path / "v")
        assert time.monotonic() - began < 1
    assert Store.writer(tmp_path / "v") is None
    Store.open_writer(tmp_path / "v").close()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    code = "import sys,time; from pathlib import Path; from vecna_notes.store import Store\n"
    code += "store = Store.open_writer(Path(sys.argv[1])); print('open', flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "v")], stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None and child.stdout.readline() == b"open\n"
        began = time.monotonic()
        with pytest.raises(Busy, match=f"process {child.pid} "):
            Store.open_writer(tmp_path / "v")
        assert time.monotonic() - began < 1
    finally:
        child.kill()
        child.communicate()
    Store.open_writer(tmp_path / "v").close()


def test_a_forked_child_does_not_keep_the_lock(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path / "lock")
    child_reads, parent_writes = os.pipe()
    parent_reads, child_writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(child_writes, b"x")
        os.read(child_reads, 1)  # stays until the parent lets it go
        os._exit(0)
    try:
        os.read(parent_reads, 1)
        assert holder(tmp_path / "lock") == os.getpid(), "the child freed its parent's lock"
        _die_with(lock)
        assert holder(tmp_path / "lock") is None, "the child still holds it"
    finally:
        os.write(parent_writes, b"x")
        os.waitpid(child, 0)
        for end in (child_reads, parent_writes, parent_reads, child_writes):
            os.close(end)


def _die_with(lock: WriterLock) -> None:
    """What the kernel does for a killed process."""
    assert lock._descriptor is not None
    os.close(lock._descriptor)
    lock._descriptor = None


def test_an_executed_child_does_not_inherit_the_lock(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path / "lock")
    child = subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        close_fds=False,
    )
    try:
        assert child.stdout is not None and child.stdout.readline()
        _die_with(lock)
        assert holder(tmp_path / "lock") is None
    finally:
        child.communicate(b"\n")


def test_a_lock_file_full_of_garbage_is_still_a_lock(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path / "v"):
        (tmp_path / "v" / "writer.lock").write_bytes(b"\xff{")
        with pytest.raises(Busy, match="another process"):
            Store.open_writer(tmp_path / "v")


def test_many_first_opens_at_once(tmp_path: Path) -> None:
    """One makes the tables; the others wait, are told who writes, or read nothing yet: never "already exists"."""

    def open_somehow(turn: int) -> str:
        try:
            with Store.open_writer(tmp_path / "v") if turn % 2 else Store.open_reader(tmp_path / "v") as store:
                return "" if store.notes.count() == 0 and not store.notices else "not fresh"
        except (Busy, NotIndexed):
            return ""

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(open_somehow, range(40))) == {""}
    with Store.open_writer(tmp_path / "v") as store:
        assert store.check() == [] and store.notices == ()


def test_no_index_yet(tmp_path: Path) -> None:
    for folder in (tmp_path / "absent", tmp_path):
        with pytest.raises(NotIndexed, match="vecna index"):
            Store.open_reader(folder)
    (tmp_path / "index.db").touch()
    with pytest.raises(NotIndexed):
        Store.open_reader(tmp_path)


def test_a_newer_index_is_left_alone(tmp_path: Path) -> None:
    Store.open_writer(tmp_path).close()
    _pragma(tmp_path, "user_version = 99")
    before = (tmp_path / "index.db").read_bytes()
    for open_store in (Store.open_writer, Store.open_reader):
        with pytest.raises(StoreTooNew, match=r"schema 99.*pip install -U"):
            open_store(tmp_path)
    assert (tmp_path / "index.db").read_bytes() == before
    assert Store.writer(tmp_path) is None, "the lock was kept"


def test_an_older_index_is_for_the_writer_to_upgrade(tmp_path: Path) -> None:
    Store.open_writer(tmp_path).close()
    _pragma(tmp_path, "user_version = 0")
    with pytest.raises(NotIndexed, match="older"):
        Store.open_reader(tmp_path)
    with Store.open_writer(tmp_path) as store:
        assert store.notices == ()
    Store.open_reader(tmp_path).close()


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path) as store, Store.open_reader(tmp_path) as reader:
        version = reader.data_version()
        with pytest.raises(KeyError), store.transaction():
            save(store, "a.md", "text")
            raise KeyError
        assert reader.notes.count() == store.notes.count() == 0
        assert reader.data_version() == version
        with store.transaction():
            save(store, "a.md", "text")
            save(store, "b.md", "text")
            assert reader.notes.count() == 0
        assert reader.notes.count() == 2
        assert reader.data_version() != version


def test_a_failed_part_fails_the_whole(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path) as store:
        with store.transaction():
            save(store, "a.md", "text")
            with pytest.raises(KeyError), store.transaction():
                raise KeyError
        assert store.notes.count() == 0
        save(store, "a.md", "text")
        assert store.notes.count() == 1 and store.check() == []


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    Store.open_writer(tmp_path).close()
    with Store.open_reader(tmp_path) as reader, pytest.raises(StoreError, match="readonly"):
        save(reader, "a.md", "text")


def test_an_index_deleted_while_open_is_noticed(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path) as store:
        assert not store.is_replaced()
        (tmp_path / "index.db").unlink()
        assert store.is_replaced()
        with pytest.raises(StoreError, match="deleted or replaced"):
            save(store, "a.md", "text")


def test_a_locked_database_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vecna_notes.store.opening.BUSY_SECONDS", 0.1)
    with Store.open_writer(tmp_path) as store:
        other = sqlite3.connect(tmp_path / "index.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Busy, match="another program"):
            save(store, "a.md", "text")
        other.close()
        save(store, "a.md", "text")


def test_a_full_disk_is_a_sentence_and_loses_nothing(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path) as store:
        save(store, "kept.md", "text")
        store._db.all(f"PRAGMA max_page_count = {store._db.value('PRAGMA page_count')}")
        with pytest.raises(StoreError, match="no space is left"):
            save(store, "big.md", *[f"word{i} " * 1000 for i in range(50)])
        store._db.all("PRAGMA max_page_count = 1000000")
        assert list(store.notes.paths()) == ["kept.md"]
        save(store, "big.md", "now there is room")
        assert store.check(deep=True) == []


READ_AS_NOBODY = """
import os, sys, unicodedata, urllib.parse
from pathlib import Path
from vecna_notes.store import Store
os.setgid(65534); os.setuid(65534)
with Store.open_reader(Path(sys.argv[1])) as store:
    print(store.notices, [note.note.path for note in store.notes.recent(5)], store.keywords.search(["text"]) != [])
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_read_only_folder_can_be_searched(tmp_path: Path) -> None:
    for parent in (tmp_path, *tmp_path.parents):
        if not parent.stat().st_mode & 0o005:
            parent.chmod(parent.stat().st_mode | 0o005)
    folder = tmp_path / "v"
    with Store.open_writer(folder) as store:
        save(store, "a.md", "text")
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", READ_AS_NOBODY, str(folder)], capture_output=True, text=True, check=False
    )
    folder.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert "read-only" in done.stdout and "['a.md'] True" in done.stdout


def test_opening_to_read_is_quick(tmp_path: Path) -> None:
    """A cold search has 0.9 s for everything."""
    with Store.open_writer(tmp_path) as store:
        save(store, "a.md", "text")
    times = []
    for _ in range(10):
        began = time.perf_counter()
        Store.open_reader(tmp_path).close()
        times.append(time.perf_counter() - began)
    assert min(times) < 0.015


def test_reading_does_not_import_sqlite_utils() -> None:
    code = "import sys, vecna_notes.store; print('sqlite_utils' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_compact_leaves_no_removed_text(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path) as store:
        save(store, "a.md", "CANARY-4711 unwanted")
        save(store, "b.md", "stays")
        embed_all(store)
        store.notes.remove(["a.md"])
        store.purge_removed(0)
        store.compact()
        assert store.check(deep=True) == []
    everything = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"canary" not in everything.lower() and b"stays" in everything


def _pragma(folder: Path, text: str) -> None:
    raw = sqlite3.connect(folder / "index.db")
    raw.execute(f"PRAGMA {text}")
    raw.close()
