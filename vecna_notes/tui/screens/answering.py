"""Who can answer, and from how much, in words for the Ask screen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from vecna_notes.text import safe_line
from vecna_notes.tui.conversation import Exchange
from vecna_notes.tui.glyphs import Glyphs
from vecna_notes.tui.screens.panel import Panel, PanelRow, prose
from vecna_notes.tui.widgets.bar import Cell

if TYPE_CHECKING:
    from vecna_notes.tui.ports import Answerer


def answerer_list(known: Sequence[Answerer], chosen: str) -> Panel:
    """The answer is the name of the generator to ask from now on."""
    return Panel([Cell("who answers", "title")], partial(_rows, known, chosen), "ask this one")


def answerer_name(one: Answerer) -> str:
    """ "openai/qwen3:8b"."""
    model = safe_line(one.model).rsplit("/", 1)[-1]
    return f"{safe_line(one.name)}/{model}" if model else safe_line(one.name)


def searched(exchange: Exchange, look: Glyphs) -> list[Cell]:
    """How much was searched, held back and sent, and how long it took."""
    asked, done = exchange.asked, exchange.done
    if asked is None:
        return [] if exchange.problem else [Cell(f"looking it up{look.ellipsis}", "dim")]
    parts = [f"{asked.notes:,} of {asked.notes + asked.not_searched:,} notes searched"]
    if asked.packed.held_back:
        parts.append(f"{asked.packed.held_back} held back")
    parts.append(f"{done.seconds:.1f} s" if done else "esc stops")
    return [Cell(f" {look.middot} ".join(parts), "faint")]


def _rows(known: Sequence[Answerer], chosen: str, width: int, look: Glyphs) -> list[PanelRow]:
    rows: list[PanelRow] = []
    for one in known:
        sign = look.dot if one.name == chosen else " "
        where = "stays in this process" if not one.host else f"sends to {safe_line(one.host)}"
        right = ((where, "dim" if one.is_local else "warn"),)
        rows.append(PanelRow(one.name, ((f"{sign} ", "good"), (answerer_name(one), "title")), right, one.name))
        rows += prose(f"{one.name}-summary", safe_line(one.summary), width, "dim", "    ")
        if one.problem:
            problem = safe_line(one.problem)
            rows += prose(f"{one.name}-problem", f"{look.warning} {problem}", width, "warn", "    ")
        rows.append(PanelRow(f"{one.name}-gap"))
    return rows[:-1]
