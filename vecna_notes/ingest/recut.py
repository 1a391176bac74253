"""Keeps the vault's list of boilerplate true: lines are counted anew where notes changed, and notes that hold a line
which came or went are cut anew from their stored text.

Their old vectors stay a while, so a line that goes and comes again is embedded once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from vecna_notes.ingest.boilerplate import Repeated, Tally, body_of, hashed, repeated_lines
from vecna_notes.ingest.language import name_languages
from vecna_notes.ingest.sync import Cutter
from vecna_notes.store import Store
from vecna_notes.types import NoteId

FOUND = "boilerplate.found"
"""Meta key: the lines found, those of most notes first."""
APPLIED = "boilerplate.applied"
"""Meta key: masks of the lines that the stored chunks were cut without."""
DECIDED = "boilerplate"
"""Fact: what the user said about them."""
CACHE = "boilerplate.npz"
_GROUP = 64


@dataclass(frozen=True, slots=True)
class Decided:
    """What the user said of lines, by their masks."""

    kept: frozenset[str] = frozenset()
    """Embedded though they are boilerplate."""
    dropped: frozenset[str] = frozenset()
    """Not embedded though they are rare."""
    is_off: bool = False
    """Whether every line is embedded."""

    def effective(self, found: Iterable[Repeated]) -> frozenset[str]:
        """The lines that are not embedded."""
        return frozenset() if self.is_off else (frozenset(one.mask for one in found) - self.kept) | self.dropped


def decided(store: Store) -> Decided:
    fact = store.kept.fact(DECIDED)
    if not isinstance(fact, dict):
        return Decided()
    return Decided(frozenset(fact.get("kept", ())), frozenset(fact.get("dropped", ())), bool(fact.get("off")))


def decide(store: Store, what: Decided) -> None:
    """Any process may; the next sync cuts notes by it."""
    fact = {"kept": sorted(what.kept), "dropped": sorted(what.dropped), "off": what.is_off}
    store.kept.set_fact(DECIDED, None if what == Decided() else fact)


def found(store: Store) -> list[Repeated]:
    """As last counted."""
    return [Repeated(*row) for row in store.meta.get(FOUND, [])]


def applied(store: Store) -> frozenset[str]:
    return frozenset(store.meta.get(APPLIED, []))


@dataclass(slots=True)
class Recut:
    """One for the life of a writer, which then reads again only the notes that changed."""

    store: Store
    _tally: Tally | None = None

    def run(self, cutter: Cutter, is_changed: bool) -> int:
        """Count if notes changed, and cut what the list concerns; returns how many notes were cut anew."""
        if is_changed or self._tally is None:  # at first too: the last process may have been stopped before it counted
            self._count()
        now, before = decided(self.store).effective(found(self.store)), applied(self.store)
        if now == before:
            return 0
        cut = self._cut(replace(cutter, boilerplate=now), now ^ before)
        with self.store.transaction():
            self.store.meta.set(APPLIED, sorted(now))
        name_languages(self.store)
        return cut

    def _count(self) -> None:
        tally = self._read()
        counts = tally.repeated()
        known = {hashed(one.mask): one for one in found(self.store)}
        lines = [replace(known[key], notes=count) for key, count in counts.items() if key in known]
        lines += self._named(tally, {key: count for key, count in counts.items() if key not in known})
        lines.sort(key=lambda one: (-one.notes, one.mask))
        rows = [[one.mask, one.text, one.notes, one.is_heading] for one in lines]
        if rows != self.store.meta.get(FOUND):
            with self.store.transaction():
                self.store.meta.set(FOUND, rows)

    def _named(self, tally: Tally, counts: dict[int, int]) -> Iterator[Repeated]:
        """The lines behind hashes, each from the first note that holds it."""
        for note in tally.holders(counts):
            for one in repeated_lines(self._body(NoteId(note)), counts):
                del counts[hashed(one.mask)]
                yield one
            if not counts:
                return

    def _read(self) -> Tally:
        """The tally, with the notes that changed read anew."""
        file = self.store.folder / CACHE
        tally = self._tally or Tally.load(file)
        versions = self.store.notes.versions()
        fresh = [note for note, version in versions.items() if tally.version(note) != version]
        for note in fresh:
            tally.put(note, versions[note], self._body(note))
        tally.keep(versions)
        if fresh or self._tally is None:
            tally.save(file)
        self._tally = tally
        return tally

    def _body(self, note: NoteId) -> str:
        stored = self.store.notes.by_id(note)
        return body_of(self.store.notes.text(note), stored.note.body_line) if stored else ""

    def _cut(self, cutter: Cutter, lines: Collection[str]) -> int:
        holders = list(self._read().holders([hashed(line) for line in lines]))
        for start in range(0, len(holders), _GROUP):
            with self.store.transaction():
                for note in holders[start : start + _GROUP]:
                    self._cut_one(cutter, NoteId(note))
        return len(holders)

    def _cut_one(self, cutter: Cutter, id: NoteId) -> None:
        stored = self.store.notes.by_id(id)
        if stored is not None:
            note = replace(stored.note, text=self.store.notes.text(id))
            self.store.notes.recut(id, cutter.cut(note)[: max(stored.chunk_count, 1)])
