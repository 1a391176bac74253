"""What a line of Markdown looks like in the preview: which of its characters are drawn with which ink.

The text stays exactly as it was written; only its colours change. Line by line, with one fact carried along: whether a
line stands in a fenced block or in front matter.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from vecna_notes.text import normalise, safe_text

Mark: TypeAlias = tuple[int, int, str]
"""Half-open range of characters, and the ink it is drawn with."""
LONGEST_LINE = 20_000
"""More characters of one line than this are not drawn."""
_LONGEST_MARKED = 4_000

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:\s|$)")
_PAGE = re.compile(r"page=(\d{1,7})(?:&|\Z)")
_LIST = re.compile(r"(\s*)([-*+]|\d{1,9}[.)])(\s+)(\[[ xX]\]\s)?")
_QUOTE = re.compile(r"\s{0,3}(?:>\s?)+(\[![\w-]+\][+-]?)?")
_RULE = re.compile(r" {0,3}([-*_])(?:\s*\1){2,}\s*$")
_INLINE = re.compile(
    r"(?P<code>`+[^`]+`+)"
    r"|(?P<link>!?\[\[[^\[\]\n]+\]\]|!?\[[^\[\]\n]*\]\((?:<[^<>\n]*>|[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+\"[^\"]*\")?\)"
    r"|<?https?://[^\s<>]+)"
    r"|(?P<mark>==[^=\n]+==)"
    r"|(?P<bold>\*\*[^*\n]+\*\*|__[^_\n]+__)"
    r"|(?P<italic>(?<![\w*])\*[^*\s][^*\n]*\*(?![\w*])|(?<![\w_])_[^_\s][^_\n]*_(?![\w_]))"
    r"|(?P<comment>%%.*?%%|<!--.*?-->)"
    r"|(?P<tag>(?<![\w#/&])#[^\W\d_][\w/-]*)"
    r"|(?P<anchor>\s\^[A-Za-z0-9-]+$)"
)
_INKS = {
    "code": "code",
    "link": "link",
    "mark": "soft",
    "bold": "bold",
    "italic": "italic",
    "comment": "faint",
    "tag": "tag",
    "anchor": "faint",
}


@dataclass(frozen=True, slots=True)
class SafeLine:
    """A line ready to be drawn: no control characters, tabs as blanks, and marks that fit this text."""

    text: str
    marks: tuple[Mark, ...] = ()


def safe_marked(raw: str, marks: Sequence[Mark] = ()) -> SafeLine:
    """A line of a note made safe, with marks given in its own characters moved to where they are afterwards."""
    if len(raw) > LONGEST_LINE:
        raw = f"{raw[:LONGEST_LINE]} … {len(raw) - LONGEST_LINE:,} more characters"
    if not marks:
        return SafeLine(_flat(raw))
    cuts = sorted({0, len(raw), *(min(edge, len(raw)) for start, end, _ in marks for edge in (start, end))})
    pieces = [_flat(raw[start:end]) for start, end in pairwise(cuts)]
    places, offset = {cuts[0]: 0}, 0
    for cut, piece in zip(cuts[1:], pieces, strict=True):
        offset += len(piece)
        places[cut] = offset
    moved = tuple((places[min(s, len(raw))], places[min(e, len(raw))], ink) for s, e, ink in marks)
    return SafeLine("".join(pieces), moved)


def _flat(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return safe_text(text).replace("\n", " ").replace("\t", "    ")


class Blocks:
    """Which lines of a text stand in fenced code or in front matter. Lines count from 0."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.front = _front_matter(lines)
        """Lines of front matter, the two rules included."""
        self._edges: list[int] = []
        opened = ""
        for index, line in enumerate(lines):
            if ("```" not in line and "~~~" not in line) or index < self.front:
                continue
            if (fence := _FENCE.match(line)) is None:
                continue
            if not opened:
                opened = fence[1]
                self._edges.append(index)
            elif fence[1][0] == opened[0] and len(fence[1]) >= len(opened) and not line[fence.end() :].strip():
                opened = ""
                self._edges.append(index + 1)

    def is_code(self, line: int) -> bool:
        return bisect_right(self._edges, line) % 2 == 1


def _front_matter(lines: Sequence[str]) -> int:
    if not lines or lines[0].lstrip("\ufeff").rstrip() != "---":
        return 0
    for index, line in enumerate(lines[1:400], 1):
        if line.rstrip() in ("---", "..."):
            return index + 1
    return 0


