"""The properties at the head of a note, read tolerantly: whatever is wrong with them, the body stays readable.

YAML's events come from the C parser; what they mean is decided here, closer to YAML 1.2 than to PyYAML: `no` is a word,
dates and times stay as written, and anchors, tags and deep nesting, of which bombs are made, are refused.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from vecna_notes.types import Property

LARGEST = 65_536
"""Characters of front matter that are read; more than this is no front matter anybody wrote."""
DEEPEST = 20
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_KEY = re.compile(r"[ \t]*\n(?:[ \t]*(?:#[^\n]*)?\n)*[\w\"'][^\n:]*:(?:[ \t\n]|$)")
_INT = re.compile(r"[-+]?(?:0|[1-9]\d{0,17})\Z")
_FLOAT = re.compile(r"[-+]?(?:\d{1,17}\.\d{0,17}|\.\d{1,17}|\d{1,17}(?:\.\d{0,17})?[eE][-+]?\d{1,3})\Z")
_CONSTANTS: Mapping[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_HASH_ITEM = re.compile(r"^([ \t]*-[ \t]+)(#[^\s#][^\n]*?)[ \t]*$", re.MULTILINE)
_HASH_VALUE = re.compile(r"^((?:tags?|keywords)[ \t]*:[ \t]+)(#[^\s#][^\n]*?)[ \t]*$", re.MULTILINE | re.IGNORECASE)
_RISKY = re.compile(r"^([ \t]*(?:-[ \t]+)?[\w][\w .-]*:[ \t]+)([^\s\"'\[{|>][^\n]*?|\[\[[^\n]*?)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What stands above the body."""

    properties: Mapping[str, Property] = field(default_factory=dict)
    """Nested tables are flattened: {"a": {"b": 1}} is {"a.b": 1}."""
    end: int = 0
    """Where the body starts, in characters."""
    problems: tuple[str, ...] = ()


class _Refused(Exception):
    """YAML we will not build; the message says what and where."""


def front_matter(text: str) -> FrontMatter:
    """The front matter of a whole note: only where "---" is line 1 and a second "---" or "..." closes it."""
    if not text.startswith("---") or text[3 : text.find("\n")].strip(" \t"):
        return FrontMatter()
    closing = _CLOSING.search(text, 4)
    if closing is None:
        return FrontMatter(
            problems=("front matter: line 1 opens it, but nothing closes it",) if _is_keyed(text) else ()
        )
    end = min(closing.end() + 1, len(text))
    inner = text[text.index("\n") + 1 : closing.start()]
    if len(inner) > LARGEST:
        return FrontMatter(end=end, problems=(f"front matter: longer than {LARGEST // 1024} KB, so it is ignored",))
    return _parsed(inner, end)


def _is_keyed(text: str) -> bool:
    return _KEY.match(text, 3) is not None


def _parsed(inner: str, end: int) -> FrontMatter:
    inner = _HASH_VALUE.sub(_quoted, _HASH_ITEM.sub(_quoted, inner)) if "#" in inner else inner
    try:
        return _checked(_build(inner), inner, end)
    except (yaml.YAMLError, _Refused) as error:
        problem = f"front matter: {_sentence(error)}"
    try:
        mended = _build(_RISKY.sub(_quoted, inner.replace("\t", "  ")))
    except (yaml.YAMLError, _Refused):
        mended = None
    return FrontMatter(mended if isinstance(mended, dict) else {}, end, (problem,))


def _checked(built: object, inner: str, end: int) -> FrontMatter:
    if isinstance(built, dict):
        return FrontMatter(built, end)
    if built is None:
        return FrontMatter(end=end)  # empty, or comments only
    return FrontMatter() if not _is_keyed("---\n" + inner) else FrontMatter(end=end)  # prose between two rules


def _quoted(match: re.Match[str]) -> str:
    return match[1] + json.dumps(match[2], ensure_ascii=False)


def _sentence(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error).partition("\n")[0]
    return f"line {mark.line + 2}: {what}" if mark is not None else what


def _build(text: str) -> object:
    """The value of the first YAML document of a text, tables flattened. Raises YAMLError or _Refused."""
    events = yaml.parse(text, Loader=_LOADER)
    for event in events:
        if isinstance(event, yaml.NodeEvent):
            return _Builder(events).value(event, 0)
    return None


@dataclass(slots=True)
class _Builder:
    events: Iterator[yaml.Event]

    def value(self, event: yaml.Event, depth: int) -> object:
        line = event.start_mark.line + 2 if event.start_mark is not None else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Refused(f"line {line}: anchors and aliases are not read")
        if depth > DEEPEST:
            raise _Refused(f"line {line}: nested deeper than {DEEPEST} levels")
        if isinstance(event, yaml.MappingStartEvent):
            return self._table(depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(depth)
        return _scalar(event)

    def _list(self, depth: int) -> tuple[Property, ...]:
        values: list[Property] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            value = self.value(event, depth + 1)
            values.append(tuple(f"{k}: {_word(v)}" for k, v in value.items()) if isinstance(value, dict) else value)  # type: ignore[arg-type]
        return tuple(values)

    def _table(self, depth: int) -> dict[str, Property]:
        table: dict[str, Property] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = _word(self.value(event, depth + 1))
            value = self.value(next(self.events), depth + 1)
            if isinstance(value, dict):
                table |= {f"{key}.{inner}": deep for inner, deep in value.items()}
            else:
                table[key] = value  # type: ignore[assignment]
        return table


def _scalar(event: yaml.Event) -> str | int | float | bool | None:
    text: str = getattr(event, "value", "").replace("\x00", "")
    if getattr(event, "style", None):
        return text  # quoted or a block: a text, whatever it looks like
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text) and math.isfinite(number := float(text)):
        return number
    return text


def _word(value: object) -> str:
    """A value as a key or inside a sentence."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: ""}[value]
    return ", ".join(map(_word, value)) if isinstance(value, tuple) else str(value)
