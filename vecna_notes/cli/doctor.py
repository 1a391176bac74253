"""`vecna doctor`: what is right, what is not, and what puts it right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vecna_notes.cli.ending import NOTHING
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session
from vecna_notes.cli.shapes import dumps
from vecna_notes.errors import VaultNotFound
from vecna_notes.text import safe_line

if TYPE_CHECKING:
    from vecna_notes.cli.checks import Check

_STYLES = {"ok": "good", "warn": "warn", "fail": "bad"}


@click.command("doctor")
@click.argument("folder", required=False, metavar="[VAULT]", type=click.Path(path_type=Path))
@click.option("--deep", is_flag=True, help="Verify the checksum of every text and vector, too.")
@click.option("--repair", is_flag=True, help="Set the index right first, as far as that goes without reading notes.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@shared
@click.pass_obj
def command(session: Session, folder: Path | None, deep: bool, repair: bool, as_json: bool) -> int:
    """Check the installation, the settings and the index, and say what helps.

    Exit code 1: something fails.
    """
    with hushed(session):
        if repair:
            _repair(session, session.root(folder))
        rows = list(_checks(session, folder, deep))
    if as_json:
        table = [{"name": row.name, "state": row.state, "text": row.text, "fix": row.fix} for row in rows]
        session.write(dumps({"schema": "vecna.doctor/1", "checks": table}))
    else:
        _show(session, rows)
    return NOTHING if any(row.state == "fail" for row in rows) else 0


def _checks(session: Session, folder: Path | None, is_deep: bool) -> Iterator[Check]:
    from vecna_notes.cli import checks

    yield from checks.machine()
    yield checks.weights(session)
    yield from checks.places(session)
    yield from checks.plugins(session)
    yield from checks.ranker(session)
    try:
        root = session.root(folder)
    except VaultNotFound as error:
        if folder is not None:
            raise
        yield checks.Check("vault", "warn", "none is indexed yet", str(error).partition("; ")[2])
        return
    yield from checks.vault(session, root, is_deep)


def _repair(session: Session, root: Path) -> None:
    from vecna_notes.vault import Vault

    with Vault.open(root, session.folders, session.configuration(root), write=True) as vault:
        done = vault.store.repair()
    for sentence in done:
        session.say(sentence)
    session.say("`vecna index` does the rest" if done else "there was nothing to repair")


def _show(session: Session, rows: list[Check]) -> None:
    paint = session.paint()
    marks = {"ok": paint.glyph("✓", "ok"), "warn": paint.glyph("!", "!"), "fail": paint.glyph("✗", "x")}
    for row in rows:
        mark = paint(f"{marks[row.state]:<2}", _STYLES[row.state])
        session.write(f"{mark} {row.name:<22} {safe_line(row.text)}")
        if row.fix and row.state != "ok":
            session.write(f"{'':26}{paint(f'→ {safe_line(row.fix)}', 'dim')}")
