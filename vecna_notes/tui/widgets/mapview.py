"""The map: notes as points that one pans, zooms, points at and catches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip

from vecna_notes.insight.braille import Numbers, View, cell_of, nearest, place_of, within
from vecna_notes.tui.chart import STRETCH, Chart
from vecna_notes.tui.glyphs import ASCII
from vecna_notes.tui.mapdrawing import Scene, draw
from vecna_notes.tui.pieces import Pieces, fit, width_of
from vecna_notes.tui.widgets.inked import Inked

STEP_COLUMNS, STEP_ROWS = 6, 3
ZOOM, WHEEL = 1.4, 1.25
CLOSE = 1.02


class MapView(Inked, can_focus=True):
    """Draws a chart; which notes stand out, and what the card says, others tell it."""

    DEFAULT_CSS = "MapView { height: 1fr; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "pan(-1, 0)", "left", show=False),
        Binding("right,l", "pan(1, 0)", "right", show=False),
        Binding("up,k", "pan(0, 1)", "up", show=False),
        Binding("down,j", "pan(0, -1)", "down", show=False),
        Binding("plus,equals_sign", "zoom(1)", "zoom"),
        Binding("minus", "zoom(-1)", "zoom out", show=False),
        Binding("0,home", "fit", "all of it", show=False),
        Binding("w", "walk(1)", "next note"),
        Binding("b", "walk(-1)", "note before", show=False),
        Binding("enter", "choose", "open"),
        Binding("L", "lasso", "lasso"),
    ]

    class Pointed(Message):
        """Another note is under the cursor, or none."""

        def __init__(self, path: str) -> None:
            super().__init__()
            self.path = path

    class Opened(Message):
        """Somebody wants this note opened."""

        def __init__(self, path: str) -> None:
            super().__init__()
            self.path = path

    class Caught(Message):
        """These notes lay in the lasso."""

        def __init__(self, paths: tuple[str, ...]) -> None:
            super().__init__()
            self.paths = paths

    class Looked(Message):
        """The window, or the lasso, is another one."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.chart: Chart | None = None
        self.view = View()
        self.home = View()
        self.cursor: int | None = None
        self.lasso: tuple[Offset, Offset] | None = None
        """Two corners, as (column, row)."""
        self._is_moved = False
        self._last_room = (1, 1)
        self._chosen: int | None = None
        self._standing_out: Numbers | None = None
        self._are_hits = False
        self._order: Sequence[int] = ()
        self._card: tuple[Pieces, ...] = ()
        self._words: tuple[Pieces, ...] = ()
        self._frame: list[Strip] | None = None
        self._pressed: Offset | None = None
        self._is_dragged = False

    # ── drawing ─────────────────────────────────────────────────────────────────────────────────────────────────

    def render_line(self, y: int) -> Strip:
        if self._frame is None:
            self._frame = self._draw()
        return self._frame[y] if y < len(self._frame) else Strip.blank(self.size.width, self.ink(""))

    def _draw(self) -> list[Strip]:
        width, height = self._room
        if self.chart is None:
            return [self.strip(line, width) for line in self._said()]
        lasso = self._lasso_cells() if self.lasso is not None else None
        scene = Scene(
            *(self.chart, self.view, self.home, self._standing_out, self._chosen, self._are_hits),
            *(self._cursor_cell(), () if lasso else self._card, lasso),
        )
        lines = draw(scene, width, height, self.look, self.look is ASCII, not self.app.no_color)
        return [self.strip(line, width) for line in lines]

    def _said(self) -> list[Pieces]:
        """Words in the middle."""
        width, height = self._room
        lines = [fit(line, width, self.look.ellipsis) for line in self._words]
        left = max((width - max((width_of(line) for line in lines), default=0)) // 2, 0)
        above: list[Pieces] = [[] for _ in range(max((height - len(lines)) // 2, 0))]
        return [*above, *([(" " * left, ""), *line] for line in lines)]

    def _redraw(self) -> None:
        self._frame = None
        self.refresh()

    def forget_strips(self) -> None:
        self._frame = None

    # ── what it shows ───────────────────────────────────────────────────────────────────────────────────────────

    def show(self, chart: Chart | None, words: Sequence[Pieces] = ()) -> None:
        """A chart, or words where there is none. The note under the cursor stays; the window too, on the same map."""
        before = self.chart
        path = self.path
        self.chart, self._words = chart, tuple(words)
        self.cursor = chart.places.get(path) if chart else None
        is_like = before is not None and chart is not None and before.is_like(chart)
        self._is_moved = self._is_moved and is_like
        self._standing_out, self._order, self._chosen = None, (), None
        if not (is_like and chart is not None and chart.fits(self.home, *self._room)):
            self._fit_again()
        self._redraw()

    def stand_out(self, numbers: Numbers | None, topic: int | None = None, are_hits: bool = False) -> None:
        """Some notes in their colours, or as hits, and all others faint; None ends it. `w` and `b` go along them."""
        self._standing_out, self._chosen, self._are_hits = numbers, topic, are_hits
        self._order = [] if numbers is None else numbers.tolist()
        self._redraw()

    def tell_card(self, lines: Sequence[Pieces]) -> None:
        """What is said of the note under the cursor."""
        self._card = tuple(lines)
        self._redraw()

    @property
    def path(self) -> str:
        """Of the note under the cursor; "" for none."""
        return self.chart.points[self.cursor].path if self.chart and self.cursor is not None else ""

    @property
    def zoomed(self) -> float:
        return self.home.reach / self.view.reach

    def in_lasso(self) -> Numbers:
        """Points in the rectangle that is being drawn."""
        if self.chart is None or self.lasso is None:
            return np.array([], dtype=np.int64)
        (left, top), (right, bottom) = self._lasso_cells()
        high = place_of(left, top, self.view, *self._room)
        low = place_of(right, bottom, self.view, *self._room)
        dx, dy = self._cell
        return within(self.chart.plane, (high[0] - dx / 2, high[1] + dy / 2), (low[0] + dx / 2, low[1] - dy / 2))

    # ── the window ──────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _room(self) -> tuple[int, int]:
        """Columns and rows; those it had last, while it is hidden."""
        if self.size.area:
            self._last_room = self.size.width, self.size.height
        return self._last_room

    @property
    def _cell(self) -> tuple[float, float]:
        """How wide and high a cell is, on the map."""
        (x, y), (x1, y1) = (place_of(at, at, self.view, *self._room) for at in (0, 1))
        return x1 - x, y - y1

    def on_resize(self) -> None:
        if self.size.area:
            self._fit_again()
        self._redraw()

    def _fit_again(self) -> None:
        if self.chart is None:
            return
        self.home = View.fitted(self.chart.plane, *self._room, STRETCH)
        self.view = replace(self.view, stretch=self.home.stretch) if self._is_moved else self.home

    def look_through(self, view: View) -> None:
        self.view, self._is_moved = view, True
        self._redraw()
        self.post_message(self.Looked())

    def action_fit(self) -> None:
        self._is_moved = False
        self._fit_again()
        self._redraw()
        self.post_message(self.Looked())

    def action_pan(self, right: int, up: int) -> None:
        if self.lasso is not None:
            self._stretch_lasso(right, up)
            return
        dx, dy = self._cell
        x, y = self.view.x + right * STEP_COLUMNS * dx, self.view.y + up * STEP_ROWS * dy
        self.look_through(replace(self.view, x=x, y=y))

    def action_zoom(self, direction: int) -> None:
        """About the note under the cursor, or the middle."""
        at = self._cursor_cell()
        self._zoom(ZOOM**direction, at if at is not None else Offset(*(side // 2 for side in self._room)))

    def _zoom(self, times: float, at: Offset) -> None:
        """What lies at a cell stays there."""
        if self.chart is None:
            return
        before = place_of(at.x, at.y, self.view, *self._room)
        view = self.view.zoomed(times)
        if view.reach > self.home.reach * CLOSE:
            self.action_fit()
            return
        after = place_of(at.x, at.y, view, *self._room)
        self.look_through(replace(view, x=view.x + before[0] - after[0], y=view.y + before[1] - after[1]))

    def look_at(self, numbers: Numbers) -> None:
        """Some points fill the window."""
        if self.chart is not None and len(numbers):
            self.look_through(self.chart.around(numbers, self.home, *self._room))

    # ── the cursor ──────────────────────────────────────────────────────────────────────────────────────────────

    def point(self, path: str) -> None:
        """The cursor onto a note, and the note into view."""
        if self.chart is not None:
            self._point(self.chart.places.get(path))

    def unpoint(self) -> None:
        self._point(None)

    def _point(self, index: int | None) -> None:
        if self.chart is None or index == self.cursor:
            return
        self.cursor, self._card = index, ()
        if index is not None and self._cursor_cell() is None:
            one = self.chart.points[index]
            self.look_through(replace(self.view, x=one.x, y=one.y))
        self._redraw()
        self.post_message(self.Pointed(self.path))

    def _cursor_cell(self) -> Offset | None:
        """None while it is out of view."""
        if self.chart is None or self.cursor is None:
            return None
        one = self.chart.points[self.cursor]
        column, row = cell_of(one.x, one.y, self.view, *self._room)
        is_seen = 0 <= column < self._room[0] and 0 <= row < self._room[1]
        return Offset(column, row) if is_seen else None

    def action_walk(self, step: int) -> None:
        """Along the notes that stand out, else along those in view."""
        if self.chart is None:
            return
        order = self._order or self.chart.in_view(self.view, *self._room)
        if not order:
            return
        here = order.index(self.cursor) if self.cursor in order else -1 if step > 0 else 0
        self._point(order[(here + step) % len(order)])

    def action_choose(self) -> None:
        if self.lasso is not None:
            self._catch()
        elif self.path:
            self.post_message(self.Opened(self.path))

    # ── the lasso ───────────────────────────────────────────────────────────────────────────────────────────────

    def action_lasso(self) -> None:
        """A rectangle whose size arrows change; once more, it is gone."""
        if self.chart is None or self.lasso is not None:
            self.drop_lasso()
            return
        width, height = self._room
        middle = self._cursor_cell() or Offset(width // 2, height // 2)
        across, down = max(width // 8, 2), max(height // 8, 1)
        first = Offset(max(middle.x - across, 0), max(middle.y - down, 0))
        self._set_lasso(first, Offset(min(middle.x + across, width - 1), min(middle.y + down, height - 1)))

    def drop_lasso(self) -> bool:
        """True if there was one."""
        was_there = self.lasso is not None
        self.lasso = None
        self._redraw()
        self.post_message(self.Looked())
        return was_there

    def _set_lasso(self, first: Offset, last: Offset) -> None:
        self.lasso = (first, last)
        self._redraw()
        self.post_message(self.Looked())

    def _stretch_lasso(self, right: int, up: int) -> None:
        """Right and down make it larger, left and up smaller."""
        assert self.lasso is not None
        first, last = self.lasso
        width, height = self._room
        x = min(max(last.x + right * 2, first.x + 1), width - 1)
        self._set_lasso(first, Offset(x, min(max(last.y - up, first.y + 1), height - 1)))

    def _lasso_cells(self) -> tuple[Offset, Offset]:
        """Upper left and lower right."""
        assert self.lasso is not None
        (x, y), (x1, y1) = self.lasso
        return Offset(min(x, x1), min(y, y1)), Offset(max(x, x1), max(y, y1))

    def _catch(self) -> None:
        assert self.chart is not None
        caught = tuple(self.chart.points[index].path for index in self.in_lasso().tolist())
        self.drop_lasso()
        self.post_message(self.Caught(caught))

    # ── the mouse ───────────────────────────────────────────────────────────────────────────────────────────────

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._zoom(WHEEL, event.offset)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._zoom(1 / WHEEL, event.offset)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if self.chart is not None and event.button == 1:
            self._pressed, self._is_dragged = event.offset, False
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._pressed is None or event.offset == self._pressed:
            return
        if self.lasso is not None:
            first = self.lasso[0] if self._is_dragged else self._pressed
            self._set_lasso(first, event.offset.clamp(*self._room))
        else:
            moved, (dx, dy) = event.offset - self._pressed, self._cell
            self._pressed = event.offset
            self.look_through(replace(self.view, x=self.view.x - moved.x * dx, y=self.view.y + moved.y * dy))
        self._is_dragged = True

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._pressed is None:
            return
        self._pressed = None
        self.release_mouse()
        if self.lasso is not None and self._is_dragged:
            self._catch()

    def on_click(self, event: events.Click) -> None:
        if self.chart is None or self._is_dragged:
            return
        self._point(nearest(self.chart.plane, event.x, event.y, self.view, *self._room))
        if event.chain >= 2:
            self.action_choose()
