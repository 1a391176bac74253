from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Vecna, write_notes
from tests.vaults import Home

COPY = "The kettle is descaled with vinegar in spring and autumn, then boiled twice with clear water we pour away.\n"
BREAD = ("flour levain dough crust", "levain dough oven flour", "crust oven flour rye", "rye dough levain crust")
BOWS = ("cello bow string scale", "bow rosin scale string", "rosin cello tempo scale", "tempo bow string cello")
NOTES = {
    "Kettle.md": COPY,
    "Kettle 1.md": COPY,
    **{f"bread {n}.md": f"---\ntags: [kitchen/bread]\n---\n{text}\n" for n, text in enumerate(BREAD * 2)},
    **{f"bow {n}.md": f"---\ntags: [music]\n---\n{text}\n" for n, text in enumerate(BOWS * 2)},
    "new.md": "levain flour crust rye dough\n",
    "old loaf.md": "levain dough crust oven, and what the miller said about flour\n",
}
DAY = 86_400


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Home]:
    folder = tmp_path_factory.mktemp("tending")
    root = write_notes(folder / "vault", NOTES)
    for n, file in enumerate(sorted(root.iterdir())):
        then = time.time() - DAY * (2 if file.name == "new.md" else 430 if file.name == "old loaf.md" else 20 + n)
        os.utime(file, (then, then))
    home = Home(folder / "home")
    done = home.vecna("index", str(root))
    assert done.returncode == 0, done.stderr
    return root, home


@pytest.fixture(autouse=True)
def _at_home(made: tuple[Path, Home], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of the index for each test, since decisions are kept beside it."""
    root, home = made
    shutil.copytree(home.folder / "data", tmp_path / "data")
    for name, value in {
        "VECNA_CONFIG": home.environment["VECNA_CONFIG"],
        "VECNA_DATA_DIR": str(tmp_path / "data"),
        "VECNA_VAULT": str(root),
    }.items():
        monkeypatch.setenv(name, value)


def test_duplicates_keep_their_shape(vecna: Vecna) -> None:
    answer = vecna("duplicates", "--json", "--verdict", "same")
    assert answer.code == 0 and answer.json["schema"] == "vecna.duplicates/1"
    (kettles,) = [one for one in answer.json["pairs"] if "Kettle.md" in one["paths"]]
    assert kettles["paths"] == ["Kettle 1.md", "Kettle.md"]
    assert kettles["verdict"] == "same text" and kettles["contained"] == [1.0, 1.0]
    assert set(kettles) >= {"titles", "why", "score", "likeness", "margin", "ranks", "shared_words", "linked"}


def test_a_dismissed_pair_is_not_listed_again(vecna: Vecna) -> None:
    assert "Kettle 1.md  ↔  Kettle.md" in vecna("duplicates").text
    assert vecna("duplicates", "dismiss", "Kettle", "Kettle 1").code == 0
    assert vecna("duplicates").text.count("Kettle") == 0
    assert vecna("duplicates", "--verdict", "same", "--json").code == 1
    assert vecna("duplicates", "dismiss", "Kettle", "Kettle").code == 2


def test_two_notes_are_shown_side_by_side(vecna: Vecna) -> None:
    shown = vecna("duplicates", "show", "bread 0", "bread 1").text.splitlines()
    assert shown[0].endswith("bread 0.md  ↔  bread 1.md")
    assert f"{BREAD[0]:38} ~ {BREAD[1]}" in shown
    assert any(" = tags: [kitchen/bread]" in line for line in shown)
    assert all(len(line) <= 80 for line in shown[3:])
    assert vecna("duplicates", "show", "bread 0", "new", "--json").json["schema"] == "vecna.duplicate/1"


def test_tags_are_listed_and_suggested(vecna: Vecna) -> None:
    listed = vecna("tags", "--json").json
    assert listed["schema"] == "vecna.tags/1"
    assert {"tag": "kitchen", "notes": 8, "own": 0, "children": ["kitchen/bread"]} in listed["tags"]
    assert "8    #kitchen/bread" in vecna("tags").text
    answer = vecna("tags", "suggest", "new", "--json")
    assert answer.json["schema"] == "vecna.tag-suggestions/1"
    assert [(one["path"], one["tag"]) for one in answer.json["suggestions"]] == [("new.md", "kitchen/bread")]
    assert answer.json["held_out"]["tags"] == 3
    said = vecna("tags", "suggest")
    assert "new.md  #kitchen/bread" in said.text and "held-out cases" in said.text
    assert "on notes held out" in said.err


def test_a_note_that_fits_no_tag_ends_with_one(vecna: Vecna) -> None:
    answer = vecna("tags", "suggest", "bow 1")
    assert (answer.code, answer.out) == (1, b"")


def test_again_shows_and_puts_off(vecna: Vecna) -> None:
    answer = vecna("again", "--json")
    assert answer.json["schema"] == "vecna.again/1"
    (one,) = answer.json["notes"]
    assert (one["path"], one["kind"], one["near"]) == ("old loaf.md", "near", "new.md")
    assert "last changed 14 months ago" in vecna("again").text
    assert vecna("again", "later", "old loaf").code == 0
    after = vecna("again")
    assert (after.code, after.out) == (1, b"") and "three months" in after.err


def test_no_note_is_touched(vecna: Vecna, made: tuple[Path, Home]) -> None:
    before = {path: path.read_bytes() for path in made[0].iterdir()}
    for arguments in (
        ["duplicates", "dismiss", "Kettle", "Kettle 1"],
        ["tags", "suggest"],
        ["again", "later", "old loaf"],
        ["duplicates", "show", "Kettle", "new"],
    ):
        vecna(*arguments)
    assert {path: path.read_bytes() for path in made[0].iterdir()} == before
