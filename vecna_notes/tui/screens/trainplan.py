"""What is asked before a tuning begins: how, at most how long, from which pairs; with samples and an estimate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from textual import work

from vecna_notes.errors import VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui import comparing
from vecna_notes.tui.glyphs import Glyphs
from vecna_notes.tui.phrases import plural
from vecna_notes.tui.pieces import crop
from vecna_notes.tui.screens.panel import Panel, PanelRow, gap, prose
from vecna_notes.tui.widgets.bar import Cell

if TYPE_CHECKING:
    from vecna_notes.train.tuned import Plan
    from vecna_notes.tui.app import VecnaApp

MINUTES = (None, 1, 2, 5, 10, 30)
SAMPLES = 1


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is set in the panel."""

    full: bool = False
    minutes: int | None = None
    without: tuple[str, ...] = ()

    def toggled(self, value: str) -> Chosen:
        kind, _, name = value.partition(":")
        if kind == "how":
            return replace(self, full=name == "full")
        if kind == "minutes":
            return replace(self, minutes=MINUTES[(MINUTES.index(self.minutes) + 1) % len(MINUTES)])
        others = tuple(source for source in self.without if source != name)
        return replace(self, without=others if name in self.without else (*others, name))

    @property
    def settings(self) -> dict[str, Any]:
        """As the worker takes them."""
        given = {"full": self.full, "minutes": self.minutes, "without": list(self.without)}
        return {name: value for name, value in given.items() if value}


class TrainPlan(Panel):
    """Answers ("y", "") to begin with `chosen`."""

    def __init__(self) -> None:
        self.chosen = Chosen()
        self._plan: Plan | None = None
        self._failure = ""
        title = [Cell("tune the embedder on these notes?", "title")]
        super().__init__(title, self._rows, "change", [("y", "begin")], pick=self._picked)

    def on_mount(self) -> None:
        super().on_mount()
        self._ask()

    def _picked(self, value: str) -> None:
        self.chosen = self.chosen.toggled(value)
        self._plan = None
        self._ask()

    @work(exclusive=True, group="plan", exit_on_error=False)
    async def _ask(self) -> None:
        chosen, self._failure = self.chosen, ""
        try:
            question = comparing.plan(chosen.full, chosen.minutes, chosen.without)
            self._plan = await cast("VecnaApp", self.app).answer(question, "plan")
        except VecnaError as error:
            self._failure = safe_line(str(error))
        if self.is_attached:
            self._fill()

    def action_answer(self, key: str) -> None:
        """It begins only with something to learn from."""
        if key != "y" or (self._plan is not None and not self._plan.why_not):
            super().action_answer(key)

    # ── rows ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _rows(self, width: int, look: Glyphs) -> Sequence[PanelRow]:
        full = self.chosen.full
        rows = [
            _choice("how:head", "head: a map on the vectors that are stored", "seconds", not full, look),
            _choice("how:full", "full: all weights of the model", "minutes", full, look),
            PanelRow("minutes", (("    stop after  ", "dim"), (self._minutes, "text")), value="minutes:"),
            gap("end"),
        ]
        return [*rows, *self._end(width), gap("pairs"), *self._pairs(width, look)]

    @property
    def _minutes(self) -> str:
        return plural(self.chosen.minutes, "minute") if self.chosen.minutes else "no limit"

    def _pairs(self, width: int, look: Glyphs) -> Iterator[PanelRow]:
        if self._plan is None:
            yield PanelRow("waiting", (("counting pairs" if not self._failure else "", "dim"),))
            return
        mined = self._plan.mined
        parts = f"{len(mined.train):,} to learn from, {len(mined.dev):,} to choose by, {len(mined.test):,} to judge by"
        yield PanelRow("parts", (("pairs  ", "dim"), (parts, "text")))
        samples = mined.samples(SAMPLES)
        for source, count in mined.counts.items():
            is_on = source not in self._plan.how.without
            left = (f"{look.done if is_on else look.todo} ", "good" if is_on else "faint")
            yield PanelRow(
                f"source-{source}",
                (left, (f"{source:<10}", "bright" if is_on else "dim"), (f"{count:>7,}" if is_on else "", "text")),
                value=f"source:{source}" if is_on or source in self.chosen.without else "",
            )
            for number, pair in enumerate(samples.get(source, ())):
                room = max((width - 10) // 2, 8)
                one, other = (crop(safe_line(text), room, look.ellipsis) for text in (pair.first, pair.second))
                yield PanelRow(f"sample-{source}-{number}", ((f"      {one} {look.both_ways} {other}", "faint"),))

    def _end(self, width: int) -> list[PanelRow]:
        if self._failure:
            return prose("failure", self._failure, width, "bad")
        if self._plan is None:
            return []
        if self._plan.why_not:
            return prose("why-not", safe_line(self._plan.why_not), width, "warn")
        about = f"training takes {_about(self._plan.seconds)}, the gate after it up to a minute; search goes on"
        return prose("about", about, width, "text")


def _about(seconds: float | None) -> str:
    if seconds is None:
        return "a while"
    return f"about {max(seconds, 1):.0f} s" if seconds < 90 else f"about {seconds / 60:.0f} minutes"


def _choice(value: str, says: str, takes: str, is_on: bool, look: Glyphs) -> PanelRow:
    sign = look.dot if is_on else look.ring
    inks = "bright" if is_on else "text"
    return PanelRow(
        value, ((f"{sign} ", "accent" if is_on else "faint"), (says, inks), (f"   {takes}", "dim")), value=value
    )
