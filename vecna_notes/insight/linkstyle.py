"""How a vault writes its links, and a new one written the same way."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from vecna_notes.text import normalise
from vecna_notes.types import Link, LinkState, LinkStyle, NoteId, WrittenLink

Form: TypeAlias = Literal["shortest", "relative", "absolute"]
Resolve: TypeAlias = Callable[[WrittenLink, str], tuple[NoteId | None, LinkState]]
"""Finds what a link that stands in a note leads to."""
FORMS: tuple[Form, ...] = ("shortest", "absolute", "relative")
SETTINGS = ".obsidian/app.json"
_LARGEST = 1_000_000
_SUFFIX = re.compile(r"\.(?:md|markdown|mdown|mkd)\Z", re.IGNORECASE)
_REFUSED = re.compile(r"[#|^:\[\]\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|%%|\A\s|\s\Z|\A!")
"""What no link can name: it would be read as a heading, a label, a block or the end."""
_UNQUOTED = re.compile(r"[\s%?<>()\"'`*_~]")
_RULE = re.compile(r"[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\Z")
_MARKS = re.compile(r"([\\\[\]`*_<>])")


@dataclass(frozen=True, slots=True)
class Style:
    """Of a vault's links."""

    syntax: LinkStyle = "wiki"
    form: Form = "shortest"
    label_first: bool = False
    """Dendron's [[label|target]]."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a link is to point to."""

    note: NoteId
    path: str
    heading: str = ""


def style_of(root: Path, links: Iterable[Link]) -> Style:
    """What .obsidian/app.json says, and where it says nothing what most links do."""
    said, habit = _settings(root), _habit(links)
    markdown, form = said.get("useMarkdownLinks"), said.get("newLinkFormat")
    syntax: LinkStyle = habit.syntax if not isinstance(markdown, bool) else "markdown" if markdown else "wiki"
    return Style(syntax, form if form in FORMS else habit.form, habit.label_first)


