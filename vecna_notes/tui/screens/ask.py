"""Questions answered from the notes: an answer as it comes, each of its sources looked for in the note."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from vecna_notes.errors import NotIndexed, VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui import conversation
from vecna_notes.tui.conversation import Exchange
from vecna_notes.tui.places import Place
from vecna_notes.tui.screens.answering import answerer_list, answerer_name, searched
from vecna_notes.tui.screens.taking import Taking
from vecna_notes.tui.widgets.answerview import AnswerView
from vecna_notes.tui.widgets.bar import Bar, Cell
from vecna_notes.tui.widgets.pane import Pane
from vecna_notes.tui.widgets.query import QueryInput
from vecna_notes.tui.widgets.question import QuestionInput
from vecna_notes.tui.widgets.rowlist import RowList
from vecna_notes.tui.widgets.sources import SourceList, source_rows

if TYPE_CHECKING:
    from vecna_notes.answer.ask import Answer
    from vecna_notes.answer.ask import Asking as Asked
    from vecna_notes.interfaces import Turn
    from vecna_notes.tui.ports import Answerer, Answering

BREATH = 0.03
"""Seconds between two drawings of an answer that comes."""
FIRST_TIME = "your notes are being read for the first time; ask again when they are"


class AskScreen(Taking):
    """The fourth tab."""

    mode = "ask"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "question", "ask on"),
        Binding("y", "copy", "copy md"),
        Binding("S", "save", "save as note"),
        Binding("c", "hide", "hide unsupported"),
        Binding("g", "generator", "generator"),
        Binding("n", "anew", "begin anew"),
        Binding("left_square_bracket", "walk(-1)", "earlier", show=False),
        Binding("right_square_bracket", "walk(1)", "later", show=False),
        Binding("u", "undo", "take the note back", show=False),
        Binding("e", "app.edit", "edit", show=False),
        Binding("o", "app.obsidian", "Obsidian", show=False),
        Binding("Y", "app.copy_place", "copy path:line", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.question_input = QuestionInput(id="question")
        self.state = Bar(id="ask-state")
        self.view = AnswerView(id="answer")
        self.sources = SourceList(id="sources")
        self.exchanges: list[Exchange] = []
        """Of this conversation, oldest first."""
        self.about: Place | None = None
        """The one note that is asked; None for all."""
        self._here = -1
        self._hides = False
        self._answering: Answering | None = None
        self._answerers: Sequence[Answerer] = ()
        self._chosen = ""
        """Generator chosen here, before the configured one."""

    def compose(self) -> ComposeResult:
        yield self.header
        with Horizontal(id="query-line"):
            yield Bar(id="prompt")
            yield self.question_input
            yield self.state
        with Horizontal(id="body"):
            yield Pane(self.view, id="answer-pane")
            yield Pane(self.sources, id="sources-pane")
        yield self.notice
        yield self.footer

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#prompt", Bar).show([Cell(f" {self.notice.look.prompt} ", "accent bold")])
        self.question_input.focus()
        self._show()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self._ask_answerers()

    def on_resize(self) -> None:
        super().on_resize()
        self.call_after_refresh(self._show)

    # ── who answers ─────────────────────────────────────────────────────────────────────────────────────────────

    @work(exclusive=True, group="status", exit_on_error=False)
    async def _ask_answerers(self) -> None:
        try:
            self._answerers = await self.vecna.answer(conversation.answerers(), "answerers")
        except VecnaError as error:
            self._say_failure(error)
        self._tell_state()

    @property
    def answerer(self) -> Answerer | None:
        """Who is asked next."""
        named = [one for one in self._answerers if one.name == self._chosen]
        return next(iter(named), next((one for one in self._answerers if one.is_default), None))

    def _tell_state(self) -> None:
        one, look = self.answerer, self.notice.look
        cells: list[Cell] = []
        if self.about is not None:
            about = f"only {safe_line(self.about.title or self.about.path)[:24]} {look.times}"
            cells += [Cell(about, "warn", "screen.everywhere"), Cell("  ")]
        if one is not None:
            sign = Cell(f" {look.warning}" if one.problem else f" {look.dot if one.is_local else look.to}", _ink(one))
            where = "local" if one.is_local else safe_line(one.host)
            name = Cell(f"{answerer_name(one)} {look.middot} {where}", "chip", "screen.generator")
            cells += [name, sign, Cell(" ")]
        self.state.styles.width = sum(len(cell.text) for cell in cells) + 1
        self.state.show(cells)

    def action_generator(self) -> None:
        """Choose who answers from here on."""
        if not self._answerers:
            self.say("nothing here can answer yet", "warn")
            return
        chosen = self.answerer.name if self.answerer else ""
        self.app.push_screen(answerer_list(self._answerers, chosen), self._generator_chosen)

    def _generator_chosen(self, answer: tuple[str, str] | None) -> None:
        one = next((one for one in self._answerers if answer is not None and one.name == answer[1]), None)
        if one is None:
            return
        if one.problem:
            self.say(safe_line(one.problem), "bad")
            return
        self._chosen = one.name
        self.say("")
        self._tell_state()

    # ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def exchange(self) -> Exchange | None:
        return self.exchanges[self._here] if 0 <= self._here < len(self.exchanges) else None

    @property
    def is_answering(self) -> bool:
        return bool(self.exchanges) and self.exchanges[-1].is_running

    @on(Input.Submitted, "#question")
    def _submitted(self) -> None:
        question = self.question_input.value.strip()
        if not question:
            return
        if self.is_answering:
            self.say("an answer is on its way; esc stops it")
            return
        self.question_input.remember(question)
        self.exchanges.append(Exchange(question, self.about.path if self.about else ""))
        self._here, self._hides, self.saved = len(self.exchanges) - 1, False, ""
        self.say("")
        self.view.focus()
        self._show(afresh=True)
        self._ask(self._chosen or None)

    @work(exclusive=True, group="answer", exit_on_error=False)
    async def _ask(self, generator: str | None) -> None:
        engine, exchange = self.vecna.engine, self.exchanges[-1]
        before = conversation.thread(self.exchanges[:-1])
        try:
            if engine is None:
                raise NotIndexed("no vault is open; choose one first")
            self._answering = engine.answering(exchange.question, generator, before, exchange.about)
            async for said in self._answering.said():
                self._heard(said)
                await asyncio.sleep(BREATH)
        except VecnaError as error:
            self._say_failure(error)
            self._now(problem=FIRST_TIME if isinstance(error, NotIndexed) else str(error))
        finally:
            self._answering = None
        if (done := self.exchanges[-1].done) is not None:
            await self._keep(before, done)

    def _heard(self, said: Asked | str | Answer) -> None:
        from vecna_notes.answer.ask import Asking as Asked

        if isinstance(said, str):
            self._now(text=self.exchanges[-1].text + said)
        elif isinstance(said, Asked):
            self._now(asked=said)
        else:
            self._now(done=said, text=said.text)
            self.say(safe_line(said.notice), "warn" if said.notice else "dim")

    def _now(self, **known: object) -> None:
        """More is known of the exchange that runs."""
        self.exchanges[-1] = replace(self.exchanges[-1], **known)  # type: ignore[arg-type]
        if self._here == len(self.exchanges) - 1:
            self._show()

    async def _keep(self, before: Sequence[Turn], done: Answer) -> None:
        try:
            await self.vecna.answer(conversation.keep(before, done), "keep")
        except VecnaError as error:
            self.say(safe_line(f"{error}; `vecna ask -f` will not know of this answer"), "warn")

    def _say_failure(self, error: VecnaError) -> None:
        if isinstance(error, NotIndexed):
            self.say(FIRST_TIME, "warn")
        else:
            self.say(safe_line(str(error)), "bad")

    def ask_about(self, place: Place, question: str) -> None:
        """Begin anew with one note; `question` stands ready."""
        if self.is_answering:
            self.say("an answer is on its way; esc stops it")
            return
        self._forget()
        self.about = place
        self.question_input.value = question
        self._to_question()
        self._tell_state()

    # ── showing ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _show(self, afresh: bool = False) -> None:
        if not self.view.is_attached:
            return
        exchange = self.exchange
        self.view.show(exchange, self._hides)
        self.sources.show(source_rows(exchange), afresh=afresh)
        self._tell_state()
        self._tell_panes()

    def _tell_panes(self) -> None:
        exchange, look = self.exchange, self.notice.look
        answer, sources = self.query_one("#answer-pane", Pane), self.query_one("#sources-pane", Pane)
        if exchange is None:
            answer.tell([Cell("nothing asked yet", "title")])
            sources.tell([Cell("sources", "title")])
            return
        count = f" {self._here + 1} of {len(self.exchanges)}" if len(self.exchanges) > 1 else ""
        title = [Cell("answer", "title"), Cell(count, "dim")]
        answer.tell(title, searched(exchange, look))
        done = exchange.done
        if done is not None and not done.is_found:
            sources.tell([Cell("least far from it", "title")])
        else:
            sources.tell([Cell("sources", "title")], [Cell("quote found in note?", "faint")] if done else [])

    @on(AnswerView.Cited)
    def _cited(self, event: AnswerView.Cited) -> None:
        rows = self.sources.rows
        self.sources.move_to(next((place for place, row in enumerate(rows) if row.number == event.number), -1))
        self.sources.focus()

    @on(RowList.Chosen, "#sources")
    def _source_chosen(self, event: RowList.Chosen) -> None:
        place: Place | None = event.row.place
        if place is None:
            self.say("the answer made this source up", "warn")
        else:
            self.vecna.open_place(place)

    def place(self) -> Place | None:
        row = self.sources.current
        return row.place if row is not None else self.about

    # ── keys ────────────────────────────────────────────────────────────────────────────────────────────────────

    @on(QueryInput.Entered)
    def _enter_answer(self) -> None:
        self.view.focus()

    def action_question(self) -> None:
        self._to_question()

    def _to_question(self) -> None:
        self.unzoom()
        self.question_input.focus()
        self.question_input.action_select_all()

    def action_everywhere(self) -> None:
        """Ask all notes again, not one."""
        self.about = None
        self._tell_state()

    def action_anew(self) -> None:
        """Forget what was asked; the next question stands for itself."""
        if self.is_answering:
            self.say("an answer is on its way; esc stops it")
            return
        self._forget()
        self.about = None
        self.say("a new conversation")
        self._show(afresh=True)
        self._to_question()

    def _forget(self) -> None:
        self.exchanges.clear()
        self._here, self._hides, self.saved = -1, False, ""
        self._show(afresh=True)

    def action_walk(self, step: int) -> None:
        """To an earlier answer of this conversation, or a later one."""
        there = self._here + step
        if not 0 <= there < len(self.exchanges):
            self.say("this is the first answer" if step < 0 else "this is the last answer")
            return
        self._here = there
        self.say("")
        self._show(afresh=True)

    def action_hide(self) -> None:
        """Leave out what no note bears out; again shows it."""
        exchange = self.exchange
        if exchange is None or exchange.done is None or not exchange.done.unsupported:
            self.say("nothing to hide: no sentence here is without support")
            return
        self._hides = not self._hides
        self._show()

    def leave(self) -> None:
        if self.is_answering and self._answering is not None:
            self._answering.stop()
        elif self.focused is not self.question_input:
            self._to_question()
        elif self.question_input.value:
            self.question_input.value = ""
        elif self.about is not None:
            self.action_everywhere()
        else:
            self.vecna.action_tab("search")


def _ink(one: Answerer) -> str:
    return "bad" if one.problem else "good" if one.is_local else "warn"
