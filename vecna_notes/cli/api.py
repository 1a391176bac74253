"""What `vecna serve` answers to editors: the shapes of --json, from one vault that stays open."""

from __future__ import annotations

from asyncio import wrap_future
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, cast

from vecna_notes.cli import ask, shapes
from vecna_notes.serve.api import Endpoint
from vecna_notes.serve.asked import Asked, Parameter

if TYPE_CHECKING:
    from vecna_notes.engine import Engine
    from vecna_notes.vault import Vault

Shape = shapes.Shape
QUERY = Parameter(is_needed=True)
REF = Parameter(most=1_000, is_needed=True)
LIMIT = Parameter(most=200, is_number=True)
LINE = Parameter(most=10_000_000, is_number=True)
NAME = Parameter(most=100)
MODE = Parameter(choices=("hybrid", "semantic", "keyword"))


def endpoints() -> dict[str, Endpoint]:
    """By name, as `/api/NAME`."""
    return {
        "search": Endpoint({"q": QUERY, "limit": LIMIT, "mode": MODE}, partial(_once, _search)),
        "related": Endpoint({"ref": REF, "line": LINE, "limit": LIMIT}, partial(_once, _related)),
        "note": Endpoint({"ref": REF}, partial(_once, _note)),
        "ask": Endpoint({"q": QUERY, "generator": NAME}, _ask),
        "status": Endpoint({}, partial(_once, _status)),
    }


async def _once(question: Callable[[Vault, Asked], Shape], engine: Engine, asked: Asked) -> Shape:
    return await wrap_future(engine.ask(lambda vault: question(vault, asked)))


def _search(vault: Vault, asked: Asked) -> Shape:
    found = vault.search(asked.texts["q"], asked.texts.get("mode"), asked.numbers.get("limit"))
    return shapes.search(found, vault.root)


def _related(vault: Vault, asked: Asked) -> Shape:
    path, line = vault.resolve_path(asked.texts["ref"]), asked.numbers.get("line")
    found = vault.related(path, line, asked.numbers.get("limit", 10))
    return shapes.related([(path, line, found)], vault.root)


def _note(vault: Vault, asked: Asked) -> Shape:
    path = vault.resolve_path(asked.texts["ref"])
    return shapes.note(vault.note(path), vault.text(path), vault.links(path), vault.backlinks(path), vault.root)


def _status(vault: Vault, _asked: Asked) -> Shape:
    writer = vault.writer(vault.root, vault.folders)
    return shapes.status(vault.status(), vault.root, vault.shares(), writer)


async def _ask(engine: Engine, asked: Asked) -> Shape:
    """While a model speaks, other questions are answered. Whoever hangs up stops it."""
    from vecna_notes.answer.ask import Answer

    answering = engine.answering(asked.texts["q"], asked.texts.get("generator") or None)
    async with aclosing(cast("AsyncGenerator[object]", answering.said())) as said:
        async for part in said:
            if isinstance(part, Answer):
                return ask.shape(part, engine.root)
    raise AssertionError("an answer ends with itself")
