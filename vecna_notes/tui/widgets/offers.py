"""What a note could have besides: links at its words, and tags. A click only chooses; keys and the footer decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from vecna_notes.text import safe_line
from vecna_notes.tui.diff import rows
from vecna_notes.tui.glyphs import decimal, meter
from vecna_notes.tui.pieces import Pieces, apart, fit
from vecna_notes.tui.widgets.rowlist import RowList

if TYPE_CHECKING:
    from vecna_notes.insight.suggestion import Suggestion
    from vecna_notes.insight.tagging import TagSuggestion

METER = 7
WHY_ROWS = 2
FLAT_FROM = 60
"""From this width on words and target share a line."""


@dataclass(frozen=True, slots=True)
class OfferRow:
    """A link, a tag, or words between them."""

    link: Suggestion | None = None
    tag: TagSuggestion | None = None
    words: str = ""

    @property
    def key(self) -> str:
        if self.link is not None:
            return f"link:{self.link.id}"
        return f"tag:{self.tag.tag}" if self.tag else f"words:{self.words}"

    @property
    def is_heading(self) -> bool:
        return self.link is None and self.tag is None

    @property
    def why(self) -> str:
        if self.link is not None:
            return safe_line(self.link.why)
        return safe_line(self.tag.why) if self.tag else ""


def offer_rows(links: Sequence[Suggestion], tags: Sequence[TagSuggestion] | None, is_asked: bool) -> list[OfferRow]:
    """`tags` is None while nobody asked for them; `is_asked` is False while links are on their way."""
    rows = [OfferRow(link=one) for one in links]
    if is_asked and not links:
        rows.append(OfferRow(words="no link to suggest here"))
    if tags:
        rows += [OfferRow(words="tags that would fit"), *(OfferRow(tag=one) for one in tags)]
    return rows


class OfferList(RowList[OfferRow]):
    """Actions belong to the screen, which asks the vault."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.accept", "accept"),
        Binding("a", "screen.accept", "accept", show=False),
        Binding("minus", "screen.skip", "skip"),
        Binding("exclamation_mark", "screen.never", "never"),
        Binding("u", "screen.undo", "undo"),
        Binding("p", "screen.peek", "peek"),
    ]

    def height_of(self, row: OfferRow, width: int) -> int:
        if row.is_heading:
            return 1
        flat = width - 1 >= FLAT_FROM
        lines = min(len(rows(row.why, max(width - 3, 8))), 1 if flat else WHY_ROWS)
        return lines + (1 if flat or row.tag else 2)

    def paint(self, row: OfferRow, width: int, is_current: bool) -> list[Pieces]:
        width -= 1
        if row.is_heading:
            return [[(row.words, "faint")]]
        head = self._paint_link(row.link, width, is_current) if row.link else self._paint_tag(row, width, is_current)
        room = width - 2
        told = rows(row.why, max(room, 8))
        most = 1 if width >= FLAT_FROM else WHY_ROWS
        shown = told[:most]
        if len(told) > most:
            shown[-1] += self.look.ellipsis
        return [*head, *([("  ", ""), *fit([(line, "faint")], room, self.look.ellipsis)] for line in shown)]

    def _paint_link(self, link: Suggestion, width: int, is_current: bool) -> list[Pieces]:
        look = self.look
        quoted = f"{look.quote}{safe_line(link.anchor)}{look.unquote}" if link.anchor else "after the sentence"
        words: Pieces = [(quoted, "match" if link.anchor else "dim")]
        target: Pieces = [(f"{look.to} ", "faint"), (safe_line(link.title), "bright bold" if is_current else "title")]
        if link.section:
            target += [(f" {look.chevron} ", "faint"), (safe_line(link.section), "dim")]
        score = self._score(link)
        if width >= FLAT_FROM:
            return [apart([*words, (" ", ""), *target], score, width, look.ellipsis)]
        return [fit(words, width, look.ellipsis), apart(target, score, width, look.ellipsis)]

    def _score(self, link: Suggestion) -> Pieces:
        """How likely its author would set the link; of notes that are only near that says nothing."""
        if link.kind == "near":
            return [("by meaning", "meter")]
        full, empty = meter(link.score, METER, self.look)
        return [(full, "meter"), (empty, "faint"), (f" {decimal(link.score)}", "meter")]

    def _paint_tag(self, row: OfferRow, width: int, is_current: bool) -> list[Pieces]:
        assert row.tag is not None
        name = (f"#{safe_line(row.tag.tag)}", "bright bold" if is_current else "tag")
        full, empty = meter(row.tag.precision, METER, self.look)
        right: Pieces = [(full, "meter"), (empty, "faint"), (f" {decimal(row.tag.precision)}", "meter")]
        return [apart([name], right, width, self.look.ellipsis)]
