"""`vecna open`: a note in the editor, at a line."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import click

from vecna_notes.cli.completing import note_names
from vecna_notes.cli.ending import USAGE
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.program import shared
from vecna_notes.cli.related import place
from vecna_notes.cli.session import Session
from vecna_notes.errors import ConfigError, NoteNotFound


@click.command("open")
@click.argument("note", metavar="NOTE[:LINE]", shell_complete=note_names)
@shared
@click.pass_obj
def command(session: Session, note: str) -> int:
    """Open NOTE, a path, a title or an alias, in your editor.

    The editor is VECNA_EDITOR, else screen.editor of the config, else VISUAL, else EDITOR. A PDF opens in the viewer,
    at the page that LINE stands on where the viewer can: VECNA_VIEWER, else screen.viewer, else the system's; so do
    books, Word documents and web pages.
    """
    from vecna_notes.editor import is_viewed, line_in_file, page_at
    from vecna_notes.vault import Vault

    root = session.root()
    configuration = session.configuration(root)
    with hushed(session), Vault.open(root, session.folders, configuration) as vault:
        path, line = place(vault, note)
        page = page_at(vault.text(path), line or 1) if is_viewed(path) else 0
    session.remember(root)
    file = root / path
    if not file.is_file():
        raise NoteNotFound(f"{path} is in the index, but the file is gone; `vecna index` notices that")
    if page:
        return view(session, file, page, configuration.settings.screen.viewer)
    return edit(session, file, line_in_file(path, line or 1), configuration.settings.screen.editor)


def view(session: Session, file: Path, page: int, configured: str) -> int:
    """Run the viewer on a file."""
    from vecna_notes.editor import view_command, viewer

    arguments, needs_terminal = view_command(viewer(configured, os.environ), str(file.absolute()), page)
    code = _run(session, arguments, needs_terminal, "VECNA_VIEWER or screen.viewer to your viewer")
    if code == 0 and page > 1 and str(page) not in arguments:
        session.say(f"it is on page {page}")
    return code


def edit(session: Session, file: Path, line: int, configured: str) -> int:
    """Run the editor on a file; one with a window of its own is left running. Returns its exit code."""
    from vecna_notes.editor import chosen, command

    arguments, needs_terminal = command(
        chosen(configured, os.environ), str(file.absolute()), line, environment=os.environ
    )
    return _run(session, arguments, needs_terminal, "VECNA_EDITOR or EDITOR to your editor")


def _run(session: Session, arguments: list[str], needs_terminal: bool, hint: str) -> int:
    try:
        if needs_terminal:
            return USAGE if subprocess.run(arguments, check=False).returncode else 0
        subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise ConfigError(f"{arguments[0]} cannot be started ({error.strerror}); set {hint}") from error
    session.say(f"opened in {arguments[0]}")
    return 0
