"""A line before and after a change, cut so that the change is in view."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from vecna_notes.tui.marks import safe_marked
from vecna_notes.tui.pieces import Pieces, fit
from vecna_notes.tui.wrap import wrap


def changed(before: str, after: str, width: int, ellipsis: str = "…") -> tuple[Pieces, Pieces]:
    """Both lines, what is taken out of the one and what is put into the other in inks of their own."""
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    cut = _start(before, head, max(len(before), len(after)) - head - tail, width)
    return tuple(  # type: ignore[return-value]
        _line(sign, ink, line[cut:head], line[head : len(line) - tail], line[len(line) - tail :], cut, width, ellipsis)
        for sign, ink, line in (("-", "bad", before), ("+", "good", after))
    )


def _common(one: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _start(line: str, head: int, length: int, width: int) -> int:
    """Where to begin, so that the change and a little before it fit."""
    if head + length <= width - 4:
        return 0
    return max(head - max((width - length) // 2, width // 5), 0)


def _line(sign: str, ink: str, head: str, middle: str, tail: str, cut: int, width: int, ellipsis: str) -> Pieces:
    lead = ellipsis if cut else ""
    pieces = [(f"{sign} ", ink), (lead + _safe(head), "dim"), (_safe(middle), f"{ink} bold")]
    return fit([*pieces, (_safe(tail), "dim")], width, ellipsis)


def _safe(text: str) -> str:
    return safe_marked(text).text


def last_of(diff: Sequence[str]) -> tuple[str, str]:
    """The lines that a unified diff takes out and puts in, each on one line."""
    out, into = ([line[1:] for line in diff[2:] if line.startswith(sign)] for sign in "-+")
    return "  ".join(out), "  ".join(into)


def sentence_before(text: str, place: int) -> tuple[int, int]:
    """The sentence that ends at a place of a text, for a link that is put behind it."""
    line = text.rfind("\n", 0, place) + 1
    stop = max((text.rfind(end, line, max(place - 2, line)) for end in (". ", "! ", "? ")), default=-1)
    start = stop + 2 if stop >= 0 else line
    return (start, place) if text[start:place].strip() else (line, place)


def rows(text: str, width: int) -> list[str]:
    """A text over as many rows as it needs."""
    return [text[start:end].strip() for start, end in wrap(text, width)]
