"""Which notes a list of related ones may hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePosixPath

from vecna_notes.store import Store, StoredNote
from vecna_notes.store.traits import day_of
from vecna_notes.types import NoteId


@dataclass(frozen=True, slots=True)
class Only:
    """What is asked of related notes beside being near. None and () ask nothing."""

    unlinked: bool = False
    """No link either way."""
    same_folder: bool | None = None
    """True: only notes of its folder; False: only of others."""
    same_day: bool | None = None
    """The same of the day a note gives itself, or else was changed."""
    tags: tuple[str, ...] = ()
    """Notes with all of these tags, or with tags below them."""
    without: frozenset[NoteId] = frozenset()


EVERYTHING = Only()


def allowed(store: Store, note: StoredNote, only: Only) -> frozenset[NoteId] | None:
    """The notes that may stand in the list; None for all."""
    if only == EVERYTHING:
        return None
    left = store.filters.all() - only.without
    if only.unlinked:
        left -= store.links.linked(note.id)
    if only.same_folder is not None:
        left = _part(left, _in_folder(store, note.note.path), only.same_folder)
    if only.same_day is not None:
        left = _part(left, _on_day(store, note), only.same_day)
    for tag in only.tags:
        left &= store.filters.tagged(tag.removeprefix("#"))
    return left


def day(note: StoredNote) -> date:
    """The day a note gives itself, else that of its last change."""
    own = day_of(note.note.path, note.note.properties)
    return date.fromisoformat(own) if own else date.fromtimestamp(note.modified)


def _part(notes: frozenset[NoteId], same: frozenset[NoteId], is_same: bool) -> frozenset[NoteId]:
    return notes & same if is_same else notes - same


def _in_folder(store: Store, path: str) -> frozenset[NoteId]:
    """Directly in the same folder."""
    folder = PurePosixPath(path).parent
    return frozenset(id for other, id in store.notes.paths().items() if PurePosixPath(other).parent == folder)


def _on_day(store: Store, note: StoredNote) -> frozenset[NoteId]:
    own = day(note)
    later = (own + timedelta(days=1)).isoformat()
    return store.filters.since(own.isoformat()) - store.filters.since(later)
