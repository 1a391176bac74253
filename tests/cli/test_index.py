from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import NOTES, Vecna, write_notes
from tests.vaults import Home, make_vault
from vecna_notes.config import Folders


@pytest.fixture
def vault(tmp_path: Path, own_home: Home) -> Path:
    return write_notes(tmp_path / "vault")


def test_a_second_run_embeds_nothing(vecna: Vecna, vault: Path) -> None:
    first = vecna("index", vault)
    assert (first.code, first.out) == (0, b"")
    assert "5 notes" in first.err and "1 skipped" in first.err
    assert vecna("status", "--json").json["embedded_last_run"] > 0
    assert vecna("index", vault).code == 0
    status = vecna("status", "--json").json
    assert status["embedded_last_run"] == 0
    assert status["notes"] == {"indexed": 5, "waiting": 0, "skipped": 1, "failed": 0}


def test_quiet_is_quiet_and_plain_output_has_no_bars(vecna: Vecna, vault: Path) -> None:
    assert vecna("index", "-q", vault).err == ""
    assert "\x1b" not in vecna("index", vault).err


def test_files_that_fail_are_exit_code_1_with_their_reason(vecna: Vecna, vault: Path, own_home: Home) -> None:
    reader = "from vecna_notes.hookspecs import Offer, hookimpl\nclass Bad:\n    suffixes = ('.bad',)\n"
    reader += "    def read(self, path, data): raise KeyError('no idea')\n"
    reader += "@hookimpl\ndef vecna_readers(): return [Offer('bad', 'fails', lambda options: Bad())]\n"
    (own_home.folder / "config" / "plugins" / "bad.py").write_text(reader)
    (vault / "odd.bad").write_text("x")
    answer = vecna("index", vault)
    assert answer.code == 1
    assert "odd.bad" in answer.err and "no idea" in answer.err
    assert "Traceback" not in answer.err


def test_jsonl_tells_events(vecna: Vecna, vault: Path) -> None:
    events = [json.loads(line) for line in vecna("index", "--jsonl", vault).text.splitlines()]
    kinds = [event["event"] for event in events]
    assert kinds.index("progress") < kinds.index("indexed") < kinds.index("synced")
    assert next(event for event in events if event["event"] == "indexed")["added"] == 5


def test_rebuild_embeds_everything_anew(vecna: Vecna, vault: Path) -> None:
    vecna("index", vault)
    before = vecna("status", "--json").json
    assert vecna("index", vault, "--rebuild").code == 0
    after = vecna("status", "--json").json
    assert after["embedded_last_run"] == before["embedded_last_run"] > 0
    assert after["spaces"] == before["spaces"]