def _settings(root: Path) -> dict[str, object]:
    try:
        with open(root / SETTINGS, "rb", opener=_waiting_for_nobody) as stream:
            said = json.loads(stream.read(_LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _waiting_for_nobody(file: str, flags: int) -> int:
    return os.open(file, flags | getattr(os, "O_NONBLOCK", 0))


def _habit(links: Iterable[Link]) -> Style:
    syntaxes: Counter[LinkStyle] = Counter()
    forms: Counter[tuple[LinkStyle, Form]] = Counter()
    labels: Counter[bool] = Counter()
    for link in links:
        if link.target is None or not link.written.target or link.source == link.target:
            continue
        syntax = link.written.style
        syntaxes[syntax] += 1
        fitting = [form for form in FORMS if _is_written(link, form)]
        if fitting and len(fitting) < len(FORMS):  # what every form would write tells nothing
            forms.update((syntax, form) for form in fitting)
        if syntax == "wiki" and link.written.label:
            labels[said(link) == link.written.target] += 1
    syntax = "markdown" if syntaxes["markdown"] > syntaxes["wiki"] else "wiki"
    form = max(FORMS, key=lambda one: (forms[syntax, one], -FORMS.index(one)))
    return Style(syntax, form, syntax == "wiki" and labels[True] > labels[False])


def said(link: Link) -> str:
    """What a reader sees of a link: its label, which Dendron writes first; "" where it has none."""
    written, name = link.written, _bare(link.target_path.rpartition("/")[2])
    is_swapped = written.style == "wiki" and name and _bare(written.label.partition("#")[0].rpartition("/")[2]) == name
    return written.target if is_swapped and not _bare(written.target).endswith(name) else written.label


def _is_written(link: Link, form: Form) -> bool:
    return _bare(link.written.target) == _bare(_place(link.source_path, link.target_path, form))


def _bare(path: str) -> str:
    return normalise(_SUFFIX.sub("", path.removeprefix("./")))


def written(style: Style, resolve: Resolve, source: str, words: str, target: Target, in_table: bool) -> str | None:
    """The link in place of `words`, in the vault's style, or in the nearest that leads to the target and no other.

    None where none does: for names no link can hold, and for words that would end it.
    """
    if not can_be_named(target.path) or not can_be_label(words):
        return None
    for syntax, form in _tried(style):
        own = Style(syntax, form, style.label_first)
        link = _as_read(own, source, words, target)
        if resolve(link, source) == (target.note, "resolved"):
            return _markdown(link, words) if syntax == "markdown" else _wiki(own, link, words, in_table)
    return None


def can_be_named(path: str) -> bool:
    """Whether a link can hold this path."""
    return _REFUSED.search(path) is None


def can_be_label(words: str) -> bool:
    return bool(words.strip()) and re.search(r"[\[\]|\n\x00-\x1f\x7f-\x9f\ud800-\udfff]", words) is None


def heading_for(trail: Iterable[str]) -> str:
    """The innermost heading as a link names it; "" where it holds what would end the link."""
    heading = next(iter(reversed(list(trail))), "").strip()
    return "" if _REFUSED.search(heading) or len(heading) > 120 else heading


def _tried(style: Style) -> Iterator[tuple[LinkStyle, Form]]:
    for form in dict.fromkeys((style.form, "absolute", "relative")):
        yield style.syntax, form
    if style.syntax == "wiki":
        yield "markdown", "relative"


def _as_read(style: Style, source: str, words: str, target: Target) -> WrittenLink:
    """What a reader will make of the link."""
    place = _place(source, target.path, style.form)
    if style.syntax == "wiki":
        place = _SUFFIX.sub("", place)
        has_label = style.label_first or bool(target.heading) or words != place
        first, second = (words, place) if style.label_first else (place, words)
        return WrittenLink(first, target.heading, second if has_label and words != place else "", 1, "wiki")
    return WrittenLink(place, target.heading, words, 1, "markdown")


def _place(source: str, path: str, form: Form) -> str:
    if form == "shortest":
        return path.rpartition("/")[2]
    if form == "absolute":
        return path
    above = source.split("/")[:-1]
    parts = path.split("/")
    shared = next((i for i, (a, b) in enumerate(zip(above, parts[:-1], strict=False)) if a != b), None)
    common = min(len(above), len(parts) - 1) if shared is None else shared
    return "/".join([".."] * (len(above) - common) + parts[common:])


def _wiki(style: Style, link: WrittenLink, words: str, in_table: bool) -> str:
    """Dendron keeps the heading with the target, which stands last."""
    heading = f"#{link.heading}" if link.heading else ""
    if not link.label:
        return f"[[{link.target}{heading}]]"
    first, second = (link.target, link.label + heading) if style.label_first else (link.target + heading, link.label)
    return f"[[{first}{chr(92) if in_table else ''}|{second}]]"


def _markdown(link: WrittenLink, words: str) -> str:
    place = _quoted(link.target) + (f"#{_quoted(link.heading)}" if link.heading else "")
    return f"[{_MARKS.sub(chr(92) * 2 + '1', words)}]({place})"


def _quoted(path: str) -> str:
    return _UNQUOTED.sub(lambda match: "".join(f"%{byte:02X}" for byte in match.group().encode()), path)


def in_table(text: str, place: int) -> bool:
    """Whether a place in a text stands in a table, where "|" ends a cell."""
    start = text.rfind("\n", 0, place) + 1
    end = text.find("\n", place)
    line = text[start : end if end >= 0 else len(text)]
    return "|" in line and any(_RULE.match(other) and "|" in other for other in _paragraph(text, start))


def _paragraph(text: str, start: int) -> list[str]:
    first = max(text.rfind("\n\n", 0, start), 0)
    last = text.find("\n\n", start)
    return text[first : last if last >= 0 else len(text)].strip("\n").split("\n")
