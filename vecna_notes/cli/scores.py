"""Evaluations in tables, for people."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from vecna_notes.cli.paint import Paint, columns, cut
from vecna_notes.text import safe_line

if TYPE_CHECKING:
    from vecna_notes.evaluate.diff import Difference
    from vecna_notes.evaluate.scores import Evaluation, QueryScore, SystemScore

WORST_SHOWN = 5
MOVED_SHOWN = 12
SURE = 0.05
"""A p-value from which on a difference is no longer called one."""


def table(one: Evaluation, paint: Paint) -> Iterator[str]:
    """A row a system, then the queries that the default answers worst."""
    widest = max([len("system"), *(columns(safe_line(row.system)) for row in one.rows)])
    head = f"  {'system':<{widest}}  nDCG@{one.k}        MRR   R@{one.k}   MAP   P95 ms  against the default"
    yield f"{paint(safe_line(one.set), 'accent')}  {one.queries:,} queries, 95 % intervals"
    yield paint(head, "dim")
    for row in one.rows:
        yield _row(row, widest, paint)
    shown = next((row for row in one.rows if row.is_default), one.rows[0])
    if len(shown.by_kind) > 1:
        kinds = paint.glyph(" · ", ", ").join(f"{kind} {share(value)}" for kind, value in shown.by_kind.items())
        yield f"\n{paint(f'{safe_line(shown.system)} by kind', 'dim')}  {kinds}"
    if one.worst:
        yield f"\n{paint(f'worst for {safe_line(shown.system)}', 'dim')}"
    for query in one.worst[:WORST_SHOWN]:
        yield from _query(query, paint)


def listed(found: Sequence[Evaluation], paint: Paint) -> Iterator[str]:
    """A line an evaluation."""
    yield paint(f"{'id':>5}  {'made':<16}  {'set':<24}  queries  default", "dim")
    for one in found:
        default = next((row for row in one.rows if row.is_default), one.rows[0])
        made = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.made))
        name = cut(safe_line(one.set), 24)
        filled = name + " " * (24 - columns(name))
        yield f"{one.id:>5}  {made}  {filled}  {one.queries:>7,}  {safe_line(default.system)} {share(default.ndcg)}"


def difference(found: Difference, before: str, after: str, paint: Paint) -> Iterator[str]:
    """What moved between two answers, furthest first."""
    arrow = paint.glyph("→", "->")
    yield f"{safe_line(before)} {arrow} {safe_line(after)}  {found.queries:,} queries"
    low, high = found.ci
    yield (
        f"nDCG {share(found.before)} {arrow} {share(found.after)}  {_signed(found.difference, found.p, paint)}"
        f"  {paint(f'95 % interval {signed(low, paint)} to {signed(high, paint)}', 'dim')}"
    )
    better = sum(one.change > 0 for one in found.moved)
    worse = len(found.moved) - better
    yield f"{better} better, {worse} worse, {found.queries - len(found.moved)} as before"
    for one in found.moved[:MOVED_SHOWN]:
        mark = paint(paint.glyph("▲", "+"), "good") if one.change > 0 else paint(paint.glyph("▼", "-"), "bad")
        ranks = f"{_place(one.rank_before)} {arrow} {_place(one.rank_after)}"
        scores = f"{share(one.before)} {arrow} {share(one.after)}"
        room = paint.width - 28 - columns(ranks)
        yield f"{mark} {scores}  {paint(ranks, 'dim')}  {cut(safe_line(one.query), max(room, 20))}"
    if len(found.moved) > MOVED_SHOWN:
        yield paint(f"  and {len(found.moved) - MOVED_SHOWN} more: --json names them all", "dim")


def share(value: float) -> str:
    """ ".431", "1.00"."""
    return "1.00" if value >= 0.9995 else f"{value:.3f}".replace("0.", ".", 1)


def signed(value: float, paint: Paint) -> str:
    sign = "+" if value >= 0 else paint.glyph("−", "-")
    return sign + share(abs(value))


def _row(row: SystemScore, widest: int, paint: Paint) -> str:
    mark = paint(paint.glyph("●", "*"), "accent") if row.is_default else " "
    half = (row.ci[1] - row.ci[0]) / 2
    name = safe_line(row.system)
    name = paint(name, "title" if row.is_default else "") + " " * (widest - columns(name))
    figures = f"{share(row.ndcg)} {paint.glyph('±', '+-')}{share(half)}   {share(row.mrr)}  {share(row.recall)}  "
    against = "" if row.difference is None else _signed(row.difference, row.p, paint)
    if row.is_default:
        against = paint("the default", "dim")
    return f"{mark} {name}  {figures}{share(row.map)} {row.p95_ms:>7.1f}  {against}".rstrip()


def _signed(value: float, p: float | None, paint: Paint) -> str:
    shown = "p<.001" if p is not None and p < 0.001 else "" if p is None else f"p={share(p)}"
    if p is None or p >= SURE:
        return f"{signed(value, paint)}   {paint(shown, 'dim')}"
    mark = paint.glyph("▲", "^") if value > 0 else paint.glyph("▼", "v")
    return f"{paint(f'{signed(value, paint)} {mark}', 'good' if value > 0 else 'bad')} {paint(shown, 'dim')}"


def _query(query: QueryScore, paint: Paint) -> Iterator[str]:
    quoted = paint.glyph("“{}”", '"{}"').format(cut(safe_line(query.query), paint.width - 22))
    yield f"  {share(query.ndcg)}  {query.kind:<8} {quoted}"
    where = _place(query.rank)
    expected = cut(", ".join(map(safe_line, query.expected)), paint.width - 21 - len(where))
    yield paint(f"        expected {expected}, {where}", "dim")
    yield paint(f"        got      {cut(safe_line(query.got[0]) if query.got else 'nothing', paint.width - 17)}", "dim")


def _place(rank: int | None) -> str:
    return "not found" if rank is None else f"#{rank}"
