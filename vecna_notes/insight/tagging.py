"""A vault's tags, and which further notes they fit: learned from the notes that carry them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vecna_notes.insight.gathering import Gathered, gather, note_rows
from vecna_notes.insight.learning import Flags, Learned, learned
from vecna_notes.insight.neighbourhood import BLOCK, Places
from vecna_notes.insight.suggest import MARKDOWN
from vecna_notes.store import Store
from vecna_notes.text import STOP_WORDS, normalise, terms
from vecna_notes.types import NoteId, Rows

ANCHOR = "vecna:tags:"
"""Where decisions on a tag stand in the feedback, before its name; the note is both ends of the pair."""
LEAST = 5
"""Notes that must carry a tag before it is learned."""
MOST_TAGS = 100
FEWEST_CASES = 3
LEAST_PRECISION = 0.65
"""Suggestions that are less sure to be right are not made."""
ASKED, AGREE = 8, 2
"""Of so many nearest tagged notes so many must carry the tag too: a classifier is sure even of what is like nothing."""
WITNESSES = 3
WORDS = 5


@dataclass(frozen=True, slots=True)
class Tag:
    name: str
    """As most notes write it."""
    notes: int
    """That carry it, or a tag below it."""
    own: int
    """That carry it itself."""
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TagSuggestion:
    path: str
    title: str
    tag: str
    right: int
    """Of `cases` notes held out that looked as likely to carry the tag, or more, so many carry it."""
    cases: int
    near: tuple[str, ...]
    """Titles of the nearest notes that carry the tag."""
    words: tuple[str, ...]
    """Rare words shared with them."""

    @property
    def precision(self) -> float:
        return self.right / self.cases if self.cases else 0.0

    @property
    def why(self) -> str:
        near = " and ".join(f"“{title}”" for title in self.near)
        words = f"; shared words: {', '.join(self.words)}" if self.words else ""
        share = f"right in {self.right} of {self.cases} held-out cases ({self.precision:.0%})"
        return f"{share}; near to {near}{words}"


@dataclass(frozen=True, slots=True)
class TagReport:
    """How well tags can be told from the vectors, counted on notes held out."""

    tags: int
    right: int
    suggested: int
    carried: int
    """Tags that notes carry, of those that were learned."""

    @property
    def precision(self) -> float:
        return self.right / self.suggested if self.suggested else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.carried if self.carried else 0.0


def tags(store: Store) -> list[Tag]:
    """By name; a tag that only stands above others is among them."""
    spelled, own, below = _counted(_tags_of(store))
    names = sorted({*own, *below})
    return [
        Tag(
            spelled.get(name, name),
            len(below[name]),
            len(own.get(name, ())),
            tuple(spelled.get(child, child) for child in names if child.rpartition("/")[0] == name),
        )
        for name in names
    ]


class Tagger:
    """Good until the index changes. Raises NotIndexed while no Space is active."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._gathered: Gathered = gather(store)
        self._rows: Rows = note_rows(store, self._gathered)
        of_note = _tags_of(store)
        self._spelled, _, below = _counted(of_note)
        is_tagged = np.array([bool(of_note.get(id)) for id in self._gathered.ids], dtype=bool)
        has_row = self._rows.any(axis=1)
        carriers = {
            tag: np.array([id in notes for id in self._gathered.ids], dtype=bool) & has_row
            for tag, notes in sorted(below.items())
        }
        often = sorted(
            (tag for tag, held in carriers.items() if LEAST <= held.sum() <= (is_tagged & has_row).sum() - LEAST),
            key=lambda tag: (-int(carriers[tag].sum()), tag),
        )
        self._carriers = {tag: carriers[tag] for tag in often[:MOST_TAGS]}
        self._written = [i for i, path in enumerate(self._gathered.paths) if path.lower().endswith(MARKDOWN)]
        self._nearest = _nearest(self._rows, is_tagged & has_row)
        self._learned: Learned = learned(
            self._rows, self._carriers, is_tagged & has_row, store.folder, self._gathered.digest
        )

    def suggest(self, path: str | None = None, limit: int = 20) -> list[TagSuggestion]:
        """For a note, or for all Markdown: the surest first. A tag above one that fits better is left out."""
        places = [self._gathered.paths.index(path)] if path is not None else self._written
        found = [(place, tag, *counts) for place in places for tag, counts in self._fitting(place).items()]
        found.sort(key=lambda one: (-_sure(one[2], one[3]), -one[3], self._gathered.paths[one[0]], one[1]))
        return [self._suggestion(*one) for one in found[:limit]]

    def report(self) -> TagReport:
        """What the suggestions would have been for notes whose own tags are known."""
        right = suggested = carried = 0
        for tag, carries in self._carriers.items():
            for place in np.flatnonzero(self._learned.held_out):
                carried += int(carries[place])
                counts = self._learned.counts(tag, int(place), FEWEST_CASES, without=int(place))
                if self._agreed(tag, int(place)) and _is_enough(*counts):
                    suggested += 1
                    right += int(carries[place])
        return TagReport(len(self._carriers), right, suggested, carried)

    def _agreed(self, tag: str, place: int) -> bool:
        return int(self._carriers[tag][self._nearest[place]].sum()) >= AGREE

    def _fitting(self, place: int) -> dict[str, tuple[int, int]]:
        if not self._rows[place].any():
            return {}
        free = (tag for tag, carries in self._carriers.items() if not carries[place] and self._agreed(tag, place))
        counted = {tag: self._learned.counts(tag, place, FEWEST_CASES) for tag in free}
        fitting = {tag: counts for tag, counts in counted.items() if _is_enough(*counts)}
        return {tag: c for tag, c in fitting.items() if not any(one.startswith(f"{tag}/") for one in fitting)}

    def _suggestion(self, place: int, tag: str, right: int, cases: int) -> TagSuggestion:
        carriers = np.flatnonzero(self._carriers[tag])
        near = carriers[np.argsort(-(self._rows[carriers] @ self._rows[place]), kind="stable")][:WITNESSES]
        gathered = self._gathered
        return TagSuggestion(
            path=gathered.paths[place],
            title=gathered.titles[place],
            tag=self._spelled.get(tag, tag),
            right=right,
            cases=cases,
            near=tuple(gathered.titles[one] for one in near),
            words=self._words(gathered.ids[place], [gathered.ids[one] for one in near]),
        )

    def _words(self, note: NoteId, near: Sequence[NoteId]) -> tuple[str, ...]:
        """Of the words that the note shares with them, the rarest."""
        both = self._content(note) & {word for one in near for word in self._content(one)}
        held = self._store.keywords.frequency(sorted(both))
        return tuple(sorted(both, key=lambda word: (held.get(word, 0), word)))[:WORDS]

    def _content(self, note: NoteId) -> set[str]:
        text = normalise(" ".join(passage.chunk.text for passage in self._store.passages.of_note(note)))
        words = {match.group() for match in terms(text)} - STOP_WORDS
        return {word for word in words if len(word) > 2 and not word.isdigit()}


