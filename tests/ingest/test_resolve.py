from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest
from vecna_plugins.readers.markdown import Markdown

from tests.conftest import shared
from vecna_notes.ingest.resolve import resolver
from vecna_notes.types import LinkState, Note, NoteId, WrittenLink

VAULT = [
    "Home.md", "a/Note.md", "b/Note.md", "a/Only here.md", "a/deep/Café.md", "b/deep/Other.md", "Same.md", "a/Same.md",
    "c/index.md", "x.y.md", "a___b.md", "journals/2024_01_22.md", "c/plain.txt", "c/Mixed CASE.md",
]  # fmt: skip
TITLES = {"a/deep/Café.md": ("A title", ("Alias", "Shared")), "b/deep/Other.md": ("Double", ("Shared", "Home"))}
TITLES |= {"Same.md": ("Double", ())}


def resolve(link: WrittenLink, source: str, paths: list[str]) -> tuple[str | None, LinkState]:
    names = [(NoteId(i), path, *TITLES.get(path, (Path(path).stem, ()))) for i, path in enumerate(paths)]
    found, state = resolver(names)(link, source)
    return (None if found is None else paths[found]), state


WIKI = [
    ("Home", "a/Note.md", "Home.md"),
    ("home", "a/Note.md", "Home.md"),
    ("Home.md", "a/Note.md", "Home.md"),
    ("a/Note", "Home.md", "a/Note.md"),
    ("/a/Note", "b/Note.md", "a/Note.md"),
    ("Note", "a/Only here.md", "a/Note.md"),
    ("Note", "Home.md", "ambiguous"),
    ("Only here", "b/Note.md", "a/Only here.md"),
    ("deep/Café", "Home.md", "a/deep/Café.md"),
    ("cafe\u0301", "Home.md", "a/deep/Café.md"),
    ("a/deep/Café", "Home.md", "a/deep/Café.md"),
    ("../b/Note", "a/Only here.md", "b/Note.md"),
    ("./Note", "a/Only here.md", "a/Note.md"),
    ("Same", "a/Note.md", "Same.md"),
    ("mixed case", "Home.md", "c/Mixed CASE.md"),
    ("x.y", "Home.md", "x.y.md"),
    ("plain", "Home.md", "c/plain.txt"),
    ("plain.txt", "Home.md", "c/plain.txt"),
    ("Alias", "Home.md", "a/deep/Café.md"),
    ("alias", "Home.md", "a/deep/Café.md"),
    ("Shared", "Home.md", "ambiguous"),
    ("A title", "Home.md", "a/deep/Café.md"),
    ("Double", "Home.md", "ambiguous"),
    ("a/b", "Home.md", "a___b.md"),
    ("Jan 22nd, 2024", "Home.md", "journals/2024_01_22.md"),
    ("nothing", "Home.md", "broken"),
    ("deep/Note", "Home.md", "broken"),
    ("", "a/Note.md", "a/Note.md"),
    ("../../../Home", "a/Note.md", "Home.md"),
]


@pytest.mark.parametrize(("target", "source", "expected"), WIKI)
def test_wiki_links(target: str, source: str, expected: str) -> None:
    wanted = (None, expected) if expected in ("ambiguous", "broken") else (expected, "resolved")
    assert resolve(WrittenLink(target), source, VAULT) == wanted


MARKDOWN = [
    ("Same.md", "a/Note.md", "a/Same.md"),
    ("/Same.md", "a/Note.md", "Same.md"),
    ("../Same.md", "a/Note.md", "Same.md"),
    ("deep/Café.md", "a/Note.md", "a/deep/Café.md"),
    ("a/Note.md", "b/Note.md", "a/Note.md"),
    ("c/", "Home.md", "c/index.md"),
    ("/c", "a/Note.md", "c/index.md"),
    ("Only here.md", "b/Note.md", "a/Only here.md"),
]


@pytest.mark.parametrize(("target", "source", "expected"), MARKDOWN)
def test_markdown_links(target: str, source: str, expected: str) -> None:
    assert resolve(WrittenLink(target, style="markdown"), source, VAULT) == (expected, "resolved")


