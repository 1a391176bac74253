"""Why a note was found, in words and figures: what the panel and `vecna search --explain` both say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from vecna_notes.text import safe_line
from vecna_notes.tui.phrases import ADJUSTMENTS, leg_name
from vecna_notes.types import Hit, Leg, Passage, Signal

_SAYS: Mapping[Leg, tuple[str, str]] = {
    "exact": ("as they were typed", ""),
    "substring": ("parts of words", ""),
    "title": ("in its title or aliases", ""),
    "latent": ("words that go with them", ""),
    "nearness": ("words close together", "words far apart"),
    "neighbours": ("similar notes found too", "similar notes not found"),
    "feedback": ("like what came first", "unlike what came first"),
    "recency": ("changed lately", "not changed for long"),
    "links": ("other notes link to it", "no note links to it"),
    "rerank": ("read with the query", "read with the query"),
}
"""What the name alone does not tell, where it raises a note and where it lowers it."""
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Reason:
    """One leg or prior, in plain words."""

    name: str
    says: str
    """What the name alone does not tell; may be empty."""
    rank: int | None
    """None for what ranks nothing by itself."""
    score: float
    """On the leg's own scale."""
    share: float
    """What it brought to the note's score."""
    part: float
    """The same as a part of the largest share of this note, in [0, 1]: the length of its bar."""


def reasons(hit: Hit) -> list[Reason]:
    """What speaks for a note, the weightiest first; in the order told where nobody weighed them."""
    largest = max((abs(signal.share) for signal in hit.signals), default=0.0)
    ordered = sorted(hit.signals, key=lambda signal: -abs(signal.share))
    return [_reason(signal, largest) for signal in ordered]


def _reason(signal: Signal, largest: float) -> Reason:
    rank = signal.rank if signal.leg not in ADJUSTMENTS and signal.rank > 0 else None
    part = abs(signal.share) / largest if largest else 0.0
    raises, lowers = _SAYS.get(signal.leg, ("", ""))
    says = lowers if signal.share < 0 else raises
    return Reason(leg_name(signal.leg), says, rank, signal.score, signal.share, part)


def matched_words(hit: Hit, most: int = 12) -> list[tuple[str, int]]:
    """Words of the query as they stand in the passage, with how often; the most frequent first."""
    text = hit.passage.chunk.text
    counts = Counter(safe_line(text[start:end]).casefold() for start, end in hit.words)
    return counts.most_common(most)


def decisive(hit: Hit) -> str:
    """The sentence that decided, on one line; empty when none stands out."""
    if hit.decisive is None:
        return ""
    start, end = hit.decisive
    return _SPACE.sub(" ", safe_line(hit.passage.chunk.text[start:end])).strip()


def passages(hit: Hit) -> list[Passage]:
    """Passages of the note that were found, best first."""
    return [hit.passage, *hit.others]


def signed(share: float) -> str:
    """ ".41", "-.05"."""
    return f"{'-' if share < 0 else ''}{f'{abs(share):.2f}'.removeprefix('0')}"
