"""What another program sees of a vault: held-back notes are as if they were not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vaults import Home
from vecna_notes.answer.private import secret_lines
from vecna_notes.config import Folders, load
from vecna_notes.errors import EditRefused, NoteChanged, NoteNotFound
from vecna_notes.text import digest
from vecna_notes.vault import Vault
from vecna_notes.vault.given import EVERYTHING, Given, Narrow

CANARY = "zanzibarquokka"
KEY = "-----BEGIN RSA PRIVATE KEY-----\n" + "\n".join(f"MIIEpAIBAAKCAQEA{i:04}abcdefgh{CANARY}" for i in range(60))
NOTES = {
    "Bread.md": "# Bread\n\nFlour, water and salt make bread with a levain. See [[Diary]].\n#baking\n",
    "Levain.md": "# Levain\n\nThe levain of bread wants flour and water each day.\n#baking\n",
    "work/Diary.md": "---\nprivate: true\n"
    f"aliases: [My {CANARY}]\ntags: [{CANARY}]\n---\n# Diary\n\nBread, {CANARY}.\n",
    "journal/Day.md": f"# Day\n\nBread and levain, {CANARY}, flour, water. [[Bread]]\n",
    "Keys.md": f"# Keys\n\nBread of the server.\n\n## Old\n\npassword: {CANARY}1\n\n## New\n\n{KEY}\n"
    "-----END RSA PRIVATE KEY-----\n\n## After\n\nBread again.\n",
}
NOTES |= {f"journal/{day}.md": f"# {day}\n\nBread, {CANARY}, bread.\n" for day in range(30)}
"""More than are asked for to spare."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("given"))


@pytest.fixture(scope="module")
def root(home: Home) -> Path:
    root = home.folder / "vault"
    for path, text in NOTES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    assert home.vecna("index", str(root)).returncode == 0
    return root


@pytest.fixture
def vault(root: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vault]:
    for name, value in home.environment.items():
        monkeypatch.setenv(name, value)
    configuration = load(Folders.standard(), root, {"answer": {"exclude": ["journal/"]}})
    with Vault.open(root, Folders.standard(), configuration) as opened:
        yield opened


@pytest.fixture
def given(vault: Vault) -> Given:
    return vault.given()


def test_what_is_private_is_nowhere(given: Given) -> None:
    topics = [topic for one in given.topics() for topic in (one, *one.parts)]
    said = [
        *(given.search(query, mode, 10) for query in ("bread", CANARY, "") for mode in ("hybrid", "keyword")),
        given.search("bread levain -nothing", None, 10, Narrow(tag="baking")),
        given.evidence(f"bread {CANARY}", 1000),
        given.near_text(f"{CANARY} tag:{CANARY} bread", 10),
        [given.lines(one) for one in given.listed()],
        [given.neighbourhood(one.note.path, 10, False) for one in given.listed()],
        [given.suggestions(one.note.path, 10) for one in given.listed()],
        given.suggestions_for("My diary of bread is the day", 10),
        [one.note for one in given.listed()],
        given.tags(),
        topics,
        given.overview().folders,
    ]
    told = re.sub(r"Found\(query='.*?'", "", str(said))
    assert CANARY not in told and "Diary.md" not in told and "Day.md" not in told
    assert given.held_back == 32
    assert given.overview().links == 1  # the others stand in notes that are held back
    assert {one.note.path for one in given.listed()} == {"Bread.md", "Levain.md", "Keys.md"}


def test_a_gap_tells_nothing_of_what_is_held_back(given: Given) -> None:
    """Were private notes taken out after the best had been chosen, their words could be asked for one by one."""
    for query in ("bread", f"bread {CANARY}", "bread qqqqqqq"):
        found = given.search(query, "keyword", 3).hits
        assert {hit.passage.path for hit in found} == {"Bread.md", "Levain.md"}
    assert given.search(f"bread {CANARY[:-1]}x", "keyword", 3).notice == ""


@pytest.mark.parametrize("ref", ["Diary", "work/Diary.md", "work/Diary", f"My {CANARY}", "Day", "#99", "../Bread.md",
                                 "/etc/passwd", "\0", "\ud800", "~nobody/x", "", "x" * 400])  # fmt: skip
def test_what_is_not_given_is_not_found(given: Given, ref: str) -> None:
    with pytest.raises(NoteNotFound) as error:
        given.note(ref)
    assert "Diary.md" not in str(error.value).replace(ref, "")


