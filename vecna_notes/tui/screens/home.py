"""What the Search screen shows before anything is typed: notes worth another look today, then the latest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date

from textual import work
from textual.widgets import Input

from vecna_notes.errors import VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui import asking, proposals
from vecna_notes.tui.ports import StoredNote
from vecna_notes.tui.proposals import Again, TakeBack
from vecna_notes.tui.screens.paned import WIDE
from vecna_notes.tui.screens.questioned import Questioned
from vecna_notes.tui.widgets.results import HitRow

LATEST = 60
AGAIN_WIDE, AGAIN_NARROW = 5, 3
REST = 0.1
"""The latest notes are shown first: which to see again takes a look at every vector."""


class Home(Questioned):
    """Subclasses show the rows, and what goes wrong."""

    def __init__(self) -> None:
        super().__init__()
        self._latest: Sequence[StoredNote] = ()
        self._again: Sequence[Again] = ()
        self._again_day: date | None = None
        """They are the same all day, whatever is saved meanwhile."""
        self._put_off: list[tuple[str, TakeBack]] = []

    # ── what subclasses say ─────────────────────────────────────────────────────────────────────────────────────

    def is_home(self) -> bool:
        """Whether nothing was asked."""
        return False

    def show_home(self, rows: list[HitRow], title: str) -> None:
        """Put them into the list."""

    def show_failure(self, error: VecnaError) -> None:
        """Say it."""

    # ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────

    @work(exclusive=True, group="words", exit_on_error=False)
    async def ask_home(self) -> None:
        try:
            self._latest = await self.vecna.answer(asking.latest(LATEST), "words")
        except VecnaError as error:
            if self.is_home():
                self.show_failure(error)
            return
        if self.is_home():
            self.say("")
        self._tell_home()
        if self._again_day != date.today():
            self._ask_again()

    @work(exclusive=True, group="again-today", exit_on_error=False)
    async def _ask_again(self) -> None:
        await asyncio.sleep(REST)
        limit = AGAIN_WIDE if self.app.size.width >= WIDE and self.app.size.height >= 30 else AGAIN_NARROW
        try:
            self._again = await self.vecna.answer(proposals.again(limit), "again-today")
            self._again_day = date.today()
        except VecnaError:
            self._again = ()
        self._tell_home()

    def _tell_home(self) -> None:
        if not self.is_home():
            return
        again = [_row(one.stored, one.said.why) for one in self._again]
        seen = {row.path for row in again}
        latest = [_row(stored) for stored in self._latest if stored.note.path not in seen]
        if not again:
            self.show_home(latest, "recent notes" if latest else "no notes yet")
            return
        rows = [HitRow("", "worth another look", is_heading=True), *again]
        self.show_home([*rows, HitRow("", "recent notes", is_heading=True), *latest], "today")

    # ── keys ────────────────────────────────────────────────────────────────────────────────────────────────────

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """- puts a note off where one is proposed, and steers the search elsewhere."""
        row = self.results.current
        is_again = row is not None and bool(row.again)
        if action == "not_today":
            return is_again and not isinstance(self.focused, Input)
        if action == "steer" and parameters == ("less",):
            return not is_again
        if action == "today":
            return bool(self._put_off)
        return super().check_action(action, parameters)

    def action_not_today(self) -> None:
        """By its key, which types in the box."""
        self.action_put_off()

    def action_put_off(self) -> None:
        """Do not propose this note before tomorrow."""
        row = self.results.current
        if row is None or not row.again:
            self.say("only a note that is worth another look can be put off")
            return
        self._decide(row.title, proposals.put_off(row.path))

    @work(group="again-today", exit_on_error=False)
    async def _decide(self, title: str, question: Callable[..., TakeBack]) -> None:
        try:
            self._put_off.append((title, await self.vecna.answer(question)))
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return
        self.say(safe_line(f"{title} is put off until tomorrow; u takes that back"))
        self._ask_again()

    @work(group="again-today", exit_on_error=False)
    async def action_today(self) -> None:
        """Take the last "not today" back."""
        title, question = self._put_off.pop()
        try:
            await self.vecna.answer(question)
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return
        self.say(safe_line(f"{title} may come up again today"), "good")
        self._ask_again()


def _row(stored: StoredNote, again: str = "") -> HitRow:
    """A note to see again tells in `again` when it was last changed."""
    modified = None if again else stored.modified
    return HitRow(stored.note.path, stored.note.title, modified, stored.note.tags, again=again)
