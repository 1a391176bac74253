"""`vecna clusters`: what the notes are about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vecna_notes.cli.ending import NOTHING
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.paint import Paint, columns, cut
from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session
from vecna_notes.cli.shapes import dumps
from vecna_notes.text import safe_line

if TYPE_CHECKING:
    from vecna_notes.insight.topics import Topic, Topics
    from vecna_notes.vault import Vault

_NOTES = 3
"""Notes that are shown of each topic, the most central ones."""
_PARTS = 4


@click.command("clusters")
@click.option("--clusterer", metavar="NAME", help="Look with another one; what is remembered stays as it is.")
@click.option(
    "--level", type=click.Choice(["topics", "parts"]), default="parts", help="Topics alone, or with their parts."
)
@click.option("--refresh", is_flag=True, help="Look at everything anew, even where nothing changed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with all notes of each topic.")
@shared
@click.pass_obj
def command(session: Session, clusterer: str | None, level: str, refresh: bool, as_json: bool) -> int:
    """Show what the notes are about: topics, their parts, and the notes in the middle of each.

    Topics keep their ids, names and colours while notes come and go; `vecna topics` renames them and tells what
    became of them. It looks again only when notes have changed.
    """
    root = session.root()
    with hushed(session), opened(session, root) as vault:
        found = asked(session, vault, clusterer, refresh)
        titles = titles_of(vault)
    session.remember(root)
    if as_json:
        session.write(dumps(shape(found, root, level == "parts")))
        return 0 if found.topics else NOTHING
    paint = session.paint()
    for line in _lines(found, titles, paint, level == "parts"):
        session.write(line)
    session.say(_counted(found) + ("" if clusterer else "; `vecna topics show ID` lists the notes of one"))
    return 0 if found.topics else NOTHING


def opened(session: Session, root: Path) -> Vault:
    from vecna_notes.vault import Vault

    return Vault.open(root, session.folders, session.configuration(root))


def asked(session: Session, vault: Vault, clusterer: str | None = None, refresh: bool = False) -> Topics:
    """The vault's topics, with word of how far it is."""
    from vecna_notes.cli.narrate import Narrator

    with Narrator(session) as narrator:
        return vault.topics(refresh, clusterer, lambda progress: narrator({"event": "progress", **asdict(progress)}))


def titles_of(vault: Vault) -> dict[str, str]:
    return {one.note.path: one.note.title for one in vault.recent(1_000_000)}


def mark(slot: int, paint: Paint) -> str:
    """The shape of a topic, in its colour."""
    from vecna_notes.insight.looks import COLOURS
    from vecna_notes.insight.looks import shape as shape_of

    return paint(shape_of(slot, paint.is_ascii), f"topic{slot % len(COLOURS)}" if slot >= 0 else "dim")


def shape(found: Topics, root: Path, with_parts: bool) -> dict[str, Any]:
    return {
        "schema": "vecna.clusters/1",
        "vault": str(root),
        "clusterer": found.clusterer,
        "space": found.space,
        "made": found.made,
        "topics": [topic_shape(topic, with_parts) for topic in found.topics],
        "noise": list(found.noise),
    }


def topic_shape(topic: Topic, with_parts: bool = True) -> dict[str, Any]:
    from vecna_notes.insight.looks import colour
    from vecna_notes.insight.looks import shape as shape_of

    return {
        "id": topic.id,
        "name": topic.name,
        "renamed": topic.is_renamed,
        "status": topic.status,
        "colour": colour(topic.slot),
        "shape": shape_of(topic.slot),
        "terms": list(topic.terms),
        "notes": list(topic.notes),
        "parts": [topic_shape(part) for part in topic.parts] if with_parts else [],
    }


def _lines(found: Topics, titles: dict[str, str], paint: Paint, with_parts: bool) -> Iterator[str]:
    for number, topic in enumerate(found.topics):
        if number:
            yield ""
        yield head(topic, paint)
        yield "    " + paint(cut(safe_line(" ".join(topic.terms)), paint.width - 4), "dim")
        if with_parts and topic.parts:
            shown = ", ".join(f"{safe_line(part.name)} {len(part.notes)}" for part in topic.parts[:_PARTS])
            more = f", {len(topic.parts) - _PARTS} more" if len(topic.parts) > _PARTS else ""
            yield "    " + paint(cut(f"parts: {shown}{more}", paint.width - 4), "dim")
        for path in topic.notes[:_NOTES]:
            yield "    " + cut(safe_line(titles.get(path, path)), paint.width - 4)


def head(topic: Topic, paint: Paint) -> str:
    """One line: the topic's mark, id, name, status and number of notes."""
    status = "" if topic.status == "kept" else topic.status
    right = f"{status:>6} {len(topic.notes):>6,} notes"
    name = cut(safe_line(topic.name), paint.width - 9 - columns(right))
    gap = " " * (paint.width - 9 - columns(name) - columns(right))
    return (
        f"{mark(topic.slot, paint)} {paint(f'{topic.id:>4}', 'dim')}  {paint(name, 'title')}{gap} {paint(right, 'dim')}"
    )


def _counted(found: Topics) -> str:
    notes = sum(len(topic.notes) for topic in found.topics)
    noise = f", {len(found.noise):,} in none" if found.noise else ""
    return f"{notes:,} notes in {len(found.topics)} topics{noise} ({found.clusterer})"
