"""The hits of a search: title, where it stands, how near it is and why, and the words that matched."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, replace

from vecna_notes.text import safe_line
from vecna_notes.tui.glyphs import decimal, meter
from vecna_notes.tui.phrases import age, folder, signals
from vecna_notes.tui.pieces import Piece, Pieces, apart, fit
from vecna_notes.tui.snippet import snippet
from vecna_notes.tui.widgets.rowlist import RowList
from vecna_notes.tui.widgets.spans import cut
from vecna_notes.tui.wrap import wrap
from vecna_notes.types import Hit

METER = 8


@dataclass(frozen=True, slots=True)
class HitRow:
    """A note in the list: found by a search, or shown because it changed lately (then `hit` is None)."""

    path: str
    title: str
    modified: float | None = None
    tags: tuple[str, ...] = ()
    hit: Hit | None = None
    is_heading: bool = False
    is_voted: bool = False
    """Whether somebody said that it answers the query."""
    again: str = ""
    """Why it is worth another look."""

    @property
    def key(self) -> str:
        return self.path or self.title

    @property
    def heading(self) -> str:
        trail = self.hit.passage.chunk.trail if self.hit else ()
        heading = safe_line(trail[-1]) if trail else ""
        return "" if heading == safe_line(self.title) else heading


class ResultList(RowList[HitRow]):
    """Four lines a hit where there is height, two where there is not; one for recent notes."""

    lines_per_hit = 4

    def set_lines(self, count: int) -> None:
        """How many lines a hit has from now on."""
        if count != self.lines_per_hit:
            self.lines_per_hit = count
            self.lay_out()

    def mark(self, voted: Collection[str]) -> None:
        """Show which notes answer the query, by path."""
        self.show([replace(row, is_voted=row.path in voted) for row in self.rows])

    def height_of(self, row: HitRow, width: int) -> int:
        if row.is_heading:
            return 1
        if row.again:
            return self.lines_per_hit // 2 + len(self._again(row, width - 1))
        return self.lines_per_hit if row.hit else self.lines_per_hit // 2

    def paint(self, row: HitRow, width: int, is_current: bool) -> list[Pieces]:
        if row.is_heading:
            return [fit([(row.title, "dim")], width - 1, self.look.ellipsis)]
        if self.lines_per_hit == 4:
            return self._paint_high(row, width, is_current)
        return self._paint_flat(row, width, is_current)

    def _paint_high(self, row: HitRow, width: int, is_current: bool) -> list[Pieces]:
        width -= 1
        title = self._title(row, is_current)
        place: Pieces = [(self._place(row), "dim"), *((f" #{safe_line(tag)}", "tag") for tag in row.tags[:4])]
        if row.hit is None:
            return [fit(title, width, self.look.ellipsis), place, *self._again(row, width)]
        letters: Piece = (signals(row.hit), "dim")
        lines = [
            apart(title, [*self._signs(row), *self._meter(row.hit, METER)], width, self.look.ellipsis),
            apart(place, [letters], width, self.look.ellipsis),
        ]
        return lines + self._snippet(row.hit, width, 2)

    def _paint_flat(self, row: HitRow, width: int, is_current: bool) -> list[Pieces]:
        width -= 1
        title = self._title(row, is_current)
        if row.hit is None:
            place: Pieces = [(self._place(row), "dim")]
            return [apart(title, place, width, self.look.ellipsis), *self._again(row, width)]
        score: Pieces = [*self._signs(row), *self._meter(row.hit, METER), (f"  {signals(row.hit):>3}", "dim")]
        if width >= 66:
            score = [(f"{self._place(row)}   ", "dim"), *score]
        return [apart(title, score, width, self.look.ellipsis), *self._snippet(row.hit, width, 1)]

    def _again(self, row: HitRow, width: int) -> list[Pieces]:
        """Why, in full."""
        text = safe_line(row.again)
        parts = wrap(text, max(width, 8)) if text else []
        return [[(text[start:end].strip(), "faint")] for start, end in parts]

    def _title(self, row: HitRow, is_current: bool) -> Pieces:
        inks = "bright bold" if is_current else "title"
        pieces: Pieces = [(safe_line(row.title), inks)]
        if row.heading:
            pieces += [(f" {self.look.chevron} ", "faint"), (row.heading, "text" if is_current else "dim")]
        return pieces

    def _place(self, row: HitRow) -> str:
        parts = [folder(row.path), age(row.modified, time.time()) if row.modified is not None else ""]
        return f" {self.look.middot} ".join(part for part in parts if part)

    def _signs(self, row: HitRow) -> Pieces:
        """That somebody voted for it, and that a ranker has read it."""
        voted: Pieces = [(f"{self.look.check} ", "good")] if row.is_voted else []
        is_reranked = row.hit is not None and any(signal.leg == "rerank" for signal in row.hit.signals)
        return [*voted, (f"{self.look.reranked} ", "dim")] if is_reranked else voted

    def _meter(self, hit: Hit, width: int) -> Pieces:
        full, empty = meter(hit.score, width, self.look)
        return [(full, "meter"), (empty, "faint"), (f" {decimal(hit.score)}", "meter")]

    def _snippet(self, hit: Hit, width: int, rows: int) -> list[Pieces]:
        found = snippet(hit, width * rows, self.look.ellipsis)
        parts = wrap(found.text, width)
        lines = [cut(found.text, found.marks, part, "dim") for part in parts[:rows]]
        if len(parts) > rows:
            lines[-1] = fit([*lines[-1], (self.look.ellipsis, "dim")], width, self.look.ellipsis)
        return lines
