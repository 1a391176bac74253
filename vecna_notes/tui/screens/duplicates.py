"""The queue of notes that may be one too many: three verdicts, two notes side by side, and what is decided of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from vecna_notes.errors import VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui import proposals
from vecna_notes.tui.messages import OpenNote
from vecna_notes.tui.places import Place
from vecna_notes.tui.proposals import Pairs, TakeBack
from vecna_notes.tui.screens.paned import Paned
from vecna_notes.tui.widgets.bar import Cell
from vecna_notes.tui.widgets.pairs import PairList, PairRow, SideBySide, SideRow, pair_name, pair_rows, side_rows
from vecna_notes.tui.widgets.pane import Pane
from vecna_notes.tui.widgets.rowlist import RowList

if TYPE_CHECKING:
    from vecna_notes.insight.duplicates import DuplicatePair


class DuplicatesScreen(Paned):
    """Lies over the tabs; esc leaves it."""

    mode = "duplicates"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "app.edit", "edit"),
        Binding("x", "why", "why"),
        Binding("u", "undo", "undo"),
        Binding("y", "app.copy_link", "copy link", show=False),
        Binding("o", "app.obsidian", "Obsidian", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.pairs = PairList(id="pairs", is_led=True)
        self.sides = SideBySide(id="sides")
        self._found: Pairs | None = None
        self._decided: list[tuple[str, TakeBack]] = []

    def compose(self) -> ComposeResult:
        yield self.header
        with Horizontal(id="body"):
            yield Pane(self.pairs, id="pairs-pane")
            yield Pane(self.sides, id="sides-pane")
        yield self.notice
        yield self.footer

    def on_mount(self) -> None:
        super().on_mount()
        self.pairs.focus()
        self._tell_panes()
        self.say("comparing your notes")
        self._ask()

    def on_resize(self) -> None:
        super().on_resize()
        self.call_after_refresh(self._tell_panes)

    def notes_changed(self) -> None:
        self._ask()

    @work(exclusive=True, group="pairs", exit_on_error=False)
    async def _ask(self) -> None:
        try:
            self._found = await self.vecna.answer(proposals.pairs(), "pairs")
        except VecnaError as error:
            self.say(safe_line(str(error)), "warn")
            return
        if self._news[0] == "comparing your notes":
            self.say("")
        self.pairs.show(pair_rows(self._found))
        self._tell_panes()
        if not self._found.shown:
            self.say("no two notes look like one too many", "good")

    @property
    def _chosen(self) -> DuplicatePair | None:
        row: PairRow | None = self.pairs.current
        return row.pair if row is not None else None

    # ── showing ─────────────────────────────────────────────────────────────────────────────────────────────────

    @on(RowList.Moved, "#pairs")
    def _pair_moved(self) -> None:
        self._tell_panes()
        if (pair := self._chosen) is not None:
            self._show_sides(pair)
        else:
            self.sides.show([], afresh=True)

    @work(exclusive=True, group="preview", exit_on_error=False)
    async def _show_sides(self, pair: DuplicatePair) -> None:
        try:
            lines = await self.vecna.answer(proposals.beside(pair.one, pair.other), "beside")
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return
        if self._chosen is pair:
            self.sides.show(side_rows(pair, lines), afresh=True)

    def _tell_panes(self) -> None:
        count = len(self._found.shown) if self._found else 0
        place = next((at for at, row in enumerate(_pairs(self.pairs.rows), 1) if row == self.pairs.current), 0)
        where = f"  {place} of {count}" if place else ""
        self.query_one("#pairs-pane", Pane).tell([Cell("one note too many?", "title"), Cell(where, "dim")])
        pane, pair = self.query_one("#sides-pane", Pane), self._chosen
        if pair is None:
            pane.tell([])
            return
        left, right = (pair_name(pair, side) for side in (0, 1))
        inks = [("bright bold" if at == self.sides.side else "dim") for at in (0, 1)]
        arrow = Cell(f"  {self.notice.look.both_ways}  ", "faint")
        pane.tell([Cell(left, inks[0], "screen.side(0)"), arrow, Cell(right, inks[1], "screen.side(1)")])

    # ── keys ────────────────────────────────────────────────────────────────────────────────────────────────────

    @on(RowList.Chosen, "#pairs")
    def _compare(self) -> None:
        self.sides.focus()

    @on(RowList.Chosen, "#sides")
    def _open(self) -> None:
        if (place := self.place()) is not None:
            self.dismiss()
            self.app.post_message(OpenNote(place))

    def action_side(self, side: int) -> None:
        """Which of the two notes enter opens."""
        self.sides.set_side(side)
        self._tell_panes()

    def place(self) -> Place | None:
        if (pair := self._chosen) is None:
            return None
        side = self.sides.side
        row: SideRow | None = self.sides.current if self.focused is self.sides else None
        line = max((row.line.left_line, row.line.right_line)[side], 1) if row else 1
        return Place((pair.one, pair.other)[side], pair.titles[side], line)

    def action_why(self) -> None:
        if (pair := self._chosen) is not None:
            self.ask_why(pair.one, pair.other)

    @work(group="deciding", exit_on_error=False)
    async def action_dismiss_pair(self) -> None:
        """Both notes stay; the pair is not proposed again."""
        if (pair := self._chosen) is None:
            return
        try:
            back = await self.vecna.answer(proposals.keep_both(pair.one, pair.other))
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return
        names = f"{pair.titles[0]} and {pair.titles[1]}"
        self._decided.append((names, back))
        rest = list(_pairs(self.pairs.rows))
        self.pairs.action_move(1 if rest[-1] != self.pairs.current else -1)
        self.say(safe_line(f"{names} stay two notes and are not proposed again; u takes that back"))
        self._ask()

    @work(group="deciding", exit_on_error=False)
    async def action_undo(self) -> None:
        if not self._decided:
            self.say("nothing was decided here yet")
            return
        names, back = self._decided.pop()
        try:
            await self.vecna.answer(back)
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return
        self.say(safe_line(f"{names} are proposed again"), "good")
        self._ask()

    def leave(self) -> None:
        if self.focused is self.sides:
            self.pairs.focus()
        else:
            self.dismiss()


def _pairs(rows: tuple[PairRow, ...]) -> list[PairRow]:
    return [row for row in rows if row.pair is not None]
