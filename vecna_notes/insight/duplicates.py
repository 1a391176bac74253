"""Pairs of notes that may be one note too many, with one of three verdicts and what speaks for it.

A likeness alone does not tell a rewrite from a note on the same matter. Copies are told by runs of words; a rewrite by
standing out of both notes' neighbourhoods by more than the words they share explain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import exp, log
from typing import Literal, TypeAlias, get_args

import numpy as np

from vecna_notes.errors import NotIndexed
from vecna_notes.insight.gathering import Gathered, gather, note_rows
from vecna_notes.insight.neighbourhood import Neighbourhood, neighbourhood
from vecna_notes.insight.shingles import LEAST_WORDS, Shared, shared_runs, words_of_notes
from vecna_notes.nearest import Nearest
from vecna_notes.store import Store
from vecna_notes.store.kept import Feedback
from vecna_notes.text import STOP_WORDS
from vecna_notes.types import Rows

Verdict: TypeAlias = Literal["same text", "rewritten", "adjacent"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
ANCHOR = "vecna:duplicates"
"""Where decisions on pairs stand in the feedback, apart from those on links at words."""
COPIED = 0.5
"""Share of the shorter note's runs that makes a copy; notes that are none share a twentieth at most in the demo."""
LEAST_RUNS = 8
MUTUAL = 5
"""Both must be among so many nearest of the other."""
BAR, SLOPE, ENOUGH = 0.25, 25.0, 1.8
"""How far a rewrite stands out: by BAR where it shares no word, steeply more with the words it shares, since notes on
one matter share its words and are near for that; and ENOUGH, whatever is shared (docs/tending.md has measurements)."""
ALIKE = 0.33
"""Notes on one matter do not share so many of their rare words; a rewrite may, and then need not stand out further."""
STUB = 12
"""A note counts as if it held so many rare words at least: two words in common are a third of a stub."""


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """`one` comes before `other` by path."""

    one: str
    other: str
    titles: tuple[str, str]
    verdict: Verdict | None
    """None for a pair that is not even adjacent."""
    why: str
    score: float
    """Sureness within the verdict, in [0, 1]: for sorting."""
    contained: tuple[float, float]
    """The share of each one's runs of three words that stands in the other."""
    likeness: float
    margin: float
    """How much nearer they are than each to its neighbours, in what a nearest neighbour commonly is."""
    ranks: tuple[int | None, int | None]
    """The place of each among the other's nearest."""
    shared: float
    """Share of their rare words in common, by weight."""
    is_linked: bool


class Compared:
    """All that verdicts are made from; good until the index changes."""

    def __init__(self, store: Store, nearest: Nearest | None) -> None:
        self.gathered = gather(store)
        self.shared = shared_runs(words_of_notes(store, self.gathered.ids))
        self.place = {path: place for place, path in enumerate(self.gathered.paths)}
        self._rows = note_rows(store, self.gathered)
        self._copies = dict(_copies(self.shared))
        self._first = _firsts(len(self._rows), self._copies)
        self._linked = _linked(store, self.gathered)
        self._near = self._neighbours(nearest)
        self._content = [frozenset(words) - STOP_WORDS for words in self.shared.words]
        self._weight = _weights(self._content)

    def pairs(self, feedback: Iterable[Feedback]) -> list[DuplicatePair]:
        """Copies first, then rewrites, then what is merely adjacent; the surest first. Dismissed pairs stay away."""
        dismissed = {frozenset((one.source, one.target)) for one in feedback if one.anchor == ANCHOR}
        found = [self.pair(*places) for places in sorted({*self._copies, *self._mutual()})]
        kept = [one for one in found if one.verdict and frozenset((one.one, one.other)) not in dismissed]
        return sorted(kept, key=lambda one: (VERDICTS.index(one.verdict or "adjacent"), -one.score, one.one, one.other))

    def pair(self, one: int, other: int) -> DuplicatePair:
        one, other = min(one, other), max(one, other)
        likeness = float(self._rows[one] @ self._rows[other])
        a, b = int(self._first[one]), int(self._first[other])
        ranks = (self._near.rank(a, b), self._near.rank(b, a))
        margin = self._near.margin(a, b, likeness)
        contained, shared = self.shared.contained(one, other), self._words_shared(one, other)
        is_linked = frozenset((one, other)) in self._linked
        verdict, score, why = _verdict(self._is_copy(one, other), contained, margin, ranks, shared, is_linked)
        paths, titles = self.gathered.paths, self.gathered.titles
        named = (titles[one], titles[other])
        return DuplicatePair(
            paths[one],
            paths[other],
            named,
            verdict,
            why.format(*named) if "{" in why else why,
            round(score, 4),
            contained,
            likeness,
            margin,
            ranks,
            shared,
            is_linked,
        )

    def _is_copy(self, one: int, other: int) -> bool:
        words = self.shared.words
        return (words[one] == words[other] and len(words[one]) >= LEAST_WORDS) or (one, other) in self._copies

    def _neighbours(self, nearest: Nearest | None) -> Neighbourhood:
        """Of several copies only the first counts, or copies would crowd out each other's neighbours."""
        rows: Rows = np.where((self._first == np.arange(len(self._first)))[:, None], self._rows, np.float32(0))
        owner = {id: int(self._first[place]) for place, ids in enumerate(self.gathered.vectors) for id in ids}
        return neighbourhood(rows, nearest, owner)

    def _mutual(self) -> Iterator[tuple[int, int]]:
        for one, near in enumerate(self._near.places[:, :MUTUAL]):
            for other in near:
                if one < other and one in self._near.places[other, :MUTUAL]:
                    yield one, int(other)

    def _words_shared(self, one: int, other: int) -> float:
        both, weigh = self._content[one] & self._content[other], self._weight
        least = min(sum(weigh[word] for word in self._content[place]) for place in (one, other))
        return sum(weigh[word] for word in both) / max(least, STUB * log(len(self._content)), 1.0)


