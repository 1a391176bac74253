"""How near notes are to a note, by every voice that has something to say of it: words, meaning, names, links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import exp
from typing import Literal

import numpy as np
import numpy.typing as npt

from vecna_notes.insight import graph
from vecna_notes.insight.lexicon import Counted, Lexicon, counted, lexicon
from vecna_notes.insight.likeness import (
    Known,
    Meeting,
    Yardstick,
    likeness,
    likeness_to_all,
    nearest_notes,
    plain_likeness,
    yardstick,
)
from vecna_notes.insight.sharing import cosine
from vecna_notes.insight.titles import Titles, titles
from vecna_notes.insight.web import Web, web
from vecna_notes.nearest import Nearest
from vecna_notes.store import Store
from vecna_notes.types import Leg, NoteId, Passage, Signal, Space, SpaceId

Floats = npt.NDArray[np.float64]
By = Literal["both", "mean", "best"]
CANDIDATES = 80
"""Notes that each way of looking proposes."""
FEW = 200
LEARNED = ("lsa", "word2vec")
"""Where their vectors are stored too, these know the vault's own vocabulary better than a pretrained embedder."""
TUNED, TUNED_SHARE = "contrastive", 0.7
"""A space tuned on the vault's own links says in part what names and links say already, and counts for less beside them
(docs/tuning.md)."""
NEIGHBOURS = 12
"""Linked notes that speak for a note."""
WORDS = Yardstick(0.03, 0.04)
"""What TF-IDF makes of two notes by chance; .029 of spread on garden, .048 on dendron."""
COVERED, NAMED, PLACE, COMMON, POPULAR = 0.3, 0.8, 0.25, 0.35, 0.72
"""What counts as one standard deviation of the voices that are 0 for most notes."""
MIDDLE, WIDTH = 12.0, 5.0
"""Where a sum of voices scores .5, and how far from there .27 and .73 are."""
AUDIBLE = 0.01
_LEGS: Mapping[str, Leg] = {
    "words": "keyword",
    "meaning": "semantic",
    "learned": "latent",
    "covered": "title",
    "named": "title",
    "place": "title",
    "common": "links",
    "popular": "links",
    "around": "neighbours",
}


@dataclass(frozen=True, slots=True)
class Shares:
    """What each voice counts, in standard deviations above chance.

    Chosen on the train and dev links of garden and dendron (`python -m tests.benchmarks.related`), and flat: half or
    twice any of them changes R@10 by about .01, on dendron with links known by up to .03.
    """

    words: float = 1.0
    """Rare words in common."""
    meaning: float = 1.0
    """Vectors of the active space."""
    learned: float = 0.5
    """Vectors of each space that was trained on the vault."""
    covered: float = 0.75
    """How many words of the other note's name this note says …"""
    named: float = 0.5
    """… and whether it says the whole name."""
    place: float = 0.3
    """How much of their paths is one."""
    common: float = 0.5
    """Linked notes in common."""
    popular: float = 1.0
    """How often the other note is linked to."""
    around: float = 0.3
    """How near the other note is to those linked with this one."""
    by: By = "both"

    def without_graph(self) -> Shares:
        parts = {name: getattr(self, name) for name in ("words", "meaning", "learned", "covered", "named", "place")}
        return Shares(**parts, common=0.0, popular=0.0, around=0.0, by=self.by)


