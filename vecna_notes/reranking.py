"""The one place where a ranker's word is taken: checked, kept below exact hits, and left in the hits for all to see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from numbers import Real

from vecna_notes.errors import PluginError, VecnaError
from vecna_notes.interfaces import Ranker
from vecna_notes.types import Hit, Leg, Rows, Signal

PINS: tuple[Leg, ...] = ("title", "exact")
"""Signals that keep a hit above those without them, the first above the second."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A ranker that cannot do harm: what it answers is refused, with its name, or is a sound order of the hits."""

    name: str
    ranker: Ranker

    def rank(self, query: str, hits: Sequence[Hit], rows: Rows | None = None) -> list[Hit]:
        """`hits`, best first, each with a "rerank" signal. Raises PluginError when the ranker breaks its contract."""
        if not hits:
            return []
        try:
            ordered = self.ranker.rank(query, list(hits), rows)
        except VecnaError:
            raise
        except Exception as error:  # the plugin border
            raise PluginError(f"ranker {self.name!r} failed: {type(error).__name__}: {error}") from error
        if why := refusal(hits, ordered):
            raise PluginError(f"ranker {self.name!r} {why}; report it to its author, or set search.ranker to another")
        return _settled(hits, ordered)


def refusal(hits: Sequence[Hit], ordered: object) -> str:
    """What is wrong with an answer, as the end of a sentence, or ""."""
    if not isinstance(ordered, list) or not all(isinstance(hit, Hit) for hit in ordered):
        return "returned something other than a list of hits"
    given = {hit.passage.id: hit for hit in hits}
    ids = [hit.passage.id for hit in ordered]
    scores = [hit.score for hit in ordered]
    if not given.keys() >= set(ids):
        return "returned a hit it was not given"
    if len(set(ids)) < len(ids):
        return "returned a hit twice"
    if not all(isinstance(score, Real) and 0 <= float(score) <= 1 for score in scores):
        return "gave a score that does not lie between 0 and 1"
    if scores != sorted(scores, reverse=True):
        return "gave a hit a higher score than the one above it"
    if any(replace(hit, score=given[hit.passage.id].score) != given[hit.passage.id] for hit in ordered):
        return "changed more of a hit than its score"
    return ""


def _settled(hits: Sequence[Hit], ordered: Sequence[Hit]) -> list[Hit]:
    """Pinned hits first, in the ranker's order, with the scores that pinned hits had; the others below the last one."""
    told = [_told(hit, rank) for rank, hit in enumerate(ordered, 1)]
    kept = {hit.passage.id for hit in told}
    told += [hit for hit in hits if hit.passage.id not in kept and _tier(hit) < len(PINS)]
    pinned = sorted((hit for hit in told if _tier(hit) < len(PINS)), key=_tier)
    had = sorted((hit.score for hit in hits if _tier(hit) < len(PINS)), reverse=True)
    ceiling = had[-1] if had else 1.0
    top = [replace(hit, score=score) for hit, score in zip(pinned, had, strict=True)]
    return top + [replace(hit, score=hit.score * ceiling) for hit in told if _tier(hit) == len(PINS)]


def _told(hit: Hit, rank: int) -> Hit:
    score = float(hit.score)
    return replace(hit, score=score, signals=(*hit.signals, Signal("rerank", rank, score)))


def _tier(hit: Hit) -> int:
    """0 for the first of PINS, and so on; their number for a hit that is not pinned."""
    legs = {signal.leg for signal in hit.signals}
    return next((tier for tier, leg in enumerate(PINS) if leg in legs), len(PINS))