def line_marks(text: str) -> list[Mark]:
    """Inks of one line of Markdown outside code."""
    if heading := _HEADING.match(text):
        return [(0, len(text), f"heading h{len(heading[1])}"), *_inline(text)]
    if _RULE.match(text):
        return [(0, len(text), "faint")]
    if quote := _QUOTE.match(text):
        callout = [(quote.start(1), len(text), "callout")] if quote[1] else []
        return [(0, len(text), "quote"), *callout, *_inline(text)]
    if found := _LIST.match(text):
        return [*_list_marks(found, len(text)), *_inline(text)]
    if text.lstrip().startswith("|"):
        return [*((place, place + 1, "faint") for place, sign in enumerate(text) if sign == "|"), *_inline(text)]
    return _inline(text)


def _list_marks(found: re.Match[str], length: int) -> Iterator[Mark]:
    yield found.start(2), found.end(2), "bullet"
    if found[4]:
        yield found.start(4), found.end(4), "bullet"
        if "x" in found[4].lower():
            yield found.end(), length, "faint"


def _inline(text: str) -> list[Mark]:
    found = _INLINE.finditer(text, 0, _LONGEST_MARKED)
    return [(match.start(), match.end(), _INKS[match.lastgroup or "code"]) for match in found]


def hanging(text: str) -> int:
    """By how many cells the rows after the first of a wrapped line are indented."""
    found = _LIST.match(text)
    if found is not None:
        return len(found[0])
    if (quote := _QUOTE.match(text)) is not None:
        return len(quote[0]) - len(quote[1] or "")
    return len(text) - len(text.lstrip(" "))


@dataclass(frozen=True, slots=True)
class LinkMark:
    """A link as it stands in a line."""

    start: int
    end: int
    target: str
    """Note name, path or address as written, without heading and label."""
    heading: str
    is_address: bool = False
    """Whether it leads out of the vault: it has a scheme, and is no wikilink."""


def links_in(text: str) -> Iterator[LinkMark]:
    """Links of one line, in order."""
    for found in _INLINE.finditer(text):
        if found.lastgroup == "link":
            target, heading = _target(found[0])
            is_wiki = found[0].lstrip("!").startswith("[[")
            yield LinkMark(found.start(), found.end(), target, heading, not is_wiki and is_address(target))


def _target(written: str) -> tuple[str, str]:
    if is_address(written.strip("<>")):
        return written.strip("<>").rstrip(".,;:!?)"), ""
    inner = written.lstrip("!")
    if inner.startswith("[["):
        inner = inner[2:-2].replace("\\|", "|").partition("|")[0]
    else:
        inner = inner[inner.index("](") + 2 : -1].strip().split(' "')[0].strip("<>")
        if is_address(inner):
            return inner, ""
    target, _, heading = inner.partition("#")
    return target.strip(), heading.strip()


def is_address(target: str) -> bool:
    """Whether a link names something outside the vault: anything with a scheme."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d+$)\S", target) is not None


def may_open(target: str) -> bool:
    """Only these addresses are ever handed to the desktop, and only after somebody saw them."""
    return re.match(r"(?:https?://|mailto:)[^\s\x00-\x1f]+$", target, re.IGNORECASE) is not None


def headings(lines: Sequence[str], blocks: Blocks) -> Iterator[tuple[int, int, str]]:
    """(line from 0, level, words) of every heading outside code."""
    for index, line in enumerate(lines):
        if "#" in line[:10] and index >= blocks.front and (found := _HEADING.match(line)) and not blocks.is_code(index):
            yield index, len(found[1]), line[found.end() :].strip().rstrip("#").strip()


def heading_line(text: str, heading: str) -> int:
    """The line (from 1) of a heading, "H1#H2" meaning the last of them, of a ^block, or of a page of a PDF, "page=3";
    1 where there is none."""
    lines = text.split("\n")
    wanted = normalise(heading.split("#")[-1].strip())
    if wanted.startswith("^"):
        return next((n for n, line in enumerate(lines, 1) if normalise(line).rstrip().endswith(wanted)), 1)
    if page := _PAGE.match(wanted):
        wanted = f"page {int(page[1])}"
    found = headings(lines, Blocks(lines))
    return next((line + 1 for line, _, title in found if normalise(title) == wanted), 1)
