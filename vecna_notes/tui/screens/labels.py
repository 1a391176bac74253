"""Labelling: a query of one's own, and the notes that answer it. Evaluations count these before all others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from vecna_notes.errors import VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui import asking
from vecna_notes.tui.asking import Vote
from vecna_notes.tui.found import rows_of
from vecna_notes.tui.phrases import plural
from vecna_notes.tui.screens.panel import WIDEST
from vecna_notes.tui.widgets.bar import Bar, Cell
from vecna_notes.tui.widgets.query import QueryInput
from vecna_notes.tui.widgets.results import ResultList
from vecna_notes.tui.widgets.rowlist import RowList

if TYPE_CHECKING:
    from vecna_notes.tui.app import VecnaApp

REST = 0.12
LIMIT = 30


class Labels(ModalScreen[None]):
    """Type, go down, mark with space."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "outward", "done"),
        Binding("space", "vote", "answers"),
        Binding("tab", "app.focus_next", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.box = QueryInput(id="label-query")
        self.box.placeholder = "a query you really have"
        self.hits = ResultList(id="label-hits", is_led=True)
        self.hits.lines_per_hit = 2
        self._head = Bar(classes="panel-title")
        self._foot = Bar(classes="panel-keys")
        self._votes: frozenset[Vote] = frozenset()

    @property
    def vecna(self) -> VecnaApp:
        return cast("VecnaApp", self.app)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog panel"):
            yield self._head
            yield self.box
            yield self.hits
            yield self._foot

    def on_mount(self) -> None:
        self.box.focus()
        self._ask()
        keys = (("down", "into the list"), ("space", "it answers, or not"), ("esc", "done"))
        cells = [cell for key, does in keys for cell in (Cell(key, "key"), Cell(f" {does}   ", "dim"))]
        self._foot.show([Cell("  "), *cells])
        self.on_resize()

    def on_resize(self) -> None:
        self.query_one(".panel").styles.width = min(WIDEST, int(self.app.size.width * 0.96))
        self.hits.styles.height = max(min(self.app.size.height - 10, 20), 2)

    @property
    def _query(self) -> str:
        return self.box.value.strip()

    @on(Input.Changed, "#label-query")
    def _typed(self) -> None:
        self._ask()

    @work(exclusive=True, group="words", exit_on_error=False)
    async def _ask(self) -> None:
        await asyncio.sleep(REST)
        query = self._query
        try:
            self._votes = await self.vecna.answer(asking.votes(), "votes")
            if query:
                reply = await self.vecna.answer(asking.find(query, "hybrid", LIMIT), "label")
                self.hits.show(rows_of(reply, self._voted()), afresh=True)
            else:
                self.hits.show([], afresh=True)
        except VecnaError as error:
            self._tell(safe_line(str(error)))
            return
        self._tell()

    def _voted(self) -> set[str]:
        return {path for query, path in self._votes if query == self._query}

    def _tell(self, problem: str = "") -> None:
        count = len({query for query, _path in self._votes})
        said = Cell(problem, "warn") if problem else Cell(f"{plural(count, 'query', 'queries')} labelled", "dim")
        self._head.show([Cell("  "), Cell("Which notes answer it?", "title")], [said, Cell(" ")])

    @on(QueryInput.Entered)
    def _enter_list(self) -> None:
        self.hits.focus()

    @on(Input.Submitted, "#label-query")
    def _submitted(self) -> None:
        self.hits.focus()

    @on(RowList.Chosen, "#label-hits")
    async def _chosen(self) -> None:
        await self.action_vote()

    async def action_vote(self) -> None:
        """This note answers the query; once more takes it back."""
        row, query = self.hits.current, self._query
        if row is None or not query:
            return
        is_answer = (query, row.path) not in self._votes
        try:
            self._votes = await self.vecna.answer(asking.vote(query, row.path, is_answer))
        except VecnaError as error:
            self._tell(safe_line(str(error)))
            return
        self.hits.mark(self._voted())
        self._tell()

    def action_outward(self) -> None:
        if self.box.has_focus:
            self.dismiss()
        else:
            self.box.focus()
