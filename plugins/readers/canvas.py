"""Reads Obsidian's canvases: the text on them, the notes they show, and what is joined to what, as links."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from vecna_notes.errors import Unreadable
from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Reader
from vecna_notes.markup import plain_line
from vecna_notes.text import decode
from vecna_notes.types import Note

from .made import heading, line, made_markdown
from .names import name_of

_MOST = 20_000
"""Cards, and lines between them."""
_LONGEST_NAME = 80


@hookimpl
def vecna_readers() -> list[Offer[Reader]]:
    return [Offer("canvas", "Obsidian canvases", _make)]


def _make(options: Options) -> Reader:
    return Canvas()


class Canvas:
    suffixes: tuple[str, ...] = (".canvas",)
    is_risky = True

    def read(self, path: str, data: bytes) -> Note:
        try:
            said = json.loads(decode(data)[0].strip() or "{}")
        except RecursionError as error:
            raise Unreadable("too large: its JSON is nested too deep") from error
        except ValueError as error:
            raise Unreadable(f"no JSON: {error}") from error
        if not isinstance(said, dict):
            raise Unreadable("no canvas: its JSON is no object")
        cards = [card for one in _listed(said, "nodes") if (card := _Card.of(one)) is not None]
        parts = [*_placed(cards), *_joined(_listed(said, "edges"), {card.id: card for card in cards})]
        note = made_markdown(path, data, "\n\n".join(parts) + "\n")
        return replace(note, title=name_of(path), own_title="")  # a card's heading names the card


@dataclass(frozen=True, slots=True)
class _Card:
    id: str
    kind: str
    says: str
    """The text of a text card, a link to the note of a file card, the label of a group."""
    x: float
    y: float
    width: float
    height: float

    @classmethod
    def of(cls, said: dict[str, Any]) -> _Card | None:
        kind = said.get("type")
        key = {"text": "text", "file": "file", "link": "url", "group": "label"}.get(
            kind if isinstance(kind, str) else ""
        )
        says = said.get(key) if key else None
        if not isinstance(says, str) or not says.strip():
            return None
        if kind == "file":
            section = said.get("subpath")
            says = f"[[{line(says)}{section if isinstance(section, str) else ''}]]"
        numbers = (said.get(name) for name in ("x", "y", "width", "height"))
        x, y, width, height = (
            float(one) if isinstance(one, int | float) and abs(one) < 1e12 else 0.0 for one in numbers
        )
        return cls(str(said.get("id")), str(kind), says.strip("\n"), x, y, width, height)

    @property
    def name(self) -> str:
        """By which a line between cards calls it."""
        if self.kind == "file":
            return self.says
        first = plain_line(self.says.strip().partition("\n")[0])
        return first if len(first) <= _LONGEST_NAME else f"{first[:_LONGEST_NAME]}…"

    def holds(self, other: _Card) -> bool:
        """Whether the middle of a card lies in this group."""
        x, y = other.x + other.width / 2, other.y + other.height / 2
        return self.x <= x <= self.x + self.width and self.y <= y <= self.y + self.height


def _listed(said: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = said.get(key)
    return [one for one in found[:_MOST] if isinstance(one, dict)] if isinstance(found, list) else []


def _placed(cards: list[_Card]) -> Iterator[str]:
    """Cards as they are read, from the top; those of a group under its name."""
    order = sorted((card for card in cards if card.kind != "group"), key=lambda card: (card.y, card.x))
    groups = sorted((card for card in cards if card.kind == "group"), key=lambda card: card.width * card.height)[:500]
    held: dict[str, list[_Card]] = {}
    for card in order:
        group = next((group for group in groups if group.holds(card)), None)
        held.setdefault(group.id if group else "", []).append(card)
    yield from (card.says for card in held.pop("", []))
    for group in sorted(groups, key=lambda card: (card.y, card.x)):
        yield heading(2, group.says)
        yield from (card.says for card in held.pop(group.id, []))


def _joined(edges: list[dict[str, Any]], cards: dict[str, _Card]) -> Iterator[str]:
    said = []
    for edge in edges:
        source, target = (cards.get(str(edge.get(end))) for end in ("fromNode", "toNode"))
        if source is not None and target is not None:
            label = line(edge["label"]) if isinstance(edge.get("label"), str) else ""
            said.append(f"- {source.name} → {target.name}{f': {label}' if label else ''}")
    if said:
        yield "## Connections"
        yield "\n".join(said)