def test_no_query_is_steered_by_a_private_note(given: Given) -> None:
    with pytest.raises(NoteNotFound):
        given.search("like:[[Diary]] bread", None, 5)
    assert given.search("like:[[Bread]]", None, 5).hits


def test_a_key_is_held_back_with_all_its_lines(given: Given) -> None:
    text = NOTES["Keys.md"]
    lines, held = given.lines(given.note("Keys"))
    assert held == 63 and lines[-2] == "Bread again." and len(lines) == text.count("\n") + 1
    assert [first for first, _last in secret_lines(text)] == [7, 11]


def test_sections_and_filters(given: Given) -> None:
    assert given.section(given.note("Keys"), "after")[0] == 74
    with pytest.raises(NoteNotFound, match="After"):
        given.section(given.note("Keys"), "Before")
    assert given.listed(Narrow(folder="work")) == given.listed(Narrow(since="2999-01-01")) == []
    assert len(given.listed(Narrow(tag="#baking"))) == 2 < len(given.listed(EVERYTHING))


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_note_is_made_once_and_taken_back(vault: Vault, root: Path) -> None:
    given = vault.given()
    diff, done = given.create("New.md", "# New\n", is_dry=True)
    assert done is None and "+# New" in diff and not (root / "New.md").exists()
    assert given.create("New.md", "# New\n", is_dry=False)[1] is not None
    assert (root / "New.md").read_text() == "# New\n"
    with pytest.raises(EditRefused, match="there already"):
        given.create("New.md", "# Other\n", is_dry=False)
    undone = vault.undo_edit()
    assert undone is not None and undone.path == "New.md" and not (root / "New.md").exists()
    assert vault.undo_edit() is None


def test_a_new_note_that_was_changed_stays(vault: Vault, root: Path) -> None:
    vault.given().create("Mine.md", "# Mine\n", is_dry=False)
    (root / "Mine.md").write_text("# Mine now\n")
    with pytest.raises(NoteChanged):
        vault.undo_edit()
    assert (root / "Mine.md").read_text() == "# Mine now\n"
    (root / "Mine.md").unlink()
    assert vault.undo_edit() is None


@pytest.mark.parametrize("path", ["../out.md", "/tmp/out.md", "no/such/folder.md", ".git/x.md", "a/../b.md", "x.sh", "",
                                  "a\nb.md", "a\0b.md", "\ud800.md", "x" * 300 + ".md", "leads/out.md", "Bread.md",
                                  "dangling.md", "./x.md", "a\\b.md", "work", "vault-twin/x.md"])  # fmt: skip
def test_no_note_is_made_elsewhere(vault: Vault, root: Path, tmp_path: Path, path: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "leads").unlink(missing_ok=True)
    (root / "leads").symlink_to(outside)
    (root / "dangling.md").unlink(missing_ok=True)
    (root / "dangling.md").symlink_to(root / "elsewhere.md")
    before = sorted(root.rglob("*"))
    with pytest.raises(EditRefused):
        vault.given().create(path, "text\n", is_dry=False)
    assert sorted(root.rglob("*")) == before and not list(outside.iterdir())


def test_lines_are_added_to_what_was_read_and_nothing_else(vault: Vault, root: Path) -> None:
    given, file = vault.given(), root / "Levain.md"
    before = file.read_bytes()
    with pytest.raises(EditRefused, match="if_hash"):
        given.append("Levain", "More.", "", is_dry=False)
    with pytest.raises(NoteChanged):
        given.append("Levain", "More.", digest(b"other"), is_dry=False)
    assert given.append("Levain", "More.", "", is_dry=True)[1] is None and file.read_bytes() == before
    assert given.append("Levain", "More.", digest(before), is_dry=False)[1] is not None
    assert file.read_bytes() == before + b"More.\n"
    vault.undo_edit()
    assert file.read_bytes() == before
    with pytest.raises(NoteNotFound):
        given.append("Diary", "More.", "", is_dry=True)


def test_a_change_beside_a_secret_shows_none(given: Given, root: Path) -> None:
    (root / "Keys.md").write_text(NOTES["Keys.md"] + "password: hunter22")
    try:
        diff, _ = given.append("Keys", "More.", "", is_dry=True)
    finally:
        (root / "Keys.md").write_text(NOTES["Keys.md"])
    assert "+More." in diff and "hunter22" not in str(diff)
