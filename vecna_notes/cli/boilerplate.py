"""`vecna boilerplate`: lines that many notes repeat, and which of them are left out of what is embedded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vecna_notes.cli.ending import NOTHING
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.paint import Paint, cut
from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session
from vecna_notes.cli.shapes import Shape, dumps
from vecna_notes.errors import ConfigError
from vecna_notes.text import safe_line

if TYPE_CHECKING:
    from vecna_notes.ingest.boilerplate import Repeated
    from vecna_notes.ingest.recut import Decided
    from vecna_notes.vault import Vault

_NEXT = "`vecna index` embeds the notes that this concerns anew"


@click.group("boilerplate", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@shared
@click.pass_context
def command(context: click.Context, as_json: bool) -> int:
    """List lines that many notes repeat: templates, navigation, footers. They are not embedded.

    They say nothing of the note they stand in. They are shown, and found by words, like everything else. Lines that
    differ only in numbers and dates count as one.
    """
    session: Session = context.obj
    if context.invoked_subcommand is not None:
        return 0
    root = session.root()
    with hushed(session), _opened(session, root) as vault:
        found, decided = vault.boilerplate()
    session.remember(root)
    if as_json:
        session.write(dumps(_shape(root, found, decided)))
        return 0
    for line in _lines(found, decided, session.paint()):
        session.write(line)
    if decided.is_off:
        session.say("all of them are embedded; `vecna boilerplate on` leaves them out again")
    elif not found and not decided.dropped:
        session.say("no line is repeated by many notes")
    return 0 if found or decided.dropped else NOTHING


@command.command("keep")
@click.argument("line", metavar="LINE|NUMBER")
@shared
@click.pass_obj
def keep(session: Session, line: str) -> int:
    """Embed a line all the same. NUMBER is its place in the list."""
    with hushed(session), _opened(session, session.root()) as vault:
        found, decided = vault.boilerplate()
        one = _meant(line, found)
        if one.mask not in decided.dropped and one.mask not in {known.mask for known in found}:
            raise ConfigError(f"{safe_line(line)!r} is not in the list; `vecna boilerplate` shows it")
        vault.decide_boilerplate(replace(decided, kept=decided.kept | {one.mask}, dropped=decided.dropped - {one.mask}))
    session.say(f"kept {safe_line(one.text)!r}; {_NEXT}")
    return 0


@command.command("drop")
@click.argument("line", metavar="LINE|NUMBER")
@shared
@click.pass_obj
def drop(session: Session, line: str) -> int:
    """Leave a line out, though few notes hold it. One that was kept is left out again."""
    with hushed(session), _opened(session, session.root()) as vault:
        found, decided = vault.boilerplate()
        one = _meant(line, found)
        is_found = one.mask in {known.mask for known in found}
        dropped = decided.dropped if is_found else decided.dropped | {one.mask}
        vault.decide_boilerplate(replace(decided, kept=decided.kept - {one.mask}, dropped=dropped))
    session.say(f"dropped {safe_line(one.text)!r}; {_NEXT}")
    return 0


@command.command("off")
@shared
@click.pass_obj
def off(session: Session) -> int:
    """Embed every line; what was kept and dropped stays known."""
    return _switch(session, True)


@command.command("on")
@shared
@click.pass_obj
def on(session: Session) -> int:
    """Leave boilerplate out, which is how it is at first."""
    return _switch(session, False)


def _switch(session: Session, is_off: bool) -> int:
    with hushed(session), _opened(session, session.root()) as vault:
        vault.decide_boilerplate(replace(vault.boilerplate()[1], is_off=is_off))
    session.say(f"every line is embedded; {_NEXT}" if is_off else f"boilerplate is left out; {_NEXT}")
    return 0


def _opened(session: Session, root: Path) -> Vault:
    from vecna_notes.vault import Vault

    return Vault.open(root, session.folders, session.configuration(root))


def _meant(line: str, found: list[Repeated]) -> Repeated:
    """The line of that number or of those words; a line of its own where the list has none."""
    from vecna_notes.ingest.boilerplate import Repeated, mask

    if line.isdecimal() and 1 <= int(line) <= len(found):
        return found[int(line) - 1]
    key = mask(line.lstrip("# "))
    if not key:
        raise ConfigError(f"{safe_line(line)!r} has neither letters nor digits, so it is never boilerplate")
    return next((one for one in found if one.mask == key), Repeated(key, line, 0))


def _lines(found: list[Repeated], decided: Decided, paint: Paint) -> Iterator[str]:
    for number, one in enumerate(found, 1):
        text = cut(safe_line(f"# {one.text}" if one.is_heading else one.text), max(paint.width - 30, 20))
        state = paint("  embedded all the same", "accent") if one.mask in decided.kept or decided.is_off else ""
        yield f"{paint(f'{number:>4}', 'dim')}  {one.notes:>5} notes  {text}{state}"
    for key in sorted(decided.dropped):
        yield f"{'':4}  {'dropped':>11}  {cut(safe_line(key), max(paint.width - 30, 20))}"


def _shape(root: Path, found: list[Repeated], decided: Decided) -> Shape:
    return {
        "schema": "vecna.boilerplate/1",
        "vault": str(root),
        "on": not decided.is_off,
        "lines": [
            {
                "number": number,
                "text": one.text,
                "notes": one.notes,
                "heading": one.is_heading,
                "embedded": decided.is_off or one.mask in decided.kept,
            }
            for number, one in enumerate(found, 1)
        ],
        "dropped": sorted(decided.dropped),
    }
