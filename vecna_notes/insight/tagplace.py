"""Where a tag can be written into a note: into the property its tags stand in, or to the tags in its text.

Places are only proposed. Whoever writes one reads the changed text first, and takes it only where it carries the tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from vecna_notes.types import Note, Span

Place: TypeAlias = tuple[Span, str]
"""Characters that are replaced, and by what."""
_PROPERTY = re.compile(r"^(?P<key>tags?)[ \t]*:[ \t]*(?P<value>[^\n]*)$", re.IGNORECASE | re.MULTILINE)
_FLOW = re.compile(r"\[[^\[\]{}\n]*(?P<end>\])[ \t]*\Z")
_BULLET = re.compile(r"(?:^[ \t]*-[ \t][^\n]*(?:\n|\Z))+", re.MULTILINE)
_ITEM = re.compile(r"^(?P<lead>[ \t]*-[ \t]+)[^\n]*$", re.MULTILINE)
_PLAIN = re.compile(r"[^\s'\"\[\]{}&*!|>%@`#,:][^'\"\[\]{}#:\n]*")
_TAG_LINE = re.compile(r"^[ \t]*(?:tags?:[ \t]*)?#[^\s#]+(?:[ \t,]+#[^\s#]+)*[ \t]*$", re.IGNORECASE | re.MULTILINE)


def places(text: str, body_line: int, tag: str) -> Iterator[Place]:
    """The likeliest first. `body_line` is the first line (from 1) after the front matter, 1 where there is none."""
    end = _line_start(text, body_line)
    if end:
        yield from _in_front_matter(text, end, tag)
    yield from _in_line(text, end, tag)
    if not end:
        for written in _spelled(tag):
            gap = "" if text.startswith("\n") or not text else "\n"
            yield (0, 0), f"---\ntags: [{written}]\n---\n{gap}"


def is_only_tagged(before: Note, after: Note, tag: str) -> bool:
    """Whether a changed note carries the tag too, and is otherwise what it was."""
    kept = [(note.title, note.aliases, [link.target for link in note.links], note.problems) for note in (before, after)]
    tags = {known.casefold() for known in before.tags} | {tag.casefold()}
    return kept[0] == kept[1] and {known.casefold() for known in after.tags} == tags


def _line_start(text: str, line: int) -> int:
    place = 0
    for _ in range(line - 1):
        place = text.find("\n", place) + 1
        if not place:
            return len(text)
    return place


def _in_front_matter(text: str, end: int, tag: str) -> Iterator[Place]:
    known = _PROPERTY.search(text, 0, end)
    if known is None:
        fence = text.rfind("\n", 0, end - 1) + 1  # the rule that closes it
        for written in _spelled(tag):
            yield (fence, fence), f"tags: [{written}]\n"
        return
    value, at = known["value"].rstrip(), known.start("value")
    if flow := _FLOW.match(value):
        place = at + flow.start("end")
        comma = ", " if value[1 : flow.start("end")].strip().rstrip(",") else ""
        for written in _spelled(tag):
            yield (place, place), comma + written
    elif not value:
        yield from _in_list(text, known.end(), end, tag)
    elif _PLAIN.fullmatch(value):
        place = at + len(value)
        yield (place, place), (", " if "," in value or " " not in value else " ") + tag


def _in_list(text: str, start: int, end: int, tag: str) -> Iterator[Place]:
    """Below the last of its bullets; as the first of them where it has none."""
    found = _BULLET.match(text, start + 1, end)
    items = list(_ITEM.finditer(text, start + 1, found.end())) if found else []
    place, lead = (items[-1].end(), items[-1]["lead"]) if items else (start, "  - ")
    for written in _spelled(tag):
        yield (place, place), f"\n{lead}{written}"


def _in_line(text: str, body: int, tag: str) -> Iterator[Place]:
    """Behind a line that holds tags and nothing else."""
    if " " not in tag and (found := _TAG_LINE.search(text, body)):
        place = found.start() + len(found[0].rstrip())
        yield (place, place), f" #{tag}"


def _spelled(tag: str) -> Iterator[str]:
    """As YAML may need it."""
    if "\n" not in tag:
        yield tag
        yield '"' + tag.replace("\\", "\\\\").replace('"', '\\"') + '"'
