"""What was asked and said, drawn line by line while it comes."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from vecna_notes.tui.conversation import Exchange, answer_lines
from vecna_notes.tui.glyphs import Glyphs
from vecna_notes.tui.pieces import Pieces, width_of
from vecna_notes.tui.widgets.inked import InkedScroll
from vecna_notes.tui.wrap import wrap

EMPTY = (
    "Ask your notes something. The passages that speak of it are looked up first, the answer is drawn from them alone, "
    "and every source it names is looked for in the note.",
    "A question after it goes on from there; n begins anew. Nothing leaves this machine unless you name where to.",
)


class AnswerView(InkedScroll, can_focus=True, inherit_bindings=False):
    """One exchange. While the answer comes, its end stays in view unless somebody scrolled."""

    DEFAULT_CSS = "AnswerView { overflow-x: hidden; scrollbar-size-vertical: 1; background: transparent; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "roll(1)", "further down", show=False),
        Binding("k,up", "roll(-1)", "further up", show=False),
        Binding("ctrl+d,pagedown,space", "leap(1)", "half a page down", show=False),
        Binding("ctrl+u,pageup", "leap(-1)", "half a page up", show=False),
        Binding("home", "edge(0)", "begin", show=False),
        Binding("end", "edge(1)", "end", show=False),
    ]

    class Cited(Message):
        """The number of a source was clicked."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._exchange: Exchange | None = None
        self._hides = False
        self._lines: list[Pieces] = []
        self._is_followed = True

    def show(self, exchange: Exchange | None, hides: bool) -> None:
        before = self._exchange
        is_other = before is None or exchange is None or before.question is not exchange.question
        self._exchange, self._hides = exchange, hides
        self.lay_out()
        if is_other:
            self._is_followed = True
            self.to_row(0)
        elif exchange is not None and exchange.is_running and self._is_followed:
            self.to_row(max(len(self._lines) - self.size.height, 0))

    def lay_out(self) -> None:
        width = max(self.scrollable_content_region.width - 2, 8)
        self._lines = self._empty(width) if self._exchange is None else self._laid(self._exchange, width, self.look)
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._lines))
        self.refresh()

    def _laid(self, exchange: Exchange, width: int, look: Glyphs) -> list[Pieces]:
        return [[(" ", ""), *line] for line in answer_lines(exchange, self._hides, width, look)]

    def _empty(self, width: int) -> list[Pieces]:
        lines: list[Pieces] = []
        for text in EMPTY:
            lines += [[(" ", ""), (text[start:end], "dim")] for start, end in wrap(text, width)]
            lines.append([])
        return lines

    def render_line(self, y: int) -> Strip:
        line, width = y + self.scroll_offset.y, self.scrollable_content_region.width
        return self.strip(self._lines[line] if line < len(self._lines) else [], width)

    def forget_strips(self) -> None:
        self.refresh()

    # ── events ──────────────────────────────────────────────────────────────────────────────────────────────────

    def on_resize(self) -> None:
        self.lay_out()

    def on_click(self, event: events.Click) -> None:
        line, x = event.y + self.scroll_offset.y, 0
        for text, _inks in self._lines[line] if line < len(self._lines) else ():
            x += width_of([(text, "")])
            if event.x < x:
                if text.startswith("[") and text.endswith("]") and text[1:-1].strip().isdigit():
                    self.post_message(self.Cited(int(text[1:-1])))
                return

    def action_roll(self, rows: int) -> None:
        self._to(self.scroll_offset.y + rows)

    def action_leap(self, way: int) -> None:
        self._to(self.scroll_offset.y + way * max(self.size.height // 2, 1))

    def action_edge(self, which: int) -> None:
        self._to(which * len(self._lines))

    def _to(self, row: int) -> None:
        last = max(len(self._lines) - self.size.height, 0)
        row = max(0, min(row, last))
        self._is_followed = row == last
        self.to_row(row)
