"""Regular expressions that end in time, whatever they are.

They are written as for Python's `re`, which cannot be told to stop; the `regex` package can, and matches them. What it
understands beyond that is refused, since some of it fills the memory before a limit is looked at.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import Any

LONGEST = 500
"""Characters of an expression."""
LARGEST = 20_000
"""Parts of an expression with its counted repeats written out, as `regex` has them in memory."""
_PIECE = re.compile(
    r"(?P<open>\()|(?P<close>\))|(?P<braces>\{(?:(?P<least>\d+)(?:,(?P<most>\d*))?|,(?P<only>\d+))\})"
    r"|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.",
    re.DOTALL,
)
_BRACE = re.compile(r"(\\.)|\{(?!\d+(?:,\d*)?\}|,\d+\})", re.DOTALL)


def why_no_expression(expression: str) -> str:
    """What is wrong with a regular expression; "" for a sound one."""
    if len(expression) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(expression)
            if _size(expression) > LARGEST:
                return "its repeats are too large"
            _compiled(expression)
    except Exception as error:  # the border to two libraries, given anything at all
        return str(error) or type(error).__name__
    return ""


def is_in(expression: str, text: str, seconds: float) -> bool:
    """Whether it matches somewhere, case aside, ^ and $ meaning lines. Raises TimeoutError."""
    return _compiled(expression).search(text, timeout=seconds) is not None


@lru_cache(maxsize=32)
def _compiled(expression: str) -> Any:
    import regex  # 13 ms that most searches do without

    literal = _BRACE.sub(lambda match: match[1] or r"\{", expression)  # {e} would allow for errors
    return regex.compile(literal, regex.IGNORECASE | regex.MULTILINE)


def _size(expression: str) -> int:
    """Characters, classes and groups, each as often as counts in braces repeat it."""
    sizes = [0]
    last = 0
    for piece in _PIECE.finditer(expression):
        if piece["open"]:
            sizes.append(0)
            continue
        if piece["close"] and len(sizes) > 1:
            last = sizes.pop() + 1
        elif piece["braces"]:
            sizes[-1] -= last
            last *= max(int(piece[name] or 0) for name in ("least", "most", "only")) + 1
        else:
            last = 1
        sizes[-1] += last
    return sum(sizes)
