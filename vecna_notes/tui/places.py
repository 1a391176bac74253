"""Where the reader is: a note and a line in it, and what may be done with that."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vecna_notes.editor import address
from vecna_notes.text import safe_line

_NOTES = (".md", ".markdown", ".mdown", ".mkd", ".txt", ".text", ".org")


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a note."""

    path: str
    """Relative to the vault."""
    title: str = ""
    line: int = 1

    @property
    def wikilink(self) -> str:
        """[[stem]], or [[stem|Title]] where the file has another name than the note; with its suffix for a PDF."""
        path = PurePosixPath(self.path)
        stem = safe_line(path.stem if path.suffix.lower() in _NOTES else path.name)
        title = safe_line(self.title).translate({ord("["): None, ord("]"): None, ord("|"): None})
        return f"[[{stem}]]" if title in ("", stem) else f"[[{stem}|{title}]]"

    def obsidian(self, root: Path) -> str:
        """The address that opens the note in Obsidian, everything in it encoded."""
        return address("obsidian", str(root / self.path))


@dataclass(frozen=True, slots=True)
class Trail:
    """Places visited, with one of them the present: what back and forward walk along."""

    places: tuple[Place, ...] = ()
    here: int = -1

    def to(self, place: Place) -> Trail:
        """Go on from here; what lay ahead is forgotten."""
        if 0 <= self.here < len(self.places) and self.places[self.here].path == place.path:
            return Trail((*self.places[: self.here], place, *self.places[self.here + 1 :]), self.here)
        return Trail((*self.places[: self.here + 1], place)[-200:], min(self.here + 1, 199))

    def walk(self, step: int) -> Trail | None:
        """One step along; None at either end."""
        there = self.here + step
        return Trail(self.places, there) if 0 <= there < len(self.places) else None

    def left_at(self, line: int) -> Trail:
        """Remember the line the present place is left at."""
        if not 0 <= self.here < len(self.places):
            return self
        place = self.places[self.here]
        kept = Place(place.path, place.title, line)
        return Trail((*self.places[: self.here], kept, *self.places[self.here + 1 :]), self.here)

    @property
    def present(self) -> Place | None:
        return self.places[self.here] if 0 <= self.here < len(self.places) else None
