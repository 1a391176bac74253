"""What the fake vault knows of topics and of the map, and a child process that draws it when told."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from vecna_notes.errors import NotIndexed
from vecna_notes.insight.atlas import Map, Point
from vecna_notes.insight.topics import Topic, Topics
from vecna_notes.tui.ports import Event
from vecna_notes.types import Note

TOPICS = (
    ("memory & learning", ("memory", "study"), ("recall", "spacing", "retention")),
    ("notes & reading", ("pkm",), ("highlights", "capture")),
    ("attack", ("attack",), ("escape",)),
)


@dataclass(frozen=True)
class FakeTopicEvent:
    event: str
    topic: int
    name: str
    notes: int = 3
    other_name: str = ""
    made: float = field(default_factory=lambda: time.time() - 7200)


@dataclass(kw_only=True)
class FakeMapped:
    """Topics are folders; notes of one lie on a small circle around its place."""

    notes: dict[str, Note] = field(default_factory=dict)
    modified: dict[str, float] = field(default_factory=dict)
    has_space: bool = True
    drawn: tuple[str, ...] | None = None
    """Paths of the notes that have a place; None before there is a map."""
    projector: str = "tsne"
    names: dict[int, str] = field(default_factory=dict)
    """Given by the user."""
    told: list[FakeTopicEvent] = field(default_factory=list)

    def kept_map(self) -> tuple[Map, bool] | None:
        if not self.has_space:
            raise NotIndexed("no note has a vector yet; `vecna index` makes them")
        if self.drawn is None:
            return None
        shown = [path for path in sorted(self.notes) if path in self.drawn]
        topics = self._topics(shown)
        of = topics.of()
        points = [self._point(path, of.get(path)) for path in shown]
        is_current = set(self.drawn) == set(self.notes) and self.projector == "tsne"
        return Map(self.projector, "sbert-1", tuple(points), topics), is_current

    def topic_log(self, limit: int = 100) -> list[FakeTopicEvent]:
        return self.told[:limit]

    def rename_topic(self, id: int, name: str) -> None:
        self.names[id] = name

    def _topics(self, shown: list[str]) -> Topics:
        found = []
        for number, (name, folders, terms) in enumerate(TOPICS):
            members = tuple(path for path in shown if path.split("/")[0] in folders)
            known = self.names.get(number + 1, "")
            slot = (0, 1, 8)[number]
            found.append(Topic(number + 1, known or name, "kept", slot, terms, members, (), bool(known)))
        of = {path for topic in found for path in topic.notes}
        return Topics("kmeans", "sbert-1", tuple(found), tuple(path for path in shown if path not in of), 0.0)

    def _point(self, path: str, topic: Topic | None) -> Point:
        ring = topic.notes if topic else tuple(sorted(self.notes))
        turn = 2 * math.pi * ring.index(path) / len(ring)
        x, y, size = ((-0.6, 0.5, 0.25), (0.6, 0.4, 0.2), (0.1, -0.6, 0.3))[topic.id - 1] if topic else (0, 0, 0.8)
        place = x + size * math.cos(turn), y + size * math.sin(turn)
        links = sum(f"[[{self.notes[path].title}" in note.text for note in self.notes.values())
        id, slot = (topic.id, topic.slot) if topic else (None, -1)
        return Point(path, self.notes[path].title, *place, id, slot, links, self.modified.get(path, 0.0))


@dataclass
class FakeSurveyor:
    """Tells what it is given; when it is let to its end, every note has a place."""

    vault: FakeMapped
    is_running: bool = False
    is_held: bool = False
    """Whether it waits for `tell`; else it draws at once."""
    starts: int = 0
    _queue: asyncio.Queue[Event] = field(default_factory=asyncio.Queue)

    async def start(self) -> None:
        self.is_running = True
        self.starts += 1
        if not self.is_held:
            self.draw()
            self.tell(event="ended", code=0)

    def draw(self, projector: str = "tsne") -> None:
        self.vault.drawn, self.vault.projector = tuple(self.vault.notes), projector
        self.tell(event="drawn", projector=projector, notes=len(self.vault.notes))

    async def events(self) -> AsyncIterator[Event]:
        event: Event = {}
        while event.get("event") != "ended":
            event = await self._queue.get()
            yield event
        self.is_running = False

    def tell(self, **event: Any) -> None:
        self._queue.put_nowait(event)

    async def stop(self) -> None:
        if self.is_running:
            self.tell(event="ended", code=143)
