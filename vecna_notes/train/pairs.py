"""Pairs of texts that belong together, mined from what the author of a vault wrote and decided.

Notes are dealt out to train, dev and test before anything else, and a pair of two notes in different parts is dropped:
nothing that is measured was ever shown. Lines that the vault repeats are in none of the texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from vecna_notes.evaluate import wording
from vecna_notes.interfaces import Pair
from vecna_notes.store import Store
from vecna_notes.train.apart import Apart
from vecna_notes.train.parts import PARTS, Part, deal
from vecna_notes.train.texts import Names, Told, cut, told, without
from vecna_notes.types import Link

SOURCES = ("link", "accepted", "title", "heading", "alias", "neighbour")
OFF = ("neighbour",)
"""Sources that are taken only when asked for: neighbouring passages make a model worse."""
FEWEST = 30
"""Train pairs below which nothing can be learned."""
MOST_OF_A_NOTE = {"link": 30, "accepted": 30, "heading": 4}
"""Pairs of one source that a note begins: a list of links, or a manual of headings, is not the vault."""
MOST_OTHERWISE = 8
MOST_PAIRS = 6_000
"""To learn from; of more, evenly chosen ones."""
Links = frozenset[tuple[str, str]]
"""Paths of source and target."""


@dataclass(frozen=True, slots=True)
class Mined:
    """Pairs by the part that their notes belong to."""

    train: tuple[Pair, ...]
    dev: tuple[Pair, ...]
    test: tuple[Pair, ...]
    dropped: int = 0
    """Pairs whose notes lie in different parts, and held-out ones of which a text is in a train pair too."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Pairs of all parts by source, in the order of SOURCES; a source without any is there with 0."""
        found = Counter(pair.source for part in (self.train, self.dev, self.test) for pair in part)
        return {source: found[source] for source in SOURCES}

    def samples(self, each: int = 3) -> dict[str, tuple[Pair, ...]]:
        """A few train pairs of each source, always the same."""
        return {source: tuple(pair for pair in self.train if pair.source == source)[:each] for source in SOURCES}


def mine(store: Store, seed: int = 0, links: Links | None = None, without: Collection[str] = OFF) -> Mined:
    """Every pair of the vault but those of the sources `without`; link pairs of `links` alone where they are given.

    The same vault and seed give the same pairs, in the same order.
    """
    every = [link for link in store.links.all() if link.target not in (None, link.source)]
    wanted = {(link.source_path, link.target_path) for link in every} if links is None else links
    written = [link for link in every if (link.source_path, link.target_path) in wanted]
    notes = told(store, [link for link in every if (link.source_path, link.target_path) not in wanted])
    parts = deal([note.path for note in notes], _ties(store, written), seed)
    look = _Look(store, notes, written)
    found: dict[Part, list[Pair]] = {part: [] for part in PARTS}
    dropped = 0
    for pair in look.pairs(without):
        one, other = (parts[path] for path in pair.notes)
        if one != other:
            dropped += 1
            continue
        found[one].append(pair)
    shown = {text for pair in found["train"] for text in (pair.first, pair.second)}
    held_out = {
        part: [pair for pair in found[part] if not shown & {pair.first, pair.second}] for part in ("dev", "test")
    }
    dropped += sum(len(found[part]) - len(held_out[part]) for part in ("dev", "test"))
    apart = Apart(store, notes, written, {path for path, part in parts.items() if part == "train"})
    train = tuple(replace(pair, apart=apart.of(pair)) for pair in _some(found["train"]))
    return Mined(train, tuple(held_out["dev"]), tuple(held_out["test"]), dropped)


