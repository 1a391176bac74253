"""`vecna search`: notes for a query, why they were found, and why another was not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vecna_notes.cli import shapes
from vecna_notes.cli.completing import note_names
from vecna_notes.cli.ending import NOTHING
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.outputs import outputs, write_rows
from vecna_notes.cli.program import shared
from vecna_notes.cli.query_words import QueryCommand
from vecna_notes.cli.rows import Row
from vecna_notes.cli.session import Session
from vecna_notes.errors import NoteNotFound

if TYPE_CHECKING:
    from vecna_notes.search.explain import Whereabouts
    from vecna_notes.types import Found
    from vecna_notes.vault import Vault


@dataclass(frozen=True, slots=True)
class Asked:
    """What is searched for, and how. Notes are as they were named."""

    query: str
    mode: str | None
    limit: int | None
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    rerank: bool = False
    expected: str | None = None

    @property
    def names_notes(self) -> bool:
        return bool(self.more or self.less or self.expected)


@click.command("search", cls=QueryCommand)
@click.argument("query", nargs=-1)
@click.option("--mode", type=click.Choice(["hybrid", "semantic", "keyword"]), help="Words, meaning or both.")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), metavar="COUNT", help="How many notes to show.")
@click.option("--more", multiple=True, metavar="NOTE", shell_complete=note_names, help="More like this note.")
@click.option("--less", multiple=True, metavar="NOTE", shell_complete=note_names, help="Less like this note.")
@click.option("--rerank", is_flag=True, help="Let a ranker read the best notes together with the query.")
@click.option("--explain", is_flag=True, help="Show what speaks for each note, and how much.")
@click.option("--expect", "expected", metavar="NOTE", shell_complete=note_names, help="Say what became of this note.")
@outputs
@shared
@click.pass_obj
def command(
    session: Session,
    query: tuple[str, ...],
    mode: str | None,
    limit: int | None,
    more: tuple[str, ...],
    less: tuple[str, ...],
    rerank: bool,
    explain: bool,
    expected: str | None,
    form: str | None,
    template: str | None,
) -> int:
    """Find notes by meaning and by word.

    Any text is a query. Parts such as tag:recipe, path:work, -draft or
    after:2024-05 narrow it; one that cannot be understood is named, and read as words.

    A NOTE is a path, a title or an alias. With --expect, success means that the note is shown.
    """
    if not query and not more and not less:
        raise click.UsageError("there is no query; write some words, or --more NOTE")
    root = session.root()
    with hushed(session):
        found, place = _answer(session, root, Asked(" ".join(query), mode, limit, more, less, rerank, expected))
    session.remember(root)
    if form == "json":
        session.write(shapes.dumps(shapes.search(found, root, place)))
    elif not write_rows(session, root, [Row.of_hit(hit) for hit in found.hits], form, template):
        _show(session, root, found, place, explain)
    elif place is not None:
        session.say(f"{place.title}: {place.sentence}")
    for problem in (found.notice, *(condition.problem for condition in found.conditions)):
        if problem:
            session.say(f"note: {problem}")
    is_good = place.at == "shown" if place else bool(found.hits)
    return 0 if is_good else NOTHING


def _answer(session: Session, root: Path, asked: Asked) -> tuple[Found, Whereabouts | None]:
    """From the screen that has this vault open, whose model is warm, if that can answer all; else our own."""
    from vecna_notes.service import ask
    from vecna_notes.vault import Vault

    configuration = session.configuration(root)
    search = configuration.settings.search
    if not asked.names_notes:
        plain = {"query": asked.query, "mode": asked.mode or search.mode, "limit": asked.limit or search.limit}
        answer: Found | None = ask(
            session.folders.vault(root), "search", **plain, **({"rerank": True} if asked.rerank else {})
        )
        if answer is not None:
            return answer, None
    with Vault.open(root, session.folders, configuration) as vault:
        for notice in vault.store.notices:
            session.say(f"note: {notice}")
        return _searched(vault, asked)


def _searched(vault: Vault, asked: Asked) -> tuple[Found, Whereabouts | None]:
    more, less = ([vault.resolve_path(name) for name in names] for names in (asked.more, asked.less))
    expected = _expected(vault, asked.expected) if asked.expected else None
    found = vault.search(asked.query, asked.mode, asked.limit, more=more, less=less, rerank=asked.rerank)
    if expected is None:
        return found, None
    return found, vault.whereabouts(asked.query, expected, asked.mode, asked.limit)


def _expected(vault: Vault, name: str) -> str:
    """Its path; a file that is not indexed is a note, too, that one may have expected."""
    try:
        return vault.resolve_path(name)
    except NoteNotFound:
        if (vault.root / name).is_file():
            return name
        raise


def _show(session: Session, root: Path, found: Found, place: Whereabouts | None, explain: bool) -> None:
    from vecna_notes.cli.listing import listed_hits, listed_place
    from vecna_notes.tui.phrases import plural, space_name

    if place is not None:
        for line in listed_place(place, root, session.paint()):
            session.write(line)
        return
    if not found.hits:
        _show_nothing(session, root, found)
        return
    if found.closeness:
        session.say(f"{found.closeness}: no note seems to speak of this; what is least far from it:\n")
    for line in listed_hits(found.hits, root, session.paint(), explain):
        session.write(line)
    meaning = f" · {space_name(found.space)}" if found.space else ""
    session.say(f"\n{plural(len(found.hits), 'note')} in {found.seconds * 1000:.0f} ms{meaning}")
    if filters := _filters(found):
        session.say(filters)


def _show_nothing(session: Session, root: Path, found: Found) -> None:
    """What kept notes out, and what would be closest without it: beside the answer, which is that there is none."""
    from vecna_notes.cli.listing import listed_hits

    what = f" for {found.query!r}" if found.query.strip() else ": the query is empty"
    session.say(f"nothing found{what}")
    if filters := _filters(found):
        session.say(filters)
    if found.closest:
        session.say("closest by meaning without the filters:" if filters else "closest by meaning:")
        plain = replace(session.paint(session.err), has_color=False, has_links=False)
        for line in listed_hits(found.closest, root, plain):
            session.say(line)


def _filters(found: Found) -> str:
    from vecna_notes.tui.phrases import plural

    kept = [condition for condition in found.conditions if condition.removed is not None]
    said = [f"{condition.text} keeps out {plural(condition.removed or 0, 'note')}" for condition in kept]
    return " · ".join(said)
