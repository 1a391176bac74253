"""What notes are filtered by: tags, properties, path, day and language, each in a form that is quick to compare.

Everything here follows from the note itself, and is written in the same transaction as the note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import PurePosixPath

from vecna_notes.store.connection import Connection, Row, storable
from vecna_notes.text import normalise
from vecna_notes.types import Note, NoteId, Property

MAX_VALUE = 500
"""Characters of a property's value that are compared."""
_DATE_KEYS = ("date", "created", "created_at", "created at", "creation date", "date created")
_DAY = re.compile(r"(?<!\d)(?P<year>\d{4})(?P<between>[-_.])(?P<month>\d{2})(?P=between)(?P<day>\d{2})(?!\d)")
_STAMP = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:\d{4}|\d{6})?(?!\d)")
_EPOCH = range(10**8, 10**14)
_LARGEST = 2**63


def save_traits(connection: Connection, id: NoteId, note: Note, modified: float) -> None:
    """Make these the traits of a note. Its language is looked for elsewhere."""
    for table in ("note_tags", "note_properties"):
        connection.run(f"DELETE FROM {table} WHERE note_id = ?", (id,))
    connection.run_many("INSERT INTO note_tags(tag, note_id) VALUES (?, ?)", tag_rows(id, note.tags))
    connection.run_many(
        "INSERT INTO note_properties(key, note_id, place, value) VALUES (?, ?, ?, ?)",
        property_rows(id, note.properties),
    )
    connection.run(
        "INSERT INTO note_traits(note_id, path, file, day, modified) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (note_id) DO UPDATE SET path = excluded.path, file = excluded.file, day = excluded.day,"
        " modified = excluded.modified",
        trait_row(id, note.path, note.properties, modified),
    )


def tag_rows(id: int, tags: tuple[str, ...]) -> list[Row]:
    return [(tag, id) for tag in sorted({folded(tag).strip("/") for tag in tags} - {""})]


def property_rows(id: int, properties: Mapping[str, Property]) -> Iterator[Row]:
    """A row for each value of a property; one of None where it has none."""
    places: dict[str, int] = {}
    for name, value in properties.items():
        key = folded(name.strip())
        for one in _values(value):
            places[key] = places.get(key, -1) + 1
            yield key, id, places[key], one


def trait_row(id: int, path: str, properties: Mapping[str, Property], modified: float) -> Row:
    """The path begins with a slash, so that one can say where a folder's name begins."""
    whole = "/" + folded(path)
    return id, whole, whole.rsplit("/", 1)[-1], day_of(path, properties), modified


def folded(text: str) -> str:
    return normalise(storable(text))


def day_of(path: str, properties: Mapping[str, Property]) -> str | None:
    """The day a note gives itself, in its properties or in its file's name, as an ISO date."""
    named = {key.strip().casefold().replace("-", " "): value for key, value in reversed(list(properties.items()))}
    for key in _DATE_KEYS:
        if key in named and (day := _day_in(named[key])):
            return day
    stem = PurePosixPath(path).stem
    return _first_day(_DAY.search(stem)) or _first_day(_STAMP.match(stem))


def _day_in(value: Property) -> str | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _epoch_day(value) or _first_day(_STAMP.fullmatch(str(value)))
    if isinstance(value, str):
        return _first_day(_DAY.match(value.strip().lstrip("[").replace("/", "-"))) or _first_day(
            _STAMP.match(value.strip())
        )
    return next((day for one in value if (day := _day_in(one))), None)


def _epoch_day(value: float) -> str | None:
    """Seconds or milliseconds since 1970, as Dendron writes them."""
    if not _EPOCH.start <= value < _EPOCH.stop or _first_day(_STAMP.fullmatch(str(value))):
        return None
    return date.fromtimestamp(value / 1000 if value >= 10**11 else value).isoformat()


def _first_day(match: re.Match[str] | None) -> str | None:
    if match is None:
        return None
    try:
        return date(int(match["year"]), int(match["month"]), int(match["day"])).isoformat()
    except ValueError:
        return None


def _values(value: Property) -> Iterator[str | int | float | None]:
    if isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, str):
        yield storable(value[:MAX_VALUE]) or None
    elif isinstance(value, int):
        yield value if -_LARGEST <= value < _LARGEST else str(value)
    elif value is None or isinstance(value, float):
        yield value
    else:
        inner = [one for part in value for one in _values(part)]
        yield from inner or (None,)