def compared(store: Store, nearest: Nearest | None) -> Compared:
    """Raises NotIndexed while no Space is active."""
    if not store.notes.count():
        raise NotIndexed("no note is indexed yet; `vecna index` reads them")
    return Compared(store, nearest)


def _verdict(
    is_copy: bool,
    contained: tuple[float, float],
    margin: float,
    ranks: tuple[int | None, int | None],
    shared: float,
    is_linked: bool,
) -> tuple[Verdict | None, float, str]:
    """The verdict, how sure it is, and why."""
    if is_copy:
        return "same text", max(contained), _why_copy(contained)
    near = [rank for rank in ranks if rank is not None]
    is_mutual = len(near) == 2 and max(near) <= MUTUAL
    bar = BAR if shared >= ALIKE else min(BAR + SLOPE * shared, ENOUGH)
    standing = f"they stand out {margin:.1f} times as far as a nearest note commonly does"
    if is_mutual and margin >= bar and not is_linked:
        told = f"number {near[0]} and {near[1]} among each other's nearest; {standing} and share {shared:.0%} of their"
        return "rewritten", 1 / (1 + exp(bar - margin)), f"{told} rare words"
    if near and min(near) <= MUTUAL:
        linked = "linked: you told them apart; " if is_linked else ""
        return "adjacent", 1 / (1 + min(near)), f"{linked}near, as notes on one matter are; {standing}"
    return None, 0.0, "neither is among the other's nearest notes, and they share no text to speak of"


def _why_copy(contained: tuple[float, float]) -> str:
    if min(contained) == 1.0:
        return "the same words from the first to the last"
    part, whole = ("{0}", "{1}") if contained[0] >= contained[1] else ("{1}", "{0}")
    return f"{max(contained):.0%} of {part} stands in {whole}, and {min(contained):.0%} the other way"


def _copies(shared: Shared) -> Iterator[tuple[tuple[int, int], None]]:
    """Of equal notes each is paired with the first only."""
    for group in shared.equal:
        yield from (((group[0], other), None) for other in group[1:])
    later = {other for group in shared.equal for other in group[1:]}
    for (one, other), common in shared.common.items():
        is_told = one in later or other in later  # by the first of the equal ones
        if common >= LEAST_RUNS and not is_told and max(shared.contained(one, other)) >= COPIED:
            yield (one, other), None


def _firsts(count: int, copies: Iterable[tuple[int, int]]) -> np.typing.NDArray[np.int64]:
    """Of each note, the first of those that it is a copy of."""
    first = np.arange(count)
    for one, other in sorted(copies):
        if first[other] == other:
            first[other] = first[one]
    return first


def _linked(store: Store, gathered: Gathered) -> set[frozenset[int]]:
    place = {id: place for place, id in enumerate(gathered.ids)}
    return {frozenset((place[one], place[other])) for one, other in store.links.pairs()}


def _weights(content: list[frozenset[str]]) -> dict[str, float]:
    held: dict[str, int] = {}
    for words in content:
        for word in words:
            held[word] = held.get(word, 0) + 1
    return {word: log(len(content) / count) for word, count in held.items()}
