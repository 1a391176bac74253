"""What an address asks: its parameters, each checked, none passed over."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vecna_notes.text import safe_line

_SHOWN = 40


class Wrong(Exception):
    """A sentence for whoever asked."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A text by default, or a number from 1 on."""

    most: int = 2_000
    """Characters of a text; the greatest number."""
    is_number: bool = False
    is_needed: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """Values by parameter; one that was not given is missing."""

    texts: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)


def read(given: Iterable[tuple[str, str]], parameters: Mapping[str, Parameter]) -> Asked:
    """Raises Wrong for what is unknown, said twice, missing, too long or no number."""
    texts: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for name, value in given:
        known = parameters.get(name)
        if known is None:
            raise Wrong(_unknown(name, parameters))
        if name in texts or name in numbers:
            raise Wrong(f"{name} is given twice; give it once")
        if known.is_number:
            numbers[name] = _number(name, value, known)
        else:
            texts[name] = _text(name, value, known)
    for name, known in parameters.items():
        if known.is_needed and not texts.get(name, "").strip():
            raise Wrong(f"{name} is missing; write ?{name}=…")
    return Asked(texts, numbers)


def _unknown(name: str, parameters: Mapping[str, Parameter]) -> str:
    near = difflib.get_close_matches(name[:_SHOWN], parameters, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(parameters) or 'none'}"
    return f"there is no parameter {_quoted(name)}; {hint}"


def _number(name: str, value: str, known: Parameter) -> int:
    if value.isascii() and value.isdigit() and len(value) <= len(str(known.most)) and 1 <= int(value) <= known.most:
        return int(value)
    raise Wrong(f"{name} is a number from 1 to {known.most:,}, not {_quoted(value)}")


def _text(name: str, value: str, known: Parameter) -> str:
    if len(value) > known.most:
        raise Wrong(f"{name} is longer than {known.most:,} characters")
    if known.choices and value not in known.choices:
        raise Wrong(f"{name} is {', '.join(known.choices[:-1])} or {known.choices[-1]}, not {_quoted(value)}")
    return value


def _quoted(text: str) -> str:
    shown = safe_line(text)
    return repr(shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…")