def _nearest(rows: Rows, among: Flags) -> Places:
    """Of each note, the nearest others among those flagged."""
    chosen = np.flatnonzero(among)
    few = min(ASKED, max(len(chosen) - 1, 0))
    found = np.zeros((len(rows), few), dtype=np.int64)
    for start in range(0, len(rows) if few else 0, BLOCK):
        near = rows[start : start + BLOCK] @ rows[chosen].T
        near[chosen[None, :] == np.arange(start, start + len(near))[:, None]] = -np.inf
        found[start : start + BLOCK] = chosen[np.argpartition(-near, few - 1, axis=1)[:, :few]]
    return found


def _is_enough(right: int, cases: int) -> bool:
    return _sure(right, cases) >= LEAST_PRECISION


def _sure(right: int, cases: int) -> float:
    """Of three cases that were all right one is less sure than of thirty."""
    return (right + 1) / (cases + 2)


def _tags_of(store: Store) -> dict[NoteId, tuple[str, ...]]:
    notes = (store.notes.by_id(id) for id in store.notes.paths().values())
    return {note.id: note.note.tags for note in notes if note is not None and note.note.tags}


def _counted(
    of_note: Mapping[NoteId, tuple[str, ...]],
) -> tuple[dict[str, str], dict[str, set[NoteId]], dict[str, set[NoteId]]]:
    """Folded tag → how it is written, the notes that carry it, and those that carry it or one below it."""
    spelled: dict[str, str] = {}
    own: dict[str, set[NoteId]] = {}
    below: dict[str, set[NoteId]] = {}
    for note, written in of_note.items():
        for tag in written:
            parts = tag.strip("/").split("/")
            own.setdefault(normalise("/".join(parts)), set()).add(note)
            for depth in range(1, len(parts) + 1):
                name = "/".join(parts[:depth])
                spelled.setdefault(normalise(name), name)
                below.setdefault(normalise(name), set()).add(note)
    return spelled, own, below
