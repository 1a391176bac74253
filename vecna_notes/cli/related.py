"""`vecna related`: notes near in meaning to a note, or to one of its sections."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vecna_notes.cli import shapes
from vecna_notes.cli.completing import note_names
from vecna_notes.cli.ending import NOTHING
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.outputs import outputs, write_rows
from vecna_notes.cli.program import shared
from vecna_notes.cli.rows import Row
from vecna_notes.cli.session import Session
from vecna_notes.cli.shapes import Answer
from vecna_notes.errors import NoteNotFound

if TYPE_CHECKING:
    from vecna_notes.vault import Vault

_PLACE = re.compile(r"(?P<name>.+):(?P<line>\d{1,9})(?::\d*)?", re.DOTALL)


@click.command("related")
@click.argument("note", metavar="NOTE[:LINE]|-", shell_complete=note_names)
@click.option("--unlinked", "--hide-linked", is_flag=True, help="Leave out notes that are linked already, either way.")
@click.option(
    "--same-folder/--other-folders", "same_folder", default=None, help="Only notes of its folder, or of others."
)
@click.option("--same-day/--other-days", "same_day", default=None, help="Only notes of its day, or of other days.")
@click.option(
    "--tag", "tags", multiple=True, metavar="TAG", help="Only notes with the tag, or one below it; may repeat."
)
@click.option("--explain", is_flag=True, help="Say what speaks for each note.")
@click.option(
    "-n", "--limit", type=click.IntRange(1, 1000), default=10, metavar="COUNT", help="How many notes to show."
)
@outputs
@shared
@click.pass_obj
def command(
    session: Session,
    note: str,
    unlinked: bool,
    same_folder: bool | None,
    same_day: bool | None,
    tags: tuple[str, ...],
    explain: bool,
    limit: int,
    form: str | None,
    template: str | None,
) -> int:
    """Show notes near to a note, or to its section at LINE: by meaning, rare words, names and links.

    Each comes with the passage that meets it, and with how close it is in words. NOTE is a path, a title or an alias.
    `-` reads names from stdin, one a line or ended by NUL bytes.
    """
    from vecna_notes.vault import Vault

    root = session.root()
    answers: list[Answer] = []
    with hushed(session), Vault.open(root, session.folders, session.configuration(root)) as vault:
        names = _names() if note == "-" else [note]
        for name in names:
            try:
                path, line = place(vault, name)
                found = vault.related(
                    path, line, limit, unlinked, same_folder=same_folder, same_day=same_day, tags=tags
                )
                answers.append((path, line, found))
            except NoteNotFound as error:
                if note != "-":
                    raise
                session.warn(str(error))
    session.remember(root)
    _write(session, root, answers, form, template, explain)
    return 0 if any(found for _path, _line, found in answers) else NOTHING


def place(vault: Vault, name: str) -> tuple[str, int | None]:
    """The note and line meant by "note:41"; a note whose very name ends so comes first."""
    match = _PLACE.fullmatch(name)
    if match is None or (vault.root / name).exists() or Path(name).exists():
        return vault.resolve_path(name), None
    return vault.resolve_path(match["name"]), max(int(match["line"]), 1)


def _names() -> list[str]:
    raw = sys.stdin.buffer.read()
    return [os.fsdecode(name) for name in raw.split(b"\0" if b"\0" in raw else b"\n") if name.strip()]


def _write(
    session: Session, root: Path, answers: list[Answer], form: str | None, template: str | None, explain: bool
) -> None:
    rows = [Row.of_related(note, path) for path, _line, found in answers for note in found]
    if form == "json":
        session.write(shapes.dumps(shapes.related(answers, root)))
    elif not write_rows(session, root, rows, form, template):
        _show(session, root, answers, explain)


def _show(session: Session, root: Path, answers: list[Answer], explain: bool) -> None:
    from vecna_notes.cli.listing import listed_related
    from vecna_notes.insight.closeness import WORDS
    from vecna_notes.tui.phrases import shown_path

    paint = session.paint()
    for number, (path, _line, found) in enumerate(answers):
        if len(answers) > 1:
            session.write(("\n" if number else "") + paint(shown_path(path), "accent"))
        if not found:
            session.say(f"nothing is near {shown_path(path)}")
        elif all(note.closeness == WORDS["far"] for note in found):
            session.say(f"{WORDS['far']} to {shown_path(path)}; what is least far from it:\n")
        for shown in listed_related(found, root, paint, explain):
            session.write(shown)
