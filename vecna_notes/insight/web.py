"""The graph that links make of a vault."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log

from vecna_notes.types import NoteId


@dataclass(frozen=True, slots=True)
class Web:
    """Resolved links between notes; those of a note to itself are left out."""

    out: Mapping[NoteId, frozenset[NoteId]]
    into: Mapping[NoteId, frozenset[NoteId]]

    def around(self, note: NoteId) -> frozenset[NoteId]:
        """Linked with it, either way."""
        return self.out.get(note, _NONE) | self.into.get(note, _NONE)

    def adamic_adar(self, one: NoteId, other: NoteId) -> float:
        """Neighbours in common, those with few neighbours counting most (Adamic and Adar 2003)."""
        shared = self.around(one) & self.around(other)
        return sum(1 / log(max(len(self.around(note)), 2)) for note in shared)

    def second(self, note: NoteId) -> set[NoteId]:
        """Linked with a neighbour, but not with the note itself."""
        near = self.around(note)
        return {far for neighbour in near for far in self.around(neighbour)} - near - {note}

    def distance(self, one: NoteId, other: NoteId, most: int) -> int | None:
        """Links between two notes on the shortest way; None when there are more than `most`, or no way at all."""
        seen, edge = {one}, deque([(one, 0)])
        while edge:
            note, far = edge.popleft()
            if note == other:
                return far
            fresh = self.around(note) - seen if far < most else _NONE
            seen |= fresh
            edge.extend((next_one, far + 1) for next_one in fresh)
        return None


_NONE: frozenset[NoteId] = frozenset()


def web(links: Iterable[tuple[NoteId, NoteId]]) -> Web:
    """From sources and targets."""
    out: dict[NoteId, set[NoteId]] = {}
    into: dict[NoteId, set[NoteId]] = {}
    for source, target in links:
        if source != target:
            out.setdefault(source, set()).add(target)
            into.setdefault(target, set()).add(source)
    return Web(*({note: frozenset(ends) for note, ends in side.items()} for side in (out, into)))
