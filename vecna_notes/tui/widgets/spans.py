"""Marked text cut into pieces, each with the inks that lie over it."""

from __future__ import annotations

from collections.abc import Sequence

from vecna_notes.tui.marks import Mark
from vecna_notes.tui.pieces import Pieces
from vecna_notes.tui.wrap import Part


def cut(text: str, marks: Sequence[Mark], part: Part, ground: str = "") -> Pieces:
    """The pieces of one row of a line; inks of later marks lie over those of earlier ones."""
    first, last = part
    over = [mark for mark in marks if mark[0] < last and mark[1] > first]
    if not over:
        return [(text[first:last], ground)]
    edges = {first, last}
    for start, end, _ in over:
        edges.add(max(start, first))
        edges.add(min(end, last))
    pieces: Pieces = []
    ordered = sorted(edges)
    for index in range(len(ordered) - 1):
        start, end = ordered[index], ordered[index + 1]
        inks = " ".join(ink for s, e, ink in over if s <= start and e >= end)
        pieces.append((text[start:end], f"{ground} {inks}" if ground else inks))
    return pieces
