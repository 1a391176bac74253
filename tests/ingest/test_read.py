from __future__ import annotations

import os
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from vecna_plugins.readers.markdown import Markdown
from vecna_plugins.readers.plaintext import PlainText

from vecna_notes.errors import Unreadable
from vecna_notes.ingest.read import Reading, read
from vecna_notes.ingest.regular import opened
from vecna_notes.interfaces import Reader
from vecna_notes.text import digest
from vecna_notes.types import Failed, Note

READERS: list[Reader] = [Markdown(), PlainText()]
MEGABYTE = 1_000_000


def good(root: Path, path: str, max_bytes: int = 5 * MEGABYTE) -> Reading:
    reading = read(root, path, READERS, max_bytes)
    assert isinstance(reading, Reading), reading
    return reading


def bad(root: Path, path: str, readers: list[Reader] | None = None) -> Failed:
    failed = read(root, path, readers or READERS, 5 * MEGABYTE)
    assert isinstance(failed, Failed), failed
    return failed


def test_a_note_and_its_stamp(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# T\n")
    reading = good(tmp_path, "a.md")
    assert (reading.note.title, reading.note.digest) == ("T", digest(b"# T\n"))
    assert reading.stamp.inode == (tmp_path / "a.md").stat().st_ino


def test_an_empty_file_is_a_note(tmp_path: Path) -> None:
    (tmp_path / "a.md").touch()
    assert good(tmp_path, "a.md").note.title == "a"


def test_a_vanished_file_is_nothing_at_all(tmp_path: Path) -> None:
    assert read(tmp_path, "gone.md", READERS, MEGABYTE) is None
    assert read(tmp_path, "gone/deep.md", READERS, MEGABYTE) is None
    (tmp_path / "file").touch()
    assert read(tmp_path, "file/deep.md", READERS, MEGABYTE) is None


def test_the_longest_suffix_chooses_the_reader(tmp_path: Path) -> None:
    class Special(PlainText):
        suffixes = (".special.md",)

    (tmp_path / "a.special.md").write_text("# T")
    reading = read(tmp_path, "a.special.md", [*READERS, Special()], MEGABYTE)
    assert isinstance(reading, Reading) and reading.note.own_title == ""
    assert bad(tmp_path, "a.pdf").is_skip


def test_front_matter_can_keep_a_note_out(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\nvecna: false\n---\nsecret")
    failed = bad(tmp_path, "a.md")
    assert (failed.why, failed.is_skip) == ("front matter says vecna: false", True)
    assert failed.stamp is not None
    (tmp_path / "b.md").write_text("---\nvecna: true\nprivate: true\n---\n")
    assert good(tmp_path, "b.md")


def test_binary_is_skipped_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\x89PNG\x00")
    failed = bad(tmp_path, "a.md")
    assert failed.is_skip and "binary" in failed.why


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    failed = bad(tmp_path, "pipe.md")
    assert (failed.why, failed.is_skip) == ("a pipe, not a regular file", True)


def test_a_folder_and_a_device_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.md").mkdir()
    assert "folder" in bad(tmp_path, "folder.md").why
    with pytest.raises(OSError, match="device"), opened("/dev/null"):
        pass


def test_a_symlink_out_of_the_vault_is_refused_even_after_the_scan(tmp_path: Path) -> None:
    (root := tmp_path / "vault").mkdir()
    (tmp_path / "vault-private").mkdir()
    (tmp_path / "vault-private/secret.md").write_text("secret")
    (root / "a.md").symlink_to("../vault-private/secret.md")
    (root / "folder").symlink_to("../vault-private", target_is_directory=True)
    assert "out of the vault" in bad(root, "a.md").why
    assert "out of the vault" in bad(root, "folder/secret.md").why


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file, so permissions cannot be tested as root")
def test_no_permission_is_a_failure_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "a.md").touch(mode=0)
    failed = bad(tmp_path, "a.md")
    assert (failed.why, failed.is_skip) == ("no permission to read it", False)


def test_permission_errors_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.md").touch()

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    failed = bad(tmp_path, "a.md")
    assert (failed.why, failed.is_skip, failed.stamp is not None) == ("no permission to read it", False, True)


def test_a_large_file_is_read_in_part_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("line of text\n" * 100_000)
    note = good(tmp_path, "a.md", 500_000).note
    assert note.problems == ("partial: first 500 kB of 1.3 MB",) or note.problems == (
        "partial: first 0.5 MB of 1.3 MB",
    )
    assert note.text.endswith("line of text\n") and len(note.text) <= 500_000
    (tmp_path / "b.md").write_text("line of text\n" * 200_000)
    assert good(tmp_path, "b.md", 500_000).note.digest != note.digest


@pytest.mark.parametrize("text", ["é" * 1000, "日" * 1000, "🌱" * 1000, "a" * 999 + "é"])
@pytest.mark.parametrize("cut", [500, 501, 502, 503])
def test_a_cut_never_tears_a_character(tmp_path: Path, text: str, cut: int) -> None:
    (tmp_path / "a.md").write_text(text, encoding="utf-8")
    note = good(tmp_path, "a.md", cut).note
    assert "\ufffd" not in note.text and text.startswith(note.text)
    assert len(note.problems) == 1
    (tmp_path / "b.md").write_text(text, encoding="utf-16")
    assert "\x00" not in good(tmp_path, "b.md", cut).note.text


def test_a_sparse_giant_costs_no_memory(tmp_path: Path) -> None:
    with (tmp_path / "a.md").open("wb") as file:
        file.write(b"text\n" * 1000)
        file.truncate(2_000_000_000)
    tracemalloc.start()
    failed = bad(tmp_path, "a.md")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "binary" in failed.why
    assert peak < 20 * MEGABYTE


class Raises:
    suffixes: tuple[str, ...] = (".md",)

    def __init__(self, made: object) -> None:
        self.made = made

    def read(self, path: str, data: bytes) -> Note:
        if isinstance(self.made, Exception):
            raise self.made
        return self.made  # type: ignore[return-value]


@pytest.mark.parametrize(
    "made",
    [
        ValueError("odd\x1b[31m"),
        RecursionError(),
        MemoryError(),
        KeyError("x"),
        None,
        3,
        replace(Note("b.md", "b", "", "")),
    ],
    ids=repr,
)
def test_a_reader_that_fails_fails_one_file_by_name(tmp_path: Path, made: object) -> None:
    (tmp_path / "a.md").touch()
    failed = bad(tmp_path, "a.md", [Raises(made)])
    assert not failed.is_skip and failed.stamp is not None
    assert "Raises" in failed.why and "\x1b" not in failed.why


def test_a_reader_may_refuse_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "a.md").touch()
    failed = bad(tmp_path, "a.md", [Raises(Unreadable("no canvas"))])
    assert (failed.why, failed.is_skip) == ("no canvas", True)


def test_a_file_that_changes_while_read_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.md"
    file.write_text("half")
    real, changes = os.stat, iter(["whole note"])

    def stat(path: object, *args: object, **keywords: object) -> os.stat_result:
        if str(path) == str(file) and (text := next(changes, None)) is not None:
            file.write_text(text)
        return real(path, *args, **keywords)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "stat", stat)
    assert good(tmp_path, "a.md").note.text == "whole note"


def test_a_file_that_never_rests_keeps_the_stamp_from_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.md"
    file.write_text("")
    real = os.stat

    def stat(path: object, *args: object, **keywords: object) -> os.stat_result:
        if str(path) == str(file):
            with file.open("a") as log:
                log.write("more\n")
        return real(path, *args, **keywords)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "stat", stat)
    reading = good(tmp_path, "a.md")
    assert reading.stamp.size < file.lstat().st_size