def test_notes_that_differ_in_case_only_are_both_reached() -> None:
    paths = ["note.md", "Note.md", "NOTE.txt"]
    for path in ("note.md", "Note.md"):
        assert resolve(WrittenLink(path), "x.md", paths) == (path, "resolved")


DENDRON = ["root.md", "docs.topic.md", "docs.topic.config.md", "docs.ref.markdown.md", "tags.md", "people.ann.md"]


@pytest.mark.parametrize(
    ("target", "label", "expected"),
    [
        ("docs.topic", "", "docs.topic.md"),
        ("A label", "docs.topic.config#part", "docs.topic.config.md"),
        ("Tags", "docs.topic", "docs.topic.md"),
        ("docs", "dendron://vault.name/docs.ref.markdown#x", "docs.ref.markdown.md"),
        ("dendron://vault.name/people.ann", "", "people.ann.md"),
        ("docs.topic", "an Obsidian label", "docs.topic.md"),
        ("Topic", "tags", "tags.md"),
    ],
)
def test_dendron_writes_the_label_first(target: str, label: str, expected: str) -> None:
    assert resolve(WrittenLink(target, label=label), "root.md", DENDRON) == (expected, "resolved")


def test_a_broken_dendron_link_is_not_its_label() -> None:
    assert resolve(WrittenLink("Double", label="docs.gone"), "root.md", [*DENDRON, "a.b.md"]) == (None, "broken")


def test_a_label_elsewhere_is_a_target_only_when_it_is_a_dotted_name_and_the_target_is_none() -> None:
    assert resolve(WrittenLink("gone", label="x.y"), "a/Note.md", VAULT) == ("x.y.md", "resolved")
    assert resolve(WrittenLink("Alias", label="x.y"), "a/Note.md", VAULT) == ("a/deep/Café.md", "resolved")
    assert resolve(WrittenLink("gone", label="Home"), "a/Note.md", VAULT) == (None, "broken")


def test_a_hundred_thousand_names_and_links() -> None:
    names = [(NoteId(i), f"f{i % 300}/g{i % 7}/note {i}.md", f"note {i}", ("alias",)) for i in range(100_000)]
    names += [(NoteId(100_000 + i), f"d{i}/index.md", "index", ()) for i in range(10_000)]
    started = time.perf_counter()
    find = resolver(names)
    assert all(find(WrittenLink(f"Note {i}"), "x.md") == (NoteId(i), "resolved") for i in range(0, 100_000, 5))
    assert all(find(WrittenLink("alias"), "x.md")[1] == "ambiguous" for _ in range(1000))
    assert all(find(WrittenLink("d7/index"), "x.md")[1] == "resolved" for _ in range(10_000))
    assert time.perf_counter() - started < 10


def resolved_pairs(folder: Path) -> set[tuple[str, str]]:
    notes: list[Note] = [
        Markdown().read(file.relative_to(folder).as_posix(), file.read_bytes()) for file in sorted(folder.rglob("*.md"))
    ]
    find = resolver([(NoteId(i), note.path, note.title, note.aliases) for i, note in enumerate(notes)])
    found = ((note.path, find(link, note.path)[0]) for note in notes for link in note.links)
    return {(source, notes[target].path) for source, target in found if target is not None}


def listed_pairs(file: Path) -> set[tuple[str, str]]:
    with file.open(encoding="utf-8") as stream:
        return {(row["source"], row["target"]) for row in csv.DictReader(stream, delimiter="\t")}


def test_the_links_of_a_real_vault_are_found() -> None:
    listed, found = listed_pairs(shared("garden") / "links.tsv"), resolved_pairs(shared("garden") / "notes")
    assert listed <= found
    assert {pair for pair in found - listed if pair[0] != pair[1]} == set()


def test_the_links_of_a_dendron_vault_are_found() -> None:
    """The list took labels that happen to be titles for targets ([[Tags|docs.topic]] for tags.md), so not all of it."""
    listed, found = listed_pairs(shared("dendron") / "links.tsv"), resolved_pairs(shared("dendron") / "notes")
    assert len(listed & found) / len(listed) > 0.87
