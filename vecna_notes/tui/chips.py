"""The parts of a search that are more than words, as chips that can be taken away again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vecna_notes.text import safe_line
from vecna_notes.tui.phrases import plural
from vecna_notes.types import Condition, Span

_INKS = {"phrase": "match", "regex": "code", "like": "meter", "unlike": "meter", "not": "text", "or": "dim"}
"""By kind: amber what must stand there literally, cyan what is near; filters are plain."""
_LONGEST = 32


@dataclass(frozen=True, slots=True)
class Chip:
    """One chip; taking it away takes `span` out of the query, or stops steering by the note at `path`."""

    text: str
    """Safe and short."""
    inks: str
    problem: str = ""
    removed: int | None = None
    span: Span | None = None
    path: str = ""

    @property
    def key(self) -> str:
        return self.path or f"{self.span}"

    @property
    def says(self) -> str:
        """What it does, in words for the list of chips."""
        if self.problem or self.removed is None:
            return safe_line(self.problem)
        return f"keeps out {plural(self.removed, 'note')}"


def chips(
    query: str, conditions: Sequence[Condition], more: Mapping[str, str], less: Mapping[str, str]
) -> tuple[Chip, ...]:
    """Those conditions of the last answer that still stand in `query`; then the notes to be more or less like."""
    typed = [chip for condition in conditions if (chip := _typed(query, condition)) is not None]
    steered = [
        Chip(_short(f"{word}: {title or path}"), "meter", path=path)
        for word, notes in (("more", more), ("less", less))
        for path, title in notes.items()
    ]
    return (*typed, *steered)


def without(query: str, span: Span) -> str:
    """The query with a part taken out, and no blank more than before."""
    start, end = span
    return f"{query[:start].rstrip()} {query[end:].lstrip()}".strip()


def _typed(query: str, condition: Condition) -> Chip | None:
    """None where somebody has typed over it meanwhile."""
    offset = len(query) - len(query.lstrip())
    start, end = condition.span[0] + offset, condition.span[1] + offset
    if not condition.text or query[start:end] != condition.text:
        return None
    inks = "warn" if condition.problem else _INKS.get(condition.kind, "text")
    return Chip(_short(condition.text), inks, condition.problem, condition.removed, (start, end))


def _short(text: str) -> str:
    text = safe_line(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
