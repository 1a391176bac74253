"""Which notes meet a condition: each question is answered with the set of all that do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime

from vecna_notes.store.connection import Connection, storable
from vecna_notes.store.traits import folded
from vecna_notes.text import has_cjk
from vecna_notes.types import NoteId

Notes = frozenset[NoteId]
_PLAIN = re.compile(r"\w+(?:[\s'’-]+\w+)*")
_TRIGRAM = 3


class Filters:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def all(self) -> Notes:
        return self._notes("SELECT id FROM notes")

    def tagged(self, tag: str) -> Notes:
        """Notes with the tag or one below it, whatever its case."""
        name = folded(tag).strip("/")
        return self._notes(
            "SELECT note_id FROM note_tags WHERE tag = ? OR (tag >= ? AND tag < ?)", name, name + "/", name + "0"
        )  # "0" is what follows "/"

    def in_path(self, pattern: str) -> Notes:
        """A part of the path, or with * the whole of it."""
        if "*" in pattern and not pattern.startswith(("*", "/")):
            pattern = "/" + pattern
        return self._named("path", pattern)

    def named(self, pattern: str) -> Notes:
        """A part of the file's name, or with * the whole of it."""
        return self._named("file", pattern)

    def with_property(self, name: str, is_wanted: Callable[[str | int | float | None], bool] | None) -> Notes:
        """Notes that have the property; with `is_wanted`, those one of whose values it accepts."""
        rows = self._db.all("SELECT note_id, value FROM note_properties WHERE key = ?", (folded(name.strip()),))
        if is_wanted is None:
            return frozenset(NoteId(id) for id, _value in rows)
        wanted = {key: is_wanted(key[1]) for key in {(type(value), value) for _id, value in rows}}
        return frozenset(NoteId(id) for id, value in rows if wanted[type(value), value])

    def before(self, day: str) -> Notes:
        """Notes of days before an ISO date."""
        return self._dated("<", day)

    def since(self, day: str) -> Notes:
        """Notes of that day and of later ones."""
        return self._dated(">=", day)

    def in_language(self, code: str) -> Notes:
        return self._notes("SELECT note_id FROM note_traits WHERE language = ?", code)

    def holding(self, words: str) -> Notes:
        """Notes with a passage, a heading or a title that holds the words side by side, as they are typed."""
        words = storable(words.replace("\0", " ")).strip()
        if _PLAIN.fullmatch(words) and not has_cjk(words):
            return self._matching("exact", words)
        if len(words) >= _TRIGRAM:
            return self._matching("trigram", words)
        like = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        return self._notes(
            "SELECT DISTINCT note_id FROM chunks"
            " WHERE title || char(10) || trail || char(10) || tags || char(10) || text LIKE ? ESCAPE '\\'",
            like,
        )

    def mentioning(self, word: str) -> Notes:
        """Notes with a passage, a heading or a title that holds the word in any form."""
        word = storable(word.replace("\0", " ")).strip()
        return self.holding(word) if not word or has_cjk(word) else self._matching("porter", word)

    def texts(self) -> Iterator[tuple[NoteId, str]]:
        """All notes with their texts, those that changed last first."""
        rows = self._db.each(
            "SELECT note_id, text FROM notes JOIN texts ON note_id = notes.id ORDER BY modified DESC, notes.id"
        )
        return ((NoteId(id), text) for id, text in rows)

    def _named(self, column: str, pattern: str) -> Notes:
        pattern = folded(pattern)
        if "*" in pattern:
            escaped = re.sub(r"[\[?]", lambda match: f"[{match[0]}]", pattern)
            return self._notes(f"SELECT note_id FROM note_traits WHERE {column} GLOB ?", escaped)
        return self._notes(f"SELECT note_id FROM note_traits WHERE instr({column}, ?) > 0", pattern)

    def _dated(self, sign: str, day: str) -> Notes:
        midnight = _midnight(day)
        return self._notes(
            f"SELECT note_id FROM note_traits WHERE CASE WHEN day IS NULL THEN modified {sign} ? ELSE day {sign} ? END",
            midnight,
            day,
        )

    def _matching(self, table: str, words: str) -> Notes:
        doubled = words.replace('"', '""')
        return self._notes(
            f"SELECT DISTINCT note_id FROM chunks WHERE id IN (SELECT rowid FROM words_{table}"
            f" WHERE words_{table} MATCH ?)",
            f'"{doubled}"',
        )

    def _notes(self, sql: str, *values: object) -> Notes:
        return frozenset(NoteId(row[0]) for row in self._db.all(sql, values))


def _midnight(day: str) -> float:
    """When a day begins here, as a Unix time."""
    first = date.fromisoformat(day)
    try:
        return datetime(first.year, first.month, first.day).timestamp()
    except (OverflowError, OSError, ValueError):
        return float((first - date(1970, 1, 1)).days * 86_400)
