"""Reads Markdown as Obsidian, Logseq, zk, Foam and Dendron write it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Reader
from vecna_notes.markup import blank, heading_text, hidden, plain_line
from vecna_notes.text import decode, digest
from vecna_notes.types import Note, Property

from .frontmatter import front_matter
from .links import block_links, find_links, wiki_links
from .names import block_ids, fields, inline_tags, listed, name_of, once

_TITLE = re.compile(r"^ {0,3}#[ \t]+(?P<atx>\S[^\n]*)|^(?P<setext>\S[^\n]*)\n=+[ \t]*$", re.MULTILINE)
_LONGEST_TITLE = 300


@hookimpl
def vecna_readers() -> list[Offer[Reader]]:
    return [Offer("markdown", "Markdown: Obsidian, Logseq, zk, Foam, Dendron", _make)]


def _make(options: Options) -> Reader:
    return Markdown()


class Markdown:
    suffixes: tuple[str, ...] = (".md", ".markdown", ".mdown", ".mkd")

    def read(self, path: str, data: bytes) -> Note:
        text, problem = decode(data)
        head = front_matter(text)
        body = text[head.end :]
        body_line = text.count("\n", 0, head.end) + 1
        prose = blank(body, hidden(body), "fence", "code", "comment")
        links, rest = find_links(prose, body, body_line)
        links += block_links(prose, body_line)
        properties = {**fields(prose), **head.properties}
        own_title = _title(properties, prose, body)
        return Note(
            path=path,
            title=own_title or name_of(path),
            text=text,
            digest=digest(data),
            body_line=body_line,
            own_title=own_title,
            aliases=once((*_aliases(properties), *block_ids(prose))),
            tags=once((*_tags(properties), *inline_tags(rest))),
            properties=properties,
            links=(*wiki_links(text[: head.end], 1), *links),
            problems=tuple(filter(None, (problem, *head.problems))),
        )


def _title(properties: Mapping[str, Property], prose: str, body: str) -> str:
    """Front matter's title, else the first heading of level 1, else nothing."""
    for value in _named(properties, "title"):
        if isinstance(value, str | int | float) and not isinstance(value, bool) and (title := plain_line(str(value))):
            return title[:_LONGEST_TITLE]
    for match in _TITLE.finditer(prose):
        if title := heading_text(body[slice(*match.span(match.lastgroup or 0))]):
            return title[:_LONGEST_TITLE]
    return ""


def _aliases(properties: Mapping[str, Property]) -> Iterator[str]:
    for value in _named(properties, "aliases", "alias"):
        yield from listed(value)


def _tags(properties: Mapping[str, Property]) -> Iterator[str]:
    for value in _named(properties, "tags", "tag"):
        yield from listed(value, by_space=True)


def _named(properties: Mapping[str, Property], *names: str) -> Iterator[Property]:
    """Values of the properties with these names, whatever their case."""
    return (value for key, value in properties.items() if key.lower() in names)
