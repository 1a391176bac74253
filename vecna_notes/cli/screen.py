"""`vecna [VAULT]`: the screen, with an engine that answers it and a worker that keeps the index fresh."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vecna_notes.cli.index import interruptible
from vecna_notes.cli.noise import stderr_hushed, wire_hushed
from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session
from vecna_notes.config import make_private
from vecna_notes.errors import VaultNotFound, VecnaError

if TYPE_CHECKING:
    from vecna_notes.tui import Begun, Choice, FirstRun, Meaning


class NoTerminal(VecnaError):
    """There is nothing to draw a screen on."""


@click.command("screen")
@click.argument("folder", required=False, metavar="[VAULT]", type=click.Path(path_type=Path))
@shared
@click.pass_obj
def command(session: Session, folder: Path | None = None) -> int:
    """Open the screen on VAULT, or on the vault used last."""
    if not can_show(session):
        raise NoTerminal("the screen needs a terminal; `vecna search` and `vecna --help` work without one")
    try:
        root = session.root(folder)
    except VaultNotFound:
        if folder or session.vault or "VECNA_VAULT" in os.environ:
            raise
        root = None
    with interruptible():
        return show(session, root)


def can_show(session: Session) -> bool:
    return is_in_browser() or _has_terminal(session)


def is_in_browser() -> bool:
    """Whether `vecna serve` started us for one of its tabs."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":BrowserDriver")


def _has_terminal(session: Session) -> bool:
    return session.out.isatty() and sys.stdin.isatty() and os.environ.get("TERM") != "dumb"


def show(session: Session, root: Path | None) -> int:
    """Run the screen until it is quit; without a vault it begins by asking for one. Returns the exit code."""
    from vecna_notes.tui import VecnaApp, run

    settings = session.configuration(root).settings.screen
    with ExitStack() as opened, stderr_hushed(session):
        if is_in_browser():
            opened.enter_context(wire_hushed())
        if root is None:
            return run(VecnaApp(None, None, settings, "", _first_run(session, opened)))
        begun = _begin(session, opened, root)
        children = (None, begun.evaluator, begun.surveyor)
        return run(VecnaApp(begun.engine, begun.worker, settings, begun.vault_name, *children))


def _begin(session: Session, opened: ExitStack, root: Path) -> Begun:
    from vecna_notes.engine import Engine
    from vecna_notes.service import Service
    from vecna_notes.tui import Begun
    from vecna_notes.worker_process import EvaluatorHandle, SurveyorHandle, WorkerHandle

    folders = session.folders
    engine = opened.enter_context(Engine(root, folders, session.configuration(root)))
    folder = folders.vault(root)
    make_private(folder)
    opened.enter_context(Service(engine, folder))
    session.remember(root)
    children = (EvaluatorHandle(root, folders), SurveyorHandle(root, folders))
    return Begun(engine, WorkerHandle(root, folders), root.resolve().name, *children)


def _first_run(session: Session, opened: ExitStack) -> FirstRun:
    from vecna_notes.cli.candidates import candidates
    from vecna_notes.demo import files
    from vecna_notes.tui import FirstRun

    count = sum(1 for _ in files().rglob("*.md"))
    return FirstRun(candidates(), _meanings(session), partial(_choose, session, opened), count)


def _choose(session: Session, opened: ExitStack, choice: Choice) -> Begun:
    from vecna_notes.cli.sample import sample
    from vecna_notes.vault import Vault

    root = Path(os.path.abspath(choice.folder.expanduser())) if choice.folder else sample(session)  # noqa: PTH100
    if not root.is_dir():
        raise VaultNotFound(f"there is no folder {root}")
    configuration = session.configuration(root)
    if choice.embedder != configuration.settings.index.embedder:
        with Vault.open(root, session.folders, configuration, write=True) as vault:
            vault.use(choice.embedder)
    return _begin(session, opened, root)


def _meanings(session: Session) -> tuple[Meaning, ...]:
    from vecna_notes.registry import Registry
    from vecna_notes.tui import Meaning

    settings = session.configuration().settings
    missing = Registry(session.folders.plugins, settings.plugins.disabled).missing("embedders", "sbert")
    if missing:
        return (
            Meaning("auto", "Start now", "two models trained on your own notes", "0 MB", "seconds"),
            Meaning("sbert", "Better", "a sentence model", "91 MB", "minutes", missing.rpartition(": ")[2]),
        )
    return (
        Meaning("auto", "Start now", "models of your own notes, a sentence model behind", "0 MB", "seconds"),
        Meaning("sbert", "Slower", "the sentence model alone; words answer until then", "0 MB", "minutes"),
    )
