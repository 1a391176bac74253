"""Widgets that draw their own lines: inks have names, themes decide what they look like."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from vecna_notes.tui.glyphs import UNICODE, Glyphs
from vecna_notes.tui.pieces import Piece

INKS = (
    *("text", "dim", "faint", "bright", "title", "accent", "match", "soft", "meter", "good", "warn", "bad"),
    *("heading", "h1", "h2", "h3", "h4", "h5", "h6", "code", "link", "tag", "quote", "callout", "bullet", "bold"),
    *("italic", "row", "quiet", "chosen", "key", "rule", "tab", "chip", "anchor", "doubt"),
    *(f"topic{number}" for number in range(8)),
)
INK_CLASSES = {f"ink--{name}" for name in INKS}
"""Component classes of the app: on each widget that draws with them they would be styled anew with every focus."""


class Inked(Widget):
    """Resolves inks once per theme. Colours come from the style sheet: `.ink--match { color: $match; }`."""

    ALLOW_SELECT = False

    @property
    def look(self) -> Glyphs:
        return getattr(self.app, "glyphs", UNICODE)

    def ink(self, names: str) -> Style:
        """The style of some inks, one over the other, on this widget's ground."""
        cache: dict[str, Style] | None = self.__dict__.get("_inks")
        if cache is None:
            cache = self.__dict__["_inks"] = {}
        style = cache.get(names)
        if style is None:
            style = self.rich_style
            for name in names.split():
                style += self.app.get_component_styles(f"ink--{name}").partial_rich_style
            cache[names] = style
        return style

    def strip(self, pieces: Iterable[Piece], width: int, ground: str = "") -> Strip:
        """One drawn line of exactly `width` cells; `ground` names inks under everything."""
        segments = [Segment(text, self.ink(f"{ground} {inks}")) for text, inks in pieces if text]
        return Strip(segments).adjust_cell_length(max(width, 0), self.ink(ground))

    def forget_strips(self) -> None:
        """Drop whatever was drawn for another theme or width."""

    def notify_style_update(self) -> None:
        self.__dict__.pop("_inks", None)
        self.forget_strips()
        super().notify_style_update()


class InkedScroll(Inked, ScrollView):
    """A scrolling pane that draws only the lines in view."""

    def to_row(self, row: int) -> None:
        """Scroll now; also when the scroll bar, which usually allows it, has not been laid out yet."""
        self.scroll_to(y=row, animate=False, force=True)
