"""From the hits of a search to the rows of its list, and to the marks in the preview."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from vecna_notes.text import safe_line
from vecna_notes.tui.asking import Reply
from vecna_notes.tui.marks import Mark
from vecna_notes.tui.phrases import plural
from vecna_notes.tui.widgets.results import HitRow
from vecna_notes.types import Hit, Span


def rows_of(reply: Reply, voted: Collection[str] = (), has_closest: bool = True) -> list[HitRow]:
    """One row a hit, with what the index remembers of its note; `voted` are paths of notes that answer the query.

    When nothing was found, what keeps notes out and what would be closest without it.
    """
    found = reply.found
    rows = [_row(hit, reply, hit.passage.path in voted) for hit in found.hits]
    if rows or not has_closest:
        return rows
    blocking = [condition for condition in found.conditions if condition.removed]
    rows += [
        _heading(f"{safe_line(condition.text)} keeps out {plural(condition.removed or 0, 'note')}")
        for condition in blocking
    ]
    if found.closest:
        rows.append(_heading("closest by meaning without the filters" if blocking else "closest by meaning"))
        rows += [_row(hit, reply, hit.passage.path in voted) for hit in found.closest]
    return rows


def _row(hit: Hit, reply: Reply, is_voted: bool) -> HitRow:
    stored = reply.notes.get(hit.passage.path)
    modified, tags = (stored.modified, stored.note.tags) if stored else (None, ())
    return HitRow(hit.passage.path, hit.passage.title, modified, tags, hit, is_voted=is_voted)


def _heading(words: str) -> HitRow:
    return HitRow("", words, is_heading=True)


def merged(old: Sequence[HitRow], new: Sequence[HitRow], held: HitRow | None) -> list[HitRow]:
    """The new rows with the held one exactly where it stood in the old ones, so that nothing moves under the cursor.

    The others keep their new order around it. A held row that the new answer has lost stays until the next query.
    """
    place = next((index for index, row in enumerate(old) if held and row.key == held.key), None)
    if held is None or place is None:
        return list(new)
    others = [row for row in new if row.key != held.key]
    fresh = next((row for row in new if row.key == held.key), held)
    return [*others[:place], fresh, *others[place:]]


def marks_by_line(hit: Hit, text: str) -> dict[int, list[Mark]]:
    """Where the decisive sentence and the found words stand in the whole note: marks by line, lines from 1.

    Empty when the passage is not there any more, because the note was saved meanwhile.
    """
    chunk = hit.passage.chunk
    start = text.find(chunk.text, _line_start(text, chunk.first_line))
    if start < 0 or not chunk.text:
        return {}
    spans: list[tuple[Span, str]] = [(hit.decisive, "soft")] if hit.decisive else []
    spans += [(word, "match") for word in hit.words]
    marks: dict[int, list[Mark]] = {}
    for (first, last), ink in spans:
        for line, begin, end in by_line(text, start + first, start + last):
            marks.setdefault(line, []).append((begin, end, ink))
    return marks


def _line_start(text: str, line: int) -> int:
    """Index of the first character of a line (from 1)."""
    place = 0
    for _ in range(line - 1):
        place = text.find("\n", place) + 1
        if not place:
            return 0
    return place


def by_line(text: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """A range of characters as (line from 1, first column, last column) of every line it touches."""
    line = text.count("\n", 0, start) + 1
    place = text.rfind("\n", 0, start) + 1
    while place < end:
        stop = text.find("\n", place)
        stop = len(text) if stop < 0 else stop
        if min(stop, end) > max(start, place):
            yield line, max(start, place) - place, min(stop, end) - place
        place, line = stop + 1, line + 1
