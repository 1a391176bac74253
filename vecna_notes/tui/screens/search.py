"""Search as one types: words first, meaning merged in place, the passage and what is related beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from vecna_notes.errors import NotIndexed, VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui import asking
from vecna_notes.tui.chips import Chip, chips, without
from vecna_notes.tui.found import merged, rows_of
from vecna_notes.tui.phrases import plural, why
from vecna_notes.tui.places import Place
from vecna_notes.tui.ports import Vault
from vecna_notes.tui.screens.ask import AskScreen
from vecna_notes.tui.screens.beside import line_of
from vecna_notes.tui.screens.home import Home
from vecna_notes.tui.screens.paned import WIDE
from vecna_notes.tui.screens.questioned import LIMIT
from vecna_notes.tui.screens.why import chip_list
from vecna_notes.tui.widgets.bar import Bar, Cell
from vecna_notes.tui.widgets.chipline import ChipLine
from vecna_notes.tui.widgets.pane import Pane
from vecna_notes.tui.widgets.query import QueryInput
from vecna_notes.tui.widgets.results import HitRow
from vecna_notes.tui.widgets.rowlist import RowList
from vecna_notes.types import Condition, Found

MODES = ("hybrid", "semantic", "keyword")
MEANING_DELAY = 0.07
"""Seconds of rest before the vector stage starts; the word stage starts at once."""


class SearchScreen(Home):
    """The first tab."""

    mode = "search"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("minus", "not_today", "not today"),
        Binding("minus", "steer('less')", "less like it", show=False),
        Binding("u", "today", "undo", show=False),
        Binding("e", "app.edit", "edit"),
        Binding("y", "app.copy_link", "copy link"),
        Binding("m", "next_mode", "mode"),
        Binding("ctrl+t", "next_mode", "mode", show=False),
        Binding("r", "related", "related"),
        Binding("v", "preview", "preview"),
        Binding("a", "ask", "ask about it"),
        Binding("o", "app.obsidian", "Obsidian"),
        Binding("Y", "app.copy_place", "copy path:line", show=False),
        Binding("x", "explain", "explain"),
        Binding("space", "vote", "answers"),
        Binding("plus", "steer('more')", "more like it", show=False),
        Binding("comma", "chips", "filters", show=False),
        Binding("s", "similar", "similar", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.query_input = QueryInput(id="query")
        self.query_state = Bar(id="query-state")
        self.chip_line = ChipLine(id="chips")
        self.more: dict[str, str] = {}
        self.less: dict[str, str] = {}
        """Paths and titles of notes that hits shall be like and unlike."""
        self._asked = 0
        """Number of the newest query; answers to older ones are dropped."""
        self._is_fresh = True
        """Whether the next answer is the first to what was typed: it is shown from the top."""
        self._is_reranked = False
        self._conditions: tuple[Condition, ...] = ()
        """Of the last answer."""
        self._milliseconds: dict[str, float] = {}

    def compose(self) -> ComposeResult:
        yield self.header
        with Horizontal(id="query-line"):
            yield Bar(id="prompt")
            yield self.query_input
            yield self.query_state
        yield self.chip_line
        with Horizontal(id="body"):
            yield Pane(self.results, id="results-pane")
            yield Pane(self.preview, id="preview-pane")
            yield Pane(self.related, id="related-pane")
        yield self.notice
        yield self.footer

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#prompt", Bar).show([Cell(f" {self.notice.look.prompt} ", "accent bold")])
        self.query_input.focus()
        self.ask_afresh()
        self._ask_votes()

    def on_resize(self) -> None:
        super().on_resize()
        is_wide = self.app.size.width >= WIDE
        self.results.set_lines(4 if is_wide else 2)
        whole_rows = max((self.app.size.height - 6) // 4 * 2, 2)
        self.query_one("#results-pane").styles.height = "1fr" if is_wide or self.app.size.height < 12 else whole_rows
        self._tell_query()
        self._tell_panes()
        self.call_after_refresh(self._tell_chips)

    # ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────

    @on(Input.Changed, "#query")
    def _typed(self) -> None:
        self._tell_chips()
        self.ask_afresh()

    def ask_afresh(self) -> None:
        """Something else was typed: every answer on its way is stale from here on."""
        self._is_fresh = True
        self._is_reranked = False
        self._ask_stages(MEANING_DELAY)

    def notes_changed(self) -> None:
        """The same question to a newer index; the chosen row stays where it is."""
        self._texts.clear()
        self._ask_stages(0)

    def _ask_stages(self, delay: float) -> None:
        self._asked += 1
        self._milliseconds = {}
        self.workers.cancel_group(self, "words")
        self.workers.cancel_group(self, "meaning")
        if not self.asked_for and not self.is_steered:
            self.ask_home()
            self._tell_query()
            return
        if self.search_mode == "keyword" or (self.search_mode == "hybrid" and self._is_fresh and self.asked_for):
            self._ask_words(self._asked)
        if self.search_mode != "keyword" or not self.asked_for:
            self._ask_meaning(self._asked, delay)

    @property
    def asked_for(self) -> str:
        return self.query_input.value.strip()

    @property
    def is_steered(self) -> bool:
        return bool(self.more or self.less)

    @work(exclusive=True, group="words", exit_on_error=False)
    async def _ask_words(self, number: int) -> None:
        await self._answer(number, self._question("keyword"), "words")

    @work(exclusive=True, group="meaning", exit_on_error=False)
    async def _ask_meaning(self, number: int, delay: float) -> None:
        await asyncio.sleep(delay)
        mode = "semantic" if self.search_mode == "keyword" else self.search_mode
        await self._answer(number, self._question(mode), "meaning")

    def _question(self, mode: str) -> Callable[[Vault], asking.Reply]:
        return asking.find(self.asked_for, mode, LIMIT, tuple(self.more), tuple(self.less), self._is_reranked)

    async def _answer(self, number: int, question: Callable[[Vault], asking.Reply], topic: str) -> None:
        try:
            reply = await self.vecna.answer(question, topic)
        except VecnaError as error:
            if number == self._asked:
                self._is_reranked = False
                self.show_failure(error)
            return
        if number != self._asked:
            return
        self._milliseconds[topic] = reply.found.seconds * 1000
        is_final = topic == "meaning" or self.search_mode == "keyword"
        self.vecna.searched = self.asked_for
        self._show(rows_of(reply, self._voted(), is_final), reply.found, reply.found.closeness if is_final else "")
        self._conditions = reply.found.conditions
        self._tell_chips()
        if is_final:
            self._say_notice(reply.found, topic)
        self._tell_query()

    def _say_notice(self, found: Found, topic: str) -> None:
        is_on_its_way = found.space is None and self.vecna.indexing.phase in ("starting", "working")
        problem = next((condition.problem for condition in found.conditions if condition.problem), "")
        if topic == "meaning" and is_on_its_way and not problem:
            self.say("meaning is being computed; until then notes are found by their words", "warn")
        else:
            said = safe_line(problem or found.notice)
            self.say(said, "warn" if said else "dim")

    def is_home(self) -> bool:
        return not self.asked_for and not self.is_steered

    def show_home(self, rows: list[HitRow], title: str) -> None:
        held = self.results.current if self.results.was_moved and not self._is_fresh else None
        self.results.show(rows, afresh=held is None)
        self._is_fresh = False
        self._title = title
        self._tell_panes()

    def show_failure(self, error: VecnaError) -> None:
        if isinstance(error, NotIndexed):
            self.say("your notes are being read for the first time; they can be found as they come in", "warn")
        else:
            self.say(safe_line(str(error)), "bad")
        if not self.query_input.value.strip():
            self.show_home([], "no notes yet")

    # ── showing ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _show(self, rows: list[HitRow], found: Found, closeness: str = "") -> None:
        """The first answer to a query starts at the top; a later one keeps the row somebody chose in its place."""
        if self.results.was_moved and not self._is_fresh:
            self.results.show(merged(self.results.rows, rows, self.results.current))
        else:
            self.results.show(rows, afresh=True)
        self._is_fresh = False
        hits = sum(1 for row in self.results.rows if row.hit)
        if found.hits or (hits and not found.closest):
            self._title = plural(hits, "note") + (f" {self.notice.look.middot} {closeness}" if closeness else "")
        else:
            self._title = "no note is like this" if self.is_steered and not self.asked_for else "no note holds this"
        if self._is_reranked:
            self._title += f" {self.notice.look.reranked} reranked"
        self._tell_panes()

    # ── titles ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _tell_query(self) -> None:
        look = self.notice.look
        times = [f"{topic} {spent:.0f}" for topic, spent in self._milliseconds.items()]
        spent = f"   {f' {look.middot} '.join(times)} ms" if times and self.app.size.width >= WIDE else ""
        mode = Cell(f"{self.search_mode} {look.down}", "chip", "screen.next_mode")
        self.query_state.styles.width = len(mode.text) + len(spent) + 2
        self.query_state.show([mode, Cell(spent, "faint")])

    def resting_notice(self) -> list[Cell]:
        row = self.results.current
        if row is not None and row.again:
            return [Cell("- ", "key", "screen.put_off"), Cell("not today", "dim", "screen.put_off")]
        if row is None or row.hit is None:
            news = self.vecna.indexing.news
            return [Cell(f"{self.notice.look.check} {news}" if news else "", "dim")]
        count = len(row.hit.others)
        more = f" {self.notice.look.middot} {plural(count, 'passage')} more in this note" if count else ""
        said = why(row.hit, self.notice.look.middot) + more
        return [Cell("why  ", "faint"), Cell(said, "dim"), Cell("   x explain", "faint", "screen.explain")]

    # ── keys ────────────────────────────────────────────────────────────────────────────────────────────────────

    @on(QueryInput.Entered)
    def _enter_list(self) -> None:
        self.results.focus()

    @on(Input.Submitted, "#query")
    def _submitted(self) -> None:
        self.results.action_choose()

    @on(RowList.Chosen, "#results")
    def _chosen(self, event: RowList.Chosen) -> None:
        self.vecna.open_place(Place(event.row.path, event.row.title, line_of(event.row)))

    def action_next_mode(self) -> None:
        self.search_mode = MODES[(MODES.index(self.search_mode) + 1) % len(MODES)]
        self.ask_afresh()

    def focus_query(self) -> None:
        self.unzoom()
        self.query_input.focus()
        self.query_input.action_select_all()

    def search_for(self, query: str) -> None:
        """As if it had been typed."""
        self.query_input.value = query
        self.query_input.action_end()
        self.results.focus()

    def leave(self) -> None:
        if self.focused is not self.query_input:
            self.query_input.focus()
        elif self.is_steered:
            self.more.clear()
            self.less.clear()
            self._steered()
        elif self.query_input.value:
            self.query_input.value = ""

    # ── chips ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _chips(self) -> tuple[Chip, ...]:
        return chips(self.query_input.value, self._conditions, self.more, self.less)

    def _tell_chips(self) -> None:
        known = self._chips()
        self.chip_line.tell(known)
        self.query_input.tell(known)

    def action_chips(self) -> None:
        if not (known := self._chips()):
            self.say("no filters here; type some, such as tag:name, path:folder, -word or after:2024")
            return

        def answered(answer: tuple[str, str] | None) -> None:
            if answer is not None:
                self.action_drop_chip(answer[1])

        self.app.push_screen(chip_list(known), answered)

    def action_drop_chip(self, key: str) -> None:
        """Take a chip away: its part of the query, or the note it steers by."""
        chip = next((chip for chip in self._chips() if chip.key == key), None)
        if chip is None:
            return
        if chip.span is not None:
            self.query_input.value = without(self.query_input.value, chip.span)
            self.query_input.action_end()
        else:
            self.more.pop(chip.path, None)
            self.less.pop(chip.path, None)
            self._steered()

    def action_steer(self, way: str) -> None:
        """More, or less, like the chosen note; once more takes it back."""
        if (row := self.results.current) is None:
            return
        chosen, other = (self.more, self.less) if way == "more" else (self.less, self.more)
        other.pop(row.path, None)
        if chosen.pop(row.path, None) is None:
            chosen[row.path] = row.title
        self._steered()

    def _steered(self) -> None:
        self._tell_chips()
        self.ask_afresh()

    async def action_ask(self) -> None:
        """Ask about the chosen note; what was searched for stands ready as the question."""
        if (row := self.results.current) is None:
            self.say("choose a note first; then it can be asked about")
            return
        place, asked_for = Place(row.path, row.title), self.asked_for
        await self.app.switch_mode("ask")
        if isinstance(self.app.screen, AskScreen):
            self.app.screen.ask_about(place, asked_for)

    def action_rerank(self) -> None:
        """Let a ranker read the best hits together with the query, once."""
        if not self.asked_for:
            self.say("type a query first; then its best hits can be reranked")
            return
        self._is_reranked = True
        self._ask_stages(0)
