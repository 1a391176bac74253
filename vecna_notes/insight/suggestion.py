"""A link that could be added: where, to what, why, and how the line would read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from vecna_notes.text import digest
from vecna_notes.types import Span

Reason: TypeAlias = Literal["title", "alias", "label", "partial", "near"]
ID_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Stays the same as long as the words and the two notes do, whatever else changes: so does its id."""

    source: str
    """Path of the note the link would stand in …"""
    digest: str
    """… and text.digest() of its bytes, for which `span` is true."""
    span: Span
    """Characters of the note's text that the link replaces; empty where it is put in."""
    anchor: str
    """The words it stands on; empty where it is put in after a sentence."""
    line: int
    column: int
    """1-based; the column counts characters."""
    target: str
    title: str
    section: str
    """Heading in the target that the link names, or ""."""
    kind: Reason
    why: str
    """The reason in words."""
    score: float
    """How likely it is that the author would have set this link, in [0, 1]."""
    new: str
    """The link as it would be written."""
    before: str
    """The line now."""
    after: str
    """The line then."""
    meets: str = ""
    """The passage of the target that it meets, where meaning is the reason."""

    @property
    def id(self) -> str:
        """Short, for the command line."""
        return digest("\0".join((self.source, self.anchor.casefold(), self.target)))[:ID_LENGTH]

    def preview(self) -> list[str]:
        """A unified diff of the one line."""
        return [
            f"--- {self.source}",
            f"+++ {self.source}",
            f"@@ -{self.line} +{self.line} @@",
            f"-{self.before}",
            f"+{self.after}",
        ]
