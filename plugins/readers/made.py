"""Notes whose text is made from a file that is no text: Markdown, with a heading at each place that can be named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from vecna_notes.markup import blank, hidden, plain_line
from vecna_notes.text import digest
from vecna_notes.types import Note, Property, WrittenLink

from .links import find_links
from .markdown import Markdown
from .names import name_of, once

_SPACES = re.compile(r"[ \t\xa0\u2000-\u200b\u202f\u3000]+")
_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LIKE_MARKUP = re.compile(r"^(?=#{1,6}(?:[ \t]|$)|```|~~~|%%|<!--|(?:={3,}|-{3,})[ \t]*$)", re.MULTILINE)
_LONGEST_TITLE = 300


def made(
    path: str,
    data: bytes,
    title: str,
    parts: Iterable[str],
    *,
    properties: Mapping[str, Property] | None = None,
    tags: Iterable[str] = (),
    problems: Iterable[str] = (),
    has_links: bool = False,
) -> Note:
    """`parts` are blocks of Markdown; a title, where the file has one, stands above them."""
    own_title = plain_line(line(title))[:_LONGEST_TITLE].strip()
    blocks = [block for part in parts if (block := clean(part).strip("\n"))]
    text = "\n\n".join([f"# {own_title}", *blocks] if own_title else blocks) + "\n"
    return Note(
        path=path,
        title=own_title or name_of(path),
        text=text,
        digest=digest(data),
        own_title=own_title,
        tags=once(tags),
        properties=dict(properties or {}),
        links=_links(text) if has_links else (),
        problems=tuple(problems),
    )


def _links(text: str) -> tuple[WrittenLink, ...]:
    """Those that a reader made of links; what only looks like one, such as [[1]], is none."""
    found, _ = find_links(blank(text, hidden(text), "fence", "code", "comment"), text, 1)
    return tuple(link for link in found if link.style == "markdown")


def made_markdown(path: str, data: bytes, text: str, problems: Iterable[str] = ()) -> Note:
    """A note of Markdown that its author wrote, but in another kind of file."""
    note = Markdown().read(path, clean(text).encode())
    return replace(note, digest=digest(data), problems=(*note.problems, *problems))


def clean(text: str) -> str:
    """Without what no text holds."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n"))


def line(text: str) -> str:
    """On one line."""
    return _SPACES.sub(" ", " ".join(text.split()))


def prose(text: str) -> str:
    """Text that is no Markdown, so that nothing in it is taken for a heading, a fence or a comment."""
    return _LIKE_MARKUP.sub(r"\\", text)


def heading(level: int, text: str) -> str:
    return f"{'#' * min(max(level, 1), 6)} {line(text)}"
