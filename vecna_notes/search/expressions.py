"""Regular expressions that end in time, whatever they are: the `regex` package has a limit where `re` has none."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

LONGEST = 500
"""Characters of an expression."""


def why_no_expression(expression: str) -> str:
    """What is wrong with a regular expression; "" for a sound one."""
    if len(expression) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    try:
        _compiled(expression)
    except Exception as error:  # the border to another library, given anything at all
        return str(error) or type(error).__name__
    return ""


def is_in(expression: str, text: str, seconds: float) -> bool:
    """Whether it matches somewhere, case aside, ^ and $ meaning lines. Raises TimeoutError."""
    return _compiled(expression).search(text, timeout=seconds) is not None


@lru_cache(maxsize=32)
def _compiled(expression: str) -> Any:
    import regex  # 13 ms that most searches do without

    return regex.compile(expression, regex.IGNORECASE | regex.MULTILINE)
