"""Reads Word documents: headings by their styles, lists, tables, footnotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from vecna_notes.errors import Unreadable
from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Reader
from vecna_notes.types import Note

from .archive import Archive
from .made import heading, line, made, prose

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BODY, _STYLES, _NOTES, _CORE = "word/document.xml", "word/styles.xml", "word/footnotes.xml", "docProps/core.xml"
_HEADING = re.compile(r"heading\s*(\d)", re.IGNORECASE)
_BREAKS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_UNSAID = frozenset({f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}pPr", f"{_W}rPr"})
TITLE = 0
"""The level of a title, above all headings."""


@hookimpl
def vecna_readers() -> list[Offer[Reader]]:
    return [Offer("docx", "Word documents, by their headings", _make)]


def _make(options: Options) -> Reader:
    return Docx()


class Docx:
    suffixes: tuple[str, ...] = (".docx",)
    is_risky = True

    def read(self, path: str, data: bytes) -> Note:
        archive = Archive(data)
        if _BODY not in archive:
            raise Unreadable("no Word document: it holds no text")
        levels = _levels(archive.xml(_STYLES)) if _STYLES in archive else {}
        core = archive.xml(_CORE) if _CORE in archive else None
        body = next(archive.xml(_BODY).iter(f"{_W}body"), None)
        blocks = list(_blocks(body, levels)) if body is not None else []
        titles = [text for level, text in blocks if level == TITLE]
        title = next((text for text in (_said(core, "title"), *titles) if text), "")
        parts = [heading(2, text) if level == TITLE else text for level, text in blocks if text != title]
        parts += _footnotes(archive)
        if not parts and not title:
            raise Unreadable("no text in it")
        author = _said(core, "creator")
        return made(path, data, title, _together(parts), properties={"author": author} if author else {})


def _levels(styles: Element) -> dict[str, int]:
    """Style → level of the headings written in it; one based on another is of its level."""
    levels: dict[str, int] = {}
    based: dict[str, str] = {}
    for style in styles.iter(f"{_W}style"):
        id, name = style.get(f"{_W}styleId", ""), _value(style, "name")
        outline = _value(style, "outlineLvl")
        if name.lower() == "title":
            levels[id] = TITLE
        elif match := _HEADING.match(name):
            levels[id] = int(match[1])
        elif outline.isdigit() and int(outline) < 9:
            levels[id] = int(outline) + 1
        else:
            based[id] = _value(style, "basedOn")
    for id, parent in based.items():
        if parent in levels:
            levels[id] = levels[parent]
    return levels


def _blocks(body: Element, levels: dict[str, int]) -> Iterator[tuple[int, str]]:
    """Level (TITLE, or -1 for what is neither title nor heading) and Markdown of each block."""
    for element in body:
        if element.tag == f"{_W}p":
            yield _paragraph(element, levels)
        elif element.tag == f"{_W}tbl":
            yield -1, _table(element)
        elif element.tag == f"{_W}sdt":
            for content in element.iter(f"{_W}sdtContent"):
                yield from _blocks(content, levels)
                break


def _paragraph(element: Element, levels: dict[str, int]) -> tuple[int, str]:
    text = _text(element)
    if not text.strip():
        return -1, ""
    level = levels.get(_value(element, "pStyle"), -1)
    if level == TITLE:
        return TITLE, line(text)
    if level > 0:
        return -1, heading(level + 1, text)
    if next(element.iter(f"{_W}numPr"), None) is not None:
        depth = _value(element, "ilvl")
        return -1, f"{'  ' * min(int(depth) if depth.isdigit() else 0, 8)}- {line(text)}"
    return -1, prose("\n".join(line(one) for one in text.split("\n")).strip())


def _table(element: Element) -> str:
    rows = []
    for row in element.iter(f"{_W}tr"):
        cells = [line(_text(cell)).replace("|", "/") for cell in row.iter(f"{_W}tc")]
        if any(cells):
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _footnotes(archive: Archive) -> list[str]:
    if _NOTES not in archive:
        return []
    notes = [line(_text(note)) for note in archive.xml(_NOTES).iter(f"{_W}footnote") if not note.get(f"{_W}type")]
    said = [f"- {note}" for note in notes if note]
    return [heading(2, "Footnotes"), "\n".join(said)] if said else []


def _text(element: Element) -> str:
    """What is struck out by a tracked change is left out."""
    said: list[str] = []
    waiting = [element]
    while waiting:
        one = waiting.pop()
        if one.tag == f"{_W}t":
            said.append(one.text or "")
        elif one.tag in _BREAKS:
            said.append(_BREAKS[one.tag])
        elif one.tag not in _UNSAID:
            waiting.extend(reversed(one))
            if one.tag == f"{_W}p" and one is not element:
                said.append("\n")
    return "".join(said)


def _together(parts: list[str]) -> Iterator[str]:
    """Items of one list stand together."""
    items: list[str] = []
    for part in parts:
        if part.lstrip().startswith("- ") and "\n" not in part:
            items.append(part)
            continue
        yield "\n".join(items)
        yield part
        items = []
    yield "\n".join(items)


def _value(element: Element, name: str) -> str:
    found = next(element.iter(f"{_W}{name}"), None)
    return "" if found is None else found.get(f"{_W}val", "")


def _said(core: Element | None, name: str) -> str:
    found = (one for one in core.iter() if one.tag.rpartition("}")[2] == name) if core is not None else iter(())
    return next((line("".join(one.itertext())) for one in found), "")
