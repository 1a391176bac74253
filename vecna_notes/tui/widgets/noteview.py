"""A note as it was written, with colours: wraps and styles only the lines in view, so any note opens at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from vecna_notes.tui.marks import Blocks, LinkMark, Mark, SafeLine, hanging, line_marks, links_in, safe_marked
from vecna_notes.tui.pieces import Pieces
from vecna_notes.tui.widgets.inked import InkedScroll
from vecna_notes.tui.widgets.spans import cut
from vecna_notes.tui.wrap import Part, Wrapped, wrap

KEPT_LINES = 4096


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as it is drawn."""

    safe: SafeLine
    marks: tuple[Mark, ...]
    links: tuple[LinkMark, ...]
    indent: int


class NoteView(InkedScroll, can_focus=True, inherit_bindings=False):
    """Lines count from 1 outside, as in files and editors."""

    DEFAULT_CSS = "NoteView { overflow-x: hidden; scrollbar-size-vertical: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "follow", "open"),
        Binding("j,down", "move(1)", "next line", show=False),
        Binding("k,up", "move(-1)", "previous line", show=False),
        Binding("l,right", "link(1)", "next link"),
        Binding("h,left", "link(-1)", "previous link", show=False),
        Binding("g", "first_key", "g g: first line", show=False),
        Binding("home", "go(1)", "first line", show=False),
        Binding("G,end", "go(-1)", "last line", show=False),
        Binding("ctrl+d,pagedown", "leap(1)", "further down", show=False),
        Binding("ctrl+u,pageup", "leap(-1)", "further up", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another line."""

        def __init__(self, view: NoteView, line: int) -> None:
            super().__init__()
            self.view = view
            self.line = line

        @property
        def control(self) -> NoteView:
            return self.view

    class Followed(Message):
        """Enter, or a double click: on a link, or on a line without one (then `link` is None)."""

        def __init__(self, view: NoteView, line: int, link: LinkMark | None) -> None:
            super().__init__()
            self.view = view
            self.line = line
            self.link = link

        @property
        def control(self) -> NoteView:
            return self.view

    def __init__(self, id: str | None = None, numbers: bool = True, measure: int = 1000) -> None:
        super().__init__(id=id)
        self._raw: list[str] = []
        self._blocks = Blocks(())
        self._found: dict[int, list[Mark]] = {}
        self._passage = range(0)
        self._wrapped = Wrapped((), 1, lambda _line: [])
        self._lines: OrderedDict[int, _Line] = OrderedDict()
        self._strips: OrderedDict[tuple[int, int, bool, int], Strip] = OrderedDict()
        self._cursor = 0
        self._link = -1
        self._numbers = numbers
        self._measure = measure
        self._g_is_pending = False

    # ── showing ─────────────────────────────────────────────────────────────────────────────────────────────────

    def show(
        self,
        text: str,
        line: int = 1,
        passage: tuple[int, int] | None = None,
        found: Mapping[int, Sequence[Mark]] | None = None,
    ) -> None:
        """A text with line `line` near the top. `found` holds marks by line, in characters of the text as it is."""
        raw = text.split("\n")
        if raw != self._raw:
            self._raw = raw
            self._blocks = Blocks(raw)
            self._lines.clear()
            self._wrapped = Wrapped((), 1, lambda _line: [])
        self._set_marks(found or {})
        self._passage = range(passage[0] - 1, passage[1]) if passage else range(0)
        self._link = -1
        self.forget_strips()
        self._lay_out()
        self.go_to(line, is_quiet=True)

    def mark(self, found: Mapping[int, Sequence[Mark]]) -> None:
        """Other marks, by line, over the same text."""
        self._set_marks(found)
        self.forget_strips()
        self.refresh()

    def _set_marks(self, found: Mapping[int, Sequence[Mark]]) -> None:
        marks = {number - 1: list(marks) for number, marks in found.items()}
        for changed in marks.keys() | self._found.keys():
            self._lines.pop(changed, None)
        self._found = marks

    def show_place(self, line: int, column: int) -> None:
        """Bring a character (both from 1) into view and put the cursor on its line, in silence."""
        if not self._raw:
            return
        self._set_cursor(line - 1, is_quiet=True)
        before = len(safe_marked(self._raw[self._cursor][: column - 1]).text)
        nth = sum(1 for start, _ in self._parts_of(self._cursor) if start <= before) - 1
        row, y = self._wrapped.row_of(self._cursor) + max(nth, 0), self.scroll_offset.y
        if not y <= row < y + max(self.size.height - 1, 1):
            self.to_row(max(row - self.size.height // 3, 0))
        self._settle()

    def update_text(self, text: str) -> None:
        """The note was saved meanwhile: new text, same place."""
        if text.split("\n") != self._raw:
            y = self.scroll_offset.y
            self.show(text, self._cursor + 1)
            self.to_row(y)

    @property
    def line(self) -> int:
        """The cursor's line."""
        return self._cursor + 1

    @property
    def line_count(self) -> int:
        return len(self._raw)

    def go_to(self, line: int, is_quiet: bool = False) -> None:
        """Put the cursor on a line and show it with two lines above it."""
        self._set_cursor(line - 1, is_quiet)
        row = self._wrapped.row_of(self._cursor) if self._raw else 0
        self.to_row(max(row - 2, 0))
        self._settle()

    def _set_cursor(self, line: int, is_quiet: bool = False) -> None:
        line = max(0, min(line, len(self._raw) - 1))
        has_moved = line != self._cursor
        self._cursor = line
        self.refresh()
        if has_moved and not is_quiet:
            self.post_message(self.Moved(self, line + 1))

    # ── layout ──────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _gutter(self) -> int:
        return max(len(str(len(self._raw))), 3) + 2 if self._numbers else 2

    def _lay_out(self) -> None:
        width = min(max(self.scrollable_content_region.width - self._gutter - 1, 8), self._measure)
        if self._wrapped.width != width or not self._wrapped.height:
            self._wrapped = Wrapped([len(line) for line in self._raw], width, self._parts_of)
            self.forget_strips()
        self._settle()
        self.refresh()

    def _settle(self) -> None:
        """Measure what is in view and a little beyond, and keep it where it is."""
        y, height = self.scroll_offset.y, max(self.size.height, 1)
        grown = self._wrapped.measure(y, y + height * 2)
        region = self.scrollable_content_region
        size = Size(region.width, self._wrapped.height)
        if size != self.virtual_size:
            self.virtual_size = size
        if grown:
            self.to_row(y + grown)

    def _parts_of(self, line: int) -> list[Part]:
        drawn = self._line(line)
        return wrap(drawn.safe.text, self._wrapped.width, drawn.indent)

    def _line(self, line: int) -> _Line:
        if (known := self._lines.get(line)) is not None:
            return known
        safe = safe_marked(self._raw[line], self._found.get(line, ()))
        if line < self._blocks.front:
            drawn = _Line(safe, ((0, len(safe.text), "faint"),), (), 0)
        elif self._blocks.is_code(line):
            drawn = _Line(safe, ((0, len(safe.text), "code"), *safe.marks), (), 0)
        else:
            marks = (*line_marks(safe.text), *safe.marks)
            drawn = _Line(safe, marks, tuple(links_in(safe.text)), hanging(safe.text))
        self._lines[line] = drawn
        if len(self._lines) > KEPT_LINES:
            self._lines.popitem(last=False)
        return drawn

    def forget_strips(self) -> None:
        self.__dict__.setdefault("_strips", OrderedDict()).clear()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._settle()

    # ── drawing ─────────────────────────────────────────────────────────────────────────────────────────────────

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        place = self._wrapped.at(y + self.scroll_offset.y)
        if place is None:
            return Strip.blank(width, self.ink(""))
        line, nth, part = place
        is_current = line == self._cursor and self.has_focus
        key = (line, nth, is_current, self._link if is_current else -1)
        if (known := self._strips.get(key)) is None or known.cell_length != width:
            known = self._strips[key] = self._draw(line, nth, part, is_current, width)
            if len(self._strips) > KEPT_LINES:
                self._strips.popitem(last=False)
        return known

    def _draw(self, line: int, nth: int, part: Part, is_current: bool, width: int) -> Strip:
        drawn = self._line(line)
        marks = drawn.marks
        if is_current and 0 <= self._link < len(drawn.links):
            link = drawn.links[self._link]
            marks = (*marks, (link.start, link.end, "chosen"))
        indent = drawn.indent if nth and drawn.indent <= self._wrapped.width // 2 else 0
        pieces = [*self._margin(line, nth, is_current), (" " * indent, ""), *cut(drawn.safe.text, marks, part, "text")]
        return self.strip(pieces, width, "row" if is_current else "")

    def _margin(self, line: int, nth: int, is_current: bool) -> Pieces:
        bar = (self.look.bar, "accent") if is_current else (" ", "")
        if not self._numbers:
            return [bar, (" ", "")]
        number = "" if nth else str(line + 1)
        inks = "accent" if line in self._passage else "faint"
        return [bar, (f"{number:>{self._gutter - 2}} ", inks)]

    # ── moving ──────────────────────────────────────────────────────────────────────────────────────────────────

    def action_move(self, step: int) -> None:
        """To the next line; through a line higher than the pane row by row."""
        top = self._wrapped.row_of(self._cursor)
        bottom = top + self._wrapped.rows_of(self._cursor)
        y, height = self.scroll_offset.y, self.size.height
        if (step > 0 and bottom > y + height) or (step < 0 and top < y):
            self.to_row(y + step)
            return
        self._link = -1
        self._set_cursor(self._cursor + step)
        self._reveal()

    def action_leap(self, direction: int) -> None:
        """Half a page."""
        distance = max(self.size.height // 2, 1) * direction
        self.to_row(self.scroll_offset.y + distance)
        self._settle()
        row = self._wrapped.row_of(self._cursor) + distance
        place = self._wrapped.at(max(0, min(row, self._wrapped.height - 1)))
        self._link = -1
        self._set_cursor(place[0] if place else 0)
        self._reveal()

    def action_go(self, line: int) -> None:
        self._link = -1
        self._set_cursor(len(self._raw) - 1 if line < 0 else line - 1)
        self._reveal()

    def action_first_key(self) -> None:
        if self._g_is_pending:
            self.action_go(1)
        self._g_is_pending = not self._g_is_pending
        self.set_timer(0.8, self._forget_g)

    def _forget_g(self) -> None:
        self._g_is_pending = False

    def _reveal(self) -> None:
        top = self._wrapped.row_of(self._cursor)
        bottom = top + self._wrapped.rows_of(self._cursor)
        y, height = self.scroll_offset.y, max(self.size.height, 1)
        if top < y or bottom - top >= height:
            self.to_row(top)
        elif bottom > y + height:
            self.to_row(bottom - height)
        self._settle()

    # ── links ───────────────────────────────────────────────────────────────────────────────────────────────────

    def action_link(self, step: int) -> None:
        """To the next or previous link, on this line or another."""
        link = self._link + step if self._link >= 0 or step > 0 else -1
        if 0 <= link < len(self._line(self._cursor).links):
            self._link = link
            self.refresh()
            return
        line = self._cursor + step
        while 0 <= line < len(self._raw):
            if "[" in self._raw[line] or "://" in self._raw[line]:
                links = links_in(safe_marked(self._raw[line]).text) if not self._blocks.is_code(line) else ()
                if count := len(list(links)):
                    self._link = 0 if step > 0 else count - 1
                    self._set_cursor(line)
                    self._reveal()
                    return
            line += step

    def action_follow(self) -> None:
        links = self._line(self._cursor).links if self._raw else ()
        link = links[max(self._link, 0)] if links else None
        self.post_message(self.Followed(self, self._cursor + 1, link))

    # ── events ──────────────────────────────────────────────────────────────────────────────────────────────────

    def on_resize(self) -> None:
        line = self._wrapped.at(self.scroll_offset.y)
        self._lay_out()
        if line is not None and self._raw:
            self.to_row(self._wrapped.row_of(line[0]) + (line[1] if line[1] else 0))
            self._settle()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        place = self._wrapped.at(event.y + self.scroll_offset.y)
        if place is None:
            return
        line, nth, part = place
        indent = self._line(line).indent if nth else 0
        column = event.x - self._gutter - indent + part[0]
        self._link = next((i for i, link in enumerate(self._line(line).links) if link.start <= column < link.end), -1)
        self._set_cursor(line)
        if event.chain >= 2:
            self.action_follow()
