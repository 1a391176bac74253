"""Names of notes for the shell's completion: quick, and silent about everything that goes wrong."""

from __future__ import annotations

import click

from vecna_notes.cli.session import Session
from vecna_notes.errors import VecnaError
from vecna_notes.text import normalise, safe_line

_MOST = 200


def note_names(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Paths and titles of the vault's notes that begin as typed."""
    from vecna_notes.vault import Vault

    session = context.find_object(Session) or Session()
    try:
        root = session.root()
        with Vault.open(root, session.folders, session.configuration(root)) as vault:
            names = {name for note in vault.recent(100_000) for name in (note.note.path, note.note.title)}
    except (VecnaError, OSError):
        return []
    start = normalise(begun)
    return sorted(name for name in names if normalise(name).startswith(start) and safe_line(name) == name)[:_MOST]
