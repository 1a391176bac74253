"""Notes that may be one too many: the queue of pairs, and two notes side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from vecna_notes.text import safe_line
from vecna_notes.tui.marks import safe_marked
from vecna_notes.tui.phrases import shown_path
from vecna_notes.tui.pieces import Pieces, fit, pad
from vecna_notes.tui.proposals import Pairs
from vecna_notes.tui.sides import Aligned
from vecna_notes.tui.widgets.rowlist import RowList
from vecna_notes.tui.wrap import wrap

if TYPE_CHECKING:
    from vecna_notes.insight.duplicates import DuplicatePair, Verdict

SAID: dict[Verdict, str] = {
    "same text": "same text",
    "rewritten": "same idea rewritten",
    "adjacent": "merely adjacent",
}
_GAP = 3
_TALLEST = 40


@dataclass(frozen=True, slots=True)
class PairRow:
    """A pair, or a verdict over those that have it."""

    pair: DuplicatePair | None = None
    words: str = ""

    @property
    def key(self) -> str:
        return f"{self.pair.one}\0{self.pair.other}" if self.pair else f"words:{self.words}"

    @property
    def is_heading(self) -> bool:
        return self.pair is None


def pair_rows(found: Pairs) -> list[PairRow]:
    """Under their verdicts, the surest first."""
    shown: list[PairRow] = []
    for verdict, words in SAID.items():
        fitting = [one for one in found.shown if one.verdict == verdict]
        count = found.counts[verdict]
        of = f"the nearest {len(fitting)} of {count:,}" if len(fitting) < count else f"{count:,}"
        if fitting:
            shown += [PairRow(words=f"{words}  {of}"), *(PairRow(one) for one in fitting)]
    return shown


class PairList(RowList[PairRow]):
    """Two names a row and, where there is width, why; dismissing is the screen's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "compare"),
        Binding("minus", "screen.dismiss_pair", "keep both"),
    ]

    def height_of(self, row: PairRow, width: int) -> int:
        return 2 if row.pair else 1

    def paint(self, row: PairRow, width: int, is_current: bool) -> list[Pieces]:
        width -= 1
        if row.pair is None:
            return [[(row.words, "dim")]]
        one, other = (pair_name(row.pair, side) for side in (0, 1))
        inks = "bright bold" if is_current else "title"
        if width >= 60:
            names: Pieces = [(one, inks), (f"  {self.look.both_ways}  ", "faint"), (other, inks)]
            return [names, fit([(safe_line(row.pair.why), "faint")], width, self.look.ellipsis)]
        return [[(one, inks)], [(f"{self.look.both_ways} ", "faint"), (other, inks)]]


def pair_name(pair: DuplicatePair, side: int) -> str:
    """Its title, or its path where both are called the same."""
    if pair.titles[0] == pair.titles[1]:
        return shown_path((pair.one, pair.other)[side])
    return safe_line(pair.titles[side]) or shown_path((pair.one, pair.other)[side])


NOTHING = Aligned("=", "", "")


@dataclass(frozen=True, slots=True)
class SideRow:
    """A line of each note, or of one; or the verdict over them."""

    number: int
    line: Aligned = NOTHING
    words: str = ""

    @property
    def key(self) -> str:
        return str(self.number)

    @property
    def is_heading(self) -> bool:
        return bool(self.words)


def side_rows(pair: DuplicatePair, lines: Sequence[Aligned]) -> list[SideRow]:
    """The verdict with its reason, then the notes."""
    said = SAID[pair.verdict] if pair.verdict else "not alike"
    head = SideRow(-1, words=f"{said}: {safe_line(pair.why)}")
    return [head, *(SideRow(number, line) for number, line in enumerate(lines))]


class SideBySide(RowList[SideRow]):
    """Lines that are the same are dim; between them a sign says what became of those that are not."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "open"),
        Binding("h,left", "screen.side(0)", "left note"),
        Binding("l,right", "screen.side(1)", "right note"),
        Binding("minus", "screen.dismiss_pair", "keep both"),
    ]
    side = 0
    """Which of the two enter opens."""

    def set_side(self, side: int) -> None:
        if side != self.side:
            self.side = side
            self.forget_strips()
            self.refresh()

    def _half(self, width: int) -> int:
        return max((width - 1 - _GAP) // 2, 4)

    def height_of(self, row: SideRow, width: int) -> int:
        if row.words:
            return len(wrap(row.words, max(width - 1, 8))) + 1
        half = self._half(width)
        return min(max(len(_wrapped(text, half)) for text in (row.line.left, row.line.right)), _TALLEST)

    def paint(self, row: SideRow, width: int, is_current: bool) -> list[Pieces]:
        if row.words:
            return [[(row.words[start:end].strip(), "dim")] for start, end in wrap(row.words, max(width - 1, 8))]
        return list(self._lines(row.line, self._half(width), is_current))

    def _lines(self, line: Aligned, half: int, is_current: bool) -> Iterator[Pieces]:
        left, right = _wrapped(line.left, half), _wrapped(line.right, half)
        is_same = line.sign == "="
        inks = ["dim" if is_same else "text"] * 2
        if is_current:
            inks[self.side] = "bright"
        sign = ("  " if is_same else f"{line.sign} ", "match")
        for at in range(max(len(left), len(right))):
            one = left[at] if at < len(left) else ""
            other = right[at] if at < len(right) else ""
            mark = sign if at == 0 else ("  ", "")
            yield [*pad([(one, inks[0])], half), (" ", ""), mark, (other, inks[1])]


def _wrapped(text: str, half: int) -> list[str]:
    safe = safe_marked(text).text
    return [safe[start:end] for start, end in wrap(safe, half)] or [""]
