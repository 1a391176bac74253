"""How this face asks: through one engine, so that tools never race, and with errors as sentences an agent reads."""

from __future__ import annotations

import time
from asyncio import wrap_future
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from vecna_notes.engine import Engine
from vecna_notes.errors import ConfigError, VecnaError
from vecna_notes.mcp.shapes import clean
from vecna_notes.text import digest, safe_text
from vecna_notes.vault.given import Given, Narrow
from vecna_notes.vault.handed import Handed

T = TypeVar("T")
LAST = 500
"""Hits that can be paged to."""


class Refused(Exception):
    """A sentence for the agent."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks what may be given of the vault behind an engine."""

    engine: Engine

    async def __call__(self, question: Callable[[Given], T]) -> T:
        """Raises Refused."""
        try:
            return await wrap_future(self.engine.ask(lambda vault: question(vault.given())))
        except (VecnaError, OSError) as error:
            said = f"{error.strerror}" if isinstance(error, OSError) else str(error)
            raise Refused(safe_text(clean(said))) from error

    async def remember(self, client: str, tool: str, notes: int) -> None:
        """That a client was given something of so many notes. Raises Refused where that cannot be written down."""
        handed = Handed(time.time(), client, tool, notes)
        try:
            await wrap_future(self.engine.ask(lambda vault: vault.remember_handed(handed)))
        except (VecnaError, OSError) as error:
            raise Refused("what agents are given is written down, and that failed; nothing is given") from error


def narrowed(folder: str, tag: str, since: str) -> Narrow:
    """Raises ConfigError for what is no day."""
    try:
        return Narrow(folder, tag, date.fromisoformat(since).isoformat() if since else "")
    except ValueError:
        raise ConfigError(f"{since!r} is no day; since takes one such as 2024-05-31") from None


def place_of(cursor: str, *asked: object) -> int:
    """Where a page begins. Raises ConfigError for a cursor of another question."""
    if not cursor:
        return 0
    offset, _, mark = cursor.partition("-")
    if not offset.isascii() or not offset.isdigit() or len(offset) > 9 or mark != _mark(asked):
        raise ConfigError("the cursor belongs to another question; leave it out to begin anew")
    return int(offset)


def cursor_at(offset: int, total: int, *asked: object) -> str | None:
    """Of the next page; None where there is none."""
    return f"{offset}-{_mark(asked)}" if offset < total else None


def _mark(asked: tuple[object, ...]) -> str:
    return digest(repr(asked))[:8]
