from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Vecna
from tests.vaults import Home


@pytest.fixture(autouse=True)
def _vault(root: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECNA_VAULT", str(root))


def test_json_keeps_its_shape(vecna: Vecna) -> None:
    answer = vecna("related", "--json", "kitchen/Levain.md")
    assert answer.code == 0
    assert answer.json["schema"] == "vecna.related/1"
    note = answer.json["related"][0]
    assert set(note) >= {"path", "title", "score", "linked", "evidence"}
    assert set(note["evidence"]) >= {"source_lines", "target_lines", "text"}
    assert (note["path"], note["linked"]) == ("kitchen/Rye bread.md", False)
    assert "rye flour" in note["evidence"]["text"]


def test_linked_notes_are_marked_and_can_be_left_out(vecna: Vecna) -> None:
    def paths(*options: str) -> dict[str, bool]:
        rows = vecna("related", "memory/Spacing.md", "--json", *options).json["related"]
        return {row["path"]: row["linked"] for row in rows}

    assert paths()["memory/Forgetting curve.md"] is True
    assert "memory/Forgetting curve.md" not in paths("--unlinked")


@pytest.mark.parametrize(
    "name", ["Forgetting curve", "Ebbinghaus", "memory/Forgetting curve.md", "Forgetting curve.md"]
)
def test_a_note_is_named_by_path_title_alias_or_file(vecna: Vecna, name: str) -> None:
    answer = vecna("related", "--json", f"{name}:12")
    assert answer.json["sources"] == [{"path": "memory/Forgetting curve.md", "line": 12}]
    first, last = answer.json["related"][0]["evidence"]["source_lines"]
    assert first <= 12 <= last


def test_a_file_seen_from_here_is_a_name_too(vecna: Vecna, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / "memory")
    assert vecna("related", "--json", "Spacing.md").json["sources"][0]["path"] == "memory/Spacing.md"
    assert vecna("related", "--json", root / "memory/Spacing.md").json["sources"][0]["path"] == "memory/Spacing.md"


def test_an_unknown_note_is_a_sentence_with_near_names(vecna: Vecna) -> None:
    answer = vecna("related", "Levian")
    assert (answer.code, answer.out) == (2, b"")
    assert "kitchen/Levain.md" in answer.err


@pytest.mark.parametrize("end", ["\n", "\0"])
def test_names_come_from_stdin(vecna: Vecna, end: str) -> None:
    names = end.join(["kitchen/Levain.md", "no such note", "memory/Spacing.md:3", ""])
    answer = vecna("related", "-", "--json", given=names.encode())
    assert answer.code == 0
    assert [source["path"] for source in answer.json["sources"]] == ["kitchen/Levain.md", "memory/Spacing.md"]
    assert {row["source"] for row in answer.json["related"]} == {"kitchen/Levain.md", "memory/Spacing.md"}
    assert "no such note" in answer.err


def test_lines_for_people_and_for_programs(vecna: Vecna) -> None:
    shown = vecna("related", "kitchen/Levain.md", "-n", "1").text
    assert "Rye bread" in shown and "kitchen/Rye bread.md:1  meets L1-3" in shown
    rows = vecna("related", "kitchen/Levain.md", "--jsonl", "-n", "2").text.splitlines()
    assert [json.loads(row)["source"] for row in rows] == ["kitchen/Levain.md"] * 2
    filled = vecna("related", "kitchen/Levain.md", "-n", "1", "--format", "{path}:{line} {snippet}").text
    assert filled.startswith("kitchen/Rye bread.md:1 ") and "rye flour" in filled


def test_a_list_can_be_narrowed(vecna: Vecna) -> None:
    def paths(*options: str) -> set[str]:
        answer = vecna("related", "memory/Spacing.md", "--json", *options)
        return {row["path"] for row in answer.json["related"]}

    assert paths("--same-folder") == {"memory/Forgetting curve.md"}
    assert paths("--other-folders") and not any(path.startswith("memory/") for path in paths("--other-folders"))
    assert paths("--tag", "learning") == paths("--tag", "#learning") == {"memory/Forgetting curve.md"}
    assert paths("--tag", "nothing") == set() and paths("--hide-linked") == paths("--unlinked")
    assert paths("--other-days") == set() and paths("--same-day") == paths()


def test_what_speaks_for_a_note_can_be_shown(vecna: Vecna) -> None:
    shown = vecna("related", "kitchen/Levain.md", "-n", "1", "--explain").text
    assert "rare words in common" in shown and "rank   1" in shown
    row = vecna("related", "kitchen/Levain.md", "--json").json["related"][0]
    assert set(row["signals"]["keyword"]) == {"rank", "score", "share"} and row["closeness"]


def test_it_says_so_when_no_note_is_close(vecna: Vecna) -> None:
    far, near = vecna("related", "broken.md"), vecna("related", "kitchen/Levain.md")
    assert far.err.startswith("nothing close to broken.md") and far.text
    assert "nothing close to" not in near.err
