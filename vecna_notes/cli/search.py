"""`vecna search`: notes for a query."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vecna_notes.cli import shapes
from vecna_notes.cli.ending import NOTHING
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.outputs import outputs, write_rows
from vecna_notes.cli.program import shared
from vecna_notes.cli.rows import Row
from vecna_notes.cli.session import Session

if TYPE_CHECKING:
    from vecna_notes.types import Found


@click.command("search")
@click.argument("query", nargs=-1, required=True)
@click.option("--mode", type=click.Choice(["hybrid", "semantic", "keyword"]), help="Words, meaning or both.")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), metavar="COUNT", help="How many notes to show.")
@click.option("--explain", is_flag=True, help="Show which ways found each note, at which rank.")
@outputs
@shared
@click.pass_obj
def command(
    session: Session,
    query: tuple[str, ...],
    mode: str | None,
    limit: int | None,
    explain: bool,
    form: str | None,
    template: str | None,
) -> int:
    """Find notes by meaning and by word.

    Any text is a query. Write `--` before one that begins with a dash.
    """
    root = session.root()
    with hushed(session):
        found = _found(session, root, " ".join(query), mode, limit)
    session.remember(root)
    if form == "json":
        session.write(shapes.dumps(shapes.search(found, root)))
    elif not write_rows(session, root, [Row.of_hit(hit) for hit in found.hits], form, template):
        _show(session, root, found, explain)
    if found.notice:
        session.say(f"note: {found.notice}")
    return 0 if found.hits else NOTHING


def _found(session: Session, root: Path, query: str, mode: str | None, limit: int | None) -> Found:
    """The answer of the screen that has this vault open, whose model is warm; else our own."""
    from vecna_notes.service import ask
    from vecna_notes.vault import Vault

    configuration = session.configuration(root)
    search = configuration.settings.search
    asked = {"query": query, "mode": mode or search.mode, "limit": limit or search.limit}
    answer: Found | None = ask(session.folders.vault(root), "search", **asked)
    if answer is not None:
        return answer
    with Vault.open(root, session.folders, configuration) as vault:
        for notice in vault.store.notices:
            session.say(f"note: {notice}")
        return vault.search(query, mode, limit)


def _show(session: Session, root: Path, found: Found, explain: bool) -> None:
    from vecna_notes.cli.listing import listed_hits
    from vecna_notes.tui.phrases import plural, space_name

    if not found.hits:
        session.say(
            f"nothing found for {found.query!r}" if found.query.strip() else "nothing found: the query is empty"
        )
        return
    for line in listed_hits(found.hits, root, session.paint(), explain):
        session.write(line)
    meaning = f" · {space_name(found.space)}" if found.space else ""
    session.say(f"\n{plural(len(found.hits), 'note')} in {found.seconds * 1000:.0f} ms{meaning}")
