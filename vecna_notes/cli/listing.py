"""Notes in a list, for people: two lines say which note and why, two more show the passage."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from vecna_notes.cli.paint import Paint, columns, cut
from vecna_notes.text import safe_line

if TYPE_CHECKING:
    from vecna_notes.search.explain import Whereabouts
    from vecna_notes.tui.explain import Reason
    from vecna_notes.types import Hit, Passage, RelatedNote

_INDENT = 4
_VOICES = {
    "keyword": "rare words in common",
    "semantic": "meaning",
    "latent": "the vault's own words",
    "title": "its name, and where it is",
    "links": "links in common, and to it",
    "neighbours": "like the notes linked",
}
"""What speaks for a related note, by leg."""
_SNIPPET_LINES = 2


def listed_hits(hits: tuple[Hit, ...], root: Path, paint: Paint, explain: bool = False) -> Iterator[str]:
    """Lines of a search's answer."""
    from vecna_notes.tui.phrases import signals

    for rank, hit in enumerate(hits, 1):
        if rank > 1:
            yield ""
        yield _head(rank, hit.passage, hit.score, signals(hit).ljust(3), paint)
        yield _place(hit.passage, root, paint)
        yield from _passage(hit, paint)
        if explain:
            yield from _explained(hit, paint)


def listed_place(found: Whereabouts, root: Path, paint: Paint) -> Iterator[str]:
    """Lines on what became of a note that was expected."""
    title = paint(safe_line(found.title or found.path), "title")
    yield f"{title}: {paint(safe_line(found.sentence), 'good' if found.at == 'shown' else '')}"
    rank = f"place {found.rank:,} among all candidates" if found.rank else ""
    score = f"score {_score(found.hit.score).strip()}" if found.hit else ""
    shown = f"the last note shown has {_score(found.cut).strip()}" if found.cut else ""
    if said := ", ".join(part for part in (rank, score, shown) if part):
        yield paint(said, "dim")
    if found.hit is not None:
        yield _place(found.hit.passage, root, paint)
        yield from _passage(found.hit, paint)
        yield from _explained(found.hit, paint)


def listed_related(notes: list[RelatedNote], root: Path, paint: Paint, explain: bool = False) -> Iterator[str]:
    """Lines of related notes, each with the passage that meets the source."""
    from vecna_notes.types import Hit

    for rank, note in enumerate(notes, 1):
        if rank > 1:
            yield ""
        linked = paint.glyph("↔", "<>") if note.is_linked else ""
        yield _head(rank, note.target, note.score, linked.ljust(2), paint)
        met = note.source.chunk
        meets, close = f"  meets L{met.first_line}-{met.last_line}", f"  {note.closeness}" if note.closeness else ""
        has_room = _INDENT + columns(note.path) + 6 + len(meets) + len(close) <= paint.width
        yield _place(note.target, root, paint, meets + (close if has_room else ""))
        if close and not has_room:
            yield " " * _INDENT + paint(close.strip(), "dim")
        yield from _passage(Hit(note.target, note.score), paint)
        if explain:
            yield from _spoken(note, paint)


def _head(rank: int, passage: Passage, score: float, mark: str, paint: Paint) -> str:
    from vecna_notes.tui.phrases import shown_path

    right_width = 8 + 1 + 4 + 1 + columns(mark)
    room = max(paint.width - _INDENT - right_width - 2, 10)
    title = cut(safe_line(passage.title) or shown_path(passage.path), room)
    trail = [safe_line(part) for part in passage.chunk.trail if safe_line(part) != title]
    arrow = paint.glyph("›", ">")
    heading = cut(f" {arrow} " + f" {arrow} ".join(trail), room - columns(title)) if trail else ""
    if columns(heading) < 6:
        heading = ""
    gap = " " * (room - columns(title) - columns(heading) + 2)
    number = paint(f"{rank:>{_INDENT - 2}}", "dim")
    shown = f"{paint(title, 'title')}{paint(heading, 'dim')}{gap}{paint.bar(score)}"
    return f"{number}  {shown} {_score(score)} {paint(mark, 'dim')}".rstrip()


