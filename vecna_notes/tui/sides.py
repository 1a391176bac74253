"""Two texts beside each other: which lines of the one stand in the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal, TypeAlias

Sign: TypeAlias = Literal["=", "~", "<", ">"]
"""The same, changed, only in the left one, only in the right one."""
MOST_LINES = 2_000
"""Of each text; comparing takes the longer the more lines there are."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """A line of each text, or of one of them; line numbers from 1, 0 where there is none."""

    sign: Sign
    left: str
    right: str
    left_line: int = 0
    right_line: int = 0


def aligned(left: Sequence[str], right: Sequence[str]) -> Iterator[Aligned]:
    """Every line of both, in order."""
    left, right = left[:MOST_LINES], right[:MOST_LINES]
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for one, other in zip_longest(range(a, b), range(c, d), fillvalue=-1):
            yield Aligned(
                "=" if kind == "equal" else _sign(one, other),
                left[one] if one >= 0 else "",
                right[other] if other >= 0 else "",
                one + 1,
                other + 1,
            )


def _sign(one: int, other: int) -> Sign:
    if one >= 0 and other >= 0:
        return "~"
    return "<" if other < 0 else ">"
