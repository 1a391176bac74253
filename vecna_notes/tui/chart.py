"""A map as the screen holds it: points with their topics as arrays, names as labels, ways from note to note."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vecna_notes.errors import ConfigError
from vecna_notes.insight.braille import Caption, Numbers, View, cell_of, cells_of, place_of
from vecna_notes.insight.looks import COLOURS, shape
from vecna_notes.text import safe_line

if TYPE_CHECKING:
    from vecna_notes.insight.atlas import Map, Point
    from vecna_notes.insight.topics import Topic
    from vecna_notes.interfaces import Labels, Plane

STRETCH = 2.0
"""A map may be drawn so much wider than high."""
SHORT = 24
"""Cells that the whole name of a topic may take on the map."""
PARTS_FROM = 1.9
"""How far in one must be for the names of parts to show."""
ROOM = 140
"""Cells that a name needs: more names would hide the notes."""
TITLE_ROOM = 40
"""Where each note in view has so many cells, titles show."""
TITLE = 30
MARK = "  "
"""Room for its mark in the name of a topic."""
UNCLUSTERED = 0
"""Stands for the id of a topic where notes are of none."""
DISTINCT, PLAIN_DISTINCT = "●▲■◆○△□◇", "o^#+x*%@"
"""Shapes where colours cannot be told apart: one for each colour."""


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    map: Map
    plane: Plane
    slots: Labels
    places: Mapping[str, int]
    """Points by the paths of their notes."""
    names: Mapping[int, Caption]
    """By the ids of topics; where they stand on the map."""
    part_names: Sequence[Caption]

    @classmethod
    def of(cls, drawn: Map) -> Chart:
        plane, places = drawn.plane, {point.path: index for index, point in enumerate(drawn.points)}
        named = {topic.id: label for topic in drawn.topics.topics if (label := _label(topic, plane, places))}
        parts = [part for topic in drawn.topics.topics for part in topic.parts]
        inner = [label for part in parts if (label := _label(part, plane, places))]
        return cls(drawn, plane, drawn.slots, places, named, inner)

    @property
    def points(self) -> Sequence[Point]:
        return self.map.points

    @property
    def topics(self) -> Sequence[Topic]:
        return self.map.topics.topics

    def is_like(self, other: Chart) -> bool:
        """Whether notes of both lie where they lay."""
        return (self.map.space, self.map.projector) == (other.map.space, other.map.projector)

    def topic(self, id: int | None) -> Topic | None:
        """A topic or a part; None where it is no more."""
        try:
            return self.map.topics.topic(id) if id else None
        except ConfigError:
            return None

    def above(self, id: int | None) -> int | None:
        """The topic that holds a part; None for a topic."""
        return next((topic.id for topic in self.topics if any(part.id == id for part in topic.parts)), None)

    def point(self, path: str) -> Point | None:
        """Where a note lies; None where it has no place."""
        index = self.places.get(path)
        return None if index is None else self.points[index]

    def notes_of(self, id: int) -> tuple[str, ...]:
        """Paths of the notes of a topic or part that are on the map, its most central first."""
        topic = self.topic(id)
        paths = topic.notes if topic else self.map.topics.noise if id == UNCLUSTERED else ()
        return tuple(path for path in paths if path in self.places)

    def numbers(self, paths: Sequence[str]) -> Numbers:
        """The points of some notes, as far as they are on the map."""
        return np.array([self.places[path] for path in paths if path in self.places], dtype=np.int64)

    # ── labels ──────────────────────────────────────────────────────────────────────────────────────────────────

    def labels(self, view: View, home: View, width: int, height: int, chosen: int | None) -> Iterator[Caption]:
        """Names of topics and parts with two cells for their marks before them; titles of notes from near enough.

        The chosen topic has the first say.
        """
        named = [replace(one, weight=one.weight + (1e9 if id == chosen else 1e6)) for id, one in self.names.items()]
        if home.reach / view.reach >= PARTS_FROM:
            named += self.part_names
        here = [one for one in named if _is_within(cell_of(one.x, one.y, view, width, height), width, height)]
        yield from sorted(here, key=lambda one: -one.weight)[: width * height // ROOM]
        yield from self._titles(view, width, height)

    def _titles(self, view: View, width: int, height: int) -> Iterator[Caption]:
        """Under their points, and only where few are in view."""
        seen = np.flatnonzero(cells_of(self.plane, view, width, height) >= 0)
        if len(seen) * TITLE_ROOM > width * height:
            return
        down = place_of(0, 0, view, width, height)[1] - place_of(0, 1, view, width, height)[1]
        for index in seen.tolist():
            point = self.points[index]
            text = shortened(safe_line(point.title) or safe_line(point.path), TITLE)
            yield Caption(text, point.x, point.y - down, point.links / 1000, -1)

    # ── ways ────────────────────────────────────────────────────────────────────────────────────────────────────

    def in_view(self, view: View, width: int, height: int) -> Sequence[int]:
        """Points in the window as one reads: row by row, from the left."""
        cells = cells_of(self.plane, view, width, height)
        order = np.lexsort((self.plane[:, 0], cells))
        return [int(index) for index in order if cells[index] >= 0]

    def fits(self, view: View, width: int, height: int) -> bool:
        """Whether all points lie in a window."""
        return bool((cells_of(self.plane, view, width, height) >= 0).all())

    def around(self, numbers: Numbers, home: View, width: int, height: int) -> View:
        """A window around most of some points, stretched as the whole map is."""
        low, high = np.percentile(self.plane[numbers], [8, 92], axis=0)
        wide, tall = np.maximum((high - low) * 0.7, home.reach * 0.04).tolist()
        up = min(width / (wide * home.stretch), 2 * height / tall)
        x, y = ((low + high) / 2).tolist()
        return View(x, y, min(width, 2 * height) / up, home.stretch)


def _is_within(cell: tuple[int, int], width: int, height: int) -> bool:
    return 0 <= cell[0] < width and 0 <= cell[1] < height


def _label(topic: Topic, plane: Plane, places: Mapping[str, int]) -> Caption | None:
    """Over the middle of its notes; None where none is on the map."""
    members = [places[path] for path in topic.notes if path in places]
    if not members:
        return None
    x, y = np.median(plane[members], axis=0)
    return Caption(
        f"{MARK}{short_name(topic.name, topic.is_renamed)}", float(x), float(y), float(len(members)), topic.slot
    )


def mark(slot: int, is_ascii: bool, has_colour: bool) -> str:
    """The shape of a topic; without colours eight shapes stand for them."""
    if has_colour or slot < 0:
        return shape(slot, is_ascii)
    return (PLAIN_DISTINCT if is_ascii else DISTINCT)[slot % len(COLOURS)]


def short_name(name: str, is_given: bool = False) -> str:
    """As much of a topic's name as a map has room for: the first of the words that were found for it."""
    text = safe_line(name)
    if len(text) > SHORT and not is_given:
        text = text.split(" & ")[0]
    return shortened(text, TITLE)


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
