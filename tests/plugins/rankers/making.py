"""Hits as a search would hand them to a ranker."""

from __future__ import annotations

from collections.abc import Sequence

from vecna_notes.types import Chunk, Hit, NoteId, Passage, PassageId


def hits_of(texts: Sequence[str]) -> list[Hit]:
    """One hit a text, best first, scores falling from 1 to .5."""
    step = 0.5 / max(len(texts) - 1, 1)
    return [Hit(_passage(i, text), 1 - i * step) for i, text in enumerate(texts)]


def places(hits: Sequence[Hit]) -> list[int]:
    """Where each hit stood before."""
    return [hit.passage.id for hit in hits]


def _passage(number: int, text: str) -> Passage:
    chunk = Chunk(text, (), 1, 1, text.strip())
    return Passage(PassageId(number), NoteId(number), f"{number}.md", f"Note {number}", chunk)
