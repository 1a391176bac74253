"""An evaluation as rows: a table of ways to search, one of them by kind of query, and the queries answered worst."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from vecna_notes.evaluate.scores import Evaluation, QueryScore, SystemScore
from vecna_notes.text import safe_line
from vecna_notes.tui.evaluating import CERTAIN, Measuring, difference, half_interval
from vecna_notes.tui.glyphs import Glyphs, decimal, meter
from vecna_notes.tui.phrases import shown_path
from vecna_notes.tui.pieces import Piece, Pieces, apart, fit, pad
from vecna_notes.tui.widgets.rowlist import RowList
from vecna_notes.tui.wrap import wrap

NARROW = 96
"""Below this many cells a query takes two lines, and the table has no bars."""
_NAME, _KIND, _BAR = 22, 16, 12
_COMPARED = 17
_LOW = 0.5
"""A kind of query with less than this is pointed out."""
EMPTY = (
    "An evaluation asks this vault questions whose answer it knows: titles and aliases, headings, the sentences around "
    "your links, and queries you have labelled. What became a question is taken out of what is searched, so that no "
    "answer gives itself away. Each way to search is then scored by how high it puts the right note."
)
HOW = "r starts one: seconds for a small vault, up to a minute for a large one. Nothing leaves this computer."
LABELS = "l labels queries of your own: they count most, since they are what you really look for."


@dataclass(frozen=True, slots=True)
class EvalRow:
    """A line of the Eval screen; ways to search and queries can be chosen."""

    key: str
    left: tuple[Piece, ...] = ()
    right: tuple[Piece, ...] = ()
    system: SystemScore | None = None
    asked: QueryScore | None = None

    @property
    def is_heading(self) -> bool:
        return self.system is None and self.asked is None


class EvalList(RowList[EvalRow]):
    """Everything the Eval screen says, in one scrolling pane."""

    def height_of(self, row: EvalRow, width: int) -> int:
        return 2 if row.asked and width < NARROW else 1

    def paint(self, row: EvalRow, width: int, is_current: bool) -> list[Pieces]:
        width -= 1
        if row.system is not None:
            return [system_line(row.system, width, self.look, is_current)]
        if row.asked is not None:
            return self._paint_asked(row.asked, width, is_current)
        return [apart(row.left, row.right, width, self.look.ellipsis)]

    def _paint_asked(self, asked: QueryScore, width: int, is_current: bool) -> list[Pieces]:
        query: Piece = (
            f"{self.look.quote}{safe_line(asked.query)}{self.look.unquote}",
            "bright" if is_current else "text",
        )
        score: Piece = (f"  {decimal(asked.ndcg)}", "warn" if asked.ndcg < _LOW else "text")
        where = f"found at {asked.rank}" if asked.rank else "not among the first 100"
        name = note_name(asked.expected[0]) if asked.expected else "nothing"
        expected: Pieces = [("expected ", "faint"), (name, "dim"), (f", {where}", "faint")]
        if width < NARROW - 1:
            return [apart([query], [score], width, self.look.ellipsis), [("  ", ""), *fit(expected, width - 2)]]
        half = width // 2
        return [[*pad(fit([query], half - 2, self.look.ellipsis), half), *apart(expected, [score], width - half)]]


def system_line(row: SystemScore, width: int, look: Glyphs, is_current: bool) -> Pieces:
    """A line of the table; the column heads are `table_head`."""
    name: Pieces = pad(fit([(safe_line(row.system), "bright" if is_current else "text")], _NAME - 1), _NAME)
    if width >= NARROW:
        full, empty = meter(row.ndcg, _BAR, look)
        name += [(full, "meter"), (empty, "faint"), ("  ", "")]
    figures: Pieces = [(f"{decimal(row.ndcg):>3}", "meter"), (f" {look.give_or_take}{half_interval(row)}", "faint")]
    figures += [(f"{decimal(row.mrr):>6}{decimal(row.recall):>6}{row.p95_ms:>8.0f}", "text")]
    is_certain = row.p is not None and row.p < CERTAIN
    inks = "good" if is_certain and (row.difference or 0) > 0 else "bad" if is_certain else "dim"
    compared = f"   {difference(row, look)}"
    return fit([*name, *pad(figures, 28), (compared, "accent" if row.is_default else inks)], width, look.ellipsis)


def table_head(k: int, width: int) -> str:
    """What stands over the columns."""
    bar = _BAR + 2 if width - 1 >= NARROW else 0
    return f"{'system':<{_NAME + bar}}{f'nDCG@{k}':<9}{'MRR':>5}{f'R@{k}':>6}{'p95 ms':>8}   vs default"


def eval_rows(
    evaluation: Evaluation | None, chosen: str, measuring: Measuring, width: int, look: Glyphs
) -> list[EvalRow]:
    """The whole screen, top to bottom; `chosen` is the way to search whose kinds of query are shown."""
    rows = list(_running_rows(measuring, look))
    if evaluation is None:
        return rows + ([] if measuring.is_running else list(_empty_rows(width)))
    rows.append(EvalRow("head", ((table_head(evaluation.k, width), "dim"),)))
    rows += [EvalRow(f"system-{row.system}", system=row) for row in evaluation.rows]
    rows += _kind_rows(evaluation, chosen, width, look)
    rows += _notice_rows(evaluation, width, look)
    return rows + list(_worst_rows(evaluation))


def _running_rows(measuring: Measuring, look: Glyphs) -> Iterator[EvalRow]:
    if measuring.error:
        yield EvalRow("error", ((f"{look.cross} {measuring.error}", "bad"),))
        yield EvalRow("gap-error")
    if measuring.is_running:
        left: Pieces = [(measuring.words or "starting", "bright")]
        if measuring.total:
            full, empty = meter(measuring.done / measuring.total, 16, look)
            left = [
                (full, "accent"),
                (empty, "faint"),
                (f" {measuring.done:,} of {measuring.total:,}  ", "text"),
                *left,
            ]
        yield EvalRow("running", tuple(left), (("esc stops it", "faint"),))
        yield EvalRow("gap-running")


def _empty_rows(width: int) -> Iterator[EvalRow]:
    yield EvalRow("empty", (("How well does search do on these notes?", "bright"),))
    for number, text in enumerate((EMPTY, HOW, LABELS)):
        yield EvalRow(f"gap-{number}")
        for start, end in wrap(text, min(width - 6, 84)):
            yield EvalRow(f"empty-{number}-{start}", ((text[start:end], "dim"),))


def shown_system(evaluation: Evaluation, chosen: str) -> SystemScore | None:
    """The chosen way to search, else the default one, else the first."""
    by_name = {row.system: row for row in evaluation.rows}
    default = next((row for row in evaluation.rows if row.is_default), None)
    return by_name.get(chosen) or default or next(iter(evaluation.rows), None)


def _kind_rows(evaluation: Evaluation, chosen: str, width: int, look: Glyphs) -> Iterator[EvalRow]:
    system = shown_system(evaluation, chosen)
    if system is None or not system.by_kind:
        return
    yield EvalRow("gap-kinds")
    yield EvalRow(
        "kinds", ((f"nDCG@{evaluation.k} BY KIND OF QUERY", "dim"), (f"   {safe_line(system.system)}", "faint"))
    )
    cells = [_kind(kind, score, look) for kind, score in system.by_kind.items()]
    across = 2 if width >= 72 else 1
    for start in range(0, len(cells), across):
        line = [piece for cell in cells[start : start + across] for piece in pad(cell, width // across - 2)]
        yield EvalRow(f"kind-{start}", tuple(line))


def _kind(kind: str, score: float, look: Glyphs) -> Pieces:
    full, empty = meter(score, _BAR, look)
    name: Pieces = pad(fit([(f"  {safe_line(kind)}", "text")], _KIND - 1, look.ellipsis), _KIND)
    low: Pieces = [(f" {look.warning}", "warn")] if score < _LOW else []
    return [*name, (full, "meter"), (empty, "faint"), (f" {decimal(score)}", "meter"), *low]


def _worst_rows(evaluation: Evaluation) -> Iterator[EvalRow]:
    if not evaluation.worst:
        return
    yield EvalRow("gap-worst")
    yield EvalRow("worst", (("WORST QUERIES", "dim"), ("   enter shows expected and got", "faint")))
    for number, asked in enumerate(evaluation.worst):
        yield EvalRow(f"query-{number}-{asked.query}", asked=asked)


def _notice_rows(evaluation: Evaluation, width: int, look: Glyphs) -> Iterator[EvalRow]:
    if evaluation.notices:
        yield EvalRow("gap-notices")
    for number, notice in enumerate(evaluation.notices):
        text = safe_line(notice)
        for start, end in wrap(text, max(width - 6, 8)):
            sign = f"{look.bullet} " if start == 0 else "  "
            yield EvalRow(f"notice-{number}-{start}", ((sign, "faint"), (text[start:end], "dim")))


def note_name(path: str) -> str:
    """A note as a person calls it, from its path."""
    return shown_path(PurePosixPath(path).stem or path)
