"""The pieces a note may be cut into: blocks first, then the items, lines, sentences and words inside one."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from vecna_notes.markup import Hidden, blank, hidden, plain
from vecna_notes.text import sentences

Kind = Literal["heading", "fence", "table", "quote", "list", "prose"]
Grain = Literal["items", "lines", "sentences"]
GRAINS: tuple[Grain, ...] = ("items", "lines", "sentences")
_KIND = re.compile(
    r"(?P<blank>[ \t]*+$)|(?P<heading> {0,3}(?P<hashes>\#{1,6})(?:[ \t]|$))|(?P<quote> {0,3}>)|(?P<table> {0,3}\|)"
    r"|(?P<list>[ \t]*+(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$))|(?P<deep>[ \t]++)|(?P<rule>(?:=+|-+)[ \t]*+$)"
)
_ITEM = re.compile(r"(?P<indent>[ \t]*+)(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)")
_UNREAD = frozenset(
    {"dataview", "dataviewjs", "mermaid", "tasks", "query", "plantuml", "base64", "excalidraw", "button"}
)
"""Fences whose code is for a machine and says nothing about the note."""
_WORD = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A half-open range of the body, with what it says. The pieces of a body tile it."""

    start: int
    end: int
    said: str
    """Its text without marks and comments: what is embedded and counted."""
    kind: Kind = "prose"
    level: int = 0
    """1 to 6 for a heading."""


