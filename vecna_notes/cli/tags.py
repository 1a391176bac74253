"""`vecna tags`: which there are, and which more would fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vecna_notes.cli import shapes
from vecna_notes.cli.completing import note_names
from vecna_notes.cli.duplicates import opened
from vecna_notes.cli.ending import NOTHING
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session
from vecna_notes.text import safe_line

if TYPE_CHECKING:
    from vecna_notes.insight.tagging import Tag, TagSuggestion


@click.group("tags", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@shared
@click.pass_context
def command(context: click.Context, as_json: bool) -> int:
    """List the tags with the number of notes that carry them, or one below them."""
    if context.invoked_subcommand is not None:
        return 0
    session: Session = context.obj
    root = session.root()
    with hushed(session), opened(session, root) as vault:
        found = vault.tags()
    session.remember(root)
    if as_json:
        rows = [{"tag": one.name, "notes": one.notes, "own": one.own, "children": list(one.children)} for one in found]
        session.write(shapes.dumps({"schema": "vecna.tags/1", "vault": str(root), "tags": rows}))
    elif not found:
        session.say("no note has a tag")
    paint = session.paint()
    for one in () if as_json else found:
        session.write(f"{paint(f'{one.notes:6,}', 'dim')}  {_indented(one)}")
    return 0 if found else NOTHING


@command.command("suggest")
@click.argument("note", required=False, shell_complete=note_names)
@click.option("-n", "--limit", type=click.IntRange(1, 10_000), default=20, metavar="COUNT", help="How many to show.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@shared
@click.pass_obj
def suggest(session: Session, note: str | None, limit: int, as_json: bool) -> int:
    """Suggest tags for NOTE, or for the whole vault, the surest first. Nothing is written.

    Learned from your own tags that at least five notes carry. Each suggestion says how often the like of it was right
    on notes that were held out. Exits with 1 when there is none.
    """
    root = session.root()
    with hushed(session), opened(session, root) as vault:
        found = vault.suggest_tags(vault.resolve_path(note) if note else None, limit)
        report = vault.tag_report()
    session.remember(root)
    if as_json:
        held_out = {
            "tags": report.tags,
            "suggested": report.suggested,
            "right": report.right,
            "precision": round(report.precision, 4),
            "recall": round(report.recall, 4),
        }
        rows = [_shape(one) for one in found]
        whole = {"schema": "vecna.tag-suggestions/1", "vault": str(root), "suggestions": rows, "held_out": held_out}
        session.write(shapes.dumps(whole))
        return 0 if found else NOTHING
    paint = session.paint()
    for one in found:
        session.write(f"{paint(safe_line(one.path), 'title')}  {paint('#' + safe_line(one.tag), 'accent')}")
        session.write(f"    {paint(safe_line(one.why), 'dim')}")
    if not report.tags:
        session.say("no tag is carried by five notes yet, so there is nothing to learn from")
    elif not found:
        session.say("no further tag fits well enough")
    if report.suggested:
        session.say(
            f"learned {report.tags} tags; on notes held out, {report.precision:.0%} of {report.suggested} suggestions"
            f" were right, and {report.recall:.0%} of the tags were found"
        )
    return 0 if found else NOTHING


def _indented(one: Tag) -> str:
    parent, slash, name = safe_line(one.name).rpartition("/")
    return f"{'  ' * (parent.count('/') + 1) if slash else ''}#{parent}{slash}{name}"


def _shape(one: TagSuggestion) -> shapes.Shape:
    return {
        "path": one.path,
        "title": one.title,
        "tag": one.tag,
        "precision": round(one.precision, 4),
        "right": one.right,
        "cases": one.cases,
        "near": list(one.near),
        "words": list(one.words),
        "why": one.why,
    }
