"""The panel that says why two notes are near: the passages that meet, rare words, the way by links, and figures."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from vecna_notes.text import safe_line
from vecna_notes.tui.glyphs import Glyphs, decimal, meter
from vecna_notes.tui.marks import Mark
from vecna_notes.tui.phrases import leg_name, plural, shown_path
from vecna_notes.tui.pieces import Pieces, fit, pad
from vecna_notes.tui.proposals import Meeting
from vecna_notes.tui.screens.panel import Panel, PanelRow, gap, prose
from vecna_notes.tui.snippet import snippet
from vecna_notes.tui.widgets.bar import Cell
from vecna_notes.tui.widgets.spans import cut
from vecna_notes.tui.wrap import wrap
from vecna_notes.types import Hit, Passage

if TYPE_CHECKING:
    from vecna_notes.insight.why import MeetingPair

BESIDE_FROM = 72
"""From this width on passages stand side by side, below it one under the other."""
ROWS, STACKED_ROWS = 6, 4
_GAP = 3
_BAR = 8


def meeting_panel(meeting: Meeting) -> Panel:
    """Enter opens the note under the cursor, at the passage that meets or at its beginning."""
    one, other = (safe_line(title) for title in meeting.why.titles)
    title = [Cell(one, "title"), Cell("  and  ", "dim"), Cell(other, "title")]
    return Panel(title, partial(_rows, meeting), "open")


def _rows(meeting: Meeting, width: int, look: Glyphs) -> list[PanelRow]:
    why = meeting.why
    rows = [*prose("close", safe_line(why.closeness.words), width, "good" if why.closeness.level != "far" else "warn")]
    words = {one.word.casefold() for one in why.words}
    for number, pair in enumerate(why.meetings, 1):
        rows += [gap(f"pair-{number}"), *_pair(number, pair, words, width, look)]
    rows += [gap("words"), _heading("rare words that both say")]
    said = f" {look.middot} ".join(f"{safe_line(one.word)} ({plural(one.notes, 'note')})" for one in why.words)
    rows += prose("words", said or "none", width, "match" if said else "dim")
    rows += [gap("way"), _heading("shortest way by links"), *_way(meeting, width, look)]
    if why.tags:
        tags = " ".join(f"#{tag}" for tag in why.tags)
        rows += [gap("tags"), _heading("tags of both"), *prose("tags", safe_line(tags), width, "tag")]
    return rows + list(_signals(meeting, look))


def _heading(words: str) -> PanelRow:
    return PanelRow(f"heading-{words}", ((words.upper(), "dim"),))


# ── passages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _pair(number: int, pair: MeetingPair, words: Collection[str], width: int, look: Glyphs) -> Iterator[PanelRow]:
    full, empty = meter(pair.score, _BAR, look)
    yield PanelRow(
        f"meet-{number}",
        (("where they meet".upper(), "dim"),) if number == 1 else (("AND HERE", "dim"),),
        ((full, "meter"), (empty, "faint"), (f" {decimal(pair.score)}", "meter")),
    )
    sides = (pair.source, pair.target)
    if width < BESIDE_FROM:
        for at, side in enumerate(sides):
            yield PanelRow(f"place-{number}-{at}", tuple(_place(side, width, look)), value=_value(side))
            for row, line in enumerate(_lines(side, words, width - 2, STACKED_ROWS, look)):
                yield PanelRow(f"text-{number}-{at}-{row}", (("  ", ""), *line))
        return
    half = (width - _GAP) // 2
    here, there = (_place(side, half, look) for side in sides)
    yield PanelRow(f"place-{number}", tuple(_beside(here, there, half)), value=_value(pair.target))
    columns = [_lines(side, words, half, ROWS, look) for side in sides]
    for row in range(max(map(len, columns))):
        left, right = (column[row] if row < len(column) else [] for column in columns)
        yield PanelRow(f"text-{number}-{row}", tuple(_beside(left, right, half)))


def _beside(left: Pieces, right: Pieces, half: int) -> Pieces:
    return [*pad(left, half), (" " * _GAP, ""), *right]


def _value(passage: Passage) -> str:
    return f"{passage.chunk.first_line}:{passage.path}"


def _place(passage: Passage, width: int, look: Glyphs) -> Pieces:
    trail = passage.chunk.trail
    heading = safe_line(trail[-1]) if trail else ""
    title = safe_line(passage.title) or shown_path(passage.path)
    tail: Pieces = [(f" {look.chevron} {heading}", "dim")] if heading not in ("", title) else []
    return fit([(title, "link"), *tail], width, look.ellipsis)


def _lines(passage: Passage, words: Collection[str], width: int, most: int, look: Glyphs) -> list[Pieces]:
    """As much of a passage as fits, the words that both say marked."""
    text = snippet(Hit(passage, 0.0), width * most, look.ellipsis).text
    marks: list[Mark] = [
        (*match.span(), "match") for match in re.finditer(r"\w+", text) if match[0].casefold() in words
    ]
    parts = wrap(text, width)
    lines = [cut(text, marks, part, "text") for part in parts[:most]]
    if len(parts) > most:
        lines[-1] = fit([*lines[-1], (look.ellipsis, "dim")], width, look.ellipsis)
    return lines


# ── links and figures ───────────────────────────────────────────────────────────────────────────────────────────────


def _way(meeting: Meeting, width: int, look: Glyphs) -> list[PanelRow]:
    way: Sequence[str] = meeting.why.way
    if not way:
        return prose("way", "no way by links leads from one to the other", width, "dim")
    rows = []
    for step, path in enumerate(way):
        sign = f"{'  ' * min(step, 6)}{look.to} " if step else ""
        title = safe_line(meeting.titles.get(path, "")) or shown_path(path)
        rows.append(PanelRow(f"way-{step}", ((sign, "faint"), (title, "link")), value=f"1:{path}"))
    return rows


def _signals(meeting: Meeting, look: Glyphs) -> Iterator[PanelRow]:
    """What made the score of the second as a note related to the first."""
    signals = sorted(meeting.why.signals, key=lambda signal: -signal.share)
    if not signals:
        return
    yield gap("signals")
    yield PanelRow("signals", (("what speaks for it".upper(), "dim"),), (("rank   share", "faint"),))
    largest = max(signal.share for signal in signals) or 1.0
    for signal in signals:
        full, empty = meter(signal.share / largest, _BAR, look)
        left = (*pad([(leg_name(signal.leg), "text")], 14), (full, "meter"), (empty, "faint"))
        yield PanelRow(f"leg-{signal.leg}", left, ((f"{signal.rank:>4}    {decimal(signal.share):>4}", "text"),))
