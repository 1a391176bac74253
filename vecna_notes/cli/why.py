"""`vecna why`: what two notes have to do with each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vecna_notes.cli import shapes
from vecna_notes.cli.completing import note_names
from vecna_notes.cli.ending import NOTHING
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.paint import Paint, columns, cut
from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session
from vecna_notes.text import safe_line

if TYPE_CHECKING:
    from vecna_notes.insight.why import MeetingPair, Why
    from vecna_notes.types import Passage

_INDENT = 2
_GAP = 3
_LINES = 4
_SNIPPET = 400


@click.command("why")
@click.argument("note", shell_complete=note_names)
@click.argument("other", shell_complete=note_names)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@shared
@click.pass_obj
def command(session: Session, note: str, other: str, as_json: bool) -> int:
    """Tell why two notes are near each other, or that they are not.

    Shows the passages that meet side by side, the rare words that both say, the shortest way between them by links,
    and their tags in common. NOTE and OTHER are paths, titles or aliases. Exits with 1 when nothing joins them.
    """
    from vecna_notes.vault import Vault

    root = session.root()
    with hushed(session), Vault.open(root, session.folders, session.configuration(root)) as vault:
        found = vault.why(vault.resolve_path(note), vault.resolve_path(other))
    session.remember(root)
    if as_json:
        session.write(shapes.dumps(_shape(found, root)))
    else:
        for line in _lines(found, root, session.paint()):
            session.write(line)
    return 0 if found.meetings or found.words or found.way or found.tags else NOTHING


def _lines(found: Why, root: Path, paint: Paint) -> Iterator[str]:
    from vecna_notes.tui.phrases import shown_path

    one, other = (safe_line(title) or shown_path(path) for title, path in _named(found))
    arrow = paint.glyph("→", "->")
    yield f"{paint(one, 'title')} {arrow} {paint(other, 'title')}  {paint(found.closeness.words, 'accent')}"
    for number, pair in enumerate(found.meetings, 1):
        yield ""
        yield from _meeting(number, pair, root, paint)
    yield ""
    words = (f"{safe_line(one.word)} ({one.notes:,} of {found.notes:,} notes)" for one in found.words)
    yield from _listed("words", list(words) or ["no rare word in common"], paint)
    way = f" {arrow} ".join(shown_path(path) for path in found.way) or "no way by links"
    yield from _listed("links", [way], paint)
    if found.tags:
        yield from _listed("tags", [safe_line(f"#{tag}") for tag in found.tags], paint)


def _meeting(number: int, pair: MeetingPair, root: Path, paint: Paint) -> Iterator[str]:
    """Two columns, a passage in each."""
    width = (paint.width - _INDENT - _GAP) // 2
    sides = [_column(passage, width) for passage in (pair.source, pair.target)]
    places = [cut(f"{passage.path}:{passage.chunk.first_line}", width) for passage in (pair.source, pair.target)]
    score = paint(f"{number}. {pair.score:.2f} ", "dim") + paint.bar(pair.score)
    yield score
    left, right = (paint(safe_line(place), "meter") for place in places)
    yield _beside(left, right, (columns(safe_line(places[0])), width))
    for i in range(max(map(len, sides))):
        left, right = (side[i] if i < len(side) else "" for side in sides)
        yield _beside(left, right, (columns(left), width)).rstrip()


def _beside(left: str, right: str, widths: tuple[int, int]) -> str:
    return f"{' ' * _INDENT}{left}{' ' * (widths[1] - widths[0] + _GAP)}{right}"


def _column(passage: Passage, width: int) -> list[str]:
    from vecna_notes.tui.wrap import wrap

    text = _said(passage)
    lines = [text[start:end].rstrip() for start, end in wrap(text, width)]
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], cut(lines[_LINES - 1], width - 1) + "…"]
    return lines


def _said(passage: Passage) -> str:
    """One line of what the passage says."""
    from vecna_notes.types import Hit

    return safe_line(shapes.snippet(Hit(passage, 0.0)))


def _listed(name: str, parts: list[str], paint: Paint) -> Iterator[str]:
    from vecna_notes.tui.wrap import wrap

    text = ", ".join(parts)
    for number, (start, end) in enumerate(wrap(text, paint.width - 8)):
        yield (
            f"{paint(name if number == 0 else '', 'dim')}{' ' * (8 - (len(name) if number == 0 else 0))}"
            + text[start:end].rstrip()
        )


def _named(found: Why) -> list[tuple[str, str]]:
    return list(zip(found.titles, (found.source, found.target), strict=True))


def _shape(found: Why, root: Path) -> shapes.Shape:
    return {
        "schema": "vecna.why/1",
        "vault": str(root),
        "notes": [{"path": path, "title": title} for title, path in _named(found)],
        "closeness": {
            "level": found.closeness.level,
            "words": found.closeness.words,
            "probability": found.closeness.probability,
        },
        "meetings": [
            {"score": pair.score, "source": _place(pair.source), "target": _place(pair.target)}
            for pair in found.meetings
        ],
        "words": [{"word": one.word, "notes": one.notes, "weight": one.weight} for one in found.words],
        "of_notes": found.notes,
        "way": list(found.way),
        "tags": list(found.tags),
        "signals": {known.leg: shapes.signal(known) for known in found.signals},
    }


def _place(passage: Passage) -> shapes.Shape:
    return {
        "heading": shapes.heading(passage),
        "lines": shapes.lines(passage),
        "text": _said(passage),
    }
