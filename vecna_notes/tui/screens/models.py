"""Embedders: which there are and which answers, one tuned on these notes, and one query asked of several."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from vecna_notes.errors import VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui import comparing
from vecna_notes.tui.comparing import Comparison, Model
from vecna_notes.tui.places import Place
from vecna_notes.tui.screens.switching import Switching
from vecna_notes.tui.screens.trained import TrainList, pane_title, train_rows
from vecna_notes.tui.screens.trainplan import TrainPlan
from vecna_notes.tui.screens.typed import Typed
from vecna_notes.tui.widgets.bar import Cell
from vecna_notes.tui.widgets.comparelist import CompareList, compare_rows
from vecna_notes.tui.widgets.modellist import ModelList, model_rows
from vecna_notes.tui.widgets.pane import Pane
from vecna_notes.tui.widgets.rowlist import RowList

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vecna_notes.tui.training import Training

TICK = 1.0


class ModelsScreen(Switching):
    """The fifth tab."""

    mode = "models"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "train", "train"),
        Binding("c", "compare", "compare"),
        Binding("u", "rollback", "roll back"),
        Binding("x", "remove", "remove"),
        Binding("v", "vote", "vote"),
        Binding("p", "pause", "pause", show=False),
        Binding("s", "stop", "stop", show=False),
        Binding("e", "app.edit", "edit", show=False),
        Binding("o", "app.obsidian", "Obsidian", show=False),
        Binding("y", "app.copy_link", "copy link", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.list = ModelList(id="models", is_led=True)
        self.answers = CompareList(id="compare")
        self.train = TrainList(id="train")
        self.comparison: Comparison | None = None
        self._columns: tuple[str, ...] | None = None
        """Keys of the Spaces to compare, where somebody chose them."""
        self._query = ""

    def compose(self) -> ComposeResult:
        yield self.header
        with Horizontal(id="body"):
            with Vertical(id="models-side"):
                yield Pane(self.list, id="models-pane")
                yield Pane(self.answers, id="compare-pane")
            yield Pane(self.train, id="train-pane")
        yield self.notice
        yield self.footer

    def on_mount(self) -> None:
        super().on_mount()
        self.list.focus()
        self.set_interval(TICK, self._tick)
        self._show()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.look_again()

    def on_resize(self) -> None:
        super().on_resize()
        self.call_after_refresh(self._show)

    def notes_changed(self) -> None:
        self.look_again()

    def heard(self, event: Mapping[str, Any]) -> None:
        super().heard(event)
        kind = event.get("event")
        if kind in ("tuned", "live"):
            self.look_again(str(event.get("name") or "") if kind == "tuned" else "")
        self.show_train()

    def _tick(self) -> None:
        if self.vecna.training.is_running:
            self.show_train()

    # ── showing ─────────────────────────────────────────────────────────────────────────────────────────────────

    def look_again(self, chosen: str = "") -> None:
        self._ask(chosen)

    @work(exclusive=True, group="models", exit_on_error=False)
    async def _ask(self, chosen: str) -> None:
        try:
            self.models = await self.vecna.answer(comparing.models(), "models")
        except VecnaError as error:
            self.say(safe_line(str(error)), "warn")
            return
        self._show()
        rows = enumerate(self.list.rows)
        names = {row.model.name: place for place, row in rows if row.model is not None}
        first = next((row.name for row in self.models if row.is_active), "")
        if chosen in names or not self.list.was_moved:
            self.list.move_to(names.get(chosen, names.get(first, -1)))

    def _show(self) -> None:
        if not self.is_attached or not self.list.is_attached:
            return
        self.list.show(model_rows(self.models, self.columns))
        self._tell_models()
        self._show_comparison()
        self.show_train()

    @property
    def model(self) -> Model | None:
        """Under the cursor."""
        row = self.list.current
        return row.model if row else None

    @property
    def columns(self) -> tuple[str, ...]:
        """Those chosen, else what answers, the last tuned one, and another."""
        ready = [model for model in self.models if model.can_be_asked]
        if self._columns is not None:
            return tuple(key for key in self._columns if any(model.key == key for model in ready))
        active = [model.key for model in ready if model.is_active]
        tuned = [model.key for model in reversed(ready) if model.tuned is not None]
        bases = [model.tuned.base.key for model in ready if model.tuned is not None and model.tuned.base is not None]
        known = [model.key for model in ready]
        order = dict.fromkeys((*bases[:1], *active, *tuned[:1], *known))
        return tuple(key for key in order if key in known)[: comparing.MOST_COLUMNS]

    def _tell_models(self) -> None:
        left = [Cell("embedders", "title")]
        if self.is_narrow:
            left += [Cell("    "), Cell("train", "dim", "screen.next_pane")]
        active = next((model.name for model in self.models if model.is_active), "")
        self.query_one("#models-pane", Pane).tell(left, [Cell(active and f"{active} answers", "faint")])

    def show_train(self) -> None:
        """The right pane."""
        if not self.is_attached or not self.train.is_attached:
            return
        training, look = self.vecna.training, self.notice.look
        width, height = max(self.train.size.width - 4, 20), max(self.train.size.height, 8)
        self.train.show(train_rows(training, self.model, time.monotonic(), width, height, look))
        left = [Cell(pane_title(training, self.model, look), "title")]
        if self.is_narrow:
            left = [Cell("embedders", "dim", "screen.next_pane"), Cell("    "), *left]
        self.query_one("#train-pane", Pane).tell(left, [Cell(training.short, "warn")])

    @on(RowList.Moved, "#models")
    def _model_moved(self) -> None:
        self.show_train()

    @on(RowList.Chosen, "#models")
    def _model_chosen(self) -> None:
        if (model := self.model) is not None:
            self.activate(model)

    @on(RowList.Chosen, "#train")
    def _moved_query_chosen(self, event: RowList.Chosen) -> None:
        self._compare(event.row.value)

    # ── panes ───────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def is_narrow(self) -> bool:
        return self.has_class("-narrow")

    def _go(self, target: Widget) -> None:
        self.unzoom()
        self.set_class(target is self.train, "-at-train")
        self.call_after_refresh(target.focus)
        self.call_after_refresh(self.show_train)

    def action_next_pane(self) -> None:
        self._step(1)

    def action_previous_pane(self) -> None:
        self._step(-1)

    def _step(self, step: int) -> None:
        panes: list[Widget] = [self.list, self.answers, self.train]
        if self.comparison is None:
            panes.remove(self.answers)
        here = panes.index(self.focused) if self.focused in panes else 0
        self._go(panes[(here + step) % len(panes)])

    def leave(self) -> None:
        if self.focused is not self.list:
            self._go(self.list)
        else:
            self.vecna.action_tab("search")

    # ── tuning ──────────────────────────────────────────────────────────────────────────────────────────────────

    def action_train(self) -> None:
        if self.vecna.training.is_running:
            self.say("one is running; p pauses it, s stops it")
        elif why := self.why_no_worker():
            self.say(why, "warn")
        else:
            panel = TrainPlan()
            self.app.push_screen(panel, partial(self._begin, panel))

    def _begin(self, panel: TrainPlan, answer: tuple[str, str] | None) -> None:
        if answer is not None and answer[0] == "y":
            self.vecna.begin_training(panel.chosen.settings)
            self._go(self.train)
            self.show_train()

    def action_pause(self) -> None:
        if self._can_steer():
            self.vecna.order_training("resume" if self.vecna.training.is_paused else "pause")
            self.show_train()

    def action_stop(self) -> None:
        """The best so far goes before the gate."""
        if self._can_steer():
            self.vecna.order_training("stop")
            self.show_train()

    def _can_steer(self) -> bool:
        training: Training = self.vecna.training
        if not training.is_running:
            self.say("nothing is being tuned; t begins")
        elif training.phase == "judging":
            self.say("the gate is comparing; that takes up to a minute")
        return training.is_running and training.phase != "judging"

    # ── comparing ───────────────────────────────────────────────────────────────────────────────────────────────

    def action_column(self) -> None:
        """Compare the model under the cursor, or no longer."""
        model, columns = self.model, self.columns
        if model is None or not model.can_be_asked:
            self.say("only what has all its vectors can be compared")
        elif model.key in columns:
            self._columns = tuple(key for key in columns if key != model.key)
        elif len(columns) == comparing.MOST_COLUMNS:
            self.say(f"{comparing.MOST_COLUMNS} are compared at most; space on one of them takes it out")
        else:
            self._columns = (*columns, model.key)
        self._show()
        if self.comparison is not None and self.columns != tuple(one.key for one in self.comparison.columns):
            self._compare(self._query)

    def action_compare(self) -> None:
        if not self.columns:
            self.say("there is nothing to compare yet")
            return
        box = Typed("one query, asked of each by meaning alone", self._query or self.vecna.searched, "compare")
        self.app.push_screen(box, self._typed)

    def _typed(self, query: str | None) -> None:
        if query:
            self._compare(query)

    @work(exclusive=True, group="compare", exit_on_error=False)
    async def _compare(self, query: str) -> None:
        names = {model.key: model.name for model in self.models}
        self._query = query
        self.say("asking")
        try:
            question = comparing.beside(query, [(key, names[key]) for key in self.columns])
            self.comparison = await self.vecna.answer(question, "compare")
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return
        self.say("")
        self._show_comparison(afresh=True)
        self._go(self.answers)

    def _show_comparison(self, afresh: bool = False) -> None:
        self.set_class(self.comparison is not None, "-compared")
        if (comparison := self.comparison) is None:
            return
        look = self.notice.look
        self.answers.show(compare_rows(comparison, look.both_ways), afresh=afresh)
        self.answers.to_column(self.answers.column)
        quoted = f"{look.quote}{safe_line(comparison.query)}{look.unquote}"
        self.query_one("#compare-pane", Pane).tell([Cell(quoted, "title")], [Cell(" by meaning alone", "faint")])

    def action_vote(self) -> None:
        """Into the comparison, to say which note answers."""
        if self.comparison is None:
            self.say("c compares first; then v, the better column, and enter on the note that answers")
            return
        self._go(self.answers)
        self.say("enter on the note that answers, in the better column; evaluations count it")

    @on(RowList.Chosen, "#compare")
    def _voted(self) -> None:
        if self.comparison is not None and (answer := self.answers.answer) is not None:
            self._label(answer.path, answer.title)

    @work(exclusive=True, group="votes", exit_on_error=False)
    async def _label(self, path: str, title: str) -> None:
        comparison = self.comparison
        assert comparison is not None
        is_answer = path not in comparison.voted
        try:
            voted = await self.vecna.answer(comparing.label(comparison.query, path, is_answer))
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return
        self.comparison = Comparison(comparison.query, comparison.columns, voted)
        self._show_comparison()
        does = "answers" if is_answer else "does not answer"
        self.say(f"{title} {does} this query; evaluations count it", "good")

    def place(self) -> Place | None:
        answer = self.answers.answer if self.focused is self.answers else None
        return Place(answer.path, answer.title) if answer else None
