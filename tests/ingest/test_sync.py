"""The chain over a real folder and a real store: what each look at the folder changes, and what it must not."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vaults import make_vault
from vecna_notes.config import Folders, load
from vecna_notes.errors import MassRemoval, VaultNotFound
from vecna_notes.ingest.sync import SyncReport
from vecna_notes.vault import Vault


def quiet(_: object) -> None:
    pass


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_vault(tmp_path / "vault", 30)


@pytest.fixture
def vault(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vault]:
    monkeypatch.setenv("VECNA_INDEX__EMBEDDER", "lsa")
    folders = Folders.standard()
    with Vault.open(root, folders, load(folders, root), write=True) as vault:
        vault.sync(quiet)
        yield vault


def climb(vault: Vault) -> int:
    return sum(vault.ladder(quiet).climb())


def counts(report: SyncReport) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.moved, report.removed


def test_every_file_is_counted_once(vault: Vault, root: Path) -> None:
    (root / "binary.md").write_bytes(b"\0\1\2" * 100)
    (root / "private.md").write_text("---\nvecna: false\n---\nx")
    os.mkfifo(root / "pipe.md")
    vault.sync(quiet)
    status = vault.status()
    assert (status.indexed, status.waiting) == (30, 0)
    assert status.indexed + status.waiting + status.skipped + status.failed == 33


def test_a_second_look_reads_and_embeds_nothing(vault: Vault) -> None:
    assert climb(vault) > 0
    assert vault.sync(quiet).is_quiet
    assert climb(vault) == 0


def test_renaming_moving_and_coming_back_embed_nothing(vault: Vault, root: Path, tmp_path: Path) -> None:
    climb(vault)
    some = sorted(root.rglob("*.md"))[0]
    id = vault.note(some.relative_to(root).as_posix()).id
    some.rename(root / "another name.md")
    assert counts(vault.sync(quiet)) == (0, 0, 1, 0)
    assert vault.note("another name.md").id == id
    (root / "a").rename(root / "z")
    assert vault.sync(quiet).moved > 5
    shutil.copytree(root, tmp_path / "kept")
    for note in sorted(root.rglob("*.md"))[:15]:
        note.write_text("# Another branch\n\nmemory\n")
    vault.sync(quiet)
    climb(vault)
    shutil.copytree(tmp_path / "kept", root, dirs_exist_ok=True)
    assert vault.sync(quiet).changed == 15
    assert climb(vault) == 0


def test_touching_changes_nothing(vault: Vault, root: Path) -> None:
    for note in root.rglob("*.md"):
        os.utime(note)
    assert vault.sync(quiet).is_quiet


def test_an_edit_that_restores_time_and_size_is_seen(vault: Vault, root: Path) -> None:
    note = root / "sly.md"
    note.write_text("# Sly\n\none\n")
    vault.sync(quiet)
    before = note.stat()
    note.write_text("# Sly\n\ntwo\n")
    os.utime(note, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert vault.sync(quiet).changed == 1
    assert "two" in vault.text("sly.md")


@pytest.mark.parametrize("seconds", [0, 4_102_444_800])
def test_a_wrong_clock_hides_no_change(vault: Vault, root: Path, seconds: int) -> None:
    note = root / "clock.md"
    note.write_text("one")
    os.utime(note, (seconds, seconds))
    vault.sync(quiet)
    note.write_text("two, longer")
    os.utime(note, (seconds, seconds))
    assert vault.sync(quiet).changed == 1


def test_very_many_removals_wait_for_a_yes(vault: Vault, root: Path) -> None:
    for note in sorted(root.rglob("*.md"))[:25]:
        note.unlink()
    (root / "new.md").write_text("# New\n")
    with pytest.raises(MassRemoval, match="25 of 31 notes are gone"):
        vault.sync(quiet)
    assert vault.status().indexed == 31, "what is new was taken in, and nothing was dropped"
    assert vault.sync(quiet, allow_removal=True).removed == 25
    assert vault.status().indexed == 6


def test_a_vault_that_is_gone_deletes_nothing(vault: Vault, root: Path) -> None:
    root.rename(root.with_name("elsewhere"))
    with pytest.raises(VaultNotFound, match="is its disk mounted"):
        vault.sync(quiet)
    assert vault.status().indexed == 30


def test_a_rule_that_keeps_notes_out_drops_them_and_says_why(vault: Vault, root: Path) -> None:
    (root / ".vecnaignore").write_text("a/\n")
    report = vault.sync(quiet)
    assert report.removed > 5
    assert not [path for path in vault.store.notes.paths() if path.startswith("a/")]
    (root / ".vecnaignore").unlink()
    assert vault.sync(quiet).added == report.removed


def test_a_note_of_too_many_passages_is_marked_partial(root: Path, tmp_path: Path) -> None:
    folders = Folders.standard()
    configuration = load(folders, root, {"index.max_chunks": 3, "index.embedder": "lsa"})
    (root / "huge.md").write_text("\n\n".join(f"## {i}\n\n{'memory bread ' * 135}" for i in range(9)))
    with Vault.open(root, folders, configuration, write=True) as vault:
        vault.sync(quiet)
        assert len(vault.passages("huge.md")) == 3
        reasons = [problem.reason for problem in vault.status().problems if problem.path == "huge.md"]
    assert reasons == ["partial: the first 3 of 18 passages are indexed"]


def test_a_changed_way_of_cutting_cuts_every_note_anew(vault: Vault, root: Path) -> None:
    vault.close()
    folders = Folders.standard()
    with Vault.open(root, folders, load(folders, root, {"index.chunk_tokens": 40}), write=True) as other:
        before = other.store.passages.count()
        assert other.sync(quiet).changed == 30
        assert other.store.passages.count() > before


def test_links_follow_the_names_of_notes(vault: Vault, root: Path) -> None:
    (root / "from.md").write_text("see [[Later note]]")
    vault.sync(quiet)
    assert [link.state for link in vault.links("from.md")] == ["broken"]
    (root / "later.md").write_text("---\naliases: [Later note]\n---\nx")
    vault.sync(quiet)
    assert [(link.state, link.target_path) for link in vault.links("from.md")] == [("resolved", "later.md")]
    (root / "later.md").unlink()
    vault.sync(quiet)
    assert [link.state for link in vault.links("from.md")] == ["broken"]
