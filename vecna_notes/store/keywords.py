"""Full-text search over the chunks: three FTS5 tables that read their columns from `chunks`.

`words_porter` knows stems, `words_exact` the words as written and their beginnings, `words_trigram` any substring,
which is what scripts without spaces need (up to a NUL, where SQLite's trigrams end). Rows are written here, in bulk,
because triggers take twice as long.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from typing import Literal, TypeAlias

from vecna_notes.store.connection import Connection, as_list, storable
from vecna_notes.store.schema import FULL_TEXT
from vecna_notes.types import NoteId, PassageId

Table: TypeAlias = Literal["porter", "exact", "trigram"]
Match: TypeAlias = Literal["any", "all", "phrase", "prefix-last"]
Words: TypeAlias = tuple[int, str, str, str, str]
"""Chunk id, title, trail, tags and text, exactly as `chunks` holds them."""

MAX_TERMS = 64
MAX_TERM_CHARACTERS = 256
_SHORT_TERM_TRIGRAMS = 200
_COLUMNS = "(rowid, title, trail, tags, text)"


class Keywords:
    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._has_vocabulary = False

    def search(
        self,
        terms: Sequence[str],
        *,
        table: Table = "porter",
        match: Match = "any",
        limit: int = 100,
        title_weight: float = 1.0,
        scan: int | None = None,
        notes: Collection[NoteId] | None = None,
    ) -> list[tuple[PassageId, float]]:
        """Passages and their BM25, higher is better, best first. Any text is a term; at most MAX_TERMS count.

        A word in the title counts as `title_weight` in the text, one in the heading trail as the mean of both.
        `scan` bounds what words cost that stand everywhere: only so many matches, the last written, are ranked.
        Only passages of `notes` count, where they are given.
        """
        expression = self._expression(terms, table, match)
        if not expression or limit <= 0:
            return []
        name = f"words_{table}"
        weights = (float(title_weight), (1 + float(title_weight)) / 2, float(title_weight), 1.0)
        ranked = f"SELECT rowid AS id, bm25({name}, ?, ?, ?, ?) AS cost FROM {name} WHERE {name} MATCH ?"
        values: tuple[object, ...] = (*weights, expression)
        if notes is not None:  # the plus keeps SQLite from looking every row up in the index one by one
            ranked += " AND +rowid IN (SELECT id FROM chunks WHERE note_id IN (SELECT value FROM json_each(?)))"
            values = (*values, as_list(notes))
        if scan is not None:
            ranked, values = f"SELECT id, cost FROM ({ranked} ORDER BY rowid DESC LIMIT ?)", (*values, scan)
        rows = self._db.all(f"{ranked} ORDER BY cost, id LIMIT ?", (*values, limit))
        return [(PassageId(id), -cost) for id, cost in rows]

    def frequency(self, terms: Iterable[str], table: Table = "porter") -> dict[str, int]:
        """How many passages hold each term."""
        return {term: self._count(term, table) for term in itertools.islice(dict.fromkeys(terms), MAX_TERMS)}

    def vocabulary(self, beginning: str, lengths: range) -> list[tuple[str, int]]:
        """Words of the notes, folded, that begin so and are so long, with how many passages hold each."""
        if not self._has_vocabulary:
            self._db.raw.execute(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, words_exact, row)"
            )
            self._has_vocabulary = True
        rows = self._db.all(
            "SELECT term, doc FROM temp.vocabulary WHERE term >= ? AND term < ? AND length(term) BETWEEN ? AND ?",
            (_clean(beginning), _clean(beginning) + "\U0010ffff", lengths.start, lengths.stop - 1),
        )
        return [(term, count) for term, count in rows]

    def _count(self, term: str, table: Table) -> int:
        expression = self._expression([term], table, "all")
        name = f"words_{table}"
        return (
            int(self._db.value(f"SELECT count(*) FROM {name} WHERE {name} MATCH ?", (expression,))) if expression else 0
        )

    def _expression(self, terms: Sequence[str], table: Table, match: Match) -> str:
        cleaned = [term for term in (_clean(term) for term in itertools.islice(terms, MAX_TERMS)) if term.strip()]
        if not cleaned:
            return ""
        if table == "trigram":
            return self._trigram_expression(cleaned, match)
        if match == "phrase":
            return _quoted(" ".join(cleaned))
        if match == "prefix-last":
            return " ".join([*map(_quoted, cleaned[:-1]), _quoted(cleaned[-1]) + "*"])
        return (" OR " if match == "any" else " ").join(map(_quoted, cleaned))

    def _trigram_expression(self, terms: list[str], match: Match) -> str:
        if match == "phrase":
            terms = ["".join(terms) if all(len(term) < 3 for term in terms) else " ".join(terms)]
        groups = [self._substring(term) for term in terms]
        if match == "any":
            return " OR ".join(filter(None, groups))
        return " AND ".join(groups) if all(groups) else ""

    def _substring(self, term: str) -> str:
        """A term of one or two characters is found by the trigrams that begin with it."""
        if len(term) >= 3:
            return _quoted(term)
        start = term.lower()
        found = self._db.all(
            "SELECT term FROM trigrams WHERE term >= ? AND term < ? LIMIT ?",
            (start, start + "\U0010ffff", _SHORT_TERM_TRIGRAMS),
        )
        longer = " OR ".join(_quoted(row[0]) for row in found)
        return f"({longer})" if longer else ""


def add_words(connection: Connection, chunks: Sequence[Words]) -> None:
    """Make new chunks findable."""
    for name in FULL_TEXT:
        rows = (_lines(chunk) for chunk in chunks) if name == "trigram" else chunks
        connection.run_many(f"INSERT INTO words_{name}{_COLUMNS} VALUES (?, ?, ?, ?, ?)", rows)


def drop_words(connection: Connection, chunks: Sequence[Words]) -> None:
    """Take chunks out; the columns must be those they were added with."""
    for name in FULL_TEXT:
        rows = (_lines(chunk) for chunk in chunks) if name == "trigram" else chunks
        connection.run_many(
            f"INSERT INTO words_{name}(words_{name}, rowid, title, trail, tags, text) VALUES ('delete', ?, ?, ?, ?, ?)",
            rows,
        )


def _lines(chunk: Words) -> Words:
    """As the view chunk_lines shows it."""
    id, title, trail, tags, text = chunk
    return id, title + "\n\n", trail + "\n\n", tags + "\n\n", text + "\n\n"


def _clean(term: str) -> str:
    """FTS5 reads its expression as a C string of UTF-8."""
    return storable(term[:MAX_TERM_CHARACTERS].replace("\0", " "))


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
