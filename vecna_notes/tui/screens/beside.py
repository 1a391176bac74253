"""A list of hits with what stands beside it: the passage under the cursor, and the notes near to that passage."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from textual import on, work

from vecna_notes.errors import NoteNotFound, VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui import asking
from vecna_notes.tui.found import marks_by_line
from vecna_notes.tui.places import Place
from vecna_notes.tui.screens.paned import WIDE, Paned
from vecna_notes.tui.widgets.bar import Cell
from vecna_notes.tui.widgets.noteview import NoteView
from vecna_notes.tui.widgets.pane import Pane
from vecna_notes.tui.widgets.related import NearList, NearRow, near_rows
from vecna_notes.tui.widgets.results import HitRow, ResultList
from vecna_notes.tui.widgets.rowlist import RowList
from vecna_notes.types import Hit

RELATED_DELAY = 0.12
KEPT_TEXTS = 24


class Beside(Paned):
    """Subclasses compose `#results-pane`, `#preview-pane` and `#related-pane`, and fill the first."""

    def __init__(self) -> None:
        super().__init__()
        self.results = ResultList(id="results", is_led=True)
        self.preview = NoteView(id="preview")
        self.related = NearList(id="related")
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._previewed: tuple[str, int] | None = None
        self._near_asked: tuple[str, int] | None = None
        self._title = ""
        """What the list holds, as of the last answer."""

    @on(RowList.Moved, "#results")
    def _cursor_moved(self, event: RowList.Moved) -> None:
        row = event.row
        self._tell_panes()
        self.tell_edges()
        if row is None:
            self._previewed = None
            self.preview.show("")
            self.related.show([], afresh=True)
            return
        self._preview(row)
        self._ask_near(row.path, line_of(row))

    def _preview(self, row: HitRow) -> None:
        if (text := self._texts.get(row.path)) is not None:
            self._texts.move_to_end(row.path)
            self._show_preview(row, text)
        elif self.preview.size.height or self._previewed is None:
            self._fetch_preview(row)

    @work(exclusive=True, group="preview", exit_on_error=False)
    async def _fetch_preview(self, row: HitRow) -> None:
        try:
            text = await self.vecna.answer(asking.text_of(row.path), "preview")
        except NoteNotFound:
            text = ""
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return
        if text:
            self._texts[row.path] = text
            if len(self._texts) > KEPT_TEXTS:
                self._texts.popitem(last=False)
        current = self.results.current
        if current is not None and current.key == row.key:
            self._show_preview(current, text)

    def _show_preview(self, row: HitRow, text: str) -> None:
        if not text and row.hit:
            self.preview.show(row.hit.passage.chunk.text)
            self.say("this note is gone; what you see is its passage as last indexed", "warn")
        elif row.hit:
            chunk = row.hit.passage.chunk
            found = marks_by_line(row.hit, text)
            start = min(found, default=chunk.first_line)
            line = chunk.first_line if start - chunk.first_line < self.preview.size.height - 3 else start
            self.preview.show(text, line, (chunk.first_line, chunk.last_line), found)
        else:
            self.preview.show(text)
        self._previewed = (row.path, line_of(row))
        self._tell_panes()

    @work(exclusive=True, group="related", exit_on_error=False)
    async def _ask_near(self, path: str, line: int) -> None:
        await asyncio.sleep(RELATED_DELAY)
        if not self._is_shown("#related-pane"):
            self._near_asked = None
            return
        try:
            notes = await self.vecna.answer(asking.near(path, line, 12), "related")
        except VecnaError:
            notes = []
        self._near_asked = (path, line)
        self.related.show(near_rows(notes), afresh=True)
        self._tell_panes()

    def _is_shown(self, selector: str) -> bool:
        return bool(self.query_one(selector).display)

    def _tell_panes(self) -> None:
        self.query_one("#results-pane", Pane).tell([Cell(self._title, "title")])
        self._tell_preview()
        self.query_one("#related-pane", Pane).tell([Cell("related", "title"), Cell(" to this passage", "dim")])

    def _tell_preview(self) -> None:
        pane, row = self.query_one("#preview-pane", Pane), self.results.current
        if row is None:
            pane.tell([])
            return
        look = self.notice.look
        left = [Cell(safe_line(row.title), "title")]
        if row.heading:
            left += [Cell(f" {look.chevron} ", "faint"), Cell(row.heading, "dim")]
        right = [Cell(_lines(row.hit, look.dash), "faint")] if row.hit else []
        if self.app.size.width < WIDE and not self.has_class("-zoom"):
            right += [Cell("  v hide", "faint", "screen.preview"), Cell("  r related", "faint", "screen.related")]
        pane.tell(left, right)

    @on(RowList.Chosen, "#related")
    def _related_chosen(self, event: RowList.Chosen) -> None:
        row: NearRow = event.row
        self.vecna.open_place(Place(row.path, row.title, row.line))

    @on(NoteView.Followed)
    def _preview_chosen(self, event: NoteView.Followed) -> None:
        if (row := self.results.current) is not None:
            self.vecna.open_place(Place(row.path, row.title, event.line))

    # ── keys ────────────────────────────────────────────────────────────────────────────────────────────────────

    def action_related(self) -> None:
        """Below 100 columns related and preview share one place; above, this hides and shows related."""
        self.remove_class("-no-preview")
        self.toggle_class("-related")
        self.call_after_refresh(self._fill_panes)

    def action_preview(self) -> None:
        self.toggle_class("-no-preview")
        self.call_after_refresh(self._fill_panes)

    def _fill_panes(self) -> None:
        """Ask for what a pane that was hidden has missed; never leave the focus on a hidden one."""
        if self.focused is not None and not self.focused.region.area:
            self.results.focus()
        if (row := self.results.current) is not None:
            self._preview(row)
            self._ask_near(row.path, line_of(row))

    def action_similar(self) -> None:
        """Into the related list of the chosen note."""
        if not self._is_shown("#related-pane"):
            self.action_related()
        self.call_after_refresh(self.related.focus)

    def action_why(self) -> None:
        """What the related note under the cursor has to do with the chosen one."""
        row, near = self.results.current, self.related.current
        if row is not None and near is not None and near.path:
            self.ask_why(row.path, near.path)

    def place(self) -> Place | None:
        row = self.results.current
        if self.focused is self.related and self.related.current is not None:
            near = self.related.current
            return Place(near.path, near.title, near.line)
        if row is None:
            return None
        is_reading = self.focused is self.preview
        return Place(row.path, row.title, self.preview.line if is_reading else line_of(row))


def line_of(row: HitRow) -> int:
    """Where its passage begins."""
    return row.hit.passage.chunk.first_line if row.hit else 1


def _lines(hit: Hit, dash: str) -> str:
    chunk = hit.passage.chunk
    return f"L {chunk.first_line}{dash}{chunk.last_line}"
