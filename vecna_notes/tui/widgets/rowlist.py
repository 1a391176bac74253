"""A list that holds any number of rows and draws only those in view; the cursor belongs to a row, not to a place."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from vecna_notes.tui.pieces import Pieces, fit
from vecna_notes.tui.widgets.inked import InkedScroll

GG_SECONDS = 0.8


class Row(Protocol):
    """What a list can hold. Rows are frozen: equal rows look equal."""

    @property
    def key(self) -> str:
        """Who it is: the cursor stays on a key when the rows change."""

    @property
    def is_heading(self) -> bool:
        """Headings are passed over by the cursor."""


R = TypeVar("R", bound=Row)


class RowList(InkedScroll, Generic[R], can_focus=True, inherit_bindings=False):
    """Subclasses say how high a row is and what stands in it."""

    DEFAULT_CSS = "RowList { overflow-x: hidden; scrollbar-size-vertical: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "open"),
        Binding("j,down", "move(1)", "next", show=False),
        Binding("k,up", "move(-1)", "previous", show=False),
        Binding("g", "first_key", "g g: first", show=False),
        Binding("home", "move_to(0)", "first", show=False),
        Binding("G,end", "move_to(-1)", "last", show=False),
        Binding("ctrl+d,pagedown", "leap(1)", "further down", show=False),
        Binding("ctrl+u,pageup", "leap(-1)", "further up", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another row, or the row under it has changed."""

        def __init__(self, list: RowList[Any], row: Any) -> None:
            super().__init__()
            self.list = list
            self.row = row

        @property
        def control(self) -> RowList[Any]:
            return self.list

    class Chosen(Message):
        """Somebody wants this row opened."""

        def __init__(self, list: RowList[Any], row: Any) -> None:
            super().__init__()
            self.list = list
            self.row = row

        @property
        def control(self) -> RowList[Any]:
            return self.list

    def __init__(self, id: str | None = None, is_led: bool = False) -> None:
        super().__init__(id=id)
        self._rows: tuple[R, ...] = ()
        self._tops = [0]
        self._cursor = -1
        self._strips: dict[tuple[int, bool, bool], list[Strip]] = {}
        self._width = 0
        self._first_pressed = 0.0
        self.is_led = is_led
        """Whether a search box beside it moves it: its cursor then looks alive without the focus."""
        self.was_moved = False
        """Whether somebody moved the cursor since the rows were shown afresh."""

    # ── what subclasses say ─────────────────────────────────────────────────────────────────────────────────────

    def height_of(self, row: R, width: int) -> int:
        return 1

    def paint(self, row: R, width: int, is_current: bool) -> list[Pieces]:
        """Lines of a row, without the two cells at the left that show the cursor."""
        raise NotImplementedError

    # ── rows ────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def rows(self) -> tuple[R, ...]:
        return self._rows

    @property
    def current(self) -> R | None:
        return self._rows[self._cursor] if 0 <= self._cursor < len(self._rows) else None

    def show(self, rows: Sequence[R], afresh: bool = False) -> None:
        """Other rows. The cursor stays on its row if that is still here; `afresh` puts it on the first one."""
        before = self.current
        self._rows = tuple(rows)
        if afresh:
            self.was_moved = False
        key = before.key if before is not None and not afresh else None
        held = next((index for index, row in enumerate(self._rows) if row.key == key), None)
        self._cursor = self._selectable(0, 1) if held is None else held
        self.lay_out()
        if afresh:
            self.to_row(0)
        self._reveal()
        if self.current != before:
            self.post_message(self.Moved(self, self.current))

    def lay_out(self) -> None:
        """Measure every row anew."""
        self._width = self.scrollable_content_region.width
        self._tops = [0, *accumulate(self.height_of(row, self._width - 2) for row in self._rows)]
        self.virtual_size = Size(self._width, self._tops[-1])
        self.forget_strips()
        self.refresh()

    def forget_strips(self) -> None:
        self.__dict__.setdefault("_strips", {}).clear()

    # ── the cursor ──────────────────────────────────────────────────────────────────────────────────────────────

    def _selectable(self, index: int, step: int) -> int:
        """The nearest row from `index` on that is no heading; -1 when there is none."""
        while 0 <= index < len(self._rows):
            if not self._rows[index].is_heading:
                return index
            index += step
        return -1

    def move_to(self, index: int) -> None:
        """Put the cursor on a row that somebody chose."""
        if index < 0 or index == self._cursor:
            return
        self._cursor = index
        self.was_moved = True
        self._reveal()
        self.refresh()
        self.post_message(self.Moved(self, self.current))

    def action_move(self, step: int) -> None:
        self.move_to(self._selectable(self._cursor + step, step))
        if step < 0 and self._selectable(self._cursor - 1, -1) < 0:
            self.to_row(0)

    def action_move_to(self, index: int) -> None:
        self.move_to(self._selectable(0, 1) if index == 0 else self._selectable(len(self._rows) - 1, -1))

    def action_first_key(self) -> None:
        now = time.monotonic()
        if now - self._first_pressed < GG_SECONDS:
            self.action_move_to(0)
            now = 0.0
        self._first_pressed = now

    def action_leap(self, direction: int) -> None:
        """Half a page."""
        if not self._rows:
            return
        line = self._tops[max(self._cursor, 0)] + direction * max(self.size.height // 2, 1)
        index = min(max(bisect_right(self._tops, line) - 1, 0), len(self._rows) - 1)
        index = max(index, self._cursor + 1) if direction > 0 else min(index, self._cursor - 1)
        index = min(max(index, 0), len(self._rows) - 1)
        found = self._selectable(index, direction)
        self.move_to(found if found >= 0 else self._selectable(index, -direction))

    def action_choose(self) -> None:
        if (row := self.current) is not None:
            self.post_message(self.Chosen(self, row))

    def _reveal(self) -> None:
        if self._cursor < 0 or not self.size.height:
            return
        top, bottom = self._tops[self._cursor], self._tops[self._cursor + 1]
        y, height = self.scroll_offset.y, self.scrollable_content_region.height
        if top < y or bottom - top >= height:
            self.to_row(top)
        elif bottom > y + height:
            self.to_row(bottom - height)

    # ── drawing ─────────────────────────────────────────────────────────────────────────────────────────────────

    def render_line(self, y: int) -> Strip:
        line, width = y + self.scroll_offset.y, self.scrollable_content_region.width
        if not 0 <= line < self._tops[-1]:
            return Strip.blank(width, self.ink(""))
        index = bisect_right(self._tops, line) - 1
        return self._drawn(index)[line - self._tops[index]]

    def _drawn(self, index: int) -> list[Strip]:
        is_current, is_alive = index == self._cursor, self.has_focus or self.is_led
        key = (index, is_current, is_alive)
        if (known := self._strips.get(key)) is None:
            height = self._tops[index + 1] - self._tops[index]
            known = self._strips[key] = self._draw(self._rows[index], height, is_current, is_alive)
        return known

    def _draw(self, row: R, height: int, is_current: bool, is_alive: bool) -> list[Strip]:
        is_marked = is_current and is_alive
        bar = (f"{self.look.bar} ", "accent") if is_marked else ("  ", "")
        ground = "row" if is_marked else ""
        room = max(self._width - 2, 1)
        lines = self.paint(row, room, is_marked)[:height]
        lines += [[]] * (height - len(lines))
        return [self.strip([bar, *fit(line, room, self.look.ellipsis)], self._width, ground) for line in lines]

    # ── events ──────────────────────────────────────────────────────────────────────────────────────────────────

    def on_resize(self) -> None:
        self.lay_out()
        self._reveal()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        line = event.y + self.scroll_offset.y
        if not 0 <= line < self._tops[-1]:
            return
        index = bisect_right(self._tops, line) - 1
        if self._rows[index].is_heading:
            return
        self.move_to(index)
        if event.chain >= 2:
            self.action_choose()