ALL = Shares()
ALONE = Shares(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""No voice; for one that is asked alone."""


@dataclass(frozen=True, slots=True)
class Near:
    """A note with its score and what speaks for it."""

    note: NoteId
    score: float
    total: float
    """Sum of the voices, in standard deviations above chance."""
    signals: tuple[Signal, ...]
    meeting: Meeting | None
    likeness: float
    """What words and vectors say, without names, places and links: what closeness is told by."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A note, or one of its passages, as what is asked about."""

    note: NoteId
    passages: tuple[Passage, ...]
    text: str
    title: str


def asked(passages: Sequence[Passage]) -> Asked:
    """At least one passage, of one note."""
    first = passages[0]
    text = "\n".join(passage.chunk.embedded for passage in passages)
    return Asked(first.note_id, tuple(passages), text, first.title)


@dataclass(eq=False)
class Relations:
    """The relations of one vault as its index is now; make another when that has changed."""

    store: Store
    nearest: Nearest | None
    active: Space | None = None
    """Whose vectors are compared where nothing is searched for; else it is that of `nearest`."""
    known: Mapping[NoteId, Counted] | None = None
    """What notes said before, so that only changed ones are counted anew."""
    few: int = FEW
    """So many notes, where no others may stand in the list, are all looked at."""
    _rows: dict[SpaceId, Known] = field(default_factory=dict)
    _yardsticks: dict[SpaceId, Yardstick] = field(default_factory=dict)

    def renewed(self, nearest: Nearest | None, few: int = FEW) -> Relations:
        """The same after a change; what did not change is not counted again."""
        return Relations(self.store, nearest, known=self.counts, few=few, _yardsticks=self._yardsticks)

    @property
    def space(self) -> Space | None:
        return self.nearest.space if self.nearest else self.active

    @cached_property
    def counts(self) -> dict[NoteId, Counted]:
        return counted(self.store, self.known)

    @cached_property
    def lexicon(self) -> Lexicon:
        return lexicon(self.store, self.counts)

    @cached_property
    def titles(self) -> Titles:
        return titles(self.store.notes.names(), self.lexicon)

    @cached_property
    def web(self) -> Web:
        return web(self.store.links.pairs())

    @cached_property
    def paths(self) -> dict[NoteId, str]:
        return {id: path for path, id in self.store.notes.paths().items()}

    @cached_property
    def places(self) -> _Places:
        return _Places(self.paths, self.lexicon.notes)

    def near(
        self, asked: Asked, limit: int, shares: Shares = ALL, allowed: frozenset[NoteId] | None = None
    ) -> list[Near]:
        """Best first, equal ones by id. A note of which no word, meaning, name or link speaks is left out."""
        everywhere = self._everywhere(asked, shares)
        candidates = self._candidates(asked, everywhere, shares, allowed, max(CANDIDATES, limit))
        if not candidates:
            return []
        rows = [self.lexicon.row_of[note] for note in candidates]
        voices = {name: values[rows] for name, values in everywhere.items()}
        meetings: dict[NoteId, Meeting] = {}
        for name, values in self._spaces(asked, candidates, shares, meetings):
            voices[name] = voices.get(name, 0.0) + values
        total = np.sum([np.zeros(len(candidates)), *voices.values()], axis=0)
        order = np.lexsort((candidates, -np.round(total, 6)))[:limit]
        ranks = _ranks(voices)
        best = [candidates[i] for i in order]
        likenesses = dict(zip(best, self.likenesses([(asked.note, note) for note in best]), strict=True))
        return [
            Near(
                note=candidates[i],
                score=squashed(total[i]),
                total=float(total[i]),
                signals=_signals(voices, ranks, i),
                meeting=meetings.get(candidates[i]),
                likeness=likenesses[candidates[i]],
            )
            for i in order
        ]

    def likenesses(self, pairs: Sequence[tuple[NoteId, NoteId]]) -> Floats:
        """Of pairs of notes: how near by words and vectors, in standard deviations above chance."""
        rows, words = self.lexicon.row_of, self.lexicon.of
        alike = [cosine(words(rows[one]), words(rows[other])) for one, other in pairs]
        total = ALL.words * WORDS.measure(np.array(alike, dtype=np.float32)).astype(np.float64)
        notes = [note for pair in pairs for note in pair]
        for space, _name, share in self._asked_spaces(ALL):
            known, stick = self.rows(space), self._yardstick(space)
            held = known.read(notes)
            for i, (one, other) in enumerate(pairs):
                if one in held and other in held:
                    total[i] += share * stick.measure_plain(plain_likeness(held[one], held[other], known.metric))
        return total

    def _everywhere(self, asked: Asked, shares: Shares) -> dict[str, Floats]:
        """What the quick voices say of every note, in the lexicon's order."""
        weighed = self.lexicon.weigh(asked.text, asked.title)
        covered, names = self.titles.covered(self.lexicon.terms[weighed.terms])
        said: dict[str, tuple[npt.NDArray[np.floating], float]] = {
            "words": (WORDS.measure(self.lexicon.alike(weighed)), shares.words),
            "covered": (covered / COVERED, shares.covered),
            "named": (self.titles.named(asked.text, names) / NAMED if shares.named else covered, shares.named),
            "place": (self.places.shared(asked.note) / PLACE if shares.place else covered, shares.place),
            "common": (self._common(asked.note) / COMMON if shares.common else covered, shares.common),
            "popular": (self._popular(asked.note) / POPULAR if shares.popular else covered, shares.popular),
        }
        return {name: share * values.astype(np.float64) for name, (values, share) in said.items() if share}

    @cached_property
    def _popularity(self) -> Floats:
        return np.array(graph.popularity(self.web, self.lexicon.notes))

    def _popular(self, note: NoteId) -> Floats:
        own = sorted(one for one in self.web.out.get(note, ()) if one in self.lexicon.row_of)
        found = self._popularity.copy()
        found[[self.lexicon.row_of[one] for one in own]] = graph.popularity(self.web, own, note)
        return found

    def _common(self, note: NoteId) -> Floats:
        found = np.zeros(len(self.lexicon.notes))
        for one, common in graph.in_common(self.web, note).items():
            if (row := self.lexicon.row_of.get(one)) is not None:
                found[row] = common
        return found

    def _candidates(
        self,
        asked: Asked,
        everywhere: Mapping[str, Floats],
        shares: Shares,
        allowed: frozenset[NoteId] | None,
        most: int,
    ) -> list[NoteId]:
        """Those the quick voices put first, and those that lie near in the active space."""
        notes = self.lexicon.notes
        if allowed is not None and len(allowed) <= self.few:
            return sorted(note for note in allowed - {asked.note} if note in self.lexicon.row_of)
        total = np.sum([np.zeros(len(notes)), *everywhere.values()], axis=0)
        speaks = np.zeros(len(notes), dtype=np.bool_)
        for name in everywhere.keys() & {"words", "named", "common"}:
            least = shares.words * WORDS.measure(0.0) if name == "words" else 0.0
            speaks |= everywhere[name] > least + 1e-9
        if asked.note in self.lexicon.row_of:
            speaks[self.lexicon.row_of[asked.note]] = False
        if allowed is not None:
            speaks &= np.isin(notes, list(allowed))
        best = np.flatnonzero(speaks)
        best = best[np.argsort(-total[best], kind="stable")][:most]
        found = {notes[row] for row in best}
        if self.nearest is not None and (shares.meaning or shares.learned):
            ids = [passage.id for passage in asked.passages]
            near = nearest_notes(self.store, self.nearest, ids, most) - {asked.note}
            found |= near if allowed is None else near & allowed
        return sorted(note for note in found if note in self.lexicon.row_of)

    def _spaces(
        self, asked: Asked, candidates: Sequence[NoteId], shares: Shares, meetings: dict[NoteId, Meeting]
    ) -> Iterator[tuple[str, Floats]]:
        """What vectors say; the meetings of the active space are put into `meetings`."""
        for space, name, share in self._asked_spaces(shares):
            found = likeness(self.rows(space), asked.passages, candidates)
            if name == "meaning":
                meetings |= found
            alike = {note: _by(one, shares.by) for note, one in found.items()}
            yield name, share * self._measured(space, alike, candidates)
        if shares.around and self.space is not None:
            around = graph.neighbours(self.web, asked.note, NEIGHBOURS)
            space = self.store.vectors.space(self.space)
            found_near = likeness_to_all(self.rows(space), around, candidates) if around else {}
            yield "around", shares.around * self._measured(space, found_near, candidates)

    def rows(self, space: SpaceId) -> Known:
        """Vectors of notes, as far as they have been asked for."""
        if space not in self._rows:
            self._rows[space] = Known.of(self.store, space)
        return self._rows[space]

    def _asked_spaces(self, shares: Shares) -> Iterator[tuple[SpaceId, str, float]]:
        active = self.space
        if active is None:
            return
        if shares.meaning:
            loudness = TUNED_SHARE if active.embedder == TUNED else 1.0
            yield self.store.vectors.space(active), "meaning", shares.meaning * loudness
        for id, space in self.store.vectors.spaces() if shares.learned else ():
            if space.embedder in LEARNED and space.embedder != active.embedder:
                yield id, "learned", shares.learned

    def _measured(self, space: SpaceId, found: Mapping[NoteId, float], candidates: Sequence[NoteId]) -> Floats:
        """A note without vectors is as near as chance."""
        stick = self._yardstick(space)
        return np.array([stick.measure(found[note]) if note in found else 0.0 for note in candidates])

    def _yardstick(self, space: SpaceId) -> Yardstick:
        if space not in self._yardsticks:
            self._yardsticks[space] = yardstick(self.rows(space))
        return self._yardsticks[space]


def squashed(total: float) -> float:
    """A sum of voices as a score in [0, 1]."""
    return round(1 / (1 + exp((MIDDLE - float(total)) / WIDTH)), 6)


def _by(meeting: Meeting, by: By) -> float:
    return {"both": meeting.score, "mean": meeting.mean, "best": meeting.best}[by]


def _ranks(voices: Mapping[str, Floats]) -> dict[str, npt.NDArray[np.int64]]:
    return {name: (-values).argsort(kind="stable").argsort(kind="stable") + 1 for name, values in voices.items()}


def _signals(
    voices: Mapping[str, Floats], ranks: Mapping[str, npt.NDArray[np.int64]], i: np.intp
) -> tuple[Signal, ...]:
    """Voices of one leg together; shares are parts of all that speaks for the note."""
    legs: dict[Leg, list[str]] = {}
    for name in voices:
        legs.setdefault(_LEGS[name], []).append(name)
    sums = {leg: sum(float(voices[name][i]) for name in names) for leg, names in legs.items()}
    whole = sum(max(value, 0.0) for value in sums.values()) or 1.0
    found = [
        Signal(leg, min(int(ranks[name][i]) for name in legs[leg]), round(value, 3), round(max(value, 0.0) / whole, 4))
        for leg, value in sums.items()
        if value / whole >= AUDIBLE
    ]
    return tuple(sorted(found, key=lambda one: -one.share))


class _Places:
    """Paths as folders and parts of names, "a/b.c.md" as a, b, c."""

    def __init__(self, paths: Mapping[NoteId, str], notes: Sequence[NoteId]) -> None:
        self._parts = [tuple(_stem(paths[note]).replace("/", ".").split(".")) for note in notes]
        self._row_of = {note: row for row, note in enumerate(notes)}
        self._lengths = np.array([len(parts) for parts in self._parts], dtype=np.float64)
        self._below: dict[tuple[str, ...], list[int]] = {}
        for row, parts in enumerate(self._parts):
            for depth in range(1, len(parts) + 1):
                self._below.setdefault(parts[:depth], []).append(row)

    def shared(self, note: NoteId) -> Floats:
        """Of every note, how much of the longer path both have."""
        depths = np.zeros(len(self._parts))
        row = self._row_of.get(note)
        if row is None:
            return depths
        own = self._parts[row]
        for depth in range(1, len(own) + 1):
            depths[self._below[own[:depth]]] = depth
        shared: Floats = depths / np.maximum(self._lengths, len(own))
        return shared


def _stem(path: str) -> str:
    """A path without its suffix."""
    place = path.rfind(".")
    return path[:place] if place > path.rfind("/") + 1 else path
