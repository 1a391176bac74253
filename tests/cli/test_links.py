"""`vecna links`: shown before it is written, written only when told to, and taken back to the byte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import NOTES, Vecna, live_in, write_notes
from tests.vaults import Home

SOURCE = "memory/Reading.md"
TEXT = (
    "\ufeff# Reading\r\n\r\nWhat I read follows the forgetting curve, says Ebbinghaus.\r\n"
    "\r\n| what | when |\r\n|---|---|\r\n| spacing | daily |\r\n\r\n\tno end"
)


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vecna: Vecna) -> Path:
    """Indexed, and this process lives beside it."""
    live_in(Home(tmp_path / "home"), monkeypatch)
    root = write_notes(tmp_path / "vault", {path: text for path, text in NOTES.items() if path != "picture.md"})
    (root / SOURCE).write_bytes(TEXT.encode())
    assert vecna("index", root).code == 0
    return root


def state(root: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(file.relative_to(root)): (file.read_bytes(), file.stat().st_mtime_ns)
        for file in root.rglob("*")
        if file.is_file()
    }


def curve(vecna: Vecna) -> dict[str, object]:
    found = vecna("links", "suggest", SOURCE, "--json").json["suggestions"]
    return next(one for one in found if one["target"] == "memory/Forgetting curve.md")


def test_suggestions_say_where_what_and_why(vecna: Vecna, vault: Path) -> None:
    one = curve(vecna)
    assert (one["anchor"], one["line"], one["column"]) == ("forgetting curve", 3, 25)
    assert one["link"] == "[[Forgetting curve|forgetting curve]]" and "title" in str(one["why"])
    shown = vecna("links", "suggest", SOURCE)
    assert shown.code == 0 and "“forgetting curve”" in shown.text and f"{SOURCE}:3:25" in shown.text
    everywhere = vecna("links", "suggest", "--json", "-n", "50").json["suggestions"]
    assert one["id"] in {other["id"] for other in everywhere}
    assert [-other["score"] for other in everywhere] == sorted(-other["score"] for other in everywhere)


def test_nothing_but_apply_writes(vecna: Vecna, vault: Path) -> None:
    before = state(vault)
    for arguments in (
        ["suggest"], ["suggest", SOURCE], ["orphans"], ["broken"], ["missing"], ["undo"], ["undo", "--list"],
        ["apply", SOURCE, "1", "--dry-run"], ["apply", SOURCE, "1"], ["broken", "--fix"],
    ):  # fmt: skip
        assert vecna("links", *arguments).code in (0, 1, 3), arguments
    for arguments in (["search", "levain"], ["related", SOURCE], ["status"], ["index", os.fspath(vault)], ["doctor"]):
        vecna(*arguments)
    assert state(vault) == before


def test_apply_asks_and_without_an_answer_writes_nothing(vecna: Vecna, vault: Path) -> None:
    answer = vecna("links", "apply", SOURCE, "--id", str(curve(vecna)["id"]))
    assert answer.code == 3 and "--yes" in answer.err and "+What I read follows the [[Forgetting" in answer.text
    assert (vault / SOURCE).read_bytes() == TEXT.encode()


def test_apply_and_undo_are_to_the_byte(vecna: Vecna, vault: Path) -> None:
    one = curve(vecna)
    before = state(vault)
    done = vecna("links", "apply", SOURCE, "--id", str(one["id"]), "--yes", "--json")
    assert done.code == 0 and done.json["link"] == one["link"]
    assert (vault / SOURCE).read_bytes() == TEXT.replace("forgetting curve", str(one["link"])).encode()
    assert {path for path, now in state(vault).items() if now != before[path]} == {SOURCE}
    assert one["id"] not in {
        other["id"] for other in vecna("links", "suggest", SOURCE, "--json").json["suggestions"]
    }, "accepted, though not indexed yet"
    assert vecna("links", "undo", "--list", "--json").json["edits"][0]["path"] == SOURCE
    undone = vecna("links", "undo")
    assert undone.code == 0 and "Forgetting curve" in undone.err
    assert (vault / SOURCE).read_bytes() == TEXT.encode()
    assert curve(vecna)["id"] == one["id"], "taken back, so it may be suggested again"
    assert vecna("links", "undo").code == 1


def test_several_suggestions_are_accepted_without_indexing_between(vecna: Vecna, vault: Path) -> None:
    wanted = {"memory/Forgetting curve.md", "memory/Spacing.md"}
    found = [one for one in vecna("links", "suggest", SOURCE, "--json").json["suggestions"] if one["target"] in wanted]
    assert len(found) == 2
    for one in found:
        assert vecna("links", "apply", SOURCE, "--id", one["id"], "--yes").code == 0
    written = (vault / SOURCE).read_bytes().decode()
    assert "[[Forgetting curve|forgetting curve]]" in written and "[[Spacing\\|spacing]]" in written
    assert vecna("index", vault).code == 0
    assert not wanted & {one["target"] for one in vecna("links", "suggest", SOURCE, "--json").json["suggestions"]}
    assert vecna("links", "undo").code == 0 and vecna("links", "undo").code == 0
    assert (vault / SOURCE).read_bytes() == TEXT.encode()


def test_a_note_changed_in_between_is_left_alone(vecna: Vecna, vault: Path) -> None:
    one = curve(vecna)
    changed = TEXT.replace("What I read", "Whatever I read").encode()
    (vault / SOURCE).write_bytes(changed)
    answer = vecna("links", "apply", SOURCE, "--id", str(one["id"]), "--yes")
    assert answer.code == 3 and "changed" in answer.err and (vault / SOURCE).read_bytes() == changed
    assert vecna("index", vault).code == 0
    assert vecna("links", "apply", SOURCE, "--id", str(one["id"]), "--yes").code == 0
    (vault / SOURCE).write_bytes(b"all new")
    refused = vecna("links", "undo")
    assert refused.code == 3 and (vault / SOURCE).read_bytes() == b"all new"


@pytest.mark.parametrize("verdict", ["skip", "never"])
def test_what_was_refused_stays_away(vecna: Vecna, vault: Path, verdict: str) -> None:
    one = curve(vecna)
    assert vecna("links", verdict, SOURCE, "--id", str(one["id"])).code == 0
    rest = vecna("links", "suggest", SOURCE, "--json").json["suggestions"]
    assert one["id"] not in {other["id"] for other in rest}
    if verdict == "never":
        assert one["target"] not in {other["target"] for other in rest}
    assert (vault / SOURCE).read_bytes() == TEXT.encode()


@pytest.mark.parametrize("arguments", [[], ["1", "--id", "x"], ["--id", "no-such"], ["99"]])
def test_a_suggestion_that_is_not_there_is_a_sentence(vecna: Vecna, vault: Path, arguments: list[str]) -> None:
    answer = vecna("links", "apply", SOURCE, *arguments, "--yes")
    assert answer.code == 2 and "links suggest" in answer.err and (vault / SOURCE).read_bytes() == TEXT.encode()


def test_broken_links_are_listed_and_mended_when_told(vecna: Vecna, vault: Path) -> None:
    (vault / "slip.md").write_text("See [[Levian]] and [[Nowhere]].\n")
    assert vecna("index", vault).code == 0
    rows = {row["written"]: row for row in vecna("links", "broken", "--json").json["broken"]}
    assert rows["Levian"]["near"] == ["kitchen/Levain.md"] and rows["Nowhere"]["fix"] is None
    assert vecna("links", "broken", "--fix").code == 0
    assert (vault / "slip.md").read_text() == "See [[Levian]] and [[Nowhere]].\n", "nobody was there to say yes"
    assert vecna("links", "broken", "--fix", "--yes").code == 0
    assert (vault / "slip.md").read_text() == f"See {rows['Levian']['fix']} and [[Nowhere]].\n"
    assert vecna("links", "undo").code == 0
    assert (vault / "slip.md").read_text() == "See [[Levian]] and [[Nowhere]].\n"


def test_orphans_and_missing(vecna: Vecna, vault: Path) -> None:
    rows = {row["path"] for row in vecna("links", "orphans", "--json").json["orphans"]}
    assert "kitchen/Levain.md" in rows and "memory/Spacing.md" not in rows
    pairs = vecna("links", "missing", "--json").json["pairs"]
    assert all(pair["one"] < pair["other"] for pair in pairs)
    assert "kitchen/Levain.md" in {path for pair in pairs for path in (pair["one"], pair["other"])}


def test_hidden_links_come_back(vecna: Vecna, vault: Path) -> None:
    assert vecna("links", "check").code == 2, "no link of this vault is between notes of some length"
    long = "One thinks of many things while walking, and most of them are gone before the next bend of the road. "
    (vault / "walking.md").write_text(f"# Walking\n\n{long}Like [[Steep paths|steep paths]].\n")
    (vault / "paths.md").write_text(f"# Steep paths\n\n{long}\n")
    assert vecna("index", vault).code == 0
    before = state(vault)
    assert [row["target"] for row in vecna("links", "check", "--json").json["links"]] == ["paths.md"]
    assert state(vault) == before
    answer = vecna("links", "check", "--json").json
    assert (answer["hidden"], answer["target@5"], answer["words@5"]) == (1, 1, 1)


def test_two_processes_accept_at_once(vecna: Vecna, vault: Path) -> None:
    """Each link is written once, and neither is lost."""
    found = vecna("links", "suggest", SOURCE, "--json").json["suggestions"]
    wanted = [one for one in found if one["target"] in ("memory/Forgetting curve.md", "memory/Spacing.md")]
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "vecna_notes", "links", "apply", "--vault", vault, SOURCE, "--id", id, "--yes"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for id in [one["id"] for one in wanted] * 2
    ]
    codes = [(child.communicate()[1], child.returncode) for child in children]
    assert sorted(code for _err, code in codes)[:2] == [0, 0], codes
    written = (vault / SOURCE).read_bytes().decode()
    for one in wanted:
        assert written.count(one["link"]) == 1
    while vecna("links", "undo").code == 0:
        pass
    assert (vault / SOURCE).read_bytes() == TEXT.encode()
