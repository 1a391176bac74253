"""`vecna config`: the settings, where each comes from, and whether they are right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session
from vecna_notes.cli.shapes import dumps
from vecna_notes.config import Configuration, flattened, make_private
from vecna_notes.errors import VaultNotFound
from vecna_notes.text import safe_line

_PLACES = ("config", "plugins", "data", "models", "log", "index")
_HEADER = "# Your settings. `vecna config show` lists every key with its value and where it comes from.\n"


@click.group("config")
def command() -> None:
    """Show and check the settings."""


@command.command("show")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@shared
@click.pass_obj
def show(session: Session, as_json: bool) -> int:
    """Show every setting with its value and where that comes from."""
    configuration = _configuration(session)
    values = flattened(configuration.settings)
    if as_json:
        rows = {key: {"value": value, "origin": configuration.origins[key]} for key, value in values.items()}
        session.write(dumps({"schema": "vecna.config/1", "settings": rows, "ignored": list(configuration.ignored)}))
        return 0
    for line in _lines(configuration, values, session):
        session.write(line)
    return 0


@command.command("path")
@click.argument("what", required=False, type=click.Choice(_PLACES), metavar=f"[{'|'.join(_PLACES)}]")
@shared
@click.pass_obj
def path(session: Session, what: str | None) -> int:
    """Show where things are kept; with a word, only that path."""
    folders = session.folders
    places = {
        "config": folders.config,
        "plugins": folders.plugins,
        "data": folders.data,
        "models": folders.cache,
        "log": folders.log,
    }
    try:
        places["index"] = folders.vault(session.root())
    except VaultNotFound:
        if what == "index":
            raise
    for name in [what] if what else places:
        session.write(str(places[name]) if what else f"{name:<8} {places[name]}")
    return 0


@command.command("validate")
@shared
@click.pass_obj
def validate(session: Session) -> int:
    """Check your file, the environment and the vault's own file.

    Exit code 2, and a sentence that names the key, when something is wrong.
    """
    configuration = _configuration(session)
    for sentence in configuration.ignored:
        session.warn(sentence)
    session.say("every setting is right")
    return 0


@command.command("edit")
@shared
@click.pass_obj
def edit(session: Session) -> int:
    """Open your config file in your editor; it is made when there is none."""
    from vecna_notes.cli.open import edit as edit_file
    from vecna_notes.errors import ConfigError

    file = session.folders.config
    if not file.exists():
        make_private(file.parent)
        file.write_text(_HEADER, encoding="utf-8")
    try:
        editor = session.configuration().settings.screen.editor
    except ConfigError:  # the very file that is to be put right
        editor = ""
    code = edit_file(session, file, 1, editor)
    session.configuration()
    return code


def _configuration(session: Session) -> Configuration:
    """For the vault meant, if there is one."""
    try:
        return session.configuration(session.root())
    except VaultNotFound:
        return session.configuration()


def _lines(configuration: Configuration, values: dict[str, Any], session: Session) -> Iterator[str]:
    paint = session.paint()
    section = ""
    for key, value in values.items():
        table, _, name = key.rpartition(".")
        if table != section:
            yield ("\n" if section else "") + paint(safe_line(f"[{table}]"), "accent")
            section = table
        origin = configuration.origins[key]
        setting = f"{safe_line(name)} = {safe_line(json.dumps(value, ensure_ascii=False))}"
        yield setting if origin == "default" else f"{setting}  {paint(safe_line(f'# {origin}'), 'good')}"
    for sentence in configuration.ignored:
        yield paint(safe_line(f"# {sentence}"), "warn")
