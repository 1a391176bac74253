"""What a line-oriented output shows of a hit or of a related note: one place in one note."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vecna_notes.cli import shapes

if TYPE_CHECKING:
    from vecna_notes.types import Hit, Passage, RelatedNote, Span


@dataclass(frozen=True, slots=True)
class Row:
    """A place, in words for --paths, --vimgrep, --format and --jsonl."""

    path: str
    """Relative to the vault."""
    title: str
    heading: str
    line: int
    last: int
    column: int
    """1-based, in bytes, as editors count for `path:line:column`."""
    score: float
    text: str
    """The line itself."""
    snippet: str
    shape: shapes.Shape
    """Its form in JSON."""

    @classmethod
    def of_hit(cls, hit: Hit) -> Row:
        span = hit.decisive or next(iter(hit.words), None)
        shape = shapes.hit(hit)
        return cls._at(hit.passage, span, hit.score, shape["snippet"], shape)

    @classmethod
    def of_related(cls, note: RelatedNote, source: str) -> Row:
        shape = shapes.related_note(note, source)
        return cls._at(note.target, None, note.score, shape["evidence"]["text"], shape)

    @classmethod
    def _at(cls, passage: Passage, span: Span | None, score: float, snippet: str, shape: shapes.Shape) -> Row:
        text = passage.chunk.text
        start = span[0] if span else len(text) - len(text.lstrip())
        begin = text.rfind("\n", 0, start) + 1
        return cls(
            path=passage.path,
            title=passage.title,
            heading=shapes.heading(passage),
            line=passage.chunk.first_line + text.count("\n", 0, start),
            last=passage.chunk.last_line,
            column=len(text[begin:start].encode("utf-8", "replace")) + 1,
            score=score,
            text=text[begin:].split("\n", 1)[0],
            snippet=snippet,
            shape=shape,
        )


def from_here(root: Path, path: str) -> str:
    """A note's path as other programs can open it: relative below the current folder, else absolute."""
    file = root / path
    try:
        here = str(file.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(file)
    return f"./{here}" if here.startswith("-") else here
