"""The two lines of a passage that a list shows, around the words or the sentence that decided."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from vecna_notes.text import safe_text
from vecna_notes.tui.marks import Mark
from vecna_notes.types import Hit, Span

_SPACE = re.compile(r"\s+")
_LINKS = re.compile(r"!?\[\[(?:[^\[\]|\n]*\|)?|\]\]|\]\((?:<[^>\n]*>|[^()\s]*)\)|!?\[(?=[^\[\]\n]*\]\()|\*\*|==")
"""What stands around the words of links, bold and marked text: not shown."""
_SYNTAX = re.compile(r"\s*(?:#{1,6}\s+|>\s?(?:\[![\w-]+\][+-]?)?|[-*+]\s+(?:\[[ xX]\]\s)?|\d{1,3}[.)]\s+)")


@dataclass(frozen=True, slots=True)
class Snippet:
    """One long line with marks; the list wraps and cuts it to its width."""

    text: str
    marks: tuple[Mark, ...]


def snippet(hit: Hit, room: int, ellipsis: str = "…") -> Snippet:
    """About `room` characters of the hit's passage: its decisive sentence if it has one, else its first found word."""
    text = hit.passage.chunk.text
    start = _start(hit, room)
    head = ellipsis if text[_body(hit) : start].strip() else ""
    hidden = [found.span() for found in _LINKS.finditer(text, start, start + room * 4)]
    edges = sorted({start, len(text), *(edge for span in (*_spans(hit), *hidden) for edge in span if edge > start)})
    pieces: list[str] = []
    places: dict[int, int] = {}
    offset = len(head)
    for begin, end in pairwise(edges):
        places[begin] = offset
        if not any(first <= begin and end <= last for first, last in hidden):
            pieces.append(_one_line(text[begin:end], at_start=not pieces or pieces[-1].endswith(" ")))
            offset += len(pieces[-1])
        if offset > room * 2:
            places.setdefault(end, offset)
            break
        places[end] = offset
    marks = [*_moved([hit.decisive] if hit.decisive else [], "text", places), *_moved(hit.words, "match", places)]
    return Snippet(head + "".join(pieces), tuple(marks))


def _spans(hit: Hit) -> Sequence[Span]:
    return (*hit.words, hit.decisive) if hit.decisive else hit.words


def _moved(spans: Sequence[Span], ink: str, places: dict[int, int]) -> list[Mark]:
    return [(places[s], places[e], ink) for s, e in spans if s in places and e in places and places[s] < places[e]]


def _body(hit: Hit) -> int:
    """Where the passage begins after its own heading, which the list shows already."""
    text, trail = hit.passage.chunk.text, hit.passage.chunk.trail
    first, line_end, _ = text.lstrip("\n").partition("\n")
    skipped = len(text) - len(text.lstrip("\n"))
    if trail and line_end and first.lstrip("# ").strip().rstrip("# ") == trail[-1].strip():
        return skipped + len(first) + 1
    return 0


def _start(hit: Hit, room: int) -> int:
    text, body = hit.passage.chunk.text, _body(hit)
    if hit.decisive and hit.decisive[0] >= body:
        return hit.decisive[0]
    first = next((word[0] for word in hit.words if word[0] >= body), None)
    if first is None or first - body < room // 2:
        return body
    begin = text.rfind(" ", body, first - room // 3)
    return begin + 1 if begin > 0 else body


def _one_line(text: str, at_start: bool) -> str:
    """Safe, on one line, and without the signs that begin headings, quotes and list lines."""
    lines = text.split("\n")
    stripped = [_SYNTAX.sub("", line, count=1) if index or at_start else line for index, line in enumerate(lines)]
    flat = _SPACE.sub(" ", safe_text("\n".join(stripped)))
    return flat.lstrip() if at_start else flat
