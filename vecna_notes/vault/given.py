"""A vault as another program may see it: notes that are held back are as if they were not there.

Whatever is counted, chosen or named is counted, chosen and named among the other notes, so that neither a figure nor a
gap in a list tells what a held-back note says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from vecna_notes.answer.private import Private, secret_lines
from vecna_notes.errors import ConfigError, EditRefused, NoteNotFound, VecnaError
from vecna_notes.markup import heading_text
from vecna_notes.store import StoredNote
from vecna_notes.text import estimate_tokens, safe_line, terms
from vecna_notes.types import Found, Hit, NoteId, Passage, RelatedNote, Status

if TYPE_CHECKING:
    from vecna_notes.answer.evidence import Packed
    from vecna_notes.edit import Applied
    from vecna_notes.insight.suggestion import Suggestion
    from vecna_notes.insight.topics import Topic
    from vecna_notes.vault import Vault

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+\S")
SECTIONS = 20
"""Names of sections that are told to whoever asked for another."""
SPARE = 20
"""Hits asked for beyond those wanted, for those whose passage holds a secret."""
FOUND = 24
WRITTEN = (".md", ".markdown", ".txt")
"""Endings of notes that may be made."""
HELD_LINE = "[held back: it looks like a secret]"
LONGEST_TEXT = 1_000
"""Words of a text that are looked for."""
SUGGESTED = 200
"""Suggestions among which one is looked for by its id."""
Writing = tuple[list[str], "Applied | None"]
"""The change as a diff, and what was written; None where it was only tried."""


@dataclass(frozen=True, slots=True)
class Narrow:
    """Which notes are meant. "" asks nothing."""

    folder: str = ""
    tag: str = ""
    since: str = ""
    """ISO date; of the day a note gives itself, else of its last change."""


EVERYTHING = Narrow()


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Notes near to a note, and those it is linked with, by their paths and titles."""

    near: tuple[RelatedNote, ...]
    links: tuple[StoredNote, ...]
    backlinks: tuple[StoredNote, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    name: str
    status: Status
    notes: int
    passages: int
    links: int
    broken_links: int
    held_back: int
    folders: tuple[tuple[str, int], ...]
    tags: tuple[tuple[str, int], ...]
    topics: tuple[Topic, ...]
    is_watched: bool
    """Whether a program keeps the index fresh at this moment."""


class Given:
    """Made for one vault, and kept as long as its index stays the same."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._store = vault.store
        self._private = Private(vault.store, vault.settings.answer.exclude)
        notes = vault.store.notes.recent(1 << 62)
        self._notes = {one.id: one for one in notes if not self._private.holds(one.note)}
        """Newest first."""
        self._held = frozenset(one.id for one in notes if one.id not in self._notes)

    @property
    def held_back(self) -> int:
        """Notes of which nothing is given."""
        return len(self._held)

    # ── notes ───────────────────────────────────────────────────────────────────────────────────────────────────

    def note(self, ref: str) -> StoredNote:
        """By "#id", path, title or alias. Raises NoteNotFound with near names."""
        from vecna_notes.insight.naming import find_note

        if ref.startswith("#") and ref[1:].isascii() and ref[1:].isdigit() and len(ref) < 20:
            found = self._notes.get(NoteId(int(ref[1:])))
            if found is None:
                raise NoteNotFound(f"there is no note {ref}; search_notes names those there are")
            return found
        if "\0" in ref or ref.startswith(("/", "~")) or ".." in PurePosixPath(ref).parts:
            raise NoteNotFound(f"{safe_line(ref)!r} is no name of a note; paths are relative to the vault")
        path = find_note(self._store, None, ref.encode("utf-8", "replace").decode(), self._held)
        stored = self._store.notes.by_path(path)
        assert stored is not None and stored.id in self._notes  # find_note passes over the others
        return stored

    def lines(self, note: StoredNote) -> tuple[list[str], int]:
        """The lines of a note's text, and how many of them are held back."""
        text = self._store.notes.text(note.id)
        lines, held = text.split("\n"), set[int]()
        for first, last in secret_lines(text):
            held.update(range(first, last + 1))
        return [HELD_LINE if number in held else line for number, line in enumerate(lines, 1)], len(held)

    def section(self, note: StoredNote, heading: str) -> tuple[int, int]:
        """First and last line of the section under a heading. Raises NoteNotFound with those there are."""
        lines, _held = self.lines(note)
        found = list(_headings(lines))
        wanted = " ".join(heading.lstrip("# ").split()).casefold()
        for place, (level, name, first) in enumerate(found):
            if name.casefold() == wanted:
                after = (line for other, _name, line in found[place + 1 :] if other <= level)
                return first, next(after, len(lines) + 1) - 1
        known = ", ".join(safe_line(name) for _level, name, _line in found[:SECTIONS])
        told = f"there are {known}" if known else "it has none"
        raise NoteNotFound(f"{safe_line(note.note.path)} has no section {safe_line(heading)!r}; {told}")

    def listed(self, narrow: Narrow = EVERYTHING) -> list[StoredNote]:
        """Newest first."""
        among = self._among(narrow)
        return [one for id, one in self._notes.items() if id in among]

    def titles(self, ids: Sequence[NoteId]) -> tuple[StoredNote, ...]:
        return tuple(self._notes[id] for id in dict.fromkeys(ids) if id in self._notes)

    # ── search ──────────────────────────────────────────────────────────────────────────────────────────────────

    def search(self, query: str, mode: str | None, limit: int, narrow: Narrow = EVERYTHING) -> Found:
        """As `Vault.search`."""
        self._check_likes(query)
        found = self._vault.search(query, mode, limit + SPARE, among=self._among(narrow))
        hits = [self._cleared(hit) for hit in found.hits if not self._private(hit.passage)]
        notice = "" if found.meant else found.notice  # a word that is guessed may be one of a held-back note
        return replace(found, hits=tuple(hits[:limit]), closest=(), meant={}, notice=notice)

    def evidence(self, question: str, room: int) -> tuple[Found, Packed]:
        """What an answer to the question would stand on, within `room` tokens."""
        from vecna_notes.answer.evidence import pack

        found = self.search(question, None, FOUND)
        return found, pack(self._store, found, room, estimate_tokens, self._private)

    def near_text(self, text: str, limit: int) -> Found:
        """Notes near to a text that is no query: nothing in it narrows or steers."""
        words = [match.group().lower() for match in terms(text)]
        return self.search(" ".join(words[:LONGEST_TEXT]), None, limit)

    def _check_likes(self, query: str) -> None:
        from vecna_notes.search.query import analyse
        from vecna_notes.search.steer import note_named

        asked = analyse(query)
        for name in (*asked.like, *asked.unlike):
            if note_named(self._store, name) in self._held:
                raise NoteNotFound(f"no note is called {safe_line(name)!r}; search_notes finds it by its words")

    def _among(self, narrow: Narrow) -> frozenset[NoteId]:
        among = frozenset(self._notes)
        if folder := narrow.folder.strip("/"):
            among = frozenset(id for id in among if self._notes[id].note.path.startswith(f"{folder}/"))
        if narrow.tag:
            among &= self._store.filters.tagged(narrow.tag.removeprefix("#"))
        return among & self._store.filters.since(narrow.since) if narrow.since else among

    def _cleared(self, hit: Hit) -> Hit:
        return replace(hit, others=tuple(one for one in hit.others if not self._private(one)))

    def _masked(self, passage: Passage) -> Passage:
        if not self._private(passage):
            return passage
        return replace(passage, chunk=replace(passage.chunk, text=HELD_LINE, trail=(), embedded=""))

    # ── neighbours ──────────────────────────────────────────────────────────────────────────────────────────────

    def neighbourhood(self, ref: str, limit: int, unlinked: bool) -> Neighbourhood:
        """Raises NoteNotFound."""
        path = self.note(ref).note.path
        near = self._vault.related(path, None, limit, unlinked, without=self._held)
        links, backlinks = self._vault.links(path), self._vault.backlinks(path)
        return Neighbourhood(
            tuple(replace(one, source=self._masked(one.source), target=self._masked(one.target)) for one in near),
            self.titles([one.target for one in links if one.target is not None]),
            self.titles([one.source for one in backlinks]),
        )

    def suggestions(self, ref: str, limit: int) -> list[Suggestion]:
        """Links that a note could have to notes that are given."""
        path = self.note(ref).note.path
        return [self._told(one) for one in self._vault.suggestions(path, SUGGESTED) if self._is_given(one)][:limit]

    def suggestions_for(self, text: str, limit: int) -> list[Suggestion]:
        """Of a text that is no note."""
        return [one for one in self._vault.suggestions_for(text, self._held, SUGGESTED) if self._is_given(one)][:limit]

    def _is_given(self, suggestion: Suggestion) -> bool:
        target = self._store.notes.by_path(suggestion.target)
        told = (suggestion.before, suggestion.anchor)
        return target is not None and target.id in self._notes and not any(list(secret_lines(one)) for one in told)

    def _told(self, suggestion: Suggestion) -> Suggestion:
        return replace(suggestion, meets="") if list(secret_lines(suggestion.meets)) else suggestion

    # ── the whole ───────────────────────────────────────────────────────────────────────────────────────────────

    def overview(self) -> Overview:
        paths = [PurePosixPath(one.note.path) for one in self._notes.values()]
        links = [one.state for one in self._store.links.all() if one.source in self._notes]
        folders = Counter(path.parts[0] + "/" for path in paths if len(path.parts) > 1)
        return Overview(
            name=self._vault.root.resolve().name,
            status=self._vault.status(),
            notes=len(self._notes),
            passages=sum(one.chunk_count for one in self._notes.values()),
            links=len(links),
            broken_links=links.count("broken"),
            held_back=self.held_back,
            folders=_ranked(folders),
            tags=self.tags(),
            topics=self.topics(),
            is_watched=self._vault.writer(self._vault.root, self._vault.folders) is not None,
        )

    def tags(self) -> tuple[tuple[str, int], ...]:
        """With how many notes have each, most first."""
        return _ranked(Counter(tag for one in self._notes.values() for tag in one.note.tags))

    def topics(self) -> tuple[Topic, ...]:
        """Those of notes that are given; () where there are no vectors yet."""
        try:
            found = self._vault.topics().topics
        except VecnaError:
            return ()
        given = (self._topic(one) for one in found)
        return tuple(one for one in given if one.notes)

    def topic(self, id: int) -> Topic:
        """A topic or a part of one. Raises ConfigError."""
        for one in self.topics():
            for topic in (one, *one.parts):
                if topic.id == id:
                    return topic
        raise ConfigError(f"there is no topic {id}; vault_overview lists them")

    def _topic(self, topic: Topic) -> Topic:
        """Named without the words of notes that are held back."""
        ids = {path: note.id for path in topic.notes if (note := self._store.notes.by_path(path))}
        notes = tuple(path for path, id in ids.items() if id in self._notes)
        parts = tuple(part for one in topic.parts if (part := self._topic(one)).notes)
        if len(notes) == len(topic.notes) or not notes:
            return replace(topic, notes=notes, parts=parts)
        said = tuple(one for one in topic.terms if self._store.filters.mentioning(one) & self._notes.keys())
        name = ", ".join(said[:3]) or self._notes[ids[notes[0]]].note.title
        name = topic.name if topic.is_renamed else name
        return replace(topic, notes=notes, parts=parts, terms=said, name=name)

    # ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────

    def create(self, path: str, text: str, is_dry: bool) -> Writing:
        """A new note. Raises EditRefused, Busy."""
        from vecna_notes import edit

        root = self._vault.root
        self._check_place(path)
        diff = edit.preview_new(root, path, text)
        return diff, None if is_dry else edit.create(root, self._store.folder, path, text)

    def append(self, ref: str, text: str, expected: str, is_dry: bool) -> Writing:
        """Lines at the end of a note whose digest is as `expected`. Raises NoteChanged, EditRefused, Busy."""
        from vecna_notes import edit

        root, note = self._vault.root, self.note(ref).note
        self._check_expected(note.path, expected, is_dry)
        change = edit.ending(root, note.path, text, f"lines added to {safe_line(note.title)}")
        diff = edit.preview(root, self._store.folder, change)
        return self._told_diff(note.path, diff), None if is_dry else edit.apply(root, self._store.folder, change)

    def link(self, ref: str, id: str, expected: str, is_dry: bool) -> Writing:
        """A suggested link. Raises NoteChanged, EditRefused, Busy, ConfigError where it is not suggested any more."""
        chosen = next((one for one in self.suggestions(ref, SUGGESTED) if one.id == id), None)
        if chosen is None:
            raise ConfigError(f"{safe_line(ref)} has no suggestion {safe_line(id)!r}; suggest_links lists what it has")
        self._check_expected(chosen.source, expected, is_dry)
        diff = self._vault.preview_link(chosen)
        return self._told_diff(chosen.source, diff), None if is_dry else self._vault.accept(chosen)

    def _told_diff(self, path: str, diff: list[str]) -> list[str]:
        """Without the note's own secrets, which may stand beside a change."""
        text = (self._vault.root / path).read_text("utf-8", "replace")
        lines = text.split("\n")
        held = {one for first, last in secret_lines(text) for one in lines[first - 1 : last]}
        return [f"{line[:1]}{HELD_LINE}" if line[1:] in held and line[1:] else line for line in diff]

    def _check_expected(self, path: str, expected: str, is_dry: bool) -> None:
        from vecna_notes import edit

        if expected:
            edit.check_unchanged(self._vault.root, path, expected)
        elif not is_dry:
            raise EditRefused("writing needs if_hash, the hash that read_note gave; nothing was written")

    def _check_place(self, path: str) -> None:
        """Only where the note would be read, and given again."""
        from vecna_notes.vault.opened import why_ignored

        if not path.lower().endswith(WRITTEN):
            raise EditRefused(f"{safe_line(path)!r} is no name of a note; let it end in .md")
        if why := why_ignored(self._vault.root, self._vault.settings, path):
            raise EditRefused(f"{safe_line(path)} would not be indexed: {why}; nothing was written")


def _headings(lines: Sequence[str]) -> Iterator[tuple[int, str, int]]:
    """Level, words and line of each, but for those in code."""
    fence = ""
    for number, line in enumerate(lines, 1):
        mark = line.strip()[:3]
        if mark in ("```", "~~~") and fence in ("", mark):
            fence = "" if fence else mark
        elif not fence and (match := _HEADING.match(line)):
            yield len(match[1]), " ".join(heading_text(line).split()), number


def _ranked(counted: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counted.items(), key=lambda one: (-one[1], one[0])))
