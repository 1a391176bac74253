"""`vecna again`: notes worth another look today."""

from __future__ import annotations

from dataclasses import asdict

import click

from vecna_notes.cli import shapes
from vecna_notes.cli.completing import note_names
from vecna_notes.cli.duplicates import opened
from vecna_notes.cli.ending import NOTHING
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session
from vecna_notes.text import safe_line


@click.group("again", invoke_without_command=True)
@click.option("-n", "--limit", type=click.IntRange(1, 100), default=5, metavar="COUNT", help="How many notes.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@shared
@click.pass_context
def command(context: click.Context, limit: int, as_json: bool) -> int:
    """Show notes unseen for long that are near to this week's work, and one at random.

    The same ones all day. Exits with 1 when no note is old enough.
    """
    if context.invoked_subcommand is not None:
        return 0
    session: Session = context.obj
    root = session.root()
    with hushed(session), opened(session, root) as vault:
        found = vault.resurface(limit)
    session.remember(root)
    if as_json:
        notes = [asdict(one) for one in found]
        session.write(shapes.dumps({"schema": "vecna.again/1", "vault": str(root), "notes": notes}))
    elif not found:
        session.say("no note has been left alone for three months yet")
    paint = session.paint()
    for one in () if as_json else found:
        session.write(f"{paint(safe_line(one.title), 'title')}  {paint(safe_line(one.path), 'dim')}")
        session.write(f"    {safe_line(one.why)}")
    return 0 if found else NOTHING


@command.command("later")
@click.argument("note", shell_complete=note_names)
@shared
@click.pass_obj
def later(session: Session, note: str) -> int:
    """Not today: do not show a note again before tomorrow."""
    root = session.root()
    with hushed(session), opened(session, root) as vault:
        path = vault.resolve_path(note)
        vault.not_today(path)
    session.say(f"{safe_line(path)} is not shown again before tomorrow")
    return 0
