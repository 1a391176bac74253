"""What of the notes is never given to another program: said so in the note, by a rule, or a secret by its looks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from vecna_notes.store import Store
from vecna_notes.text import normalise
from vecna_notes.types import Note, Passage

_SECRET = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{30,}|\bgithub_pat_\w{20,}|\bsk-[\w-]{20,}|\bxox[abprs]-[\w-]{10,}"
    r"|\beyJ[\w-]{10,}\.[\w-]{10,}\."
    r"|\b(?:pass(?:word|phrase|wort)|api[ _-]?key|secret|access[ _-]?token)\b[\"'*`]{0,3}\s{0,3}[:=]\s{0,3}\S{6,}",
    re.IGNORECASE,
)
_YES = (True, 1, "true", "yes", "1")


@dataclass(frozen=True, slots=True)
class Private:
    """Tells whether a passage is to be held back. `rules` are "tag:NAME", folders ("journal/") and globs of paths."""

    store: Store
    rules: Sequence[str] = ()

    def __call__(self, passage: Passage) -> bool:
        if _SECRET.search(passage.chunk.text):
            return True
        stored = self.store.notes.by_id(passage.note_id)
        return stored is None or self._is_private(stored.note)

    def _is_private(self, note: Note) -> bool:
        said = {key.lower(): value for key, value in note.properties.items()}.get("private")
        if said is not None and (said.lower() if isinstance(said, str) else said) in _YES:
            return True
        return any(_meets(note, rule.strip()) for rule in self.rules if rule.strip())


def _meets(note: Note, rule: str) -> bool:
    if rule.lower().startswith("tag:"):
        wanted = normalise(rule[4:].strip().lstrip("#"))
        return any(normalise(tag) == wanted or normalise(tag).startswith(wanted + "/") for tag in note.tags)
    path, pattern = normalise(note.path), normalise(rule.removeprefix("/"))
    return path.startswith(pattern) if pattern.endswith("/") else fnmatchcase(path, pattern)
