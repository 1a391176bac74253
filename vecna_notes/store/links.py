"""Links as written, and what they were found to point to. Those to attachments show in `written` only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NewType

from vecna_notes.store.connection import Connection, Row, as_list, path_of, storable
from vecna_notes.types import Link, LinkState, NoteId, WrittenLink

LinkId = NewType("LinkId", int)

_LINK = """
SELECT l.source, l.target, l.state, l.written, l.heading, l.label, l.line, l.style, l.is_embed, s.path, t.path
FROM links l JOIN notes s ON s.id = l.source LEFT JOIN notes t ON t.id = l.target
"""


class Links:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def all(self) -> Iterator[Link]:
        """In order of source and place. One that nobody has looked into yet reads as broken."""
        return map(_link, self._db.each(_LINK + "WHERE l.state IS NOT 'outside' ORDER BY l.source, l.id"))

    def of(self, note: NoteId) -> list[Link]:
        """Written in the note, in order."""
        return [
            _link(row)
            for row in self._db.all(_LINK + "WHERE l.source = ? AND l.state IS NOT 'outside' ORDER BY l.id", (note,))
        ]

    def to(self, note: NoteId) -> list[Link]:
        """That point to the note: its backlinks."""
        return [_link(row) for row in self._db.all(_LINK + "WHERE l.target = ? ORDER BY s.path, l.id", (note,))]

    def linked(self, note: NoteId) -> set[NoteId]:
        """Notes it links to or is linked from."""
        rows = self._db.all(
            "SELECT target FROM links WHERE source = ? AND target IS NOT NULL"
            " UNION SELECT source FROM links WHERE target = ?",
            (note, note),
        )
        return {NoteId(row[0]) for row in rows} - {note}

    def pairs(self) -> list[tuple[NoteId, NoteId]]:
        """Source and target of every link between two notes, each pair once."""
        rows = self._db.all("SELECT DISTINCT source, target FROM links WHERE target <> source ORDER BY 1, 2")
        return [(NoteId(source), NoteId(target)) for source, target in rows]

    def unresolved(self) -> list[tuple[LinkId, str, WrittenLink]]:
        """Links nobody has looked into since their note, or what they pointed to, changed; with their source's path."""
        return self._written("l.state IS NULL", ())

    def written(
        self, states: Collection[LinkState] = ("resolved", "broken", "ambiguous", "outside")
    ) -> list[tuple[LinkId, str, WrittenLink]]:
        """The unresolved and those in `states`: what to resolve anew when notes came, went or were renamed."""
        marks = ", ".join("?" * len(states))
        return self._written(f"l.state IS NULL OR l.state IN ({marks})", tuple(states))

    def resolve(self, states: Iterable[tuple[LinkId, NoteId | None, LinkState]]) -> None:
        """Keep what links point to; what is known already is not written again."""
        rows = [(target, state, id, target, state) for id, target, state in states]
        with self._db.transaction():
            self._db.run_many(
                "UPDATE links SET target = ?, state = ? WHERE id = ? AND (target IS NOT ? OR state IS NOT ?)", rows
            )

    def counts(self) -> dict[LinkState, int]:
        counts: dict[LinkState, int] = {"resolved": 0, "broken": 0, "ambiguous": 0}
        for state, count in self._db.all(
            "SELECT coalesce(state, 'broken'), count(*) FROM links WHERE state IS NOT 'outside' GROUP BY 1"
        ):
            counts[state] = count
        return counts

    def counts_to(self, notes: Iterable[NoteId]) -> dict[NoteId, int]:
        """How many other notes link to each; those nobody links to are left out."""
        rows = self._db.all(
            "SELECT target, count(DISTINCT source) FROM links WHERE target IN (SELECT value FROM json_each(?))"
            " AND source <> target GROUP BY target",
            (as_list(notes),),
        )
        return {NoteId(target): count for target, count in rows}

    def _written(self, where: str, values: tuple[str, ...]) -> list[tuple[LinkId, str, WrittenLink]]:
        rows = self._db.all(
            "SELECT l.id, s.path, l.written, l.heading, l.label, l.line, l.style, l.is_embed"
            f" FROM links l JOIN notes s ON s.id = l.source WHERE {where} ORDER BY l.id",
            values,
        )
        return [(LinkId(row[0]), path_of(row[1]), _written_link(row[2:])) for row in rows]


def save_links(connection: Connection, source: NoteId, links: Iterable[WrittenLink]) -> None:
    """Make these the links of a note. When nothing about them changed they stay resolved."""
    new = [_columns(link) for link in links]
    old = connection.all(
        "SELECT written, heading, label, line, style, is_embed FROM links WHERE source = ? ORDER BY id", (source,)
    )
    if new == old:
        return
    connection.run("DELETE FROM links WHERE source = ?", (source,))
    connection.run_many(
        "INSERT INTO links(source, written, heading, label, line, style, is_embed) VALUES (?, ?, ?, ?, ?, ?, ?)",
        ((source, *columns) for columns in new),
    )


def forget_targets(connection: Connection, note: NoteId) -> None:
    """The note's name or place changed: links from it and to it must be looked into again."""
    connection.run("UPDATE links SET target = NULL, state = NULL WHERE target = ? OR source = ?", (note, note))


def _columns(link: WrittenLink) -> Row:
    texts = (storable(link.target), storable(link.heading), storable(link.label))
    return (*texts, link.line, link.style, int(link.is_embed))


def _written_link(columns: Row) -> WrittenLink:
    target, heading, label, line, style, is_embed = columns
    return WrittenLink(target, heading, label, line, style, bool(is_embed))


def _link(row: Row) -> Link:
    source, target, state = row[:3]
    return Link(
        NoteId(source),
        None if target is None else NoteId(target),
        _written_link(row[3:9]),
        state or "broken",
        path_of(row[9]),
        path_of(row[10]) if row[10] is not None else "",
    )
