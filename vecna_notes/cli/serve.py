"""`vecna serve`: the screen in a browser, and a JSON API for editors."""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vecna_notes.cli.index import interruptible
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session
from vecna_notes.cli.tokens import kept_token
from vecna_notes.config import make_private
from vecna_notes.door import HOST, is_loopback, listening
from vecna_notes.errors import Busy, ConfigError, MissingPart
from vecna_notes.text import safe_line

if TYPE_CHECKING:
    import socket

    from vecna_notes.serve.web import Ticket

TOKEN = "serve-token"
PORT = 8378


@click.command("serve")
@click.argument("folder", required=False, metavar="[VAULT]", type=click.Path(path_type=Path))
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes a free one.")
@click.option("--host", default=HOST, show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option("--allow-remote", is_flag=True, help="Let --host be an address that other machines reach.")
@click.option("--open", "may_open", is_flag=True, help="Open it in your browser.")
@click.option("--new-token", is_flag=True, help="Make a new token; addresses with the one before end to work.")
@shared
@click.pass_obj
def command(
    session: Session, folder: Path | None, port: int, host: str, allow_remote: bool, may_open: bool, new_token: bool
) -> int:
    """Serve the screen to a browser and a JSON API to editors, on this machine only, to whoever has the token.

    The address that is printed holds the token. Whoever has it sees all notes and may write as you may on the screen.
    """
    root = session.root(folder)
    if not is_loopback(host) and not allow_remote:
        raise ConfigError(
            f"{host} is reached by other machines, and nothing that passes is encrypted; say --allow-remote if you "
            "want that, or let ssh -L lead there"
        )
    _check_installed()
    session.remember(root)
    line = _listening(port, host)
    with interruptible(), line:
        number = _serve(session, root, line, kept_token(session, TOKEN, new_token), may_open)
    return 128 + number


def _serve(session: Session, root: Path, line: socket.socket, token: str, may_open: bool) -> int:
    """Returns the number of the signal that ended it."""
    from vecna_notes.cli.api import endpoints
    from vecna_notes.door import Door
    from vecna_notes.engine import Engine
    from vecna_notes.serve import web
    from vecna_notes.serve.api import Api
    from vecna_notes.serve.screens import Screens
    from vecna_notes.service import Service

    folders, door = session.folders, Door.of(line, token)
    own = {"VECNA_DATA_DIR": str(folders.data), "VECNA_CONFIG": str(folders.config)}
    screens = Screens([sys.executable, "-m", "vecna_notes", str(root)], own, safe_line(root.resolve().name), token)
    with ExitStack() as opened:
        opened.enter_context(hushed(session))
        make_private(folders.vault(root))
        engine = opened.enter_context(Engine(root, folders, session.configuration(root)))
        opened.enter_context(Service(engine, folders.vault(root)))
        return web.serve(
            line, door, screens, Api(engine, endpoints()), lambda one: _tell(session, line, token, one, may_open)
        )


def _tell(session: Session, line: socket.socket, token: str, ticket: Ticket, may_open: bool) -> None:
    host, port = line.getsockname()[:2]
    here = {"0.0.0.0": HOST, "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    session.write(f"http://{here}:{port}/?token={token}")
    session.say(f"editors find the token in {session.folders.data / TOKEN}; ctrl+c ends it")
    if not is_loopback(host):
        session.warn("vecna: other machines reach this; the token and your notes pass unencrypted")
    if may_open:
        address = f"http://{here}:{port}/open/{ticket.name}"
        threading.Thread(target=_browse, args=(session, address), name="browser", daemon=True).start()


def _browse(session: Session, address: str) -> None:
    """In a thread of its own: some browsers are waited for until they end."""
    import webbrowser

    if not webbrowser.open(address):
        session.warn("no browser could be started; open the address yourself")


def _listening(port: int, host: str) -> socket.socket:
    try:
        return listening(port, host)
    except (OSError, UnicodeError) as error:
        why = (getattr(error, "strerror", "") or "no such address").lower()
        raise Busy(f"{host} port {port} cannot be had: {why}; choose another: --port, --host") from error


def _check_installed() -> None:
    from importlib.util import find_spec

    if find_spec("textual_serve") is None:
        raise MissingPart("the browser needs a part that is not installed: pip install 'vecna-notes[serve]'")
