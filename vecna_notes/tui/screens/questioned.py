"""What can be asked about a hit: why it was found, why another note was not, and whether it answers."""

from __future__ import annotations

import contextlib
from functools import partial

from textual import work

from vecna_notes.errors import VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui import asking
from vecna_notes.tui.asking import Vote
from vecna_notes.tui.places import Place
from vecna_notes.tui.screens.beside import Beside
from vecna_notes.tui.screens.why import explanation, lost

LIMIT = 30


class Questioned(Beside):
    """Subclasses say what is searched."""

    def __init__(self) -> None:
        super().__init__()
        self.search_mode = "hybrid"
        self._votes: frozenset[Vote] = frozenset()

    @property
    def asked_for(self) -> str:
        """What was typed, without the blanks around it."""
        return ""

    def action_explain(self) -> None:
        row = self.results.current
        if row is None or row.hit is None:
            self.say("nothing to explain yet; type a query first")
            return
        hits = [known.key for known in self.results.rows if known.hit]
        self.app.push_screen(explanation(row.hit, hits.index(row.key) + 1), partial(self._explained, row.path))

    def _explained(self, path: str, answer: tuple[str, str] | None) -> None:
        """`answer` holds the line to open the note at, or asks about another note."""
        if answer is None:
            return
        key, line = answer
        if key == "w":
            self.vecna.action_expected()
        elif line.isdigit():
            self.vecna.open_place(Place(path, line=int(line)))

    @work(exclusive=True, group="where", exit_on_error=False)
    async def ask_where(self, path: str) -> None:
        """Say what became of a note that was expected."""
        if not self.asked_for:
            self.say("type a query first; then it can be said what became of a note")
            return
        try:
            found = await self.vecna.answer(asking.where_is(self.asked_for, path, self.search_mode, LIMIT), "where")
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return
        self.app.push_screen(lost(found), partial(self._explained, path))

    def _voted(self) -> set[str]:
        return {path for query, path in self._votes if query == self.asked_for}

    @work(exclusive=True, group="votes", exit_on_error=False)
    async def _ask_votes(self) -> None:
        with contextlib.suppress(VecnaError):
            self._votes = await self.vecna.answer(asking.votes(), "votes")

    @work(group="votes", exit_on_error=False)
    async def action_vote(self) -> None:
        """This note answers the query; once more takes it back. `vecna eval own` counts it."""
        row, query = self.results.current, self.asked_for
        if row is None or row.hit is None or not query:
            self.say("type a query first; then say which notes answer it")
            return
        is_answer = (query, row.path) not in self._votes
        try:
            self._votes = await self.vecna.answer(asking.vote(query, row.path, is_answer))
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return
        self.results.mark(self._voted())
        said = f"{row.title} answers this query: evaluations count it" if is_answer else "taken back"
        self.say(safe_line(said), "good" if is_answer else "dim")
