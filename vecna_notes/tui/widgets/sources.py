"""What an answer stands on, with what came of looking for it in the notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vecna_notes.markup import statements
from vecna_notes.text import safe_line
from vecna_notes.tui.conversation import Exchange, numbers
from vecna_notes.tui.glyphs import Glyphs, decimal
from vecna_notes.tui.phrases import shown_path
from vecna_notes.tui.pieces import Piece as Inked
from vecna_notes.tui.pieces import Pieces, apart
from vecna_notes.tui.places import Place
from vecna_notes.tui.widgets.rowlist import RowList

if TYPE_CHECKING:
    from vecna_notes.answer.check import Citation, Support
    from vecna_notes.answer.evidence import Piece

LEAST_FAR = 3
"""Notes that are shown when none is close."""
SUPPORT: Mapping[str, tuple[str, str]] = {
    "exact": ("exact", "good"),
    "near": ("near", "warn"),
    "missing": ("missing", "bad"),
    "unknown": ("missing", "bad"),
}


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source, or one that was made up: then it has no place."""

    number: int
    title: str = ""
    heading: str = ""
    """The innermost that it stands under, where that is not the title."""
    path: str = ""
    lines: tuple[int, int] = (1, 1)
    score: float = 0.0
    support: Support | None = None
    """None while nothing has been checked, and where nothing is cited."""
    quote: str = ""

    @property
    def key(self) -> str:
        return str(self.number)

    @property
    def is_heading(self) -> bool:
        return False

    @property
    def place(self) -> Place | None:
        return Place(self.path, self.title, self.lines[0]) if self.path else None


class SourceList(RowList[SourceRow]):
    """Two lines each: where it is and how it proved, and what stands there."""

    def height_of(self, row: SourceRow, width: int) -> int:
        return 2 if row.quote else 1

    def paint(self, row: SourceRow, width: int, is_current: bool) -> list[Pieces]:
        look = self.look
        number: Inked = (f"[{row.number}] ", "meter")
        name = f" {look.chevron} ".join(filter(None, (safe_line(row.title) or shown_path(row.path), row.heading)))
        title: Inked = (name, "title" if is_current else "text")
        first, last = row.lines
        where = f"L{first}" if first == last else f"L{first}-{last}"
        right: Pieces = [(f" {where}  ", "faint")] if row.path else []
        right += _mark(row, look)
        right += [(f"  {decimal(row.score)}", "dim")] if row.path else []
        lines = [apart([number, title], right, width - 1, look.ellipsis)]
        if row.quote:
            lines.append([("    ", ""), (f"{look.quote}{row.quote}{look.unquote}", "dim")])
        return lines


def source_rows(exchange: Exchange | None) -> tuple[SourceRow, ...]:
    """What was cited so far; where nothing was to be found, what is least far."""
    if exchange is None or exchange.asked is None:
        return ()
    pieces, done = exchange.asked.packed.pieces, exchange.done
    if done is None:
        said = numbers(exchange.text)
        return tuple(_row(piece, None, "") for piece in pieces if piece.number in said)
    if not done.is_found:
        return tuple(_row(piece, None, _first(piece)) for piece in pieces[:LEAST_FAR])
    return tuple(_proved({piece.number: piece for piece in pieces}, _cited(exchange)))


def _cited(exchange: Exchange) -> dict[int, Citation]:
    from vecna_notes.answer.markdown import cited

    return cited(exchange.done) if exchange.done is not None else {}


def _proved(pieces: Mapping[int, Piece], known: Mapping[int, Citation]) -> Iterator[SourceRow]:
    for number, citation in known.items():
        if (piece := pieces.get(number)) is not None:
            yield _row(piece, citation.support, citation.quote or _first(piece))
        else:
            yield SourceRow(number, "there is no such source", support="unknown")


def _row(piece: Piece, support: Support | None, quote: str) -> SourceRow:
    passage = piece.passage
    heading = next(iter(passage.chunk.trail[-1:]), "")
    return SourceRow(
        number=piece.number,
        title=passage.title,
        heading="" if heading == passage.title else safe_line(heading),
        path=passage.path,
        lines=(piece.first_line, piece.last_line),
        score=piece.score,
        support=support,
        quote=safe_line(quote),
    )


def _first(piece: Piece) -> str:
    said = statements(piece.text)
    return piece.text[slice(*said[0])] if said else ""


def _mark(row: SourceRow, look: Glyphs) -> Pieces:
    if row.support is None:
        return []
    said, inks = SUPPORT[row.support]
    signs = {"exact": look.check, "near": "~", "missing": look.cross}
    return [(f"{signs.get(row.support, look.cross)} {said:<7}", inks)]
