from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tests.ingest.test_ignore import settings
from vecna_notes.ingest.ignore import Rules
from vecna_notes.ingest.scan import Scan, scan

SUFFIXES = frozenset({".md", ".txt"})


def look(root: Path, subtree: str = "", **changes: object) -> Scan:
    return scan(root, Rules.load(root, settings(**changes)), SUFFIXES, subtree)


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("text", encoding="utf-8")


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    (root := tmp_path / "vault").mkdir()
    return root


def test_notes_are_found_with_their_stamps(vault: Path) -> None:
    write(vault, "a.md", "b/c.TXT", "b/picture.png", "b/noext")
    found = look(vault)
    assert set(found.files) == {"a.md", "b/c.TXT"}
    assert found.files["a.md"].size == 4 and found.files["a.md"].inode == (vault / "a.md").stat().st_ino
    assert (found.skipped, found.failed, found.unreachable) == ({}, {}, ())


def test_ignored_files_are_skipped_with_their_rule_and_ignored_folders_not_entered(vault: Path) -> None:
    write(vault, "a.md", "x.sync-conflict-1.md", "drafts/d.md", ".git/e.md")
    (vault / ".gitignore").write_text("drafts/\n")
    found = look(vault)
    assert set(found.files) == {"a.md"}
    assert found.skipped == {"x.sync-conflict-1.md": 'built-in "*.sync-conflict*"'}
    assert found.pruned == {"drafts": '.gitignore:1 "drafts/"', ".git": 'built-in ".git"'}


def test_an_include_is_found_even_inside_an_ignored_folder(vault: Path) -> None:
    write(vault, "drafts/deep/keep.md", "drafts/other.md", "node_modules/x.md")
    (vault / ".gitignore").write_text("drafts/\n")
    found = look(vault, include=("drafts/deep/keep.md",))
    assert set(found.files) == {"drafts/deep/keep.md"}
    assert found.skipped == {"drafts/other.md": '.gitignore:1 "drafts/"'}


def test_a_subtree_is_looked_at_alone(vault: Path) -> None:
    write(vault, "a.md", "b/c.md", "b/d/e.md", "bb/f.md")
    assert set(look(vault, "b").files) == {"b/c.md", "b/d/e.md"}
    assert look(vault, "gone") == Scan({}, {}, {}, ())
    write(vault, ".hidden/x.md")
    assert look(vault, ".hidden").files == {}


def test_pipes_sockets_and_folders_called_md_are_no_notes(vault: Path) -> None:
    os.mkfifo(vault / "pipe.md")
    (vault / "folder.md").mkdir()
    write(vault, "folder.md/real.md")
    here = Path.cwd()
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(vault)
        try:
            server.bind("socket.md")
        finally:
            os.chdir(here)
        found = look(vault)
    assert set(found.files) == {"folder.md/real.md"}
    assert found.skipped == {
        "pipe.md": "a pipe, not a regular file",
        "socket.md": "a socket, not a regular file",
    }


def test_symlinks_are_followed_only_to_what_is_not_indexed_itself(vault: Path, tmp_path: Path) -> None:
    write(vault, "a.md", "b/c.md", ".store/hidden.md", ".store/deep/d.md")
    write(tmp_path, "outside/o.md", "vault-private/p.md")
    (vault / "alias.md").symlink_to("a.md")
    (vault / "from-store.md").symlink_to(".store/hidden.md")
    (vault / "from-store-too.md").symlink_to(".store/hidden.md")
    (vault / "linked").symlink_to("b", target_is_directory=True)
    (vault / "deep").symlink_to(".store/deep", target_is_directory=True)
    (vault / "out.md").symlink_to(tmp_path / "outside/o.md")
    (vault / "private").symlink_to(tmp_path / "vault-private", target_is_directory=True)
    (vault / "nowhere.md").symlink_to("gone.md")
    (vault / "self.md").symlink_to("self.md")
    (vault / "picture.png").symlink_to("gone.png")
    found = look(vault)
    assert set(found.files) == {"a.md", "b/c.md", "from-store-too.md", "deep/d.md"}
    assert found.skipped["alias.md"] == 'a symlink to "a.md", which is indexed itself'
    assert found.skipped["linked"] == 'a symlink to "b", which is indexed itself'
    assert found.skipped["from-store.md"] == 'a symlink to ".store/hidden.md", which another symlink leads to'
    assert found.skipped["out.md"] == found.skipped["private"] == "a symlink that leads out of the vault"
    assert "nowhere" in found.skipped["nowhere.md"] and "self.md" in found.skipped
    assert "picture.png" not in found.skipped


def test_symlink_loops_end(vault: Path) -> None:
    write(vault, "a/b/note.md", ".store/s.md")
    (vault / "a/b/up").symlink_to("../..", target_is_directory=True)
    (vault / "a/b/here").symlink_to(".", target_is_directory=True)
    (vault / ".store/loop").symlink_to(".", target_is_directory=True)
    (vault / "store").symlink_to(".store", target_is_directory=True)
    assert set(look(vault).files) == {"a/b/note.md", "store/s.md"}


def test_a_vault_reached_through_a_symlink_is_the_same_vault(vault: Path, tmp_path: Path) -> None:
    write(vault, "a.md", "b/c.md")
    (tmp_path / "door").symlink_to(vault, target_is_directory=True)
    assert look(tmp_path / "door").files == look(vault).files
    assert set(look(tmp_path / "door", "b").files) == {"b/c.md"}


NAMES = [
    "new\nline.md",
    "esc\x1b[31m.md",
    'quote".md',
    "\u202ertl.md",
    "x" * 252 + ".md",
    "🌱.md",
    "-rf.md",
    " .md",
    "*.md",
    "[a].md",
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_hostile_names_are_kept_exactly(vault: Path, name: str) -> None:
    write(vault, name)
    assert set(look(vault).files) == {name}


def test_undecodable_names_are_kept_exactly(vault: Path) -> None:
    raw = os.fsencode(vault) + b"/caf\xe9.md"
    try:
        os.close(os.open(raw, os.O_CREAT | os.O_WRONLY))
    except OSError:
        pytest.skip("this file system takes no undecodable names")
    (path,) = look(vault).files
    assert os.fsencode(path) == b"caf\xe9.md"


def test_what_cannot_be_listed_is_unreachable_not_gone(vault: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(vault, "a.md", "locked/b.md", "locked/deep/c.md")
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("/locked"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = look(vault)
    assert set(found.files) == {"a.md"}
    assert found.failed == {"locked": "cannot be listed: Permission denied"}
    assert found.unreachable == ("locked",)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder, so permissions cannot be tested as root")
def test_a_folder_without_permission_is_unreachable(vault: Path) -> None:
    write(vault, "locked/b.md")
    (vault / "locked").chmod(0)
    try:
        assert look(vault).unreachable == ("locked",)
    finally:
        (vault / "locked").chmod(0o700)


def test_an_absent_root_is_unreachable(tmp_path: Path) -> None:
    found = look(tmp_path / "unmounted")
    assert found.unreachable == ("",)
    assert found.failed
