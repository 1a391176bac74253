"""Numbers in words that fit a pane: ages, counts, sizes, time left."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import PurePosixPath

from vecna_notes.text import safe_line
from vecna_notes.types import Hit, Leg, Space

_AGES = ((365 * 86400, "y"), (30 * 86400, "mo"), (7 * 86400, "w"), (86400, "d"), (3600, "h"), (60, "m"))
_WORD_LEGS = frozenset({"keyword", "exact", "substring", "title"})
_MEANING_LEGS = frozenset({"semantic", "latent", "feedback"})
LEGS: Mapping[Leg, str] = {
    "keyword": "words",
    "exact": "exact words",
    "substring": "letters",
    "semantic": "meaning",
    "title": "title",
    "latent": "topics",
    "nearness": "nearness",
    "neighbours": "neighbours",
    "feedback": "feedback",
    "recency": "recency",
    "links": "links",
    "rerank": "rerank",
}
"""What each leg is called in front of people."""
ADJUSTMENTS = frozenset({"nearness", "neighbours", "feedback", "recency", "links"})
"""Legs that find nothing by themselves: they raise or lower what others found, and a rank of theirs says nothing."""
_WHY = {"recency": "changed lately", "links": "other notes link to it"}


def age(modified: float, now: float) -> str:
    """ "2d", "3w", "5mo"; "now" within a minute, and for files from the future."""
    seconds = now - modified
    return next((f"{int(seconds // size)}{unit}" for size, unit in _AGES if seconds >= size), "now")


def folder(path: str) -> str:
    """ "memory/", or nothing for a note at the top."""
    parent = safe_line(os.fsencode(str(PurePosixPath(path).parent)).decode("utf-8", "replace"))
    return "" if parent == "." else f"{parent}/"


def shown_path(path: str) -> str:
    """A path that may hold any bytes, for the eye."""
    return safe_line(os.fsencode(path).decode("utf-8", "replace"))


def signals(hit: Hit) -> str:
    """Which ways led to a hit: "f" words, "v" meaning."""
    legs = {signal.leg for signal in hit.signals}
    return "+".join(letter for letter, is_on in (("f", legs & _WORD_LEGS), ("v", legs & _MEANING_LEGS)) if is_on)


def leg_name(leg: Leg) -> str:
    return LEGS.get(leg, leg)


def why(hit: Hit, middot: str = "·") -> str:
    """What found a hit, with ranks, and what else spoke for it: "words rank 2 · meaning rank 1 · changed lately"."""
    found = [f"{leg_name(known.leg)} rank {known.rank}" for known in hit.signals if known.leg not in ADJUSTMENTS]
    raised = [_WHY[known.leg] for known in hit.signals if known.leg in _WHY and known.share > 0]
    return f" {middot} ".join([*found, *raised])


def duration(seconds: float) -> str:
    """ "0:19", "3:40", "1:02:00"."""
    whole = max(0, round(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def size(count: int) -> str:
    """ "41 MB"."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def plural(count: int, one: str, many: str = "") -> str:
    """ "1 note", "3,214 notes"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def space_name(space: Space) -> str:
    """ "sbert/all-MiniLM-L6-v2"; one word where the model has no name of its own."""
    model = safe_line(space.model).rsplit("/", 1)[-1]
    name = safe_line(space.embedder)
    return name if model in ("", name) else f"{name}/{model}"


def short_space_name(space: Space) -> str:
    """As much of `space_name` as fits a header."""
    return space_name(space).replace("all-MiniLM-", "minilm-").replace("-v2", "").lower()


def value_words(value: object) -> str:
    """A property of a note on one line."""
    if isinstance(value, list | tuple):
        return ", ".join(map(value_words, value))
    return "" if value is None else str(value)
