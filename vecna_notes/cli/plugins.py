"""`vecna plugins`: everything that is offered, by whom, and what is missing or broken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from vecna_notes.cli.noise import hushed
from vecna_notes.cli.paint import Paint
from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session
from vecna_notes.cli.shapes import dumps
from vecna_notes.text import safe_line

if TYPE_CHECKING:
    from vecna_notes.registry import Broken, Offered

Row = tuple["Offered", str]
"""An offer, and why it cannot run here."""


@click.command("plugins")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@shared
@click.pass_obj
def command(session: Session, as_json: bool) -> int:
    """List what plugins offer. A broken plugin is a row with its reason."""
    with hushed(session):
        rows, broken = offers(session)
    if as_json:
        session.write(dumps(_shape(rows, broken)))
        return 0
    for line in _lines(rows, broken, session.paint()):
        session.write(line)
    return 0


def offers(session: Session) -> tuple[list[Row], list[Broken]]:
    """All offers of all kinds, and the plugins that failed."""
    from vecna_notes.registry import KINDS, Registry

    registry = Registry(session.folders.plugins, session.configuration().settings.plugins.disabled)
    rows = [(row, registry.missing(kind, row.offer.name)) for kind in KINDS for row in registry.offers(kind)]
    return rows, registry.broken


def _shape(rows: list[Row], broken: list[Broken]) -> dict[str, object]:
    return {
        "schema": "vecna.plugins/1",
        "plugins": [
            {
                "kind": row.kind,
                "name": row.offer.name,
                "summary": row.offer.summary,
                "plugin": row.plugin,
                "source": row.source,
                "missing": missing,
            }
            for row, missing in rows
        ],
        "broken": [{"plugin": row.plugin, "source": row.source, "reason": row.reason} for row in broken],
    }


def _lines(rows: list[Row], broken: list[Broken], paint: Paint) -> Iterator[str]:
    kind = ""
    for row, missing in rows:
        if row.kind != kind:
            yield ("\n" if kind else "") + paint(row.kind, "accent")
            kind = row.kind
        name = paint(f"  {safe_line(row.offer.name):<12}", "" if missing else "title")
        yield f"{name} {safe_line(row.offer.summary)}{paint(f'   {safe_line(row.source)}', 'dim')}"
        if missing:
            yield " " * 15 + paint(safe_line(missing), "warn")
    if broken:
        yield "\n" + paint("broken", "bad")
    for failed in broken:
        source = paint(f"   {safe_line(failed.source)}", "dim")
        yield f"  {safe_line(failed.plugin):<12} {safe_line(failed.reason)}{source}"
