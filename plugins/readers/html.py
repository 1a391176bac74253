"""Reads web pages as they are saved: what a reader would read, by its headings."""

from __future__ import annotations

from vecna_notes.errors import Unreadable
from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Reader
from vecna_notes.text import decode
from vecna_notes.types import Note

from .made import made
from .names import listed
from .webtext import web_decoded, web_text


@hookimpl
def vecna_readers() -> list[Offer[Reader]]:
    return [Offer("html", "web pages, by their headings", _make)]


def _make(options: Options) -> Reader:
    return Html()


class Html:
    suffixes: tuple[str, ...] = (".html", ".htm", ".xhtml")
    is_risky = True

    def read(self, path: str, data: bytes) -> Note:
        text, problem = decode(web_decoded(data))
        page = web_text(text, above=1)
        if not page.blocks and not page.title:
            raise Unreadable("no text in it")
        title = page.title or page.first_heading
        blocks = page.blocks
        if blocks and blocks[0].startswith("#") and blocks[0].lstrip("# ") == title:
            blocks = blocks[1:]
        properties = {key: value for key, value in page.meta.items() if value and key != "keywords"}
        tags = listed(page.meta.get("keywords", ""))
        return made(
            path,
            data,
            title,
            blocks,
            properties=properties,
            tags=tags,
            problems=[problem] if problem else [],
            has_links=True,
        )
