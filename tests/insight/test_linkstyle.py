"""A new link is written as the vault writes its links, and is read back as a link to the same note."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from vecna_plugins.readers.markdown import Markdown

from tests.insight.vaults import MakeSmall
from vecna_notes.ingest.resolve import resolver
from vecna_notes.insight.linkstyle import FORMS, SETTINGS, Style, Target, heading_for, in_table, style_of, written
from vecna_notes.markup import plain
from vecna_notes.types import NoteId

NAMES = st.text(
    st.sampled_from("ab Z09-_.,'&()+=~!@$;é\u0301日🜨#|^:[]%\\\"<>*`\n\t\u202e\x1b{}?") | st.characters(),
    min_size=1,
    max_size=12,
).filter(lambda name: "/" not in name and "\0" not in name and name.strip(". "))
FOLDERS = st.lists(NAMES, max_size=2).map("/".join)


@given(
    NAMES, FOLDERS, FOLDERS, st.text(min_size=1, max_size=20), st.sampled_from(["wiki", "markdown"]),
    st.sampled_from(FORMS), st.booleans(), st.booleans(),
)  # fmt: skip
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_what_is_written_is_read_as_that_link(
    name: str, folder: str, here: str, words: str, syntax: str, form: str, label_first: bool, table: bool
) -> None:
    path, source = "/".join(filter(None, (folder, f"{name}.md"))), "/".join(filter(None, (here, "source note.md")))
    assume(path != source)
    notes = [
        (NoteId(1), path, name, ()),
        (NoteId(2), source, "source note", ()),
        (NoteId(3), "x/other.md", "other", ()),
    ]
    resolve = resolver(notes)
    style = Style(syntax, form, label_first)  # type: ignore[arg-type]
    link = written(style, resolve, source, words, Target(NoteId(1), path), table)
    if link is None:
        return
    before, after = ("| a | b |\n|---|---|\n| some ", " x | c |\n") if table else ("Some ", " here.\n")
    try:
        note = Markdown().read(source, (before + link + after).encode())
    except UnicodeEncodeError:
        pytest.fail("a link that no file can hold")
    assert [resolve(one, source) for one in note.links] == [(NoteId(1), "resolved")]
    assert "\n" not in link
    if table and syntax == "wiki" and link.startswith("[["):
        assert "|" not in link.replace("\\|", "")


@pytest.mark.parametrize("name", ["a#b", "a|b", "a^b", "a:b", "a%%b", "a[[b", "a]]b", "a\nb", "\x1b[31m", "\udce9"])
def test_what_no_link_can_name_is_refused(name: str) -> None:
    for syntax in ("wiki", "markdown"):
        resolve = resolver([(NoteId(1), f"{name}.md", name, ())])
        assert written(Style(syntax), resolve, "b.md", "w", Target(NoteId(1), f"{name}.md"), False) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("style", [Style(), Style("markdown"), Style(label_first=True), Style("wiki", "absolute")])
def test_a_section_is_named_by_its_heading(style: Style) -> None:
    resolve = resolver([(NoteId(1), "a/b.c.md", "Curve", ()), (NoteId(2), "x/note.md", "note", ())])
    link = written(
        style, resolve, "x/note.md", "it fades", Target(NoteId(1), "a/b.c.md", "Why it (really) decays"), False
    )
    assert link is not None and "#" in link
    (read,) = Markdown().read("x/note.md", f"So {link}.\n".encode()).links
    assert resolve(read, "x/note.md") == (NoteId(1), "resolved")
    assert "Why it (really) decays" in (read.heading, read.label.partition("#")[2])


LINKS: Mapping[str, str] = {
    "[[Curve]] and [[deep/Curve two|so]]": "[[Spacing]]",
    "[[a/Curve]] and [[a/deep/Curve two|so]]": "[[a/Spacing|Spacing]]",
    "[it](a/Curve.md) and [so](a/deep/Curve%20two.md)": "[Spacing](a/Spacing.md)",
}


@pytest.mark.parametrize(("habit", "expected"), LINKS.items())
def test_the_habit_of_the_vault(small: MakeSmall, habit: str, expected: str) -> None:
    made = small(
        {
            "note.md": habit,
            "a/Curve.md": "c",
            "a/deep/Curve two.md": "d",
            "a/Spacing.md": "Spacing.\n",
            "b.md": "Spacing.\n",
        }
    )
    found = [one for one in made.suggest("b.md") if one.target == "a/Spacing.md"]
    assert [one.new for one in found] == [expected]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, "[[Spacing]]"),
        ({"useMarkdownLinks": True}, "[Spacing](Spacing.md)"),
        ({"useMarkdownLinks": True, "newLinkFormat": "relative"}, "[Spacing](../a/Spacing.md)"),
        ({"useMarkdownLinks": False, "newLinkFormat": "absolute"}, "[[a/Spacing|Spacing]]"),
        ({"newLinkFormat": "relative"}, "[[../a/Spacing|Spacing]]"),
        ({"useMarkdownLinks": "yes", "newLinkFormat": 3}, "[[Spacing]]"),
    ],
)
def test_obsidian_settings_come_first(small: MakeSmall, said: dict[str, object], expected: str) -> None:
    made = small({"a/Spacing.md": "Air.\n", "b/note.md": "On Spacing.\n", "c.md": "[[Spacing]] [[note]]"})
    (made.root / ".obsidian").mkdir()
    (made.root / SETTINGS).write_text(json.dumps(said))
    assert next(one.new for one in made.suggest("b/note.md") if one.target == "a/Spacing.md") == expected


@pytest.mark.parametrize("text", ["{", "[]", "null", "\x00", "[" * 100_000])
def test_broken_settings_are_no_settings(small: MakeSmall, text: str) -> None:
    made = small({"a.md": "x"})
    (made.root / ".obsidian").mkdir()
    (made.root / SETTINGS).write_text(text)
    assert style_of(made.root, ()) == Style()


def test_dendron_writes_the_label_first(small: MakeSmall) -> None:
    made = small(
        {
            "a.one.md": "See [[The second|a.two]] and [[Third|a.three]].\n",
            "a.two.md": "---\ntitle: Two\n---\nOf Spacing Notes.\n",
            "a.three.md": "---\ntitle: Three\n---\nb\n",
            "a.spacing.md": "---\ntitle: Spacing Notes\n---\nc\n",
        }
    )
    found = next(one for one in made.suggest("a.two.md") if one.target == "a.spacing.md")
    assert found.new == "[[Spacing Notes|a.spacing]]"


def test_a_bar_is_escaped_in_tables_only(small: MakeSmall) -> None:
    table = "| what | where |\n| --- | --- |\n| the spacing | here |\n\nThe spacing | not a table.\n"
    made = small({"Spacing.md": "Air.\n", "note.md": table, "free.md": "The spacing | not a table.\n"})
    assert next(one.new for one in made.suggest("note.md")) == "[[Spacing\\|spacing]]"
    assert next(one.new for one in made.suggest("free.md")) == "[[Spacing|spacing]]"
    assert in_table(table, table.index("the spacing")) and not in_table(table, table.index("The spacing"))


def test_a_name_of_two_files_is_written_with_its_folder(small: MakeSmall) -> None:
    made = small({"a/Plan.md": "---\naliases: [Roadmap]\n---\nx", "b/Plan.md": "y", "note.md": "The roadmap.\n"})
    assert next(one.new for one in made.suggest("note.md") if one.target == "a/Plan.md") == "[[a/Plan|roadmap]]"


def test_headings_that_would_end_a_link_are_left_out() -> None:
    assert heading_for(("Top", "Why it decays")) == "Why it decays"
    assert [heading_for(("Top", odd)) for odd in ("a|b", "a#b", "a]]", "a: b", "")] == [""] * 5
    assert heading_for(()) == ""


@given(st.text(st.sampled_from("ab|-: \n`\\[]"), max_size=60), st.integers(0, 60))
@settings(deadline=None)
def test_any_text_can_be_asked_for_tables(text: str, place: int) -> None:
    assert in_table(text, min(place, len(text))) in (True, False)
    assert isinstance(plain(text), str)