def _score(score: float) -> str:
    return "1.00" if score >= 0.995 else f" {score:.2f}".replace("0.", ".")


def _place(passage: Passage, root: Path, paint: Paint, after: str = "") -> str:
    from vecna_notes.tui.phrases import shown_path

    room = paint.width - _INDENT - columns(after)
    where = cut(f"{shown_path(passage.path)}:{passage.chunk.first_line}", room)
    return (
        " " * _INDENT
        + paint.link(where, root / passage.path, "meter" if paint.has_links else "dim", passage.chunk.first_line)
        + paint(after, "dim")
    )


def _passage(hit: Hit, paint: Paint) -> Iterator[str]:
    from vecna_notes.tui.snippet import snippet
    from vecna_notes.tui.wrap import wrap

    width = paint.width - _INDENT
    shown = snippet(hit, width * _SNIPPET_LINES)
    parts = wrap(shown.text.rstrip(), width)
    for number, (start, end) in enumerate(parts[:_SNIPPET_LINES], 1):
        is_cut = number == _SNIPPET_LINES and len(parts) > _SNIPPET_LINES
        while is_cut and columns(shown.text[start:end]) > width - 1:
            end -= 1
        marks = [(s, e) for s, e, ink in shown.marks if ink == "match"]
        yield " " * _INDENT + _marked(shown.text, start, end, marks, paint).rstrip() + ("…" if is_cut else "")


def _marked(text: str, start: int, end: int, words: list[tuple[int, int]], paint: Paint) -> str:
    edges = sorted({start, end, *(edge for word in words for edge in word if start < edge < end)})
    return "".join(
        paint(text[a:b], "match" if any(s <= a and b <= e for s, e in words) else "") for a, b in pairwise(edges)
    )


def _explained(hit: Hit, paint: Paint) -> Iterator[str]:
    """What speaks for a hit: a line for each leg or prior, then the words and the sentence that decided."""
    from vecna_notes.tui.explain import decisive, matched_words, passages, reasons

    margin = " " * _INDENT
    for reason in reasons(hit):
        yield margin + _reason(reason, paint)
    if words := matched_words(hit):
        times = paint.glyph("×", "x")
        said = ", ".join(f"{word} {times}{count}" if count > 1 else word for word, count in words)
        yield margin + paint(cut(f"{'words found':<13}{said}", paint.width - _INDENT), "dim")
    if sentence := decisive(hit):
        yield margin + paint(cut(f"{'decided by':<13}{sentence}", paint.width - _INDENT), "dim")
    found = ", ".join(f"L{one.chunk.first_line}-{one.chunk.last_line}" for one in passages(hit))
    yield margin + paint(cut(f"{'passages':<13}{found}", paint.width - _INDENT), "dim")


def _spoken(note: RelatedNote, paint: Paint) -> Iterator[str]:
    """What speaks for a related note, the weightiest first."""
    for signal in note.signals:
        figures = f"{_VOICES.get(signal.leg, signal.leg):<28}rank {signal.rank:>3}"
        yield " " * _INDENT + f"{paint(figures, 'dim')}  {paint.bar(signal.share)} {_score(signal.share)}"


def _reason(reason: Reason, paint: Paint) -> str:
    from vecna_notes.tui.explain import signed

    rank = f"rank {reason.rank:>3}" if reason.rank else " " * 8
    figures = f"{reason.name:<13}{rank}  score {reason.score:7.3f}"
    bar = f"{paint.bar(reason.part)} {signed(reason.share):>4}" if reason.share else " " * 13
    says = cut(reason.says, paint.width - _INDENT - len(figures) - 17)
    return f"{paint(figures, 'dim')}  {bar}  {paint(says, 'dim')}".rstrip()
