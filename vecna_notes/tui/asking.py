"""The questions the screen puts to a vault. They run in the engine's thread and touch nothing of the screen's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from vecna_notes.errors import NoteNotFound
from vecna_notes.tui.ports import StoredNote, Vault
from vecna_notes.types import Found, Link, RelatedNote


@dataclass(frozen=True, slots=True)
class Reply:
    """Hits with what the index remembers of their notes."""

    found: Found
    notes: Mapping[str, StoredNote]


@dataclass(frozen=True, slots=True)
class Opened:
    """A note with everything the Note screen shows of it but what is related."""

    path: str
    stored: StoredNote
    text: str
    links: Sequence[Link] = ()
    backlinks: Sequence[Link] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    """Titles of the notes that links come from and lead to, by path."""


def find(query: str, mode: str, limit: int) -> Callable[[Vault], Reply]:
    """Hits of a search."""

    def question(vault: Vault) -> Reply:
        found = vault.search(query, mode=mode, limit=limit)
        return Reply(found, _remembered(vault, [hit.passage.path for hit in found.hits]))

    return question


def open_note(path: str) -> Callable[[Vault], Opened]:
    """A note by its path. Raises NoteNotFound."""

    def question(vault: Vault) -> Opened:
        links, backlinks = vault.links(path), vault.backlinks(path)
        paths = {link.target_path for link in links} | {link.source_path for link in backlinks}
        titles = {known: stored.note.title for known, stored in _remembered(vault, sorted(paths - {""})).items()}
        return Opened(path, vault.note(path), vault.text(path), links, backlinks, titles)

    return question


def text_of(path: str) -> Callable[[Vault], str]:
    return lambda vault: vault.text(path)


def near(path: str, line: int | None, limit: int) -> Callable[[Vault], list[RelatedNote]]:
    """Notes near in meaning to the passage at a line; to the whole note where `line` is None."""
    return lambda vault: vault.related(path, line=line, limit=limit)


def latest(limit: int) -> Callable[[Vault], Sequence[StoredNote]]:
    return lambda vault: vault.recent(limit)


def _remembered(vault: Vault, paths: Sequence[str]) -> dict[str, StoredNote]:
    notes: dict[str, StoredNote] = {}
    for path in dict.fromkeys(paths):
        try:
            notes[path] = vault.note(path)
        except NoteNotFound:  # deleted between two looks at the store
            continue
    return notes
