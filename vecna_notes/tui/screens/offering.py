"""Links and tags that the open note could have: shown at its words, written on a key press, taken back by another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import on, work
from textual.binding import Binding, BindingType

from vecna_notes.errors import NoteChanged, VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui import asking, proposals
from vecna_notes.tui.diff import changed, last_of, sentence_before
from vecna_notes.tui.found import by_line
from vecna_notes.tui.marks import Mark, heading_line
from vecna_notes.tui.messages import Command, OpenNote
from vecna_notes.tui.phrases import age, shown_path
from vecna_notes.tui.places import Place
from vecna_notes.tui.ports import Vault
from vecna_notes.tui.proposals import TakeBack, Written
from vecna_notes.tui.screens.dialog import Question
from vecna_notes.tui.screens.paned import Paned
from vecna_notes.tui.screens.peek import Peek
from vecna_notes.tui.widgets.bar import Bar, Cell
from vecna_notes.tui.widgets.noteview import NoteView
from vecna_notes.tui.widgets.offers import OfferList, OfferRow, offer_rows
from vecna_notes.tui.widgets.pane import Pane
from vecna_notes.tui.widgets.rowlist import RowList

if TYPE_CHECKING:
    from vecna_notes.insight.suggestion import Suggestion
    from vecna_notes.insight.tagging import TagSuggestion

T = TypeVar("T")
DELAY = 0.25
"""Seconds of rest after a note was opened before links are looked for: related notes come first."""
LINKS, TAGS = 12, 5
READING_WIDTH = 96


@dataclass(frozen=True, slots=True)
class _Decided:
    about: str
    back: TakeBack
    tags: list[TagSuggestion] | None
    """Those that were shown before."""


class Offering(Paned):
    """Subclasses compose `#offers-pane` and the two lines of the preview, and say which note is open."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "offers", "suggestions"),
        Binding("u", "undo", "undo", show=False),
        Binding("t", "tags", "tags", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.view = NoteView(id="note", numbers=False, measure=READING_WIDTH)
        self.offers = OfferList(id="offers")
        self.diff = (Bar(id="diff-old"), Bar(id="diff-new"))
        self._links: list[Suggestion] | None = None
        """None while they are on their way."""
        self._tags: list[TagSuggestion] | None = None
        self._tag_diff: dict[str, tuple[str, str]] = {}
        self._decided: list[_Decided] = []
        """What was written or refused here, the last at the end."""
        self._is_deciding = False

    # ── what subclasses say ─────────────────────────────────────────────────────────────────────────────────────

    @property
    def opened(self) -> asking.Opened | None:
        """The note on screen."""
        return None

    def tell_titles(self) -> None:
        """What stands over the panes."""

    # ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _offers_afresh(self) -> None:
        """Another note was opened."""
        self._links = self._tags = None
        self._tag_diff = {}
        self._show_offers(afresh=True)
        self._ask_links()

    @work(exclusive=True, group="offers", exit_on_error=False)
    async def _ask_links(self) -> None:
        await asyncio.sleep(DELAY)
        if (note := self.opened) is None:
            return
        try:
            links = await self.vecna.answer(proposals.links_for(note.path, LINKS), "offers")
        except VecnaError as error:
            self.say(safe_line(str(error)), "warn")
            links = []
        if self.opened is not None and self.opened.path == note.path:
            self._links = links
            self._show_offers()

    async def _fitting_tags(self, path: str) -> list[TagSuggestion]:
        found = await self.vecna.answer(proposals.tags_for(path, TAGS), "tags")
        for one in found:
            try:
                diff = await self.vecna.answer(proposals.preview_tag(one))
            except VecnaError as error:
                self._tag_diff[one.tag] = ("", str(error))
            else:
                self._tag_diff[one.tag] = last_of(diff)
        return found

    # ── showing ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _show_offers(self, afresh: bool = False) -> None:
        self.offers.show(offer_rows(self._links or [], self._tags, self._links is not None), afresh=afresh)
        self._fit_offers()
        self._mark_offers()
        self._tell_offers()

    def _fit_offers(self) -> None:
        """As high as what it holds, but no more than half of the side; where panes are tabs, all of it."""
        if self.has_class("-narrow"):
            self.query_one("#offers-pane").styles.height = "1fr"
            return
        most = max(self.query_one("#beside").size.height // 2, 3)
        self.query_one("#offers-pane").styles.height = min(max(self.offers.virtual_size.height, 1) + 2, most)

    def _mark_offers(self) -> None:
        """Underline the words that could be links; those of the chosen one stand out."""
        note, chosen = self.opened, self._chosen_link
        if note is None:
            return
        marks: dict[int, list[Mark]] = {}
        for link in self._links or ():
            is_chosen = link is chosen
            if link.anchor or is_chosen:
                ink = ("chosen" if link.anchor else "soft") if is_chosen else "anchor"
                span = link.span if link.anchor else sentence_before(note.text, link.span[0])
                for line, start, end in by_line(note.text, *span):
                    marks.setdefault(line, []).append((start, end, ink))
        self.view.mark(marks)
        if chosen is not None:
            self.call_after_refresh(self._show_chosen)

    def _show_chosen(self) -> None:
        """Once every pane has its size."""
        if (chosen := self._chosen_link) is not None:
            self.view.show_place(chosen.line, chosen.column)
            self.tell_titles()

    @property
    def _chosen_link(self) -> Suggestion | None:
        row = self.offers.current
        return row.link if row is not None and self.focused is self.offers else None

    def _tell_offers(self) -> None:
        pane = self.query_one("#offers-pane", Pane)
        rows = [row for row in self.offers.rows if not row.is_heading]
        place = next((at for at, row in enumerate(rows, 1) if row == self.offers.current), 0)
        count = (
            f"  {place} of {len(rows)}" if place else f"  {self.notice.look.ellipsis}" if self._links is None else ""
        )
        right = [] if self._tags is not None else [Cell("t ", "key", "screen.tags"), Cell("tags", "dim", "screen.tags")]
        pane.tell([Cell("suggestions", "title"), Cell(count, "dim"), *self.tabs("related", "r")], right)
        self._tell_diff()

    def tabs(self, other: str, key: str) -> list[Cell]:
        """Where two panes share one place, the way to the other one."""
        if not self.has_class("-narrow"):
            return []
        action = {"r": "screen.side", "s": "screen.offers"}[key]
        return [Cell("    ", ""), Cell(f"{key} ", "key", action), Cell(other, "dim", action)]

    def _tell_diff(self) -> None:
        row = self.offers.current
        is_shown = row is not None and not row.is_heading and self.focused is self.offers
        self.set_class(is_shown, "-diff")
        if row is None or not is_shown:
            return
        before, after = (row.link.before, row.link.after) if row.link else self._tag_lines(row)
        lines = changed(before, after, max(self.app.size.width - 2, 8), self.notice.look.ellipsis)
        for bar, pieces in zip(self.diff, lines, strict=True):
            bar.show([Cell(" "), *(Cell(text, inks) for text, inks in pieces)])

    def _tag_lines(self, row: OfferRow) -> tuple[str, str]:
        return self._tag_diff.get(row.tag.tag if row.tag else "", ("", ""))

    @on(RowList.Moved, "#offers")
    def _offer_moved(self) -> None:
        self._mark_offers()
        self._tell_offers()

    def _focus_moved(self) -> None:
        super()._focus_moved()
        if self.is_attached:
            self._mark_offers()
            self._tell_offers()

    # ── deciding ────────────────────────────────────────────────────────────────────────────────────────────────

    def action_accept(self) -> None:
        """Write what the preview shows."""
        row = self.offers.current
        if row is None or row.is_heading or self.focused is not self.offers:
            self.say("go to a suggestion first: s, then j and k")
        elif row.link is not None:
            self._write(row, proposals.write_link(row.link))
        elif row.tag is not None:
            self._write(row, proposals.write_tag(row.tag))

    @work(group="deciding", exit_on_error=False)
    async def _write(self, row: OfferRow, question: Callable[[Vault], Written]) -> None:
        if (written := await self._decide(question)) is None:
            return
        self._decided.append(_Decided(written.about, proposals.unwrite(written.id), self._tags))
        self._without(row)
        self.say(safe_line(f"{written.about} is written into the note; u takes it back"), "good")
        self.post_message(Command("rescan"))

    async def _decide(self, question: Callable[[Vault], T]) -> T | None:
        """One decision at a time: a key held down decides once. None, and a sentence, when it was refused."""
        if self._is_deciding:
            return None
        self._is_deciding = True
        try:
            return await self.vecna.answer(question)
        except NoteChanged:
            self.say(
                "the note was changed meanwhile, so nothing was written; it is being read again, then try anew", "warn"
            )
            self._look_again_soon()
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
        finally:
            self._is_deciding = False
        return None

    def _look_again_soon(self) -> None:
        self.post_message(Command("rescan"))
        self._ask_links()

    def action_skip(self) -> None:
        """Not these words for this note."""
        self._refuse("skip")

    def action_never(self) -> None:
        """No link to that note from here, at any words."""
        self._refuse("never")

    @work(group="deciding", exit_on_error=False)
    async def _refuse(self, verdict: proposals.Refusal) -> None:
        row = self.offers.current
        if row is None or row.is_heading:
            return
        if row.link is not None:
            question = proposals.refuse_link(row.link, verdict)
            at = f"at {row.link.anchor!r}" if verdict == "skip" and row.link.anchor else "from this note"
            said = f"{row.link.title} is not suggested {at} again; u takes that back"
        else:
            assert row.tag is not None
            question = proposals.refuse_tag(row.tag)
            said = f"#{row.tag.tag} is not suggested for this note again; u takes that back"
        if (back := await self._decide(question)) is not None:
            self._decided.append(_Decided(said.partition(";")[0], back, self._tags))
            self._without(row)
            self.say(safe_line(said))

    def _without(self, gone: OfferRow) -> None:
        """The next row takes the place of one that was decided on; others for it are asked for."""
        rows = list(self.offers.rows)
        if gone not in rows:
            return
        is_last = all(row.is_heading for row in rows[rows.index(gone) + 1 :])
        self.offers.action_move(-1 if is_last else 1)
        self._links = [one for one in self._links or () if one is not gone.link]
        self._tags = None if self._tags is None else [one for one in self._tags if one is not gone.tag]
        self._show_offers()
        self._ask_links()

    def action_undo(self) -> None:
        """What was decided here last; what was written earlier is shown first."""
        if self._decided:
            self._take_back(self._decided.pop())
        else:
            self._ask_last()

    @work(group="deciding", exit_on_error=False)
    async def _ask_last(self) -> None:
        found = await self._decide(proposals.last_edit())
        if found is None:
            self.say("nothing was written that could be taken back")
            return
        id, about, path, made = found

        def answered(is_yes: bool | None) -> None:
            if is_yes:
                self._take_back(_Decided(about, proposals.unwrite(id), self._tags))

        text = f"{about} in {shown_path(path)}, written {age(made, time.time())} ago"
        self.app.push_screen(Question("Take this back?", text, "take it back", "leave it"), answered)

    @work(group="deciding", exit_on_error=False)
    async def _take_back(self, decided: _Decided) -> None:
        try:
            undone = await self.vecna.answer(decided.back)
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return
        where = f" in {shown_path(undone.path)}" if undone is not None else ""
        self.say(safe_line(f"taken back: {decided.about}{where}"), "good")
        self._tags = decided.tags
        self._look_again_soon()

    # ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────

    @work(exclusive=True, group="peek", exit_on_error=False)
    async def action_peek(self) -> None:
        """The note that a suggestion leads to, over this one."""
        row = self.offers.current
        if row is None or row.link is None:
            self.say("this leads to no note")
            return
        link = row.link
        try:
            text = await self.vecna.answer(asking.text_of(link.target), "peek")
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return

        def answered(place: Place | None) -> None:
            if place is not None:
                self.post_message(OpenNote(place))

        line = heading_line(text, link.section) if link.section else 1
        self.app.push_screen(Peek(Place(link.target, link.title, line), text), answered)

    def action_offers(self) -> None:
        """Into the suggestions."""
        self.remove_class("-no-side")
        self.add_class("-at-offers")
        self.call_after_refresh(self.offers.focus)

    @work(exclusive=True, group="tags", exit_on_error=False)
    async def action_tags(self) -> None:
        """Ask for tags that would fit: seconds, where many were never learned before."""
        if (note := self.opened) is None:
            return
        self.action_offers()
        self.say("learning from the tags of your notes")
        try:
            found = await self._fitting_tags(note.path)
        except VecnaError as error:
            self.say(safe_line(str(error)), "warn")
            return
        if self.opened is None or self.opened.path != note.path:
            return
        self._tags = found
        self.say("" if found else "no further tag fits this note well enough")
        self._show_offers()
        if found:
            self.offers.move_to(next(at for at, row in enumerate(self.offers.rows) if row.tag))