def _some(pairs: Sequence[Pair]) -> Sequence[Pair]:
    if len(pairs) <= MOST_PAIRS:
        return pairs
    return [pairs[place * len(pairs) // MOST_PAIRS] for place in range(MOST_PAIRS)]


def _ties(store: Store, written: Sequence[Link]) -> Iterator[tuple[str, str]]:
    """Links, and texts that two notes share."""
    yield from ((link.source_path, link.target_path) for link in written)
    paths = {id: path for path, id in store.notes.paths().items()}
    holder: dict[str, str] = {}
    for note, said in store.passages.digests():
        yield holder.setdefault(said, paths[note]), paths[note]


class _Look:
    """Walks the notes once for each source."""

    def __init__(self, store: Store, notes: Sequence[Told], written: Sequence[Link]) -> None:
        self._store = store
        self._notes = notes
        self._by_path = {note.path: note for note in notes}
        self._names = Names(notes)
        self._written: dict[str, list[Link]] = {}
        for link in written:
            self._written.setdefault(link.source_path, []).append(link)
        said = store.kept.verdicts()
        self._accepted = {(one.source, one.target) for one in said if one.verdict == "accept"}

    def pairs(self, left_out: Collection[str]) -> Iterator[Pair]:
        """By note, each two texts once."""
        seen: set[tuple[str, str]] = set()
        for note in self._notes:
            for pair in self._of(note, left_out):
                if (pair.first, pair.second) not in seen:
                    seen.add((pair.first, pair.second))
                    yield pair

    def _of(self, note: Told, left_out: Collection[str]) -> Iterator[Pair]:
        for find, sources in (
            (self._links, {"link", "accepted"}),
            (self._titles, {"title"}),
            (self._headings, {"heading"}),
            (self._aliases, {"alias"}),
            (self._neighbours, {"neighbour"}),
        ):
            if sources <= set(left_out):
                continue
            found = [pair for pair in dict.fromkeys(find(note)) if pair.source not in left_out]
            most = MOST_OF_A_NOTE.get(found[0].source, MOST_OTHERWISE) if found else 1
            yield from found[:: max(1, -(-len(found) // most))]

    def _links(self, note: Told) -> Iterator[Pair]:
        links = self._written.get(note.path, [])
        spans = wording.find(note.text, [link.written for link in links])
        for link, span in zip(links, spans, strict=True):
            target = self._by_path[link.target_path]
            around = note.around(span) if span is not None and span[0] >= note.body else ""
            first = around or note.first
            if first and target.first and first != target.first:
                source = "accepted" if (note.path, target.path) in self._accepted else "link"
                held = (note.whole, target.whole or (target.first,))
                yield Pair(first, target.first, source, (note.path, target.path), held=held)

    def _titles(self, note: Told) -> Iterator[Pair]:
        if self._names.tells(note.title):
            yield from self._named("title", note, note.title, note.first)

    def _aliases(self, note: Told) -> Iterator[Pair]:
        for alias in note.aliases:
            if self._names.tells(alias) and alias.lower() != note.title.lower():
                yield from self._named("alias", note, alias, note.first)

    def _headings(self, note: Told) -> Iterator[Pair]:
        telling = [section for section in note.sections if self._names.tells_section(section.heading)]
        for section in telling[:: max(1, -(-len(telling) // MOST_OF_A_NOTE["heading"]))]:
            if left := note.said(section):
                held = ((), tuple(filter(None, (section.passage,))))
                yield Pair(wording.asked(section.heading), left, "heading", (note.path, note.path), held=held)

    def _neighbours(self, note: Told) -> Iterator[Pair]:
        texts = [cut(passage.chunk.embedded) for passage in note.passages if passage.chunk.embedded]
        for one, other in pairwise(texts):
            first, second = without(one, note.title), without(other, note.title)
            if first and second and first != second:
                yield Pair(first, second, "neighbour", (note.path, note.path))

    def _named(self, source: str, note: Told, name: str, said: str) -> Iterator[Pair]:
        """A name and a text of its note without it."""
        if left := without(said, name):
            yield Pair(wording.asked(name), left, source, (note.path, note.path), held=((), (said,)))
