"""One note, whole, with the ways out of it: what is related to the section read, outline, links, backlinks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from vecna_notes.errors import NoteNotFound, VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui import asking
from vecna_notes.tui.marks import Blocks, LinkMark, heading_line, headings, may_open
from vecna_notes.tui.messages import OpenNote
from vecna_notes.tui.phrases import age, shown_path, value_words
from vecna_notes.tui.places import Place, Trail
from vecna_notes.tui.proposals import Narrowed, near
from vecna_notes.tui.screens.dialog import Question
from vecna_notes.tui.screens.narrowing import narrowing
from vecna_notes.tui.screens.offering import Offering
from vecna_notes.tui.screens.paned import WIDE
from vecna_notes.tui.widgets.bar import Cell
from vecna_notes.tui.widgets.noteview import NoteView
from vecna_notes.tui.widgets.pane import Pane
from vecna_notes.tui.widgets.related import NearList, NearRow, near_rows
from vecna_notes.tui.widgets.rowlist import RowList
from vecna_notes.types import Link

RELATED_DELAY = 0.12
RELATED = 8


class NoteScreen(Offering):
    """The second tab."""

    mode = "note"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "app.edit", "edit"),
        Binding("left_square_bracket", "walk(-1)", "back"),
        Binding("right_square_bracket", "walk(1)", "forward"),
        Binding("r", "side", "related"),
        Binding("comma", "narrow", "narrow related", show=False),
        Binding("v", "hide", "hide side", show=False),
        Binding("y", "app.copy_link", "copy link"),
        Binding("Y", "app.copy_place", "copy path:line", show=False),
        Binding("o", "app.obsidian", "Obsidian"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.side = NearList(id="side")
        self._trail = Trail()
        self._opened: asking.Opened | None = None
        self._near: list[NearRow] = []
        self._narrowed = Narrowed()
        self._is_stale = False

    def compose(self) -> ComposeResult:
        yield self.header
        with Horizontal(id="body"):
            yield Pane(self.view, id="note-pane")
            with Vertical(id="beside"):
                yield Pane(self.offers, id="offers-pane")
                yield Pane(self.side, id="side-pane")
        yield from self.diff
        yield self.notice
        yield self.footer

    def on_mount(self) -> None:
        super().on_mount()
        self.tell_titles()
        self._tell_offers()
        self.view.focus()

    def on_resize(self) -> None:
        super().on_resize()
        self.call_after_refresh(self._lay_out_side)

    def _lay_out_side(self) -> None:
        self._fit_offers()
        self.tell_titles()
        self._tell_offers()

    @property
    def opened(self) -> asking.Opened | None:
        return self._opened

    # ── opening ─────────────────────────────────────────────────────────────────────────────────────────────────

    def open(self, place: Place, heading: str = "") -> None:
        """Go to a place and remember where we come from."""
        self._trail = self._trail.left_at(self.view.line)
        self._open(place, heading, is_step=True)

    @work(exclusive=True, group="open", exit_on_error=False)
    async def _open(self, place: Place, heading: str = "", is_step: bool = False) -> None:
        try:
            opened = await self.vecna.answer(asking.open_note(place.path), "note")
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return
        self._opened, self._is_stale = opened, False
        if is_step:
            self._trail = self._trail.to(Place(place.path, opened.stored.note.title, place.line))
        self.say("")
        self.view.show(opened.text, heading_line(opened.text, heading) if heading else place.line)
        self.view.focus()
        self._near = []
        self._show_side(afresh=True)
        self._ask_near(place.path, self.view.line)
        self._offers_afresh()
        self.tell_titles()
        self.tell_edges()

    def notes_changed(self) -> None:
        if self._opened is not None:
            self._look_again(self._opened.path)

    @work(exclusive=True, group="again", exit_on_error=False)
    async def _look_again(self, path: str) -> None:
        """The note may have been saved or deleted: new text in the same place, or the old one marked stale."""
        try:
            opened = await self.vecna.answer(asking.open_note(path), "again")
        except NoteNotFound:
            self._is_stale = True
        except VecnaError:
            return
        else:
            if self._opened is None or self._opened.path != path:
                return
            self._opened, self._is_stale = opened, False
            self.view.update_text(opened.text)
            self._show_side()
            self._ask_near(path, self.view.line)
            self._mark_offers()
            self._ask_links()
        self.tell_titles()

    # ── the side ────────────────────────────────────────────────────────────────────────────────────────────────

    @on(NoteView.Moved, "#note")
    def _line_moved(self, event: NoteView.Moved) -> None:
        if self._opened is not None:
            self._ask_near(self._opened.path, event.line)
        self.tell_titles()

    @work(exclusive=True, group="related", exit_on_error=False)
    async def _ask_near(self, path: str, line: int) -> None:
        await asyncio.sleep(RELATED_DELAY)
        try:
            notes = await self.vecna.answer(near(path, line, RELATED, self._narrowed), "related")
        except VecnaError:
            return
        self._near = near_rows(notes)
        self._show_side()

    def _show_side(self, afresh: bool = False) -> None:
        if self._opened is None:
            return
        lines = self._opened.text.split("\n")
        outline = [
            NearRow("outline", title or "untitled", line=line + 1, level=level)
            for line, level, title in headings(lines, Blocks(lines))
        ]
        titles = self._opened.titles
        links = [
            NearRow(
                "link",
                titles.get(link.target_path) or link.written.target,
                link.target_path,
                link.written.line,
                state=link.state,
                target=link.written.heading,
            )
            for link in self._opened.links
        ]
        back = [
            NearRow("backlink", titles.get(link.source_path) or link.source_path, link.source_path, link.written.line)
            for link in self._opened.backlinks
        ]
        kept = self._opened.stored.note.properties
        properties = [NearRow("property", f"{name}: {value_words(value)}", target=name) for name, value in kept.items()]
        rows = self._near or [NearRow("empty", self.notice.look.ellipsis)]
        groups = _grouped(outline=outline, links=links, backlinks=back, properties=properties)
        self.side.show([*rows, *groups], afresh=afresh or not self.side.was_moved)

    @on(RowList.Chosen, "#side")
    def _side_chosen(self, event: RowList.Chosen) -> None:
        row: NearRow = event.row
        if row.kind in ("outline", "property"):
            self.view.go_to(row.line)
            self.view.focus()
        elif row.kind == "link" and row.state != "resolved":
            self._say_unresolved(row.title, row.state)
        elif row.kind == "link":
            self.post_message(OpenNote(Place(row.path, row.title), row.target))
        else:
            self.post_message(OpenNote(Place(row.path, row.title, row.line)))

    # ── links ───────────────────────────────────────────────────────────────────────────────────────────────────

    @on(NoteView.Followed, "#note")
    def _followed(self, event: NoteView.Followed) -> None:
        if event.link is None or self._opened is None:
            self.say("no link on this line; l goes to the next one")
        elif event.link.is_address:
            self._open_address(event.link.target)
        elif not event.link.target:
            self.view.go_to(heading_line(self._opened.text, event.link.heading))
        else:
            self._follow(event.line, event.link)

    def _open_address(self, address: str) -> None:
        if not may_open(address):
            self.say(f"only http, https and mailto addresses are opened from here, not {safe_line(address)}", "warn")
            return

        def opened(is_wanted: bool | None) -> None:
            if is_wanted:
                self.app.open_url(address)

        self.app.push_screen(Question("Open this address in the browser?", address, yes="open", no="stay"), opened)

    @work(exclusive=True, group="open", exit_on_error=False)
    async def _follow(self, line: int, link: LinkMark) -> None:
        known = next((known for known in self._links_at(line) if known.written.target == link.target), None)
        if known is not None and known.state != "resolved":
            self._say_unresolved(link.target, known.state)
            return
        try:
            path = (
                known.target_path if known else await self.vecna.answer(lambda vault: vault.resolve_path(link.target))
            )
        except VecnaError as error:
            self.say(safe_line(str(error)), "warn")
            return
        self.post_message(OpenNote(Place(path), link.heading))

    def _links_at(self, line: int) -> Sequence[Link]:
        return [link for link in self._opened.links if link.written.line == line] if self._opened else ()

    def _say_unresolved(self, name: str, state: str) -> None:
        name = safe_line(name)
        reason = f"several notes are called {name}" if state == "ambiguous" else f"no note is called {name}"
        self.say(f"{reason}, so this link leads nowhere yet", "warn")

    # ── titles and keys ─────────────────────────────────────────────────────────────────────────────────────────

    def tell_titles(self) -> None:
        pane, side = self.query_one("#note-pane", Pane), self.query_one("#side-pane", Pane)
        side.tell(self._side_title(), self._side_state())
        if self._opened is None:
            pane.tell([Cell("no note is open; / searches", "dim")])
            return
        note, look = self._opened.stored.note, self.notice.look
        left = [Cell(safe_line(note.title), "title")]
        if self._is_stale:
            left.append(Cell(f"  {look.warning} gone from disk, this is the text as last read", "warn"))
        elif self.app.size.width >= WIDE:
            left.append(Cell(f"  {shown_path(note.path)}", "faint"))
        edited = age(self._opened.stored.modified, time.time())
        where = f"L {self.view.line}/{self.view.line_count} {look.middot} {edited}"
        pane.tell(left, [Cell(where, "faint")])

    def _side_title(self) -> list[Cell]:
        count = f"suggestions {len(self._links)}" if self._links else "suggestions"
        return [Cell("related", "title"), Cell(" to this section", "dim"), *self.tabs(count, "s")]

    def _side_state(self) -> list[Cell]:
        """What the list is narrowed to; a click changes it."""
        said = f" {self.notice.look.middot} ".join(map(safe_line, self._narrowed.words))
        if said:
            return [Cell(said, "warn", "screen.narrow")]
        is_wide = not self.has_class("-narrow")
        return [Cell(", ", "key", "screen.narrow"), Cell("narrow", "dim", "screen.narrow")] if is_wide else []

    def resting_notice(self) -> list[Cell]:
        """Of a related note, how close it is in words."""
        row = self.side.current
        if self.focused is not self.side or row is None or row.kind != "related":
            return []
        said = f"{safe_line(row.title)}: {row.closeness}" if row.closeness else safe_line(row.title)
        return [Cell(said, "dim"), Cell("   x why", "faint", "screen.why")]

    @on(RowList.Moved, "#side")
    def _side_moved(self) -> None:
        if self.focused is self.side:
            self.say("")

    def action_hide_linked(self) -> None:
        """Leave out notes that are linked already; again takes that back."""
        self._narrow("unlinked")

    def action_narrow(self) -> None:
        """Choose which related notes are shown."""
        tags = self._opened.stored.note.tags if self._opened else ()
        self.app.push_screen(narrowing(lambda: self._narrowed, self._narrow, tags))

    def _narrow(self, what: str) -> None:
        self._narrowed = self._narrowed.toggled(what)
        self.tell_titles()
        if self._opened is not None:
            self._ask_near(self._opened.path, self.view.line)

    def action_why(self) -> None:
        """What the note under the cursor has to do with this one."""
        row = self.side.current
        if row is None or not row.path or self._opened is None:
            self.say("go to a related note first; then it can be said why")
        else:
            self.ask_why(self._opened.path, row.path)

    def action_walk(self, step: int) -> None:
        """Back and forward through the notes read."""
        trail = self._trail.left_at(self.view.line).walk(step)
        if trail is None or trail.present is None:
            self.say("this is the first note of the walk" if step < 0 else "this is the last note of the walk")
            return
        self._trail = trail
        self._open(trail.present)

    def action_side(self) -> None:
        self.remove_class("-no-side", "-at-offers")
        self.call_after_refresh(self.side.focus)

    def action_next_pane(self) -> None:
        """Where two panes share one place, all three are walked through none the less."""
        self._walk_panes(1)

    def action_previous_pane(self) -> None:
        self._walk_panes(-1)

    def _walk_panes(self, step: int) -> None:
        panes = (self.view, self.offers, self.side)
        at = next((at for at, pane in enumerate(panes) if pane.has_focus), 0)
        (self._to_note, self.action_offers, self.action_side)[(at + step) % 3]()

    def _to_note(self) -> None:
        self.view.focus()

    def action_hide(self) -> None:
        self.toggle_class("-no-side")
        self.view.focus()

    def leave(self) -> None:
        if self.focused in (self.side, self.offers):
            self.view.focus()
        else:
            self.vecna.action_tab("search")

    def place(self) -> Place | None:
        if self._opened is None:
            return None
        row = self.side.current
        if self.focused is self.side and row is not None and row.path:
            return Place(row.path, row.title, row.line)
        return Place(self._opened.path, self._opened.stored.note.title, self.view.line)


def _grouped(**groups: Sequence[NearRow]) -> Iterator[NearRow]:
    """Rows under headings with their counts; a group without rows has none."""
    for name, rows in groups.items():
        if rows:
            yield NearRow("empty", "", target=name)
            yield NearRow("heading", f"{name.upper()} {len(rows)}")
            yield from rows
