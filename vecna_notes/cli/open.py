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

    The editor is VECNA_EDITOR, else screen.editor of the config, else VISUAL, else EDITOR.
    """
    from vecna_notes.vault import Vault

    root = session.root()
    configuration = session.configuration(root)
    with hushed(session), Vault.open(root, session.folders, configuration) as vault:
        path, line = place(vault, note)
    session.remember(root)
    file = root / path
    if not file.is_file():
        raise NoteNotFound(f"{path} is in the index, but the file is gone; `vecna index` notices that")
    return edit(session, file, line or 1, configuration.settings.screen.editor)


def edit(session: Session, file: Path, line: int, configured: str) -> int:
    """Run the editor on a file; one with a window of its own is left running. Returns its exit code."""
    from vecna_notes.editor import chosen, command

    arguments, needs_terminal = command(
        chosen(configured, os.environ), str(file.absolute()), line, environment=os.environ
    )
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
        raise ConfigError(
            f"{arguments[0]} cannot be started ({error.strerror}); set VECNA_EDITOR or EDITOR to your editor"
        ) from error
    session.say(f"opened in {arguments[0]}")
    return 0
