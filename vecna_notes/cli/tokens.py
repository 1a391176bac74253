"""Tokens for what is served on a port: kept for their user alone, so that what an editor was told stays true."""

from __future__ import annotations

import secrets

from vecna_notes.cli.session import Session
from vecna_notes.config import make_private, open_private

SHORTEST = 32


def kept_token(session: Session, name: str, is_new: bool = False) -> str:
    """The token kept under a name in the data folder; made where there is none, or where a new one is asked for."""
    file = session.folders.data / name
    known = ""
    if not is_new:
        try:
            known = file.read_text("ascii").strip()
        except (OSError, ValueError):
            known = ""
    if len(known) >= SHORTEST:
        return known
    make_private(file.parent)
    token = secrets.token_urlsafe(SHORTEST)
    with open_private(file) as stream:
        stream.write(token.encode())
    return token
