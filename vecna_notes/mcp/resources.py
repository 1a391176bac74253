"""What an agent, or the person beside it, may attach by its address."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from vecna_notes.errors import ConfigError
from vecna_notes.mcp import shapes
from vecna_notes.mcp.asking import Asking
from vecna_notes.mcp.reading import CHARACTERS, NAMES
from vecna_notes.vault.given import Given

MOST_CHARACTERS = 5 * CHARACTERS
TOPIC_NOTES = 200


@dataclass(frozen=True, slots=True)
class Resources:
    ask: Asking

    async def note(self, path: str) -> str:
        def answer(given: Given) -> str:
            text = "\n".join(given.lines(given.note(path))[0])
            cut = "" if len(text) <= MOST_CHARACTERS else "\n[cut; read_note reads on]"
            return shapes.delimited(text[:MOST_CHARACTERS] + cut)

        return await self.ask(answer)

    async def overview(self) -> str:
        return await self.ask(lambda given: _json(asdict(shapes.overview(given.overview(), NAMES))))

    async def tags(self) -> str:
        return await self.ask(lambda given: _json([asdict(one) for one in shapes.counted(given.tags())]))

    async def topic(self, id: str) -> str:
        def answer(given: Given) -> str:
            if not id.isascii() or not id.isdigit() or len(id) > 18:
                raise ConfigError("a topic is named by its number; vault_overview lists them")
            found = given.topic(int(id))
            notes = [asdict(shapes.named(given.note(path))) for path in found.notes[:TOPIC_NOTES]]
            return _json({**asdict(shapes.topic(found)), "members": notes, "untrusted": shapes.UNTRUSTED})

        return await self.ask(answer)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
