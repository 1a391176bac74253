"""What the Eval screen knows: how far a run is, and a kept evaluation as text to take along."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vecna_notes.evaluate.scores import Evaluation, SystemScore
from vecna_notes.text import safe_line
from vecna_notes.tui.glyphs import Glyphs, decimal

_STAGES = {"read": "taking titles and links out", "embed": "embedding what is different"}
_COLUMNS = (
    *("set", "queries", "k", "system", "default", "ndcg", "ndcg_low", "ndcg_high", "mrr", "recall", "map"),
    *("p50_ms", "p95_ms", "difference", "p"),
)
CERTAIN = 0.05
"""Below this p-value a difference is called one."""


@dataclass(frozen=True, slots=True)
class Measuring:
    """The child process as the screen knows it."""

    is_running: bool = False
    words: str = ""
    """What it does now, safe."""
    done: int = 0
    total: int | None = None
    error: str = ""

    def after(self, event: Mapping[str, Any]) -> Measuring:
        """The state once `event` was heard; unknown kinds change nothing."""
        kind = event.get("event")
        if kind == "progress":
            stage, label = str(event.get("stage") or ""), safe_line(str(event.get("label") or ""))
            words = stage_words(stage, label)
            total = event.get("total")
            return replace(
                self, words=words, done=int(event.get("done") or 0), total=int(total) if total is not None else None
            )
        if kind == "error":
            return replace(self, error=safe_line(str(event.get("text") or "the evaluation failed")))
        if kind == "ended":
            code = event.get("code")
            error = self.error or (f"the evaluation ended with code {code}; vecna eval own says why" if code else "")
            return Measuring(error=error)
        return self


def stage_words(stage: str, label: str) -> str:
    """ "asking keyword", "embedding what is different: sbert"; a label of several words says enough by itself."""
    if stage == "index":
        return label if " " in label else f"asking {label}".strip()
    return _STAGES.get(stage) or f"{safe_line(stage)} {label}".strip()


def difference(row: SystemScore, look: Glyphs) -> str:
    """How a way of searching stands to the default: "+.05 ▲ p=.03"; the sign only where it is no chance."""
    if row.is_default:
        return "default"
    if row.difference is None:
        return ""
    sign = "+" if row.difference >= 0 else "-"
    amount = f"{abs(row.difference):.3f}".removeprefix("0")
    is_certain = row.p is not None and row.p < CERTAIN
    arrow = (look.better if row.difference > 0 else look.worse) if is_certain else " "
    return f"{sign}{amount} {arrow} {chance(row.p)}".rstrip()


def chance(p: float | None) -> str:
    """ "p=.03", "p<.001"."""
    if p is None:
        return ""
    return "p<.001" if p < 0.001 else f"p={p:.3f}".replace("0.", ".") if p < 0.995 else "p=1"


def half_interval(row: SystemScore) -> str:
    """Half of the interval: ".04"."""
    return decimal((row.ci[1] - row.ci[0]) / 2)


def as_csv(evaluation: Evaluation) -> str:
    """A line a way of searching, with everything known of it."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_COLUMNS)
    for row in evaluation.rows:
        head = [_cell(evaluation.set), evaluation.queries, evaluation.k, _cell(row.system), int(row.is_default)]
        scores = [row.ndcg, *row.ci, row.mrr, row.recall, row.map, row.p50_ms, row.p95_ms]
        compared = ["" if value is None else f"{value:.6g}" for value in (row.difference, row.p)]
        table.writerow([*head, *(f"{value:.6g}" for value in scores), *compared])
    return text.getvalue()


def _cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    text = safe_line(text)
    return f"'{text}" if text[:1] in "=+-@" else text


def as_markdown(evaluation: Evaluation, look: Glyphs) -> str:
    """The table, to paste into a note."""
    k = evaluation.k
    rows: list[Sequence[str]] = [
        ("system", f"nDCG@{k}", "95 %", f"MRR@{k}", f"R@{k}", "p95 ms", "vs default"),
        ("---", "---:", "---:", "---:", "---:", "---:", "---"),
    ]
    for row in evaluation.rows:
        figures = (f"{value:.3f}".removeprefix("0") for value in (row.ndcg, row.mrr, row.recall))
        ndcg, mrr, recall = figures
        interval = f"{look.give_or_take}{half_interval(row)}"
        name = safe_line(row.system).replace("|", "/")
        rows.append((name, ndcg, interval, mrr, recall, f"{row.p95_ms:.0f}", difference(row, look)))
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def file_name(evaluation: Evaluation) -> str:
    """ "vecna-eval-own-7.csv"."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", evaluation.set).strip("-") or "set"
    return f"vecna-eval-{name[:60]}-{evaluation.id}.csv"
