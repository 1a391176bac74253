"""Commands that only look: status, embedders, plugins, doctor, config, completions, open."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Vecna, write_notes
from tests.vaults import Home
from vecna_notes.config import Folders, flattened, load


@pytest.fixture
def vault(root: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VECNA_VAULT", str(root))
    return root


def test_status_json_keeps_its_shape(vecna: Vecna, vault: Path) -> None:
    status = vecna("status", "--json").json
    assert status["schema"] == "vecna.status/1"
    assert set(status) >= {"notes", "chunks", "spaces", "embedded_last_run", "problems"}
    assert status["notes"] == {"indexed": 5, "waiting": 0, "skipped": 1, "failed": 0}
    [space] = status["spaces"]
    assert set(space) >= {"key", "embedder", "model", "dim", "vectors", "complete", "active"}
    assert (space["embedder"], space["dim"], space["complete"], space["active"]) == ("hash", 64, True, True)
    assert space["vectors"] == status["chunks"] == status["embedded_last_run"]
    [problem] = status["problems"]
    assert problem["path"] == "broken.md" and "front matter" in problem["reason"]
    assert sum(status["skips"].values()) == 1


def test_status_for_people_accounts_for_every_file(vecna: Vecna, vault: Path) -> None:
    shown = vecna("status").text
    assert "6 seen = 5 indexed + 0 waiting + 1 skipped + 0 failed" in shown
    assert "broken.md" in shown and "1 file: binary" in shown
    assert "2, 1 broken, 0 ambiguous" in shown
    assert "answers" in shown


def test_status_without_an_index_is_exit_code_3(vecna: Vecna, own_home: Home, tmp_path: Path) -> None:
    answer = vecna("status", "--json", tmp_path)
    assert (answer.code, answer.out) == (3, b"")
    assert "vecna index" in answer.err


def test_embedders_are_listed_with_their_vectors(vecna: Vecna, vault: Path) -> None:
    listed = vecna("embedders", "list", "--json").json
    rows = {row["name"]: row for row in listed["embedders"]}
    assert {"hash", "lsa", "word2vec", "sbert"} <= set(rows)
    assert rows["hash"]["active"] and rows["hash"]["spaces"] and not rows["lsa"]["spaces"]
    assert listed["choice"] == "hash"
    assert "complete, answers" in vecna("embedders", "list").text


def test_plugins_name_their_source_and_what_is_broken(vecna: Vecna, own_home: Home) -> None:
    plugins = own_home.folder / "config" / "plugins"
    (plugins / "broken.py").write_text("raise RuntimeError('\\x1b]0;x\\x07 no')\n")
    answer = vecna("plugins")
    assert answer.code == 0
    assert str(plugins / "hash.py") in answer.text
    assert "broken" in answer.text and "RuntimeError" in answer.text and "\x1b" not in answer.text
    shape = vecna("plugins", "--json").json
    assert {row["kind"] for row in shape["plugins"]} == {
        "embedders",
        "trainers",
        "generators",
        "rankers",
        "clusterers",
        "projectors",
        "readers",
        "indexes",
    }
    assert [row["plugin"] for row in shape["broken"]] == ["broken"]


def test_the_doctor_finds_a_sound_installation_sound(vecna: Vecna, vault: Path) -> None:
    answer = vecna("doctor", "--json", "--deep")
    rows = {row["name"]: row for row in answer.json["checks"]}
    assert {"python", "sqlite", "hnswlib", "onnxruntime", "data folder", "vault", "index", "plugins"} <= set(rows)
    assert answer.code == 0, rows
    assert all(row["fix"] for row in rows.values() if row["state"] != "ok")
    assert "✓  index" in vecna("doctor").text


def test_the_doctor_names_what_is_wrong_and_repairs_it(vecna: Vecna, own_home: Home, tmp_path: Path) -> None:
    root = write_notes(tmp_path / "vault")
    vecna("index", root)
    folder = Folders.standard().vault(root)
    folder.chmod(0o755)
    damage(folder / "index.db")
    (own_home.folder / "config" / "plugins" / "broken.py").write_text("1/0\n")
    answer = vecna("doctor")
    assert answer.code == 1
    assert "others may read" in answer.text and "chmod" in answer.text
    assert "out of step" in answer.text and "--repair" in answer.text
    assert "ZeroDivisionError" in answer.text
    assert "rebuilt" in vecna("doctor", "--repair").err
    assert "out of step" not in vecna("doctor").text


def damage(file: Path) -> None:
    import sqlite3

    with sqlite3.connect(file) as raw:
        name = raw.execute("SELECT name FROM sqlite_master WHERE name LIKE 'words_%_docsize'").fetchone()[0]
        raw.execute(f"DELETE FROM {name} WHERE id = (SELECT min(id) FROM {name})")
    raw.close()


def test_settings_are_shown_with_their_origin(vecna: Vecna, vault: Path, home: Home) -> None:
    shown = vecna("config", "show").text
    assert "limit = 10\n" in shown
    assert 'embedder = "hash"  # $VECNA_INDEX__EMBEDDER' in shown
    rows = vecna("config", "show", "--json").json["settings"]
    assert rows["index.embedder"] == {"value": "hash", "origin": "$VECNA_INDEX__EMBEDDER"}
    assert set(rows) == set(flattened(load(Folders.standard()).settings))


def test_a_wrong_setting_is_exit_code_2_that_names_the_nearest(vecna: Vecna, own_home: Home) -> None:
    assert vecna("config", "validate").code == 0
    (own_home.folder / "config" / "config.toml").write_text("[search]\nlimt = 3\n")
    for arguments in (["config", "validate"], ["search", "--vault", own_home.folder, "x"]):
        answer = vecna(*arguments)
        assert (answer.code, answer.out) == (2, b"")
        assert "limt" in answer.err and "search.limit" in answer.err


def test_config_path_names_places(vecna: Vecna, vault: Path, home: Home) -> None:
    assert vecna("config", "path", "plugins").text == f"{home.folder / 'config' / 'plugins'}\n"
    lines = dict(line.split(maxsplit=1) for line in vecna("config", "path").text.splitlines())
    assert lines["data"] == str(home.folder / "data")
    assert Path(lines["index"], "index.db").is_file()


def test_a_vaults_own_file_may_not_choose_what_runs(vecna: Vecna, own_home: Home, tmp_path: Path) -> None:
    root = write_notes(tmp_path / "vault")
    (root / ".vecna.toml").write_text('[index]\nembedder = "sbert"\n[search]\nlimit = 2\n')
    answer = vecna("config", "validate", "--vault", root)
    assert answer.code == 0 and "index.embedder" in answer.err
    rows = vecna("config", "show", "--json", "--vault", root).json["settings"]
    assert (rows["search.limit"]["value"], rows["index.embedder"]["value"]) == (2, "hash")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(vecna: Vecna, shell: str) -> None:
    answer = vecna("completions", shell)
    assert answer.code == 0 and "_VECNA_COMPLETE" in answer.text


def test_notes_are_completed(vecna: Vecna, vault: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_VECNA_COMPLETE", "fish_complete")
    monkeypatch.setenv("COMP_WORDS", "vecna related kitchen/L")
    monkeypatch.setenv("COMP_CWORD", "kitchen/L")
    assert "kitchen/Levain.md" in vecna().text


def test_open_runs_the_editor_at_the_line(
    vecna: Vecna, vault: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "nano"
    editor.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/called\n')
    editor.chmod(0o755)
    monkeypatch.setenv("VECNA_EDITOR", str(editor))
    assert vecna("open", "Levain:3").code == 0
    assert (tmp_path / "called").read_text().split("\n")[:2] == ["+3", str(vault / "kitchen" / "Levain.md")]
    monkeypatch.setenv("VECNA_EDITOR", "/no/such/editor")
    answer = vecna("open", "Levain")
    assert answer.code == 2 and "VECNA_EDITOR" in answer.err


def test_options_may_stand_before_and_after_the_command(vecna: Vecna, root: Path, home: Home) -> None:
    before = vecna("--vault", root, "-q", "search", "--json", "levain").json
    after = vecna("search", "--json", "levain", "--vault", root, "-q").json
    assert before["hits"] == after["hits"] != []


def test_a_mistyped_command_names_the_near_one(vecna: Vecna, own_home: Home) -> None:
    answer = vecna("serch", "x")
    assert answer.code == 2
    assert "did you mean 'search'" in answer.err
    assert vecna("search", "--bogus").code == 2
    assert vecna("search").code == 2


def test_version(vecna: Vecna) -> None:
    from vecna_notes import __version__

    assert vecna("--version").text == f"vecna {__version__}\n"


def test_json_is_ascii(vecna: Vecna, vault: Path) -> None:
    for arguments in (["search", "--json", "levain"], ["status", "--json"], ["plugins", "--json"]):
        assert json.loads(vecna(*arguments).out.decode("ascii"))
