"""`vecna map`: the notes as points, in the terminal or as a file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vecna_notes.cli.clusters import mark, opened
from vecna_notes.cli.ending import NOTHING
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.paint import Paint, cut
from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session
from vecna_notes.cli.shapes import dumps
from vecna_notes.errors import VecnaError
from vecna_notes.text import safe_line

if TYPE_CHECKING:
    from vecna_notes.insight.atlas import Map
    from vecna_notes.insight.braille import Written
    from vecna_notes.insight.topics import Topic

FILE = click.Path(path_type=Path, dir_okay=False)
_LEGEND = 12
_STRETCH = 2.0
_FEWEST_LINES, _MOST_LINES = 12, 40


@click.command("map")
@click.option("--projector", metavar="NAME", help="What lays the notes out: tsne, pca, umap or a plugin's.")
@click.option("--redraw", is_flag=True, help="Lay everything out anew, not only what is new.")
@click.option("--svg", type=FILE, metavar="FILE", help="Write a picture that scales.")
@click.option("--png", type=FILE, metavar="FILE", help="Write a picture of pixels.")
@click.option("--html", type=FILE, metavar="FILE", help="Write one page to pan, zoom and search in.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with all points.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="Draw and keep it; only tell how far it is, as JSON lines.")
@shared
@click.pass_obj
def command(
    session: Session,
    projector: str | None,
    redraw: bool,
    svg: Path | None,
    png: Path | None,
    html: Path | None,
    as_json: bool,
    as_jsonl: bool,
) -> int:
    """Draw a map of the notes: what is near in meaning lies near, in the colours of its topics.

    New notes find their place on the map as it was; what you know stays where it is. A file that is there is replaced.
    """
    from vecna_notes.cli.narrate import Narrator

    root = session.root()
    if as_jsonl:
        return _tell(session, root, redraw)
    with hushed(session), opened(session, root) as vault:
        with Narrator(session) as narrator:
            drawn = vault.map(projector, redraw, lambda progress: narrator({"event": "progress", **asdict(progress)}))
        _write_files(session, drawn, root, svg, png, html)
    session.remember(root)
    if as_json:
        session.write(dumps(shape(drawn, root)))
    elif not (svg or png or html):
        paint = session.paint()
        for line in _lines(drawn, paint, *_size(paint)):
            session.write(line)
    return 0 if drawn.points else NOTHING


def _tell(session: Session, root: Path, redraw: bool) -> int:
    """What the screen starts: each map that is ready is an event."""

    def tell(event: str, **known: object) -> None:
        session.write(dumps({"event": event, **known}))

    try:
        with hushed(session), opened(session, root) as vault:
            for drawn in vault.maps(redraw, lambda progress: tell("progress", **asdict(progress))):
                tell("drawn", projector=drawn.projector, notes=len(drawn.points))
    except VecnaError as error:
        tell("error", text=str(error))
        raise
    return 0


def shape(drawn: Map, root: Path) -> dict[str, Any]:
    topics = [
        {"id": topic.id, "name": topic.name, "slot": topic.slot, "notes": len(topic.notes)}
        for topic in drawn.topics.topics
    ]
    return {
        "schema": "vecna.map/1",
        "vault": str(root),
        "projector": drawn.projector,
        "space": drawn.space,
        "topics": topics,
        "points": [
            {
                "path": one.path,
                "title": one.title,
                "x": round(one.x, 5),
                "y": round(one.y, 5),
                "topic": one.topic,
                "links": one.links,
                "modified": one.modified,
            }
            for one in drawn.points
        ],
    }


def _write_files(
    session: Session, drawn: Map, root: Path, svg: Path | None, png: Path | None, html: Path | None
) -> None:
    from vecna_notes.insight import pictures

    def write(file: Path | None, make: Callable[[], bytes]) -> None:
        if file is not None:
            file.expanduser().write_bytes(make())
            session.say(f"wrote {file}")

    write(svg, lambda: pictures.svg(drawn).encode())
    write(png, lambda: pictures.png(drawn))
    write(html, lambda: pictures.html(drawn, f"{root.name}: {len(drawn.points):,} notes").encode())


def _size(paint: Paint) -> tuple[int, int]:
    """Columns and lines: half as many lines as columns look square."""
    lines = shutil.get_terminal_size((80, 24)).lines - 4
    return paint.width, min(max(lines, _FEWEST_LINES), _MOST_LINES, paint.width // 2)


def _lines(drawn: Map, paint: Paint, width: int, height: int) -> Iterator[str]:
    import numpy as np

    from vecna_notes.insight.braille import View, braille, labels_of, written

    view = View.fitted(drawn.plane, width, height, _STRETCH)
    cells = braille(drawn.plane, drawn.slots, view, width, height, paint.is_ascii)
    ids = np.array([one.topic or 0 for one in drawn.points], dtype=np.int64)
    names = [(topic.id, _short(topic), topic.slot) for topic in drawn.topics.topics]
    labels = written(labels_of(drawn.plane, ids, names), view, width, height)
    for row, (characters, slots) in enumerate(zip(cells.lines(), cells.slots.tolist(), strict=True)):
        yield _line(characters, slots, [one for one in labels if one.row == row], paint)
    yield ""
    yield from _legend(drawn, paint)


def _short(topic: Topic) -> str:
    """The first of the terms that name a topic: more would hide the notes."""
    name = safe_line(topic.name)
    return name if topic.is_renamed else name.split(" & ")[0]


def _line(characters: str, slots: list[int], labels: list[Written], paint: Paint) -> str:
    """One row: marks in the colours of their topics, and over them the labels."""
    parts, at = [], 0
    for label in sorted(labels, key=lambda one: one.column):
        parts += [_marks(characters, slots, at, label.column, paint), paint(label.text, "title")]
        at = label.column + label.width
    return ("".join(parts) + _marks(characters, slots, at, len(characters), paint)).rstrip()


def _marks(characters: str, slots: list[int], start: int, end: int, paint: Paint) -> str:
    runs = groupby(range(start, end), key=lambda i: slots[i] if characters[i] != " " else None)
    return "".join(
        paint("".join(characters[i] for i in run), "" if slot is None else "dim" if slot < 0 else f"topic{slot % 8}")
        for slot, run in runs
    )


def _legend(drawn: Map, paint: Paint) -> Iterator[str]:
    for topic in drawn.topics.topics[:_LEGEND]:
        name = cut(safe_line(topic.name), paint.width - 12)
        yield f"{mark(topic.slot, paint)} {name} {paint(f'{len(topic.notes):,}', 'dim')}"
    rest = len(drawn.topics.topics) - _LEGEND
    more = f"{rest} more topics, " if rest > 0 else ""
    yield paint(f"{more}{len(drawn.points):,} notes, {drawn.projector}", "dim")
