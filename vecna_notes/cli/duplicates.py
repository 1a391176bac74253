"""`vecna duplicates`: pairs of notes that may be one too many."""

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
    from vecna_notes.insight.duplicates import DuplicatePair, Verdict
    from vecna_notes.vault import Vault

_CHOICES: dict[str, Verdict] = {"same": "same text", "rewritten": "rewritten", "adjacent": "adjacent"}
SAID = {
    "same text": "same text",
    "rewritten": "same idea rewritten",
    "adjacent": "merely adjacent",
    None: "not alike",
}
_GUTTER = 3


@click.group("duplicates", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option(
    "--verdict", type=click.Choice(list(_CHOICES)), help="Only these; without it, copies and rewrites are shown."
)
@click.option("-n", "--limit", type=click.IntRange(1, 10_000), default=50, metavar="COUNT", help="How many pairs.")
@shared
@click.pass_context
def command(context: click.Context, as_json: bool, verdict: str | None, limit: int) -> int:
    """List pairs of notes that may be one too many, the surest first.

    `same`: most of one stands in the other, word for word. `rewritten`: the same idea in other words. `adjacent`: near,
    as notes on one matter are. Nothing is changed. Exits with 1 when there is none.
    """
    if context.invoked_subcommand is not None:
        return 0
    session: Session = context.obj
    root = session.root()
    with hushed(session), opened(session, root) as vault:
        found = vault.duplicates(_CHOICES[verdict] if verdict else None, limit)
    session.remember(root)
    if as_json:
        rows = [_shape(one) for one in found]
        session.write(shapes.dumps({"schema": "vecna.duplicates/1", "vault": str(root), "pairs": rows}))
    elif not found:
        session.say("no two notes look like one too many")
    paint = session.paint()
    for one in () if as_json else found:
        session.write(f"{paint(SAID[one.verdict].ljust(20), 'accent')}{_names(one, paint)}")
        session.write(f"{'':20}{paint(safe_line(one.why), 'dim')}")
    return 0 if found else NOTHING


@command.command("show")
@click.argument("note", shell_complete=note_names)
@click.argument("other", shell_complete=note_names)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@shared
@click.pass_obj
def show(session: Session, note: str, other: str, as_json: bool) -> int:
    """Show any two notes side by side, with the verdict on them.

    Between them, `=` marks lines that are the same, `~` those that were changed, `<` and `>` those of one note only.
    """
    root = session.root()
    with hushed(session), opened(session, root) as vault:
        one = vault.compare(vault.resolve_path(note), vault.resolve_path(other))
        texts = [vault.text(path).splitlines() for path in (one.one, one.other)]
    session.remember(root)
    if as_json:
        session.write(shapes.dumps({"schema": "vecna.duplicate/1", "vault": str(root), **_shape(one)}))
        return 0
    paint = session.paint()
    session.write(f"{paint(SAID[one.verdict], 'accent')}  {_names(one, paint)}")
    session.write(paint(safe_line(one.why), "dim"))
    session.write("")
    for line in side_by_side(texts[0], texts[1], paint):
        session.write(line)
    return 0


@command.command("dismiss")
@click.argument("note", shell_complete=note_names)
@click.argument("other", shell_complete=note_names)
@shared
@click.pass_obj
def dismiss(session: Session, note: str, other: str) -> int:
    """Never propose two notes as duplicates again. No note is touched."""
    root = session.root()
    with hushed(session), opened(session, root) as vault:
        one, two = vault.resolve_path(note), vault.resolve_path(other)
        if one == two:
            raise click.UsageError("name two different notes, as in: vecna duplicates dismiss Bread 'Bread 1'")
        vault.dismiss_duplicate(one, two)
    session.say(f"{safe_line(one)} and {safe_line(two)} stay two notes; they are not proposed again")
    return 0


def opened(session: Session, root: Path) -> Vault:
    from vecna_notes.vault import Vault

    return Vault.open(root, session.folders, session.configuration(root))


def side_by_side(left: list[str], right: list[str], paint: Paint) -> Iterator[str]:
    """Two texts in two columns, wrapped, with a mark between them."""
    from textwrap import wrap

    from vecna_notes.tui.sides import aligned

    width = (paint.width - _GUTTER) // 2
    for row in aligned(left, right):
        halves = [wrap(safe_line(text), width) or [""] for text in (row.left, row.right)]
        for number in range(max(map(len, halves))):
            cells = [cut(half[number] if number < len(half) else "", width) for half in halves]
            style = "dim" if row.sign == "=" else "match"
            padding = " " * (width - columns(cells[0]))
            yield f"{cells[0]}{padding} {paint(row.sign, style)} {cells[1]}".rstrip()


def _names(one: DuplicatePair, paint: Paint) -> str:
    from vecna_notes.tui.phrases import shown_path

    return f"{paint(shown_path(one.one), 'title')}  {paint.glyph('↔', '<>')}  {paint(shown_path(one.other), 'title')}"


def _shape(one: DuplicatePair) -> shapes.Shape:
    return {
        "paths": [one.one, one.other],
        "titles": list(one.titles),
        "verdict": one.verdict,
        "why": one.why,
        "score": one.score,
        "contained": [round(share, 4) for share in one.contained],
        "likeness": round(one.likeness, 4),
        "margin": round(one.margin, 4),
        "ranks": list(one.ranks),
        "shared_words": round(one.shared, 4),
        "linked": one.is_linked,
    }
