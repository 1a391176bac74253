"""A tag finds its place in any front matter, and a note stays what it was."""

from __future__ import annotations

import pytest

from vecna_notes.ingest.read import understood
from vecna_notes.insight.tagplace import is_only_tagged, places
from vecna_notes.registry import Registry
from vecna_notes.types import Note

READERS = list(Registry().readers(lambda _name: {}).values())
CASES = [
    ("---\ntags: [a, b]\n---\nText\n", "---\ntags: [a, b, new/one]\n---\nText\n"),
    ("---\ntags: []\nx: 1\n---\nText\n", "---\ntags: [new/one]\nx: 1\n---\nText\n"),
    ("---\nTags:\n  - a\n  - b\nx: 1\n---\n", "---\nTags:\n  - a\n  - b\n  - new/one\nx: 1\n---\n"),
    ("---\ntags:\n- a\n---\nText\n", "---\ntags:\n- a\n- new/one\n---\nText\n"),
    ("---\ntags:\n---\nText\n", "---\ntags:\n  - new/one\n---\nText\n"),
    ("---\ntags: a, b\n---\nText\n", "---\ntags: a, b, new/one\n---\nText\n"),
    ("---\ntags: a b\n---\nText\n", "---\ntags: a b new/one\n---\nText\n"),
    ("---\ntag: a\n---\nText\n", "---\ntag: a, new/one\n---\nText\n"),
    ("---\ntitle: T\n---\nText\n", "---\ntitle: T\ntags: [new/one]\n---\nText\n"),
    ("---\ntitle: T\n...\nText\n", "---\ntitle: T\ntags: [new/one]\n...\nText\n"),
    ("# T\n\n#a #b\n\nText #c\n", "# T\n\n#a #b #new/one\n\nText #c\n"),
    ("```\n#a\n```\n", "---\ntags: [new/one]\n---\n\n```\n#a\n```\n"),
    ("# T\n\nText\n", "---\ntags: [new/one]\n---\n\n# T\n\nText\n"),
    ("\nText\n", "---\ntags: [new/one]\n---\n\nText\n"),
    ("---\ntags: [a] # mine\n---\nText\n", None),
    ("---\ntags: {a: b}\n---\nText\n", None),
]


@pytest.mark.parametrize(("text", "wanted"), CASES)
def test_a_tag_goes_where_the_others_are(text: str, wanted: str | None) -> None:
    assert tagged(text, "new/one") == wanted


@pytest.mark.parametrize("tag", ["true", "no", "2024", "- x", "two words", 'a"b', "a: b", "{x"])
def test_a_tag_that_yaml_would_misread_is_quoted_or_not_written(tag: str) -> None:
    after = tagged("---\ntags: [a]\n---\nText\n", tag)
    assert after is None or tag.casefold() in {known.casefold() for known in read(after).tags}


def tagged(text: str, tag: str) -> str | None:
    """What accepting the tag would make of the text."""
    before = read(text)
    for (start, end), new in places(text, before.body_line, tag):
        after = text[:start] + new + text[end:]
        if is_only_tagged(before, read(after), tag):
            return after
    return None


def read(text: str) -> Note:
    note = understood("a.md", text, READERS)
    assert note is not None
    return note
