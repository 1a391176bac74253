from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Vecna
from tests.vaults import Home
from vecna_notes.config import Folders
from vecna_notes.demo import files, showcase


def test_the_demo_indexes_searches_and_says_how_to_go_on(vecna: Vecna, own_home: Home) -> None:
    answer = vecna("demo")
    assert answer.code == 0
    for search in showcase().searches:
        assert search.query in answer.text
    assert "related to" in answer.text
    assert "vecna ~/notes" in answer.err
    assert answer.text.count("━") > 20
    again = vecna("demo")
    assert (again.code, again.text) == (0, answer.text)
    assert " 0 embedded" in again.err


def test_the_packaged_vault_is_not_touched(vecna: Vecna, own_home: Home) -> None:
    before = {file: file.stat().st_mtime_ns for file in files().rglob("*")}
    vecna("demo", "-q")
    assert {file: file.stat().st_mtime_ns for file in files().rglob("*")} == before
    copy = Folders.standard().data / "demo" / "sample"
    assert len(list(copy.rglob("*.md"))) == len(list(files().rglob("*.md")))
    assert all(os.access(file, os.W_OK) for file in copy.rglob("*.md"))
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700


def test_the_demo_does_not_take_the_place_of_ones_own_vault(
    vecna: Vecna, own_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.md").write_text("hello")
    vecna("index", tmp_path / "mine")
    vecna("demo", "-q")
    assert vecna("status", "--json").json["vault"] == str(tmp_path / "mine")
