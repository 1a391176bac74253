"""Panels of the Eval screen: what one query found, and what moved between two runs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from vecna_notes.evaluate.scores import Evaluation, QueryScore
from vecna_notes.text import safe_line
from vecna_notes.tui.evaluating import chance
from vecna_notes.tui.glyphs import Glyphs, decimal
from vecna_notes.tui.phrases import plural, shown_path
from vecna_notes.tui.screens.panel import Panel, PanelRow, gap
from vecna_notes.tui.widgets.bar import Cell

if TYPE_CHECKING:
    from vecna_notes.evaluate.diff import Difference, Moved

_MOST = 40
_SAME = 0.0005
"""A difference that is none."""


def answered(asked: QueryScore) -> Panel:
    """Expected and got; enter opens a note, `/` searches for the query."""
    title = [Cell(safe_line(asked.query), "title"), Cell(f"   {safe_line(asked.kind)}", "dim")]
    return Panel(title, partial(_answer_rows, asked), "open", [("slash", "search for it")])


def moved(before: Evaluation, after: Evaluation, system: str, difference: Difference | None) -> Panel:
    """How every way to search did in two runs, and which queries `system` answers otherwise; `/` searches for one."""
    title = [Cell(f"run {before.id} and run {after.id}", "title"), Cell(f"   {safe_line(after.set)}", "dim")]
    build = partial(_moved_rows, before, after, system, difference)
    return Panel(title, build, "search for it" if difference and difference.moved else "")


def _answer_rows(asked: QueryScore, width: int, look: Glyphs) -> list[PanelRow]:
    rank = f"found at {asked.rank}" if asked.rank else "not among the first 100"
    rows = [PanelRow("expected", (("EXPECTED", "dim"), (f"   {rank}", "faint")))]
    rows += [PanelRow(f"expected-{path}", ((shown_path(path), "text"),), value=path) for path in asked.expected]
    rows += [gap("got"), PanelRow("got", (("GOT", "dim"),), ((f"nDCG {decimal(asked.ndcg)}", "faint"),))]
    for place, path in enumerate(asked.got, 1):
        is_right = path in asked.expected
        sign = look.check if is_right else " "
        left = ((f"{place:>3} ", "faint"), (f"{sign} ", "good"), (shown_path(path), "good" if is_right else "text"))
        rows.append(PanelRow(f"got-{path}", left, value=path))
    return rows if asked.got else [*rows, PanelRow("nothing", (("  nothing", "faint"),))]


def _moved_rows(
    before: Evaluation, after: Evaluation, system: str, difference: Difference | None, width: int, look: Glyphs
) -> list[PanelRow]:
    rows = [PanelRow("head", (("SYSTEM", "dim"),), ((f"nDCG@{after.k}  before   after          ", "faint"),))]
    rows += [*_system_rows(before, after, look), gap("systems")]
    name = safe_line(system)
    if difference is None:
        return [*rows, PanelRow("alone", ((f"the runs share no query that {name} was asked", "dim"),))]
    said = f"   {name}, {plural(difference.queries, 'shared query', 'shared queries')}, {chance(difference.p)}"
    rows.append(PanelRow("moved", (("QUERIES THAT MOVED", "dim"), (said, "faint"))))
    rows += [_query_row(one, look) for one in difference.moved[:_MOST]]
    if len(difference.moved) > _MOST:
        rows.append(PanelRow("more", ((f"  {len(difference.moved) - _MOST} more: vecna eval diff", "faint"),)))
    return rows if difference.moved else [*rows, PanelRow("none", (("  none", "faint"),))]


def _system_rows(before: Evaluation, after: Evaluation, look: Glyphs) -> Iterator[PanelRow]:
    old = {row.system: row.ndcg for row in before.rows}
    for row in after.rows:
        was = old.get(row.system)
        change = row.ndcg - was if was is not None else 0.0
        arrow = "" if abs(change) < _SAME else look.better if change > 0 else look.worse
        inks = "good" if change > 0 else "bad"
        delta = f"{change:+.3f} {arrow}".replace("0.", ".") if arrow else ""
        figures = f"{decimal(was) if was is not None else '':>8}{decimal(row.ndcg):>8}"
        yield PanelRow(
            f"system-{row.system}", ((safe_line(row.system), "text"),), ((figures, "text"), (f"  {delta:<8}", inks))
        )


def _query_row(one: Moved, look: Glyphs) -> PanelRow:
    inks = "good" if one.change > 0 else "bad"
    arrow = look.better if one.change > 0 else look.worse
    ranks = f"{one.rank_before or '-':>3} {look.to} {one.rank_after or '-':<3}"
    figures = f"  {ranks}  {decimal(one.before)} {look.to} {decimal(one.after)} "
    value = f"{one.kind}: {one.query}"
    return PanelRow(value, ((safe_line(one.query), "text"),), ((figures, "dim"), (arrow, inks)), one.query)
