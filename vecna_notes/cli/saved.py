"""`vecna saved`: searches that are kept, and tell which notes match them anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vecna_notes.cli import shapes
from vecna_notes.cli.ending import NOTHING
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.outputs import outputs, write_rows
from vecna_notes.cli.program import shared
from vecna_notes.cli.query_words import QueryCommand
from vecna_notes.cli.rows import Row
from vecna_notes.cli.session import Session
from vecna_notes.errors import ConfigError, VecnaError
from vecna_notes.text import safe_line

if TYPE_CHECKING:
    from vecna_notes.search.saved import SavedRun
    from vecna_notes.types import Hit
    from vecna_notes.vault import Vault


def _names(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    session = context.find_object(Session) or Session()
    try:
        with _opened(session, session.root()) as vault:
            return [one.name for one in vault.saved_searches() if one.name.startswith(begun)]
    except (VecnaError, OSError):
        return []


@click.group("saved")
def command() -> None:
    """Keep searches, and hear which notes match them since you last asked."""


@command.command("add", cls=QueryCommand)
@click.argument("name")
@click.argument("query", nargs=-1, required=True)
@shared
@click.pass_obj
def add(session: Session, name: str, query: tuple[str, ...]) -> int:
    """Keep QUERY under NAME. A search that has the name already is replaced, and begins anew.

    QUERY is one that `vecna search` takes.
    """
    from vecna_notes.search.query import analyse

    asked, called = " ".join(query), safe_line(name)
    if not called:
        raise ConfigError("a saved search needs a name, as in: vecna saved add bread 'levain tag:kitchen'")
    analysed = analyse(asked)
    if analysed.is_empty and not analysed.conditions:
        raise ConfigError("a saved search needs words or conditions, as in: vecna saved add bread 'levain tag:kitchen'")
    root = session.root()
    with hushed(session), _opened(session, root) as vault:
        is_known = called in {one.name for one in vault.saved_searches()}
        vault.save_search(called, asked)
    session.remember(root)
    for condition in analysed.conditions:
        if condition.problem:
            session.say(f"note: {condition.problem}")
    session.say(f"{'replaced' if is_known else 'saved'} {called}; `vecna saved run {called}` asks it")
    return 0


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@shared
@click.pass_obj
def list_them(session: Session, as_json: bool) -> int:
    """List the saved searches, and how many notes each has found so far."""
    root = session.root()
    with hushed(session), _opened(session, root) as vault:
        saved = vault.saved_searches()
    rows = [
        {"name": one.name, "query": one.query, "seen": None if one.seen is None else len(one.seen)} for one in saved
    ]
    if as_json:
        session.write(shapes.dumps({"schema": "vecna.saved-searches/1", "vault": str(root), "searches": rows}))
        return 0
    if not saved:
        session.say("no search is saved; `vecna saved add NAME QUERY` keeps one")
    paint = session.paint()
    width = max((len(safe_line(one.name)) for one in saved), default=0)
    for one in saved:
        seen = "not run yet" if one.seen is None else f"{len(one.seen)} seen"
        name = paint(safe_line(one.name).ljust(width), "title")
        session.write(f"{name}  {safe_line(one.query)}  {paint(seen, 'dim')}")
    return 0


@command.command("run")
@click.argument("name", required=False, shell_complete=_names)
@click.option("--keep-new", is_flag=True, help="Do not mark them as seen: the next run tells them again.")
@outputs
@shared
@click.pass_obj
def run(session: Session, name: str | None, keep_new: bool, form: str | None, template: str | None) -> int:
    """Tell which notes match a saved search, or all, that did not when it was last run.

    The first run tells all that match. Exits with 1 when nothing is new.
    """
    root = session.root()
    with hushed(session), _opened(session, root) as vault:
        runs = vault.run_saved(name, keep_new=True)
        if not runs:
            raise ConfigError("no search is saved; `vecna saved add NAME QUERY` keeps one")
        _write(session, root, runs, form, template)
        if not keep_new:  # once it was told
            vault.mark_seen(runs)
    session.remember(root)
    return 0 if any(one.new for one in runs) else NOTHING


@command.command("remove")
@click.argument("name", shell_complete=_names)
@shared
@click.pass_obj
def remove(session: Session, name: str) -> int:
    """Forget a saved search and what it has found. No note is touched."""
    root = session.root()
    with hushed(session), _opened(session, root) as vault:
        vault.forget_search(name)
    session.say(f"removed {safe_line(name)}")
    return 0


def _opened(session: Session, root: Path) -> Vault:
    from vecna_notes.vault import Vault

    return Vault.open(root, session.folders, session.configuration(root))


def _write(session: Session, root: Path, runs: list[SavedRun], form: str | None, template: str | None) -> None:
    rows = [_row(one, hit) for one in runs for hit in one.new]
    if form == "json":
        session.write(shapes.dumps(shapes.saved(runs, root)))
    elif not write_rows(session, root, rows, form, template):
        for number, one in enumerate(runs):
            _show(session, root, one, is_first=number == 0)
    for notice in dict.fromkeys(one.notice for one in runs if one.notice):
        session.say(f"note: {notice}")


def _row(one: SavedRun, hit: Hit) -> Row:
    row = Row.of_hit(hit)
    return replace(row, shape={"search": one.name, **row.shape})


def _show(session: Session, root: Path, one: SavedRun, is_first: bool) -> None:
    from vecna_notes.cli.listing import listed_hits

    paint = session.paint()
    counted = f"{len(one.new)} new of {len(one.matching)}" if one.new else f"nothing new, {len(one.matching)} match"
    session.write(f"{'' if is_first else chr(10)}{paint(safe_line(one.name), 'accent')}  {paint(counted, 'dim')}")
    for line in listed_hits(one.new, root, paint):
        session.write(line)
