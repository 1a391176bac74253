from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from vecna_notes import watch
from vecna_notes.watch import Batch, Watcher


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("a/deep", "b", ".git"):
        (tmp_path / "vault" / folder).mkdir(parents=True)
    return tmp_path / "vault"


@pytest.fixture
def watcher(root: Path) -> Iterator[Watcher]:
    with Watcher(root, lambda path: path.startswith(".git")) as watcher:
        yield watcher


def next_batch(watcher: Watcher, seconds: float = 5.0) -> Batch | None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (batch := watcher.ready()) is not None:
            return batch
        time.sleep(0.02)
    return None


def test_a_save_names_its_folder(watcher: Watcher, root: Path) -> None:
    (root / "a" / "deep" / "note.md").write_text("x")
    assert next_batch(watcher) == Batch("a/deep")
    assert watcher.ready() is None


def test_a_burst_is_one_batch_below_the_folder_that_holds_it_all(watcher: Watcher, root: Path) -> None:
    for i in range(20):
        (root / "a" / f"{i}.md").write_text("x")
        (root / "a" / "deep" / f"{i}.md").write_text("x")
    assert next_batch(watcher) == Batch("a")
    (root / "a" / "x.md").write_text("x")
    (root / "b" / "x.md").write_text("x")
    assert next_batch(watcher) == Batch("")


def test_a_steady_stream_does_not_starve(watcher: Watcher, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LONGEST_SECONDS", 0.5)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            (root / "a" / "note.md").write_text("x")
            time.sleep(0.05)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert next_batch(watcher) is not None
    finally:
        stop.set()
        writer.join()


@pytest.mark.parametrize("act", ["atomic", "outside", "rename", "folder", "delete", "moved out"])
def test_whatever_happens_to_a_note_is_noticed(watcher: Watcher, root: Path, tmp_path: Path, act: str) -> None:
    note = root / "a" / "note.md"
    note.write_text("x")
    assert next_batch(watcher) is not None
    if act == "atomic":
        (root / "a" / ".note.tmp").write_text("y")
        (root / "a" / ".note.tmp").replace(note)
    elif act == "outside":
        (tmp_path / "note.tmp").write_text("y")
        (tmp_path / "note.tmp").replace(note)
    elif act == "rename":
        note.rename(root / "b" / "note.md")
    elif act == "folder":
        (root / "a").rename(root / "c")
    elif act == "moved out":
        shutil.move(root / "a", tmp_path / "elsewhere")
    else:
        note.unlink()
    assert next_batch(watcher) is not None


def test_reading_and_ignored_folders_are_silent(watcher: Watcher, root: Path) -> None:
    (root / "a" / "note.md").write_text("x")
    assert next_batch(watcher) is not None
    (root / "a" / "note.md").read_text()
    (root / ".git" / "index").write_text("x")
    assert next_batch(watcher, 1.0) is None


def test_an_exception_in_the_filter_looks_everywhere_and_does_not_end_the_watch(root: Path) -> None:
    def broken(path: str) -> bool:
        raise RuntimeError(path)

    with Watcher(root, broken) as watcher:
        for name in ("one.md", "two.md"):
            (root / "a" / name).write_text("x")
            assert next_batch(watcher) == Batch("")


def test_a_folder_made_anew_is_watched_again(watcher: Watcher, root: Path) -> None:
    shutil.rmtree(root)
    time.sleep(0.1)
    root.mkdir()
    assert next_batch(watcher) == Batch("")
    while next_batch(watcher, 1.0) is not None:
        pass
    (root / "note.md").write_text("x")
    assert next_batch(watcher) == Batch("")


def test_a_refusal_of_the_system_means_polling(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from watchdog.observers.api import BaseObserver

    def refuse(*_: object, **__: object) -> None:
        raise OSError(24, "inotify instance limit reached")

    monkeypatch.setattr(BaseObserver, "schedule", refuse)
    monkeypatch.setattr(watch, "POLL_SECONDS", 0.1)
    with Watcher(root, lambda path: False) as watcher:
        assert "inotify instance limit" in watcher.method
        assert next_batch(watcher) == Batch("")
        assert next_batch(watcher) == Batch("")


@pytest.mark.parametrize(("kind", "polls"), [("nfs4", True), ("fuse.sshfs", True), ("9p", True), ("ext4", False)])
def test_network_folders_are_polled(root: Path, monkeypatch: pytest.MonkeyPatch, kind: str, polls: bool) -> None:
    monkeypatch.setattr(watch, "_file_system", lambda root: kind)
    with Watcher(root, lambda path: False) as watcher:
        assert watcher.method.startswith("polling") is polls


def test_too_many_folders_for_the_watch_limit_means_polling(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_watch_limit", lambda: 4)
    with Watcher(root, lambda path: False) as watcher:
        assert "max_user_watches" in watcher.method


def test_no_thread_is_left(root: Path) -> None:
    before = threading.active_count()
    for _ in range(3):
        with Watcher(root, lambda path: False):
            (root / "a" / f"{os.urandom(2).hex()}.md").write_text("x")
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threading.active_count() == before
