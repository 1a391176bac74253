"""What is asked of a tuning, and what came of it: values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from vecna_notes.store.kept_tunings import KeptTuning
from vecna_notes.train.pairs import FEWEST, OFF, Links, Mined
from vecna_notes.train.verdict import Verdict
from vecna_notes.types import Space


@dataclass(frozen=True, slots=True)
class How:
    """Settings of one run; the others are the trainer's own."""

    full: bool | None = None
    """All weights, or a map on their rows; None as is configured."""
    minutes: float | None = None
    seed: int = 0
    links: Links | None = None
    """Learn from these links alone; None learns from all."""
    without: tuple[str, ...] = OFF
    """Sources of pairs that are left out."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would be like."""

    how: How
    mined: Mined
    seconds: float | None = None
    why_not: str = ""
    """What stands against it, in a sentence."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """A tuned model, with what the gate said of it."""

    name: str
    """Of its folder; "" where none was made."""
    verdict: Verdict
    pairs: Mapping[str, int]
    """How many there were of each source."""
    how: How
    seconds: float = 0.0
    """Of the training alone."""
    made: float = 0.0
    space: Space | None = None
    base: Space | None = None
    is_live: bool = False
    is_forced: bool = False

    @property
    def content(self) -> Any:
        """As it is kept."""
        return msgspec.to_builtins(self)


def tuned_of(kept: KeptTuning) -> Tuned:
    found = msgspec.convert(kept.content, Tuned)
    return replace(found, made=kept.made, is_live=kept.is_live, is_forced=kept.is_forced and kept.is_live)


def too_few(mined: Mined) -> str:
    """Why these pairs are not enough and what would help, in a sentence; "" when they are."""
    if len(mined.train) >= FEWEST:
        return ""
    total = sum(mined.counts.values())
    found = f"{len(mined.train)} pairs to learn from" + (f" ({total} with those held out)" if total else "")
    return (
        f"these notes hold {found}, and {FEWEST} are needed: link notes that belong together, give them titles and "
        "headings that tell them apart, or accept suggestions (`vecna links suggest`); search is as it was"
    )
