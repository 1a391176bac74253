"""Reads EPUB books; each chapter is a section under the name that the book's own contents give it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from vecna_notes.errors import Unreadable
from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Reader
from vecna_notes.text import decode
from vecna_notes.types import Note

from .archive import Archive
from .made import heading, line, made
from .webtext import web_text

_CONTAINER = "META-INF/container.xml"
_LOCK = "META-INF/encryption.xml"
_MOST_CHAPTERS = 5_000


@hookimpl
def vecna_readers() -> list[Offer[Reader]]:
    return [Offer("epub", "EPUB books, chapter by chapter", _make)]


def _make(options: Options) -> Reader:
    return Epub()


class Epub:
    suffixes: tuple[str, ...] = (".epub",)
    is_risky = True

    def read(self, path: str, data: bytes) -> Note:
        archive = Archive(data)
        book = _Book.opened(archive)
        problems: list[str] = []
        chapters = list(_chapters(archive, book, problems))
        if not chapters:
            raise Unreadable("locked by its publisher" if _LOCK in archive else "no text in it")
        return made(path, data, book.title, chapters, properties=book.properties, problems=problems[:5], has_links=True)


@dataclass(frozen=True, slots=True)
class _Book:
    title: str
    properties: dict[str, str]
    spine: tuple[str, ...]
    """Members in the order of reading."""
    names: dict[str, str]
    """Member → what the contents call it."""

    @classmethod
    def opened(cls, archive: Archive) -> _Book:
        root = next(_all(archive.xml(_CONTAINER), "rootfile"), None)
        if root is None:
            raise Unreadable("damaged: it does not say where its contents are")
        place = root.get("full-path", "")
        package = archive.xml(place)
        folder = posixpath.dirname(place)
        members = {one.get("id", ""): one for one in _all(package, "item")}
        order = [one.get("idref", "") for one in _all(package, "itemref")][:_MOST_CHAPTERS]
        spine = tuple(_member(folder, members[id].get("href", "")) for id in order if id in members)
        said = {name: line(_text(found)) for name in ("creator", "date") if (found := next(_all(package, name), None))
                is not None and _text(found).strip()}  # fmt: skip
        title = next((line(_text(one)) for one in _all(package, "title")), "")
        properties = {"author" if name == "creator" else name: value for name, value in said.items()}
        return cls(title, properties, spine, _names(archive, folder, list(members.values())))


def _names(archive: Archive, folder: str, members: list[Element]) -> dict[str, str]:
    """From the contents of EPUB 3, else of EPUB 2; a book without any names its chapters by their headings."""
    for member in members:
        if "nav" in (member.get("properties") or "").split():
            place = _member(folder, member.get("href", ""))
            return _found(archive, place, "a", "href")
    for member in members:
        if member.get("media-type") == "application/x-dtbncx+xml":
            return _found(archive, _member(folder, member.get("href", "")), "navPoint", "src")
    return {}


def _found(archive: Archive, place: str, tag: str, key: str) -> dict[str, str]:
    names: dict[str, str] = {}
    try:
        contents = archive.xml(place)
    except Unreadable:
        return names
    for one in _all(contents, tag):
        inner = next(_all(one, "content"), None) if tag == "navPoint" else one
        label = next(_all(one, "text"), one) if tag == "navPoint" else one
        if inner is not None and (written := inner.get(key)):
            names.setdefault(_member(posixpath.dirname(place), written.partition("#")[0]), line(_text(label)))
    return names


def _chapters(archive: Archive, book: _Book, problems: list[str]) -> Iterator[str]:
    """A member that the contents do not name goes on with the chapter before it."""
    number = 0
    for member in book.spine:
        try:
            text, _ = decode(archive.member(member))
        except Unreadable as error:
            if str(error).startswith("too large"):
                raise
            problems.append(f"a chapter could not be read: {error}")
            continue
        page = web_text(text, above=2, with_furniture=True)
        blocks = page.blocks
        if not blocks:
            continue
        name = book.names.get(member, "" if book.names and number else page.first_heading)
        if name or not number:
            number += 1
            name = name or f"Chapter {number}"
            blocks = blocks[1:] if blocks[0].lstrip("# ") == name else blocks
            yield heading(2, name)
        yield "\n\n".join(blocks)


def _all(element: Element, name: str) -> Iterator[Element]:
    """Every element of that name below, whatever its namespace."""
    return (one for one in element.iter() if one.tag.rpartition("}")[2] == name)


def _text(element: Element) -> str:
    return "".join(element.itertext())


def _member(folder: str, written: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(written))).lstrip("/")
