"""Tunings told to people: the pairs before, the figures after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from vecna_notes.cli.paint import Paint, columns, cut
from vecna_notes.cli.scores import share, signed
from vecna_notes.text import safe_line

if TYPE_CHECKING:
    from vecna_notes.train.pairs import Mined
    from vecna_notes.train.tuned import Tuned
    from vecna_notes.train.verdict import Compared, Moved

SAMPLES_SHOWN = 2
MOVED_SHOWN = 3


def pairs(mined: Mined, paint: Paint) -> Iterator[str]:
    """How many of each source, with samples."""
    parts = f"{len(mined.train):,} to learn from, {len(mined.dev):,} to choose by, {len(mined.test):,} to judge by"
    yield f"{paint('pairs', 'accent')}  {sum(mined.counts.values()):,}: {parts}"
    arrow, samples = paint.glyph("↔", "<->"), mined.samples(SAMPLES_SHOWN)
    for source, count in mined.counts.items():
        if not count:
            continue
        yield f"  {source:<10} {count:>6,}"
        for pair in samples.get(source, ()):
            room = (paint.width - 10) // 2
            one, other = (cut(safe_line(text), room) for text in (pair.first, pair.second))
            yield paint(f"      {one} {arrow} {other}", "dim")


def verdict(one: Tuned, paint: Paint) -> Iterator[str]:
    """Before and after by set, and what became of it."""
    from vecna_notes.train.verdict import MAIN, NAMES

    if one.verdict.sets:
        yield paint(f"  {'nDCG@10':<24} queries  before   after  change  95 % interval", "dim")
    for each in one.verdict.sets:
        low, high = (signed(side, paint) for side in each.ci)
        yield (
            f"  {NAMES[each.name]:<24} {each.queries:>7,}  {share(each.before[MAIN]):>6}  "
            f"{share(each.after[MAIN]):>6}  {_change(each, paint)}  {low} to {high}"
        )
        yield from _moves(each.moved, paint)
    if one.name:
        yield paint(f"{one.name}  {_state(one)}", "good" if one.is_live else "warn")
    yield f"  {safe_line(one.verdict.why)}"


def listed(found: Sequence[Tuned], paint: Paint) -> Iterator[str]:
    """A line a model."""
    import time

    for one in found:
        mark = paint.glyph("●", "*") if one.is_live else paint.glyph("○", "o")
        made = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.made))
        yield f"{mark} {paint(f'{one.name:<10}', 'title')} {made}  {sum(one.pairs.values()):>6,} pairs  {_state(one)}"
        yield paint(f"    {safe_line(one.verdict.why)}", "dim")


def _state(one: Tuned) -> str:
    if one.is_forced:
        return "answers, by force"
    return "answers" if one.is_live else "is kept, and not used"


def _change(one: Compared, paint: Paint) -> str:
    shown = signed(one.change, paint)
    is_sure = one.ci[0] > 0 or one.ci[1] < 0
    return paint(shown, ("good" if one.change > 0 else "bad") if is_sure else "")


def _moves(moved: Sequence[Moved], paint: Paint) -> Iterator[str]:
    arrow = paint.glyph("→", "->")
    for one in moved[:MOVED_SHOWN]:
        ranks = f"{_place(one.before)} {arrow} {_place(one.after)}"
        room = paint.width - 8 - columns(ranks)
        yield paint(f"      {ranks}  {cut(safe_line(one.query), max(room, 20))}", "dim")


def _place(rank: int | None) -> str:
    return "not found" if rank is None else f"#{rank}"
