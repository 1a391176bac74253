"""The passages of a search that an answer may stand on: the best of them, each once, as many as there is room for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from vecna_notes.interfaces import Evidence
from vecna_notes.markup import statements
from vecna_notes.store import Store
from vecna_notes.text import normalise, terms
from vecna_notes.types import Found, Passage

FURTHER = 0.85
"""What a further passage of a note counts, beside the one before it."""
SAME = 0.8
"""Share of a passage's runs of words that another one holds, from which on it says nothing new."""
RUN = 3
"""Words of a run."""
SHORTEST = 24
"""Tokens: with less room than this, nothing more is packed."""
_LEANING = frozenset(
    ("this", "that", "these", "those", "it", "its", "he", "she", "they", "his", "her", "their", "him", "them", "such")
)
"""First words that lean on the sentence before."""

Count = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage packed for a question, with its citation."""

    number: int
    """From 1 on."""
    passage: Passage
    text: str
    """Of the passage, or somewhat more of the note where it cannot be understood alone."""
    first_line: int
    last_line: int
    score: float
    tokens: int

    @property
    def evidence(self) -> Evidence:
        return Evidence(self.number, self.passage.title, self.passage.chunk.trail, self.text, self.score)


@dataclass(frozen=True, slots=True)
class Packed:
    pieces: tuple[Piece, ...]
    tokens: int
    held_back: int = 0
    """Notes found that may not be shown to the one who answers."""


def pack(
    store: Store, found: Found, room: int, count: Count, is_held: Callable[[Passage], bool] | None = None
) -> Packed:
    """At most `room` tokens of what was found, by `count`; notes that `is_held` are left out, and counted."""
    pieces: list[Piece] = []
    runs: set[tuple[str, ...]] = set()
    held: set[str] = set()
    left = room
    for score, passage in _candidates(store, found):
        if is_held is not None and is_held(passage):
            held.add(passage.path)
            continue
        own = _runs(passage.chunk.text)
        if left < SHORTEST or (own and len(own & runs) >= SAME * len(own)):
            continue
        piece = _plain(passage, len(pieces) + 1, score)
        wider = _wider(store, piece)
        if is_held is None or not is_held(replace(passage, chunk=replace(passage.chunk, text=wider.text))):
            piece = wider
        fitting = _fitting(piece, left, count)
        if fitting is not None:
            pieces.append(fitting)
            runs |= own
            left -= fitting.tokens
    return Packed(tuple(pieces), room - left, len(held))


def _candidates(store: Store, found: Found) -> list[tuple[float, Passage]]:
    """Every passage found, best first, of equal ones the newest."""
    scored = [
        (hit.score * FURTHER**place, passage)
        for hit in found.hits
        for place, passage in enumerate((hit.passage, *hit.others))
    ]
    modified = store.notes.modified({passage.note_id for _score, passage in scored})
    return sorted(scored, key=lambda one: (-round(one[0], 3), -modified.get(one[1].note_id, 0.0), one[1].id))


def _plain(passage: Passage, number: int, score: float) -> Piece:
    chunk = passage.chunk
    return Piece(number, passage, chunk.text, chunk.first_line, chunk.last_line, score, 0)


def _wider(store: Store, piece: Piece) -> Piece:
    """With the sentence before it where it leans on one."""
    passage, chunk = piece.passage, piece.passage.chunk
    first = next(terms(chunk.text), None)
    if first is None or first.group().lower() not in _LEANING:
        return piece
    before = [one for one in store.passages.of_note(passage.note_id) if one.chunk.last_line < chunk.first_line]
    said = statements(before[-1].chunk.text) if before else []
    if not said:
        return piece
    last = before[-1].chunk
    lead = last.text[said[-1][0] :]
    return replace(piece, text=lead + chunk.text, first_line=last.last_line - lead.rstrip("\n").count("\n"))


def _fitting(piece: Piece, room: int, count: Count) -> Piece | None:
    """The piece, cut after a sentence where there is no room for all of it; None where not even one fits."""
    tokens = count([piece.text])[0]
    if tokens <= room:
        return replace(piece, tokens=tokens)
    ends = [end for _start, end in statements(piece.text)]
    for end in _halving(ends):
        text = piece.text[:end]
        tokens = count([text])[0]
        if tokens <= room:
            lines = text.count("\n")
            return replace(piece, text=text, tokens=tokens, last_line=piece.first_line + lines)
    return None


def _halving(ends: Sequence[int]) -> Iterator[int]:
    """Ever earlier ends, so that a long passage is counted a few times only."""
    place = len(ends) - 1
    while place > 0:
        place = min(place - 1, place * 3 // 4)
        yield ends[place]


def _runs(text: str) -> set[tuple[str, ...]]:
    words = [match.group() for match in terms(normalise(text))]
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}
