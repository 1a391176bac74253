"""What of the notes is never given to another program: said so in the note, by a rule, or a secret by its looks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from vecna_notes.store import Store
from vecna_notes.text import normalise
from vecna_notes.types import Note, NoteId, Passage, Span

_SECRET = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{30,}|\bgithub_pat_\w{20,}|\bsk-[\w-]{20,}|\bxox[abprs]-[\w-]{10,}"
    r"|\beyJ[\w-]{10,}\.[\w-]{10,}\."
    r"|\b(?:pass(?:word|phrase|wort)|api[ _-]?key|secret|access[ _-]?token)\b[\"'*`]{0,3}\s{0,3}[:=]\s{0,3}\S{6,}",
    re.IGNORECASE,
)
_KEY = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----")
_KEY_LINE = re.compile(r"[ \t>]*(?:[A-Za-z0-9+/=]{16,}|[A-Za-z0-9+/=]+=|[\w-]+:.*|)[ \t]*\Z")
_KEY_END = "-----END "
_YES = (True, 1, "true", "yes", "1")


@dataclass(frozen=True, slots=True)
class Private:
    """Tells whether a passage is to be held back. `rules` are "tag:NAME", folders ("journal/") and globs of paths."""

    store: Store
    rules: Sequence[str] = ()
    _secrets: dict[NoteId, tuple[Span, ...]] = field(default_factory=dict)

    def __call__(self, passage: Passage) -> bool:
        if _SECRET.search("\n".join((*passage.chunk.trail, passage.chunk.text))):
            return True
        stored = self.store.notes.by_id(passage.note_id)
        return stored is None or self.holds(stored.note) or self._is_in_secret(passage)

    def holds(self, note: Note) -> bool:
        """Whether nothing at all of a note is given."""
        said = {key.lower(): value for key, value in note.properties.items()}.get("private")
        if said is not None and (said.lower() if isinstance(said, str) else said) in _YES:
            return True
        if _SECRET.search("\n".join((note.path, note.title, *note.aliases, *note.tags))):
            return True
        return any(_meets(note, rule.strip()) for rule in self.rules if rule.strip())

    def _is_in_secret(self, passage: Passage) -> bool:
        """A secret may have been cut into several passages, of which one alone does not look it."""
        id, chunk = passage.note_id, passage.chunk
        if id not in self._secrets:
            self._secrets[id] = tuple(secret_lines(self.store.notes.text(id)))
        return any(first <= chunk.last_line and chunk.first_line <= last for first, last in self._secrets[id])


def secret_lines(text: str) -> Iterator[Span]:
    """First and last line, 1-based, of what looks like a secret; a key with all lines of it."""
    place, line = 0, 1
    for match in _SECRET.finditer(text):
        line += text.count("\n", place, match.start())
        place = match.start()
        last = line + match.group().count("\n")
        yield line, last + (_key_lines(text, match.end()) if _KEY.match(match.group()) else 0)


def _key_lines(text: str, start: int) -> int:
    """How many lines after its first a key has."""
    count = 0
    start = text.find("\n", start) + 1
    while start:
        end = text.find("\n", start)
        line = text[start : end if end >= 0 else len(text)]
        if _KEY_END in line:
            return count + 1
        if not _KEY_LINE.match(line):
            return count
        count, start = count + 1, end + 1
    return count


def _meets(note: Note, rule: str) -> bool:
    if rule.lower().startswith("tag:"):
        wanted = normalise(rule[4:].strip().lstrip("#"))
        return any(normalise(tag) == wanted or normalise(tag).startswith(wanted + "/") for tag in note.tags)
    path, pattern = normalise(note.path), normalise(rule.removeprefix("/"))
    return path.startswith(pattern) if pattern.endswith("/") else fnmatchcase(path, pattern)
