"""Topics as a list, and under them what the chosen one holds; or notes that were caught on the map."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from vecna_notes.text import safe_line
from vecna_notes.tui.chart import UNCLUSTERED, Chart, mark
from vecna_notes.tui.glyphs import ASCII
from vecna_notes.tui.pieces import Pieces, apart
from vecna_notes.tui.widgets.rowlist import RowList
from vecna_notes.tui.wrap import wrap

LATELY = 30 * 86400.0
MOST = 0.8
"""Where more than this share of the notes changed lately, that says nothing of any topic."""
PARTS = 8
CENTRAL = 1
"""So many notes are pointed out as the middle of a topic."""
Kind = Literal["topic", "part", "note", "heading", "text"]


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic or a part by its id, a note by its path, or words."""

    kind: Kind
    name: str
    id: int = 0
    path: str = ""
    slot: int = -1
    count: int = 0
    lately: int = 0
    """Notes of it that changed within 30 days."""
    detail: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.path or self.id or self.name}"

    @property
    def is_heading(self) -> bool:
        return self.kind in ("heading", "text")


class TopicList(RowList[TopicRow]):
    """What the map holds, as words."""

    def paint(self, row: TopicRow, width: int, is_current: bool) -> list[Pieces]:
        width -= 1
        inks = "bright" if is_current else "text"
        name, more = safe_line(row.name) or safe_line(row.path), self.look.ellipsis
        if row.kind == "heading":
            return [apart([(name, "dim")], [(row.detail, "faint")], width, more)]
        if row.kind == "text":
            return [[(name, "faint")]]
        if row.kind == "note":
            return [apart([(self._mark(row)), (name, inks)], [(row.detail, "faint")], width, more)]
        sign = self._mark(row) if row.kind == "topic" else ("  ", "")
        lately = f" {self.look.better}{row.lately}" if row.lately else ""
        return [apart([sign, (name, inks)], [(lately, "good"), (f"{row.count:>6,}", "text")], width, more)]

    def _mark(self, row: TopicRow) -> tuple[str, str]:
        sign = mark(row.slot, self.look is ASCII, not self.app.no_color)
        return f"{sign} ", f"topic{row.slot % 8}" if row.slot >= 0 else "dim"


def topic_rows(chart: Chart, chosen: int | None, width: int, now: float | None = None) -> list[TopicRow]:
    """All topics; under them the chosen one's words, parts and notes."""
    since = (time.time() if now is None else now) - LATELY
    if sum(point.modified >= since for point in chart.points) > MOST * len(chart.points):
        since = float("inf")
    rows = [_topic_row(chart, "topic", one.id, one.name, one.slot, since) for one in chart.topics]
    if chart.notes_of(UNCLUSTERED):
        rows.append(_topic_row(chart, "topic", UNCLUSTERED, "in no topic", -1, since))
    if chosen is not None:
        rows += _inside(chart, chosen, width, since)
    return rows


def note_rows(chart: Chart, paths: Sequence[str]) -> list[TopicRow]:
    """Notes that were caught, or found."""
    return [_note_row(chart, path) for path in paths if path in chart.places]


def _topic_row(chart: Chart, kind: Kind, id: int, name: str, slot: int, since: float) -> TopicRow:
    points = [chart.points[number] for number in chart.numbers(chart.notes_of(id)).tolist()]
    lately = sum(point.modified >= since for point in points)
    return TopicRow(kind, name, id, slot=slot, count=len(points), lately=lately)


def _inside(chart: Chart, chosen: int, width: int, since: float) -> Iterator[TopicRow]:
    topic = chart.topic(chosen)
    name = safe_line(topic.name) if topic else "no topic"
    yield TopicRow("text", " ")
    yield TopicRow("heading", f"INSIDE {name}")
    words = safe_line(" ".join(topic.terms)) if topic else ""
    for start, end in wrap(words, max(width - 1, 8))[:2] if words else ():
        yield TopicRow("text", words[start:end])
    if topic is not None:
        for part in topic.parts[:PARTS]:
            yield _topic_row(chart, "part", part.id, part.name, part.slot, since)
    for number, path in enumerate(chart.notes_of(chosen)):
        yield _note_row(chart, path, "centre" if topic and number < CENTRAL else "")


def _note_row(chart: Chart, path: str, detail: str = "") -> TopicRow:
    point = chart.points[chart.places[path]]
    said = detail or ("" if point.links else "no links")
    return TopicRow("note", point.title, path=path, slot=point.slot, detail=said)
