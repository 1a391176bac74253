"""Lines of a pane before they have colours: pieces of text, each with the names of its inks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from rich.cells import cell_len, set_cell_size

Piece: TypeAlias = tuple[str, str]
"""Safe text without line ends, and the inks it is drawn with, by name: ("forget", "match soft")."""
Pieces: TypeAlias = list[Piece]


def width_of(pieces: Iterable[Piece]) -> int:
    """Terminal cells the pieces fill."""
    return sum(cell_len(text) for text, _ in pieces)


def crop(text: str, width: int, ellipsis: str = "…") -> str:
    """`text`, or as much of it as fits `width` cells with an ellipsis."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return text
    kept = set_cell_size(text, width - 1)
    while cell_len(kept) >= width:  # joiners without anything to join are miscounted there
        kept = kept[:-1]
    return kept.rstrip() + ellipsis


def fit(pieces: Iterable[Piece], width: int, ellipsis: str = "…") -> Pieces:
    """The pieces cut to `width` cells, the last one ending in an ellipsis if anything is lost."""
    kept: Pieces = []
    room = width
    waiting = list(pieces)
    for index, (text, inks) in enumerate(waiting):
        size = cell_len(text)
        if size > room or (size == room and any(more for more, _ in waiting[index + 1 :])):
            if room > 0:
                kept.append((crop(text + ellipsis, room, ellipsis), inks))
            return kept
        kept.append((text, inks))
        room -= size
    return kept


def pad(pieces: Sequence[Piece], width: int) -> Pieces:
    """The pieces with blanks at their end, up to `width`."""
    missing = width - width_of(pieces)
    return [*pieces, (" " * missing, "")] if missing > 0 else list(pieces)


def apart(left: Sequence[Piece], right: Sequence[Piece], width: int, ellipsis: str = "…") -> Pieces:
    """`left` at the left edge and `right` at the right one; when they don't fit, the left is cut first."""
    reserved = width_of(right)
    if reserved + 4 > width:
        return pad(fit(left, width, ellipsis), width)
    kept = fit(left, width - reserved - 1, ellipsis)
    return [*pad(kept, width - reserved), *right]


def plain(pieces: Iterable[Piece]) -> str:
    """The text alone."""
    return "".join(text for text, _ in pieces)
