"""Why two notes are near each other: the passages that meet, the rare words they share, the links between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vecna_notes.insight import graph
from vecna_notes.insight.closeness import Closeness, Scale
from vecna_notes.insight.relations import Floats, Relations, asked
from vecna_notes.insight.sharing import SharedWord, cosine, shared_words
from vecna_notes.store import StoredNote
from vecna_notes.types import NoteId, Passage, Signal, similarity

MEETINGS = 3
WORDS = 12


@dataclass(frozen=True, slots=True)
class MeetingPair:
    """Two passages that meet."""

    source: Passage
    target: Passage
    score: float
    """Cosine of their vectors; of their words where there are none."""


@dataclass(frozen=True, slots=True)
class Why:
    """What two notes have to do with each other."""

    source: str
    target: str
    titles: tuple[str, str]
    closeness: Closeness
    meetings: tuple[MeetingPair, ...]
    """Closest first, no passage twice."""
    words: tuple[SharedWord, ...]
    notes: int
    """In the vault, to tell how rare a word is."""
    way: tuple[str, ...]
    """Paths on the shortest way by links, both ends included; empty when there is none."""
    tags: tuple[str, ...]
    signals: tuple[Signal, ...]
    """What speaks for the second as a note related to the first."""


def why(relations: Relations, scale: Scale, source: StoredNote, target: StoredNote) -> Why:
    """Both must be indexed; a note without text has nothing to do with any other but by links and tags."""
    store = relations.store
    ours, theirs = store.passages.of_note(source.id), store.passages.of_note(target.id)
    mine, yours = ("\n".join(passage.chunk.embedded for passage in passages) for passages in (ours, theirs))
    near = relations.near(asked(ours), 1, allowed=frozenset({target.id})) if mine and yours else []
    return Why(
        source=source.note.path,
        target=target.note.path,
        titles=(source.note.title, target.note.title),
        closeness=scale.of(near[0].likeness if near else float("-inf")),
        meetings=tuple(_meetings(relations, ours, theirs)),
        words=tuple(shared_words(relations.lexicon, mine, yours, WORDS)),
        notes=len(relations.lexicon.notes),
        way=tuple(relations.paths[note] for note in graph.way(relations.web, source.id, target.id)),
        tags=_shared_tags(source.note.tags, target.note.tags),
        signals=near[0].signals if near else (),
    )


def _meetings(relations: Relations, ours: Sequence[Passage], theirs: Sequence[Passage]) -> list[MeetingPair]:
    """Greedily the closest pair, then the closest of what is left."""
    if not ours or not theirs:
        return []
    alike = _alike(relations, ours, theirs)
    found: list[MeetingPair] = []
    while len(found) < min(MEETINGS, *alike.shape):
        i, j = divmod(int(alike.argmax()), alike.shape[1])
        if not alike[i, j] > 0:
            break
        found.append(MeetingPair(ours[i], theirs[j], round(float(alike[i, j]), 4)))
        alike[i, :] = alike[:, j] = -np.inf
    return found


def _alike(relations: Relations, ours: Sequence[Passage], theirs: Sequence[Passage]) -> Floats:
    """By vectors where both notes have them, else by words."""
    notes: list[NoteId] = [ours[0].note_id, theirs[0].note_id]
    if relations.space is not None:
        rows = relations.rows(relations.store.vectors.space(relations.space))
        known = rows.read(notes)
        if len(known) == len(set(notes)):
            alike = np.full((len(ours), len(theirs)), -np.inf)
            sides = [[passage.id for passage in side] for side in (ours, theirs)]
            one, other = (known[note] for note in notes)
            met = similarity(one.rows, other.rows, rows.metric)
            for i, source in enumerate(one.passages):
                for j, target in enumerate(other.passages):
                    alike[sides[0].index(source), sides[1].index(target)] = met[i, j]
            return alike
    said = [[relations.lexicon.weigh(passage.chunk.embedded) for passage in side] for side in (ours, theirs)]
    return np.array([[cosine(one, other) for other in said[1]] for one in said[0]])


def _shared_tags(ours: Sequence[str], theirs: Sequence[str]) -> tuple[str, ...]:
    known = {tag.casefold() for tag in theirs}
    return tuple(sorted(tag for tag in ours if tag.casefold() in known))
