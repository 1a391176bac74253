"""How well search does on these notes: the latest evaluation, a run in a process of its own, labels, what has moved."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from vecna_notes.errors import VecnaError
from vecna_notes.evaluate.scores import Evaluation
from vecna_notes.text import safe_line
from vecna_notes.tui import asking
from vecna_notes.tui.evaluating import Measuring, as_csv, as_markdown, file_name
from vecna_notes.tui.phrases import age, plural
from vecna_notes.tui.places import Place
from vecna_notes.tui.screens.answers import answered, moved
from vecna_notes.tui.screens.dialog import Question
from vecna_notes.tui.screens.labels import Labels
from vecna_notes.tui.screens.paned import Paned
from vecna_notes.tui.widgets.bar import Cell
from vecna_notes.tui.widgets.evalview import EvalList, EvalRow, eval_rows, shown_system
from vecna_notes.tui.widgets.pane import Pane
from vecna_notes.tui.widgets.rowlist import RowList


class EvalScreen(Paned):
    """The sixth tab."""

    mode = "eval"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "run", "run"),
        Binding("l", "labels", "label"),
        Binding("d", "moved", "diff"),
        Binding("left_square_bracket", "walk(1)", "older"),
        Binding("right_square_bracket", "walk(-1)", "newer"),
        Binding("x", "export", "export csv"),
        Binding("y", "copy", "copy table"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.rows = EvalList(id="eval")
        self.evaluations: Sequence[Evaluation] = ()
        """Newest first."""
        self.measuring = Measuring()
        self._here = 0
        self._system = ""
        self._is_stopped = False

    def compose(self) -> ComposeResult:
        yield self.header
        with Horizontal(id="body"):
            yield Pane(self.rows, id="eval-pane")
        yield self.notice
        yield self.footer

    def on_mount(self) -> None:
        super().on_mount()
        self.rows.focus()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self._ask_kept()

    def on_resize(self) -> None:
        super().on_resize()
        self.call_after_refresh(self._show)

    # ── showing ─────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def evaluation(self) -> Evaluation | None:
        return self.evaluations[self._here] if self._here < len(self.evaluations) else None

    @work(exclusive=True, group="evaluations", exit_on_error=False)
    async def _ask_kept(self, is_newest: bool = False) -> None:
        """The kept runs; the one that is looked at stays, unless the newest is wanted."""
        try:
            kept = await self.vecna.answer(asking.evaluations(), "evaluations")
        except VecnaError as error:
            self.say(safe_line(str(error)), "warn")
            kept = ()
        before = self.evaluation
        places = {evaluation.id: place for place, evaluation in enumerate(kept)}
        self._here = places.get(before.id, 0) if before and not is_newest else 0
        self.evaluations = kept
        self._show()
        self._to_default()

    def _show(self) -> None:
        if not self.is_attached or not self.rows.is_attached:
            return
        width = max(self.rows.size.width - 2, 20)
        self.rows.show(eval_rows(self.evaluation, self._system, self.measuring, width, self.rows.look))
        self._tell_pane()

    def _to_default(self) -> None:
        """The way that a plain search goes is what one looks at first."""
        if not self._system:
            rows = enumerate(self.rows.rows)
            self.rows.move_to(next((place for place, row in rows if row.system and row.system.is_default), -1))

    def _tell_pane(self) -> None:
        evaluation, look = self.evaluation, self.notice.look
        pane = self.query_one("#eval-pane", Pane)
        if evaluation is None:
            pane.tell([Cell("no evaluation yet", "title")])
            return
        queries = plural(evaluation.queries, "query", "queries")
        left = [Cell(safe_line(evaluation.set), "title"), Cell(f" {look.middot} {queries}", "dim")]
        when = "now" if (old := age(evaluation.made, time.time())) == "now" else f"{old} ago"
        parts = ["95 % interval", when]
        if len(self.evaluations) > 1:
            parts.append(f"run {len(self.evaluations) - self._here} of {len(self.evaluations)}")
        pane.tell(left, [Cell(f" {look.middot} ".join(parts), "faint")])

    @on(RowList.Moved, "#eval")
    def _cursor_moved(self, event: RowList.Moved) -> None:
        row: EvalRow | None = event.row
        if row is not None and row.system is not None and row.system.system != self._system:
            self._system = row.system.system
            self._show()

    def action_walk(self, step: int) -> None:
        """To an older run, or a newer one."""
        there = self._here + step
        if not 0 <= there < len(self.evaluations):
            self.say("there is no older run" if step > 0 else "this is the newest run")
            return
        self.say("")
        self._here = there
        self._show()

    # ── a run ───────────────────────────────────────────────────────────────────────────────────────────────────

    @work(exclusive=True, group="evaluator", exit_on_error=False)
    async def _run_own(self) -> None:
        evaluator = self.vecna.evaluator
        if evaluator is None:
            self.say("nothing here can run an evaluation; vecna eval own can", "warn")
            return
        self._is_stopped = False
        self._measured(Measuring(is_running=True))
        try:
            await evaluator.start()
            async for event in evaluator.events():
                self._measured(self.measuring.after(event))
        except OSError as error:
            self._measured(Measuring(error=safe_line(f"the evaluation cannot be started: {error}")))
        finally:
            self._ended()

    def _measured(self, measuring: Measuring) -> None:
        self.measuring = measuring
        self._show()

    def _ended(self) -> None:
        """However it ended, it runs no longer."""
        is_good = not self.measuring.error and not self._is_stopped
        self._measured(Measuring(error="" if self._is_stopped else self.measuring.error))
        if self._is_stopped:
            self.say("stopped; nothing was kept")
        self._ask_kept(is_newest=is_good)

    def action_run(self) -> None:
        """Measure these notes now, in a process of its own."""
        if self.measuring.is_running:
            self.say("it is running; esc stops it")
            return
        self.say("")
        self._run_own()

    def leave(self) -> None:
        if self.measuring.is_running and self.vecna.evaluator is not None:
            self._is_stopped = True
            self.say("stopping")
            self._stop()
        else:
            self.vecna.action_tab("search")

    @work(group="stop", exit_on_error=False)
    async def _stop(self) -> None:
        if self.vecna.evaluator is not None:
            await self.vecna.evaluator.stop()

    # ── panels ──────────────────────────────────────────────────────────────────────────────────────────────────

    @on(RowList.Chosen, "#eval")
    def _chosen(self, event: RowList.Chosen) -> None:
        row: EvalRow = event.row
        if row.asked is not None:
            self.app.push_screen(answered(row.asked), self._panel_closed)

    def _panel_closed(self, answer: tuple[str, str] | None) -> None:
        """`answer` holds the path of a note to open, or asks for the query on the Search screen."""
        if answer is None:
            return
        key, value = answer
        if key == "slash":
            row = self.rows.current
            if row is not None and row.asked is not None:
                self.app.call_later(self.vecna.search_for, row.asked.query)
        elif value:
            self.vecna.open_place(Place(value))

    def action_moved(self) -> None:
        """What is different from the run before."""
        evaluation = self.evaluation
        older = next(
            (one for one in self.evaluations[self._here + 1 :] if evaluation and one.set == evaluation.set), None
        )
        if evaluation is None or older is None:
            self.say("there is no older run of this set to compare with")
            return
        system = shown_system(evaluation, self._system)
        if system is not None:
            self._compare(older, evaluation, system.system)

    @work(exclusive=True, group="compare", exit_on_error=False)
    async def _compare(self, older: Evaluation, newer: Evaluation, system: str) -> None:
        try:
            difference = await self.vecna.answer(asking.compare(older.id, newer.id, system), "compare")
        except VecnaError:
            difference = None
        self.app.push_screen(moved(older, newer, system, difference), self._search_chosen)

    def _search_chosen(self, answer: tuple[str, str] | None) -> None:
        if answer is not None and answer[1]:
            self.app.call_later(self.vecna.search_for, answer[1])

    def action_labels(self) -> None:
        """Say which notes answer a query of your own."""
        self.app.push_screen(Labels())

    # ── taking it along ─────────────────────────────────────────────────────────────────────────────────────────

    def action_copy(self) -> None:
        if self.evaluation is None:
            self.say("there is no table to copy yet")
            return
        self.app.copy_to_clipboard(as_markdown(self.evaluation, self.notice.look))
        self.say("copied the table", "good")

    def action_export(self) -> None:
        """A file in the current folder, after a yes."""
        if (evaluation := self.evaluation) is None:
            self.say("there is no table to write yet")
            return
        file = Path.cwd() / file_name(evaluation)
        question = Question("Write this table as a file?", str(file), yes="write", no="leave it")
        self.app.push_screen(question, partial(self._write, file, evaluation))

    def _write(self, file: Path, evaluation: Evaluation, is_wanted: bool | None) -> None:
        if not is_wanted:
            return
        try:
            with file.open("x", encoding="utf-8") as stream:
                stream.write(as_csv(evaluation))
        except FileExistsError:
            self.say(safe_line(f"{file.name} is there already; it was left as it is"), "warn")
        except OSError as error:
            self.say(safe_line(f"{file.name} cannot be written: {error.strerror}"), "bad")
        else:
            self.say(safe_line(f"wrote {file.name}"), "good")