class Body:
    """A note's body in which every piece can be found, refined and put into words."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._hidden = hidden(text)
        self._shown = blank(text, self._hidden, "comment")
        self._lines = _line_starts(text)
        self._said = self._said_lines()

    @property
    def lines(self) -> list[str]:
        """What each line says."""
        return self._said

    def blocks(self) -> list[Piece]:
        """Headings, fences, tables, quotes, lists and paragraphs, blank lines with the block they follow."""
        return [self._block(*found) for found in _Blocks(self.text, self._lines, self._fenced()).found()]

    def line_of(self, place: int) -> int:
        """0-based line on which a character stands."""
        return bisect_right(self._lines, place) - 1

    def finer(self, piece: Piece, grain: Grain, least: int) -> list[Piece]:
        """The same piece in smaller ones of at least so many characters; itself alone where there are none."""
        if grain == "items":
            cuts = self._items(piece) if piece.kind == "list" else []
        elif grain == "lines":
            first, last = bisect_right(self._lines, piece.start), bisect_right(self._lines, piece.end - 1)
            cuts = self._lines[first:last]
        else:
            inner = self.text[piece.start : piece.end]
            cuts = [piece.start + start for start, _ in sentences(inner)[1:]]
        return self._cut(piece, _thinned(cuts, piece.start, least))

    def halved(self, piece: Piece, parts: int) -> list[Piece]:
        """A piece cut into about equal parts, at white space where there is some near."""
        size = max(1, -(-(piece.end - piece.start) // parts))
        cuts = [self._near(place, size) for place in range(piece.start + size, piece.end, size)]
        return self._cut(piece, cuts)

    def _cut(self, piece: Piece, cuts: list[int]) -> list[Piece]:
        places = sorted({place for place in cuts if piece.start < place < piece.end})
        if not places:
            return [piece]
        ends = [*places, piece.end]
        return [self._piece(start, end, piece.kind) for start, end in zip([piece.start, *places], ends, strict=True)]

    def _near(self, place: int, size: int) -> int:
        spaces = list(_WORD.finditer(self.text, max(0, place - size // 4), place))
        return spaces[-1].end() if spaces else place

    def _items(self, piece: Piece) -> list[int]:
        first, last = self.line_of(piece.start), self.line_of(piece.end - 1)
        items = [
            (len(match["indent"].expandtabs(4)), start)
            for start in self._lines[first : last + 1]
            if (match := _ITEM.match(self.text, start, piece.end))
        ]
        outermost = min((indent for indent, _ in items), default=0)
        return [start for indent, start in items if indent == outermost]

    def _block(self, first: int, last: int, kind: Kind, level: int) -> Piece:
        start = self._lines[first]
        end = self._lines[last + 1] if last + 1 < len(self._lines) else len(self.text)
        return Piece(start, end, self._words(first, last), kind, level)

    def _piece(self, start: int, end: int, kind: Kind) -> Piece:
        if kind == "fence":
            said = self.text[start:end] if self._said[self.line_of(start)] else ""
        else:
            said = plain(self._shown[start:end])
        return Piece(start, end, _folded(said), kind)

    def _words(self, first: int, last: int) -> str:
        return "\n".join(line for line in self._said[first : last + 1] if line)

    def _fenced(self) -> list[tuple[int, int]]:
        """First and last line of every fence."""
        fences = [span for span in self._hidden if span.kind == "fence"]
        return [(self.line_of(span.start), self.line_of(max(span.start, span.end - 1))) for span in fences]

    def _said_lines(self) -> list[str]:
        """What each line says; the lines of a fence say themselves, but for the two that mark it."""
        fences = [span for span in self._hidden if span.kind == "fence"]
        said = [line.strip() for line in plain(blank(self._shown, fences, "fence")).split("\n")]
        for span in fences:
            first = self.line_of(span.start)
            for line, text in enumerate(self._code(span), first):
                said[line] = text
        return said

    def _code(self, span: Hidden) -> list[str]:
        lines = self.text[span.start : span.end].split("\n")
        if span.info in _UNREAD:
            return [""] * len(lines)
        said = [" ".join(line.split()) for line in lines]
        said[0] = ""
        if len(said) > 1 and not said[-1].strip(" `~>"):
            said[-1] = ""
        return said


def _thinned(cuts: list[int], start: int, least: int) -> list[int]:
    """Only cuts that far apart, so that millions of short lines do not become millions of pieces."""
    kept: list[int] = []
    for cut in cuts:
        if cut - start >= least:
            kept.append(cut)
            start = cut
    return kept


def _folded(text: str) -> str:
    return "\n".join(folded for line in text.split("\n") if (folded := " ".join(line.split())))


def _line_starts(text: str) -> list[int]:
    starts = [0]
    place = text.find("\n")
    while 0 <= place < len(text) - 1:
        starts.append(place + 1)
        place = text.find("\n", place + 1)
    return starts


class _Blocks:
    """Groups the lines of a body into blocks, each with the blank lines after it; leading ones go with the first."""

    def __init__(self, text: str, starts: list[int], fences: list[tuple[int, int]]) -> None:
        self._text = text
        self._starts = starts
        self._fences = dict(fences)
        self._first = 0
        self._kind: Kind | None = None
        self._level = 0
        self._is_closed = False
        """A blank line has followed."""

    def found(self) -> Iterator[tuple[int, int, Kind, int]]:
        """First line, last line, kind and heading level of every block, in order and without gap."""
        line, count = 0, len(self._starts)
        while line < count:
            kind, level, last = self._look(line)
            if kind is None:
                self._is_closed = self._kind is not None
            elif self._is_underline(kind, line):
                self._kind, self._level, self._is_closed = "heading", level, False
            elif not self._continues(kind):
                if self._kind is not None:
                    yield self._first, line - 1, self._kind, self._level
                    self._first = line
                self._kind, self._level, self._is_closed = _opened(kind), level, False
            else:
                self._is_closed = False
            line = last + 1
        yield self._first, count - 1, self._kind or "prose", self._level

    def _look(self, line: int) -> tuple[str | None, int, int]:
        """What a line is by itself (None when blank), its level, and the last line that belongs to it for certain."""
        if line in self._fences:
            return "fence", 0, self._fences[line]
        end = self._starts[line + 1] - 1 if line + 1 < len(self._starts) else len(self._text)
        match = _KIND.match(self._text, self._starts[line], end)
        if match is None:
            return "prose", 0, line
        kind = match.lastgroup
        if kind == "rule":
            return "rule", 1 if match["rule"][0] == "=" else 2, line
        if kind == "blank" or match["hashes"] is None:
            return None if kind == "blank" else kind, 0, line
        return "heading", len(match["hashes"]), line

    def _is_underline(self, kind: str, line: int) -> bool:
        """Whether this line makes the one above it a heading."""
        return kind == "rule" and self._kind == "prose" and not self._is_closed and self._is_one_line(line)

    def _is_one_line(self, line: int) -> bool:
        return not self._text[self._starts[self._first] : self._starts[line - 1]].strip()

    def _continues(self, kind: str) -> bool:
        if self._kind == "list" and kind in ("list", "deep"):
            return True
        if self._is_closed or self._kind in (None, "heading", "fence"):
            return False
        if kind in ("prose", "deep", "rule"):
            return self._kind != "table"
        return kind == self._kind


def _opened(kind: str) -> Kind:
    """The block that a line of some kind opens."""
    known: dict[str, Kind] = {
        "heading": "heading",
        "fence": "fence",
        "table": "table",
        "quote": "quote",
        "list": "list",
    }
    return known.get(kind, "prose")
