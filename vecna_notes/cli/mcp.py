"""`vecna mcp`: the vault for agents, over stdio or on a port of this machine."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vecna_notes.cli.index import interruptible
from vecna_notes.cli.noise import hushed, stderr_hushed
from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session
from vecna_notes.cli.tokens import kept_token
from vecna_notes.door import HOST, listening
from vecna_notes.errors import Busy, MissingPart

if TYPE_CHECKING:
    from vecna_notes.engine import Engine

TOKEN = "mcp-token"
CLIENTS = ("claude", "claude-code", "cursor", "vscode", "windsurf", "zed", "gemini", "codex")
_OWN = ("VECNA_CONFIG", "VECNA_DATA_DIR")


@click.command("mcp")
@click.option("--allow-write", is_flag=True, help="Offer the tools that make notes, add to them and link them.")
@click.option("--http", "is_http", is_flag=True, help="Serve on a port of this machine; with a token.")
@click.option("--port", type=click.IntRange(0, 65535), help="Which port; 0 takes a free one.  [default: 8377]")
@click.option("--print-config", "client", type=click.Choice(CLIENTS), help="Print what a client's settings need.")
@shared
@click.pass_obj
def command(session: Session, allow_write: bool, is_http: bool, port: int | None, client: str | None) -> int:
    """Serve the notes to agents, over the Model Context Protocol: read-only unless you say --allow-write.

    Notes with `private: true`, what answer.exclude names, and what looks like a secret are held back. An agent that
    writes does so by one change at a time, which `vecna links undo` takes back.
    """
    root = session.root()
    if client is not None:
        return _print_config(session, root, client, allow_write, _port(port) if is_http or port is not None else None)
    _check_installed()
    session.remember(root)
    with interruptible():
        if is_http or port is not None:
            return _serve_http(session, root, allow_write, _port(port))
        return _serve_stdio(session, root, allow_write)


def _serve_stdio(session: Session, root: Path, allow_write: bool) -> int:
    """stdout is the wire: while it is, all that anybody else says there or on stderr is logged."""
    with stderr_hushed(session), _engine(session, root) as engine:
        from vecna_notes.mcp.server import server

        server(engine, allow_write).run("stdio")
    return 0


def _serve_http(session: Session, root: Path, allow_write: bool, port: int) -> int:
    from vecna_notes.mcp import web
    from vecna_notes.mcp.clients import PATH
    from vecna_notes.mcp.server import server

    try:
        line = listening(port)
    except OSError as error:
        raise Busy(f"port {port} cannot be had: {(error.strerror or '').lower()}; choose another: --port") from error
    with line, hushed(session), _engine(session, root) as engine:
        token = kept_token(session, TOKEN)
        session.write(f"http://{HOST}:{line.getsockname()[1]}{PATH}")
        session.say(f"the token is in {session.folders.data / TOKEN}; `--print-config` prints it for a client")
        web.serve(server(engine, allow_write), line, token)
    return 0


def _engine(session: Session, root: Path) -> Engine:
    from vecna_notes.engine import Engine

    return Engine(root, session.folders, session.configuration(root))


def _check_installed() -> None:
    from importlib.util import find_spec

    if find_spec("mcp") is None:
        raise MissingPart("agents need a part that is not installed: pip install 'vecna-notes[mcp]'")


def _port(given: int | None) -> int:
    from vecna_notes.mcp.clients import PORT

    return PORT if given is None else given


def _print_config(session: Session, root: Path, client: str, allow_write: bool, port: int | None) -> int:
    from vecna_notes.mcp.clients import CLIENTS as FILES
    from vecna_notes.mcp.clients import PATH, Launch, configuration

    program = shutil.which("vecna")
    start = [program] if program else [sys.executable, "-m", "vecna_notes"]
    own = {name: os.environ[name] for name in _OWN if name in os.environ}
    if session.data_dir is not None:
        own["VECNA_DATA_DIR"] = os.path.abspath(session.data_dir)  # noqa: PTH100
    arguments = [*start[1:], "--vault", str(root), "mcp", *(["--allow-write"] if allow_write else [])]
    url = "" if port is None else f"http://{HOST}:{port}{PATH}"
    launch = Launch(start[0], arguments, own, url, kept_token(session, TOKEN) if url else "")
    session.write(configuration(client, launch))
    session.say(f"this belongs into {FILES[client]}")
    return 0
