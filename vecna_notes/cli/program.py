"""The command `vecna`: which commands there are, each loaded when it is called, and the options they share."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import click

from vecna_notes import __version__
from vecna_notes.cli.ending import hang_up
from vecna_notes.cli.session import Session

F = TypeVar("F", bound=Callable[..., Any])
COMMANDS = {
    "index": "index",
    "search": "search",
    "ask": "ask",
    "related": "related",
    "links": "links",
    "why": "why",
    "boilerplate": "boilerplate",
    "eval": "eval",
    "train": "train",
    "clusters": "clusters",
    "topics": "topics",
    "map": "map",
    "duplicates": "duplicates",
    "tags": "tags",
    "again": "again",
    "saved": "saved",
    "open": "open",
    "status": "status",
    "embedders": "embedders",
    "mcp": "mcp",
    "serve": "serve",
    "privacy": "privacy",
    "plugins": "plugins",
    "doctor": "doctor",
    "config": "settings",
    "completions": "completions",
    "demo": "demo",
}
"""Command → module; in the order in which `--help` lists them."""


class Program(click.Group):
    """Loads commands lazily; a first word that is no command is a vault for the screen."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        module = COMMANDS.get(name)
        return _command(module) if module else None

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        first = arguments[0]
        if first in COMMANDS:
            return super().resolve_command(context, arguments)
        if not Path(first).expanduser().is_dir():
            near = difflib.get_close_matches(first, COMMANDS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"There is no command and no folder {first!r}{hint}", context)
        return "screen", _command("screen"), arguments

    def invoke(self, context: click.Context) -> Any:
        try:
            answer = super().invoke(context)
            sys.stdout.flush()
            return answer
        except BrokenPipeError:
            hang_up()
            context.exit(0)


def _command(module: str) -> click.Command:
    command = import_module(f"vecna_notes.cli.{module}").command
    assert isinstance(command, click.Command)
    return command


def _keep(attribute: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def keep(context: click.Context, _parameter: click.Parameter, given: Any) -> None:
        session = context.ensure_object(Session)
        if given is not None:
            setattr(session, attribute, given)

    return keep


def shared(function: F) -> F:
    """The options that every command takes, before its name or after it."""
    folder = click.Path(path_type=Path)
    for option in (
        click.option("--no-input", "may_ask", flag_value=False, default=None, help="Never ask; fail instead."),
        click.option("-v", "--verbose", "is_verbose", flag_value=True, default=None, help="Say more."),
        click.option("-q", "--quiet", "is_quiet", flag_value=True, default=None, help="Say only what went wrong."),
        click.option("--color", type=click.Choice(["auto", "always", "never"]), help="Colour; auto minds NO_COLOR."),
        click.option("--data-dir", type=folder, metavar="FOLDER", help="Where indexes are kept (VECNA_DATA_DIR)."),
        click.option("--vault", type=folder, metavar="FOLDER", help="The notes folder (VECNA_VAULT)."),
    ):
        function = option(function)
    for parameter in function.__click_params__[-6:]:  # type: ignore[attr-defined]
        parameter.expose_value, parameter.callback = False, _keep(parameter.name)
    return function


@click.group(
    cls=Program,
    invoke_without_command=True,
    subcommand_metavar="[VAULT | COMMAND …]",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@shared
@click.version_option(__version__, prog_name="vecna", message="%(prog)s %(version)s")
@click.pass_context
def program(context: click.Context) -> None:
    """Find your way in your own notes: search by meaning and by word, related notes, an index that keeps itself fresh.

    Without a command, `vecna` opens the screen on VAULT, or on the vault used last.
    """
    if context.invoked_subcommand is None:
        context.invoke(_command("screen"))
