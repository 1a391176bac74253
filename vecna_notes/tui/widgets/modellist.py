"""Embedders as rows: how large, how quick, how good each is here, and whether it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType

from vecna_notes.text import safe_line
from vecna_notes.tui.comparing import Model
from vecna_notes.tui.glyphs import decimal
from vecna_notes.tui.phrases import size
from vecna_notes.tui.pieces import Piece, Pieces, fit, pad
from vecna_notes.tui.widgets.rowlist import RowList

_NAME = 18
HEAD = f"{'embedder':<{_NAME + 2}}{'dim':>5}{'texts/s':>8}{'nDCG':>6}{'size':>8} state"


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model, or the words over them."""

    model: Model | None = None
    column: int = 0
    """Which column of the comparison it is, from 1; 0 for none."""

    @property
    def key(self) -> str:
        return self.model.key if self.model else "head"

    @property
    def is_heading(self) -> bool:
        return self.model is None


def model_rows(models: Sequence[Model], columns: Sequence[str]) -> list[ModelRow]:
    """`columns` are the keys of the Spaces that are compared."""
    places = {key: place for place, key in enumerate(columns, 1)}
    return [ModelRow(), *(ModelRow(model, places.get(model.key, 0)) for model in models)]


class ModelList(RowList[ModelRow]):
    """What the keys do is the screen's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "activate"),
        Binding("space", "screen.column", "compare it", show=False),
    ]

    def height_of(self, row: ModelRow, width: int) -> int:
        return 2 if row.model and row.model.tuned else 1

    def paint(self, row: ModelRow, width: int, is_current: bool) -> list[Pieces]:
        width -= 1
        if row.model is None:
            return [[(HEAD, "dim")]]
        lines = [self._figures(row.model, row.column, is_current)]
        if row.model.tuned is not None:
            why = safe_line(row.model.tuned.verdict.why)
            lines.append(fit([("    ", ""), (why, "faint")], width, self.look.ellipsis))
        return lines

    def _figures(self, model: Model, column: int, is_current: bool) -> Pieces:
        status, state = model.status, model.status.state if model.status else None
        sign: Piece = (f"{self.look.dot} ", "good") if model.is_active else (f"{self.look.ring} ", "faint")
        inks = "bright" if is_current else "dim" if status and status.lacks else "text"
        name: Pieces = pad(fit([(model.name, inks)], _NAME - 1, self.look.ellipsis), _NAME)
        if column:
            name = [*fit([(model.name, inks)], _NAME - 3, self.look.ellipsis)]
            name = pad([*name, (f" {column}", "match")], _NAME)
        space = model.space or (model.tuned.space if model.tuned else None)
        dim = f"{space.dim:>5}" if space else " " * 5
        speed = f"{status.speed:>8,.0f}" if status and status.speed else " " * 8
        ndcg = f"{decimal(model.ndcg):>6}" if model.ndcg is not None else " " * 6
        amount = f"{size(status.size):>8}" if status and state else " " * 8
        return [sign, *name, (dim, "dim"), (speed, "text"), (ndcg, "meter"), (f"{amount} ", "dim"), said(model)]


def said(model: Model) -> Piece:
    """In which state it is."""
    status, tuned = model.status, model.tuned
    state = status.state if status else None
    if tuned is not None and (tuned.is_live or not model.is_active):
        return _tuned(model)
    if model.is_active:
        return "active", "good"
    if status is None:
        return ("chosen", "accent") if model.is_chosen else ("not chosen", "faint")
    if status.lacks:
        return "not installed", "warn"
    if state is None:
        return ("chosen, not begun", "warn") if model.is_chosen else ("no vectors yet", "faint")
    return (f"{state.missing:,} to go", "warn") if state.missing else ("ready", "text")


def _tuned(model: Model) -> Piece:
    tuned, state = model.tuned, model.status.state if model.status else None
    assert tuned is not None
    if tuned.is_live and not model.is_active:
        return f"live, {state.missing:,} to go" if state else "live soon", "warn"
    if tuned.is_live:
        return ("live, by force", "warn") if tuned.is_forced else ("live", "good")
    return ("kept, passed", "text") if tuned.verdict.is_better else ("kept, not used", "dim")
