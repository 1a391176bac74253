"""The panels that say why a note was found, why another was not, and which chips there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from vecna_notes.text import safe_line
from vecna_notes.tui.chips import Chip
from vecna_notes.tui.explain import Reason, decisive, matched_words, passages, reasons, signed
from vecna_notes.tui.glyphs import Glyphs, decimal, meter
from vecna_notes.tui.phrases import shown_path
from vecna_notes.tui.pieces import Pieces, pad
from vecna_notes.tui.screens.panel import Panel, PanelRow, gap, prose
from vecna_notes.tui.widgets.bar import Cell
from vecna_notes.types import Hit, Passage

if TYPE_CHECKING:
    from vecna_notes.search.explain import Whereabouts

_BAR = 8
_NAME = 12
_FIGURES = 19
_SAYS_FROM = 64
"""From this width on a reason has room for its words."""


def explanation(hit: Hit, rank: int | None) -> Panel:
    """Why this note was found; enter opens it at one of its passages, `w` asks about another note."""
    title = [Cell(safe_line(hit.passage.title), "title"), Cell(_place(rank, hit.score), "dim")]
    return Panel(title, partial(_hit_rows, hit), "open", [("w", "why not another note")])


def lost(found: Whereabouts) -> Panel:
    """Where an expected note ended up; enter opens it."""
    title = [Cell("why not ", "dim"), Cell(f"{safe_line(found.title or found.path)}?", "title")]
    return Panel(title, partial(_lost_rows, found), "open", [("w", "why not another note")])


def chip_list(chips: Sequence[Chip]) -> Panel:
    """The chips with what each does; enter takes one away."""
    return Panel([Cell("what narrows this search", "title")], partial(_chip_rows, chips), "take away")


def _place(rank: int | None, score: float) -> str:
    return f"   place {rank}, score {decimal(score)}" if rank else f"   score {decimal(score)}"


# ── a hit ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _hit_rows(hit: Hit, width: int, look: Glyphs) -> list[PanelRow]:
    rows = list(_reason_rows(hit, width, look))
    if words := matched_words(hit):
        said = f" {look.middot} ".join(f"{word} {look.times}{count}" if count > 1 else word for word, count in words)
        rows += [_heading("words that matched"), *prose("words", said, width, "match"), gap("words")]
    if sentence := decisive(hit):
        rows += [_heading("the sentence that decided"), *prose("sentence", sentence, width, "soft")]
        rows.append(gap("sentence"))
    rows.append(_heading("passages of this note that were found"))
    return rows + [_passage_row(index, passage, look) for index, passage in enumerate(passages(hit))]


def _reason_rows(hit: Hit, width: int, look: Glyphs) -> Iterator[PanelRow]:
    is_weighed = any(signal.share for signal in hit.signals)
    head = f"{'rank':>5}{'score':>8}" + (f"{'share':>6}" if is_weighed else "")
    yield PanelRow("head", (("what speaks for it".upper()[: width - _FIGURES], "dim"),), ((head, "faint"),))
    for index, reason in enumerate(reasons(hit)):
        yield _reason_row(index, reason, width, look, is_weighed)
        if reason.says and width < _SAYS_FROM:
            yield from prose(f"says-{index}", reason.says, width, "faint", "  ")
    if is_weighed:
        yield PanelRow("sum", (("together", "dim"),), ((decimal(hit.score), "meter"),))
    yield gap("reasons")


def _reason_row(index: int, reason: Reason, width: int, look: Glyphs, is_weighed: bool) -> PanelRow:
    left: Pieces = pad([(reason.name, "text")], _NAME)
    if is_weighed:
        full, empty = meter(reason.part, _BAR, look)
        left += [(full, "warn" if reason.share < 0 else "meter"), (empty, "faint"), ("  ", "")]
    if width >= _SAYS_FROM:
        left.append((reason.says, "faint"))
    rank = f"{reason.rank:>5}" if reason.rank else " " * 5
    share = f"{signed(reason.share):>6}" if is_weighed else ""
    figures = f"{rank}{reason.score:>8.3g}{share}"
    return PanelRow(f"reason-{index}", tuple(left), ((figures, "text"),))


def _passage_row(index: int, passage: Passage, look: Glyphs) -> PanelRow:
    chunk = passage.chunk
    trail = f" {look.chevron} ".join(safe_line(part) for part in chunk.trail) or safe_line(passage.title)
    lines = f"L {chunk.first_line}{look.dash}{chunk.last_line}"
    return PanelRow(f"passage-{index}", ((trail, "text"),), ((lines, "faint"),), str(chunk.first_line))


def _heading(words: str) -> PanelRow:
    return PanelRow(f"heading-{words}", ((words.upper(), "dim"),))


# ── a note that was expected ────────────────────────────────────────────────────────────────────────────────────────


def _lost_rows(found: Whereabouts, width: int, look: Glyphs) -> list[PanelRow]:
    inks = "good" if found.at == "shown" else "text"
    rows = [*prose("sentence", safe_line(found.sentence), width, inks), gap("sentence")]
    if found.rank:
        rows.append(_figure("place among all candidates", f"{found.rank:,}"))
    if found.hit is not None:
        rows.append(_figure("its score", decimal(found.hit.score)))
    if found.cut:
        rows.append(_figure("score of the last note shown", decimal(found.cut)))
    if found.hit is not None:
        rows += [gap("hit"), *_hit_rows(found.hit, width, look)]
    else:
        rows.append(PanelRow("note", ((shown_path(found.path), "link"),), value="1"))
    return rows


def _figure(name: str, figure: str) -> PanelRow:
    return PanelRow(f"figure-{name}", ((name, "dim"),), ((figure, "text"),))


# ── chips ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _chip_rows(chips: Sequence[Chip], width: int, look: Glyphs) -> list[PanelRow]:
    rows: list[PanelRow] = []
    for chip in chips:
        says = "" if chip.problem else chip.says
        text = chip.text.replace("…", look.ellipsis)
        rows.append(PanelRow(chip.key, ((text, chip.inks),), ((says, "faint"),) if says else (), chip.key))
        if chip.problem:
            rows += prose(f"problem-{chip.key}", chip.says, width, "warn", "  ")
    return rows
