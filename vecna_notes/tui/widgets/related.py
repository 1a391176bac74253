"""Notes near in meaning, and the other ways out of a note: outline, links, backlinks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from textual.binding import Binding, BindingType

from vecna_notes.text import safe_line
from vecna_notes.tui.glyphs import decimal, meter
from vecna_notes.tui.pieces import Pieces, apart, fit
from vecna_notes.tui.widgets.rowlist import RowList
from vecna_notes.tui.wrap import wrap
from vecna_notes.types import RelatedNote

Kind = Literal["related", "outline", "link", "backlink", "property", "heading", "empty"]
METER = 7
FAR = "nothing close"
"""Closeness in words, as related notes tell it."""
SHORT_METER = 5


@dataclass(frozen=True, slots=True)
class NearRow:
    """One way out of a note. All strings but `path` and `target` are shown as they are, once made safe."""

    kind: Kind
    title: str
    path: str = ""
    line: int = 1
    detail: str = ""
    score: float = 0.0
    is_linked: bool = False
    level: int = 1
    state: str = "resolved"
    target: str = ""
    closeness: str = ""
    """In words, of related notes."""

    @property
    def key(self) -> str:
        line = "" if self.kind == "related" else self.line
        return f"{self.kind}:{self.path}:{line}:{self.title}:{self.target}"

    @property
    def is_heading(self) -> bool:
        return self.kind in ("heading", "empty")


def near_rows(notes: Sequence[RelatedNote]) -> list[NearRow]:
    """Related notes as rows: each opens at the passage that meets."""
    rows = []
    for note in notes:
        trail = note.target.chunk.trail
        detail = trail[-1] if trail and trail[-1] != note.title else ""
        line = note.target.chunk.first_line
        row = NearRow("related", note.title, note.path, line, detail, note.score, note.is_linked)
        rows.append(replace(row, closeness=note.closeness))
    if notes and all(note.closeness == FAR for note in notes):
        rows.insert(0, NearRow("empty", FAR))
    return rows or [NearRow("empty", "nothing near in meaning")]


class NearList(RowList[NearRow]):
    """A narrow list: a meter and a title that may take two lines."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("x", "screen.why", "why")]

    def height_of(self, row: NearRow, width: int) -> int:
        if row.kind == "related" and width < 40:
            return min(len(self._wrapped_title(row, width - 1)), 2) + (1 if row.detail and width >= 20 else 0)
        return 1

    def paint(self, row: NearRow, width: int, is_current: bool) -> list[Pieces]:
        width -= 1
        if row.kind == "related":
            return self._paint_near(row, width, is_current)
        inks = "bright" if is_current else "text"
        title = safe_line(row.title)
        if row.kind == "heading":
            return [[(title, "dim")]]
        if row.kind == "empty":
            return [[(title, "faint")]]
        if row.kind == "property":
            name, _, value = title.partition(": ")
            return [fit([(f"{name}  ", "dim"), (value, inks)], width, self.look.ellipsis)]
        if row.kind == "outline":
            return [[("  " * (row.level - 1), ""), (title, inks if row.level < 3 else "dim")]]
        sign = self.look.to if row.kind == "link" else self.look.back
        broken = {"broken": "no such note", "ambiguous": "several notes"}.get(row.state, "")
        right: Pieces = [(broken, "warn")] if broken else []
        return [
            apart([(f"{sign} ", "faint"), (title, inks if not broken else "dim")], right, width, self.look.ellipsis)
        ]

    def _paint_near(self, row: NearRow, width: int, is_current: bool) -> list[Pieces]:
        cells = METER if width >= 40 else SHORT_METER
        full, empty = meter(row.score, cells, self.look)
        score: Pieces = [(full, "meter"), (empty, "faint"), (f" {decimal(row.score)}  ", "meter")]
        linked: Pieces = [(f" {self.look.both_ways}", "dim")] if row.is_linked else []
        inks, detail = "bright" if is_current else "title", safe_line(row.detail)
        if width >= 40:
            tail: Pieces = [(f" {self.look.chevron} {detail}", "dim")] if detail else []
            return [apart([*score, (safe_line(row.title), inks), *tail], linked, width, self.look.ellipsis)]
        room = width - SHORT_METER - 6
        titles = self._wrapped_title(row, width)
        lines = [apart([*score, (titles[0], inks)], linked, width, self.look.ellipsis)]
        if len(titles) > 1:
            lines.append([(" " * (width - room), ""), *fit([(" ".join(titles[1:]), inks)], room, self.look.ellipsis)])
        if detail:
            lines.append([(" " * (width - room), ""), *fit([(detail, "faint")], room, self.look.ellipsis)])
        return lines

    def _wrapped_title(self, row: NearRow, width: int) -> list[str]:
        title = safe_line(row.title)
        room = max(width - SHORT_METER - 6 - (3 if row.is_linked else 0), 4)
        return [title[start:end].strip() for start, end in wrap(title, room)]
