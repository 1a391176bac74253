"""What the links of a vault say of two notes: neighbours in common, how often a note is linked to, the way between."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from math import log

from vecna_notes.insight.web import Web
from vecna_notes.types import NoteId

BUSY = 300
"""Neighbours of a note beyond which it joins nothing: a list of everything."""
STEPS = 20_000
"""Links that are followed from one note."""
LONGEST_WAY = 6


def in_common(web: Web, note: NoteId) -> dict[NoteId, float]:
    """Log of 1 + Adamic-Adar (2003) for every note that shares a neighbour with this one; its own links aside."""
    found: dict[NoteId, float] = {}
    steps = 0
    for between in sorted(web.around(note), key=lambda one: (len(web.around(one)), one)):
        others = web.around(between)
        steps += len(others)
        if len(others) > BUSY or steps > STEPS:
            break
        for far in others - {note}:
            found[far] = found.get(far, 0.0) + 1 / log(max(len(others), 2))
    return {far: log(1 + sum_) for far, sum_ in found.items()}


def popularity(web: Web, notes: Sequence[NoteId], source: NoteId | None = None) -> list[float]:
    """Log of 1 + the notes that link to each; a link from the source does not count."""
    into, own = web.into, web.out.get(source, frozenset()) if source is not None else frozenset()
    return [log(1 + len(into.get(note, ())) - (note in own)) for note in notes]


def way(web: Web, start: NoteId, end: NoteId, most: int = LONGEST_WAY) -> list[NoteId]:
    """The shortest way by links, both ends included; [] when there is none of at most so many links.

    Links are followed either way; of equal ways the one over notes with few neighbours.
    """
    before: dict[NoteId, NoteId] = {start: start}
    edge = deque([(start, 0)])
    while edge and end not in before:
        note, far = edge.popleft()
        if far == most:
            continue
        for one in sorted(web.around(note) - before.keys(), key=lambda one: (len(web.around(one)), one)):
            before[one] = note
            edge.append((one, far + 1))
    return _traced(before, end) if end in before else []


def _traced(before: Mapping[NoteId, NoteId], end: NoteId) -> list[NoteId]:
    trace = [end]
    while before[trace[-1]] != trace[-1]:
        trace.append(before[trace[-1]])
    return trace[::-1]


def neighbours(web: Web, note: NoteId, most: int) -> list[NoteId]:
    """Notes linked with it, those with few neighbours first: they say most of it."""
    near: Collection[NoteId] = web.around(note)
    return sorted(near, key=lambda one: (len(web.around(one)), one))[:most]
