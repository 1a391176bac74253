"""`vecna embedders`: which ways of computing meaning there are, and which one a vault uses."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import click

from vecna_notes.cli.index import How, index, interruptible
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.paint import Paint
from vecna_notes.cli.plugins import Row, offers
from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session
from vecna_notes.cli.shapes import dumps
from vecna_notes.errors import Busy, NeedsConsent, NotIndexed, VaultNotFound
from vecna_notes.text import safe_line

if TYPE_CHECKING:
    from vecna_notes.types import SpaceStatus
    from vecna_notes.vault import Vault


@click.group("embedders")
def command() -> None:
    """List embedders, choose one for a vault, remove what one has made."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@shared
@click.pass_obj
def list_them(session: Session, as_json: bool) -> int:
    """List the embedders that are offered, and the vectors that this vault has of each."""
    with hushed(session):
        rows = [row for row in offers(session)[0] if row[0].kind == "embedders"]
        choice, spaces = _of_vault(session)
    if as_json:
        session.write(dumps(_shape(rows, choice, spaces)))
        return 0
    for line in _lines(rows, choice, spaces, session.paint()):
        session.write(line)
    return 0


@command.command("use")
@click.argument("name")
@click.option("--later", is_flag=True, help="Only choose; the next `vecna index` computes the vectors.")
@click.option("--download", is_flag=True, help="Fetch the model from the hub, without asking, if it is not here.")
@shared
@click.pass_obj
def use(session: Session, name: str, later: bool, download: bool) -> int:
    """Choose this vault's embedder, and compute its vectors.

    NAME is one that `vecna embedders list` names, "auto" for the best of them one after the other, "multilingual"
    for a model that reads 50 languages, or one with a model, "sbert:BAAI/bge-small-en-v1.5". The vectors in use go on
    answering until the new ones are complete.
    """
    from vecna_notes.models import ALIASES, is_tuned_name
    from vecna_notes.vault import Vault

    root = session.root()
    embedder, _, model = ALIASES.get(name, name).partition(":")
    if embedder == "auto" and (model or download):
        raise click.UsageError("auto takes no model; name the embedder, as in: vecna embedders use sbert --download")
    choose = partial(_choose, session, embedder, {"model": model} if model else {}, download)
    if is_tuned_name(model) and Vault.writer(root, session.folders) is not None:
        with hushed(session), Vault.open(root, session.folders, session.configuration(root)) as vault:
            choose(vault)
        session.say(f"{safe_line(name)} it is, as soon as the process that writes the index has seen it")
        return 0
    with interruptible():
        if not later:
            return index(session, root, How(), choose)
        with hushed(session), Vault.open(root, session.folders, session.configuration(root), write=True) as vault:
            choose(vault)
    session.say(f"{safe_line(name)} it is; `vecna index` computes its vectors")
    return 0


def _choose(session: Session, name: str, options: dict[str, object], may_fetch: bool, vault: Vault) -> None:
    """Fetches nothing of which the user has not seen the size and said yes."""
    from vecna_notes.tui.phrases import size

    try:
        vault.use(name, options)
    except NeedsConsent as needed:
        if not (may_fetch or session.can_ask):
            raise
        model = safe_line(str(options.get("model") or vault.embedder_options(name).get("model") or f"of {name}"))
        fetched = f"{size(needed.size())} from the hub"
        if not may_fetch and not session.confirm(f"The model {model} is not on this machine. Fetch {fetched}?"):
            raise
        session.say(f"fetching {fetched}: {model}")
        vault.use(name, {**options, "download": True})


@command.command("remove")
@click.argument("key")
@shared
@click.pass_obj
def remove(session: Session, key: str) -> int:
    """Delete the vectors of an embedder, or of one space by its KEY. Those in use stay."""
    from vecna_notes.vault import Vault

    root = session.root()
    with hushed(session), Vault.open(root, session.folders, session.configuration(root), write=True) as vault:
        vault.remove_space(key)
    session.say(f"removed {safe_line(key)}")
    return 0


@command.command("rollback")
@shared
@click.pass_obj
def rollback(session: Session) -> int:
    """Let the embedder answer again that did before the tuned one. Its vectors are still there, so it takes no time."""
    from vecna_notes.vault import Vault

    root = session.root()
    configuration = session.configuration(root)
    try:
        with hushed(session), Vault.open(root, session.folders, configuration, write=True) as vault:
            gone = vault.rollback()
            said = f"{gone.name} is not used any more"
    except Busy:
        with hushed(session), Vault.open(root, session.folders, configuration) as vault:
            gone = vault.rollback()
            said = f"{gone.name} is not used any more, as soon as the process that writes the index has seen it"
    session.say(f"{said}; it is kept: vecna embedders use {gone.space.embedder if gone.space else ''}:{gone.name}")
    return 0


def _of_vault(session: Session) -> tuple[str, tuple[SpaceStatus, ...]]:
    """The setting of the vault meant, and its spaces; the configured setting where no vault is indexed yet."""
    from vecna_notes.vault import Vault

    try:
        root = session.root()
        with Vault.open(root, session.folders, session.configuration(root)) as vault:
            return vault.embedder_setting, vault.status().spaces
    except (VaultNotFound, NotIndexed):
        return session.configuration().settings.index.embedder, ()


def _shape(rows: list[Row], choice: str, spaces: tuple[SpaceStatus, ...]) -> dict[str, object]:
    from vecna_notes.models import ALIASES

    return {
        "schema": "vecna.embedders/1",
        "choice": choice,
        "aliases": dict(ALIASES),
        "embedders": [
            {
                "name": row.offer.name,
                "summary": row.offer.summary,
                "missing": missing,
                "spaces": [one.space.key for one in spaces if one.space.embedder == row.offer.name],
                "active": any(one.is_active for one in spaces if one.space.embedder == row.offer.name),
            }
            for row, missing in rows
        ],
    }


def _lines(rows: list[Row], choice: str, spaces: tuple[SpaceStatus, ...], paint: Paint) -> Iterator[str]:
    from vecna_notes.models import ALIASES, is_tuned_name

    yield f"{paint('chosen', 'dim')}  {safe_line(choice)}"
    for row, missing in rows:
        own = [one for one in spaces if one.space.embedder == row.offer.name]
        mark = paint.glyph("●", "*") if any(one.is_active for one in own) else paint.glyph("○", "o")
        name = paint(f"{safe_line(row.offer.name):<12}", "" if missing else "title")
        yield f"{mark} {name} {safe_line(row.offer.summary)}"
        for one in own:
            state = "complete" if one.is_complete else f"{one.missing:,} texts to go"
            active = ", answers" if one.is_active else ""
            tuned = f"  {one.space.model}" if is_tuned_name(one.space.model) else ""
            yield paint(f"{'':15}{one.space.key}{tuned}  {one.vectors:,} vectors, {state}{active}", "dim")
        if missing:
            yield f"{'':15}{paint(safe_line(missing), 'warn')}"
    for alias, meant in ALIASES.items():
        yield f"  {alias:<12} {paint(f'short for {meant}', 'dim')}"