def test_explain_names_the_rule(vecna: Vecna, vault: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (vault / ".gitignore").write_text("Levain.md\n")
    for path, why in (
        ("kitchen/Levain.md", ".gitignore"),
        ("memory/Spacing.md", "not indexed yet"),
        ("x.md", "no x.md"),
    ):
        assert why in vecna("index", "--explain", path, "--vault", vault).text
    vecna("index", vault)
    assert ".gitignore" in vecna("index", "--explain", "kitchen/Levain.md").text
    assert "is indexed" in vecna("index", "--explain", "memory/Spacing.md").text
    monkeypatch.chdir(vault / "memory")
    assert "memory/Spacing.md is indexed" in vecna("index", "--explain", "Spacing.md").text
    assert "binary" in vecna("index", "--explain", "picture.md").text


def test_many_vanished_notes_are_kept_until_somebody_says_yes(vecna: Vecna, tmp_path: Path, own_home: Home) -> None:
    root = make_vault(tmp_path / "many", 60)
    assert vecna("index", root).code == 0
    for file in sorted(root.rglob("*.md"))[:40]:
        file.unlink()
    answer = vecna("index", root)
    assert answer.code == 3
    assert "40 of 60" in answer.err and "--yes" in answer.err
    assert vecna("status", "--json").json["notes"]["indexed"] + vecna("status", "--json").json["notes"]["waiting"] == 60
    assert vecna("index", root, "--yes").code == 0
    assert vecna("status", "--json").json["notes"]["indexed"] == 20


def test_a_folder_that_is_not_there_is_exit_code_2(vecna: Vecna, vault: Path) -> None:
    vecna("index", vault)
    vault.rename(vault.with_name("away"))
    answer = vecna("index", vault)
    assert answer.code == 2
    assert str(vault) in answer.err
    assert vecna("status", "--json", vault).json["notes"]["indexed"] == 5


def test_a_second_writer_is_told_who_writes(vecna: Vecna, vault: Path) -> None:
    vecna("index", vault)
    lock = Folders.standard().vault(vault) / "writer.lock"
    with lock.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.truncate()
        held.write('{"pid": 4711}')
        held.flush()
        answer = vecna("index", vault)
        assert answer.code == 3 and "4711" in answer.err
        answer = vecna("index", "--watch", "--jsonl", vault)
        assert answer.code == 3
        told = json.loads(answer.text)
        assert (told["event"], told["pid"]) == ("busy", 4711)
        assert vecna("search", "levain").code == 0


def test_nothing_is_written_into_the_vault(vecna: Vecna, vault: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in vault.rglob("*")}
    for arguments in (("index", vault), ("search", "levain"), ("related", "Levain"), ("status",), ("doctor",)):
        vecna(*arguments)
    assert {file: file.stat().st_mtime_ns for file in vault.rglob("*")} == before


def test_the_screens_worker_obeys_and_tells(vault: Path, own_home: Home) -> None:
    worker = own_home.start(
        "index", "--watch", "--jsonl", str(vault), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=sys.stderr
    )
    assert worker.stdout is not None and worker.stdin is not None
    heard = []
    for line in worker.stdout:
        event = json.loads(line)
        heard.append(event["event"])
        if event["event"] == "synced":
            break
    assert "watching" in heard
    worker.stdin.write("stop\n")
    worker.stdin.flush()
    assert worker.wait(timeout=5) == 0
    worker.stdout.close()
    worker.stdin.close()


def test_the_vault_meant(vecna: Vecna, vault: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Argument, then --vault, then VECNA_VAULT, then where we stand, then the last one used."""

    def used(*options: str | Path) -> str:
        return Path(vecna("status", "--json", *options).json["vault"]).name

    roots = {name: write_notes(tmp_path / name, NOTES | {f"{name}.md": "x"}) for name in ("a", "b", "c", "d")}
    assert vecna("search", "x").code == 2
    for root in roots.values():
        assert vecna("index", root).code == 0
    assert used() == "d"
    monkeypatch.chdir(roots["c"] / "memory")
    assert used() == "c"
    monkeypatch.setenv("VECNA_VAULT", str(roots["b"]))
    assert used() == "b"
    assert used("--vault", roots["a"]) == "a"
    assert used("--vault", roots["a"], roots["d"]) == "d"
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VECNA_VAULT")
    assert used() == "d"
    state = Folders.standard().data / "last-vault"
    assert state.stat().st_mode & 0o777 == 0o600


def test_what_is_ours_is_for_our_eyes_only(vecna: Vecna, vault: Path) -> None:
    vecna("index", vault)
    vecna("search", "levain")
    data = Folders.standard().data
    modes = {path: path.stat().st_mode & 0o777 for path in (data, *data.rglob("*"))}
    assert {path for path, mode in modes.items() if mode != (0o700 if path.is_dir() else 0o600)} == set()


def test_a_data_folder_that_cannot_be_made_is_a_sentence(vecna: Vecna, vault: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for arguments in (["index", vault], ["search", "x", "--vault", vault], ["demo"], ["status", vault]):
        answer = vecna(*arguments, "--data-dir", tmp_path / "file" / "data")
        assert answer.code in (2, 3), answer
        assert "bug" not in answer.err and "vecna: " in answer.err
