"""Notes near to a note, or to the passage at one of its lines: from what is stored, without any model."""

from __future__ import annotations

from collections.abc import Sequence

from vecna_notes.insight.closeness import Scale
from vecna_notes.insight.narrow import EVERYTHING, Only, allowed
from vecna_notes.insight.relations import ALL, Near, Relations, Shares, asked
from vecna_notes.insight.sharing import meeting
from vecna_notes.nearest import Nearest
from vecna_notes.store import Store
from vecna_notes.types import NoteId, Passage, RelatedNote

TIES = 20
"""More than are shown, so that equal scores at the end of the list are told apart by path."""


def related(
    store: Store, nearest: Nearest | None, note_id: NoteId, line: int | None, limit: int, unlinked: bool
) -> list[RelatedNote]:
    """As `related_notes`, for a single question: whoever has several keeps a `Relations`."""
    return related_notes(Relations(store, nearest), note_id, line, limit, Only(unlinked))


def related_notes(
    relations: Relations,
    note_id: NoteId,
    line: int | None = None,
    limit: int = 10,
    only: Only = EVERYTHING,
    shares: Shares = ALL,
    scale: Scale | None = None,
) -> list[RelatedNote]:
    """Best first, equal ones by path. Without vectors only words, names and links speak.

    With a `scale` closeness is told in words.
    """
    store = relations.store
    source, note = _source(store, note_id, line), store.notes.by_id(note_id)
    if not source or note is None or limit <= 0:
        return []
    near = relations.near(asked(source), limit + TIES, shares, allowed(store, note, only))
    linked = store.links.linked(note_id)
    near.sort(key=lambda one: (-one.score, relations.paths[one.note]))
    shown = [_related(relations, one, source, one.note in linked, scale) for one in near[:limit]]
    return [one for one in shown if one is not None]


def _related(
    relations: Relations, near: Near, source: Sequence[Passage], is_linked: bool, scale: Scale | None
) -> RelatedNote | None:
    """With the two passages that meet: by meaning where there are vectors, else by words."""
    if near.meeting is not None:
        found = relations.store.passages.by_ids([near.meeting.target])
        target = found.get(near.meeting.target)
        met = next((passage for passage in source if passage.id == near.meeting.source), source[0])
    else:
        met, target = meeting(relations.lexicon, source, relations.store.passages.of_note(near.note))
    if target is None:
        return None
    words = scale.of(near.likeness).words if scale else ""
    return RelatedNote(near.note, target.path, target.title, near.score, is_linked, met, target, near.signals, words)


def _source(store: Store, note_id: NoteId, line: int | None) -> list[Passage]:
    """The passage at the line; the whole note without one, and for lines that belong to no passage."""
    at_line = store.passages.at_line(note_id, line) if line is not None else None
    passages = [at_line] if at_line else store.passages.of_note(note_id)
    return passages if any(passage.chunk.embedded for passage in passages) else []
