"""Links taken out of a vault's text and found again by suggestion: at the right note, and at the right words."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vecna_notes.errors import ConfigError
from vecna_notes.evaluate import wording
from vecna_notes.evaluate.ground import Rooms
from vecna_notes.evaluate.links import FEWEST_WORDS, MOST_LINKS, Pairs
from vecna_notes.evaluate.scratch import Rewritten, Scratch, scratch
from vecna_notes.evaluate.systems import HELPER
from vecna_notes.ingest.resolve import resolver
from vecna_notes.insight.lore import Lore, lore
from vecna_notes.insight.narrow import Only
from vecna_notes.insight.related import related_notes
from vecna_notes.insight.relations import Relations
from vecna_notes.insight.suggest import suggest
from vecna_notes.insight.suggestion import Suggestion
from vecna_notes.interfaces import Report
from vecna_notes.markup import plain
from vecna_notes.nearest import Nearest
from vecna_notes.store import Store
from vecna_notes.types import Link, Progress, Span

FIRST = 5
"""A suggestion counts when it is among so many; other right ones do not stand before it."""
_NEAR = 80
_DEEP = 40
_NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Hidden:
    """A link as it was, and what was suggested in its place."""

    source: str
    target: str
    words: str
    """The text that stayed."""
    rank: int | None
    """Of its target among the suggestions for its note; None when it was not suggested."""
    anchor: str
    """The words suggested."""
    is_at_words: bool
    """These are the words it stood on, or those of another link to the same note."""


@dataclass(frozen=True, slots=True)
class Restored:
    """How many hidden links came back."""

    hidden: tuple[Hidden, ...]
    kinds: Mapping[str, int]
    """Why suggestions that were right were made."""
    seconds: float
    """A note, in the mean."""

    @property
    def at_target(self) -> float:
        """Share whose target was among the first suggestions."""
        return self._share([one for one in self.hidden if one.rank is not None and one.rank <= FIRST])

    @property
    def at_words(self) -> float:
        """Share whose target was, at the right words."""
        return self._share([one for one in self.hidden if one.rank and one.rank <= FIRST and one.is_at_words])

    def _share(self, found: Sequence[Hidden]) -> float:
        return len(found) / len(self.hidden) if self.hidden else 0.0


@dataclass(frozen=True, slots=True)
class _Place:
    """A link that can be hidden."""

    link: Link
    span: Span
    words: str


def restore(rooms: Rooms, root: Path, pairs: Pairs | None, count: int, seed: int, report: Report) -> Restored:
    """Hide the links between `count` pairs of notes, chosen by chance, in a copy of the index; their words stay.

    Of `pairs`, where they are given. Nothing else is changed.
    """
    places = _chosen(_places(rooms.store, pairs), count, seed)
    if not places:
        raise ConfigError("no link can be hidden: none is in the text of a note of 20 words, and leads to such a one")
    active = rooms.store.vectors.active()
    spaces = [space for _, space in rooms.store.vectors.spaces() if active and space.embedder == HELPER]
    spaces = [*([active[1]] if active else []), *(space for space in spaces if active and space != active[1])]
    rewritten = [_rewritten(rooms.store, source, own) for source, own in _by_source(places).items()]
    with scratch(rooms, rewritten, spaces, report) as made:
        nearest = made.ground.near(made.counterparts[active[1].key]) if active else None
        return _restored(made, nearest, root, places, report)


def _places(store: Store, pairs: Pairs | None) -> dict[tuple[str, str], list[_Place]]:
    """By pair of notes: every link between them, for pairs of which every link can be hidden."""
    found: dict[tuple[str, str], list[_Place]] = {}
    whole = {path: id for path, id in store.notes.paths().items() if _is_asked(store.notes.text(id))}
    for path, id in whole.items():
        stored, text, own = store.notes.by_id(id), store.notes.text(id), store.links.of(id)
        assert stored is not None
        targets = {link.target_path for link in own if link.target not in (None, id)}
        spans = wording.find(text, [link.written for link in own]) if len(targets) <= MOST_LINKS else []
        unseen: Pairs = frozenset()
        for link, span in zip(own, spans, strict=False):
            pair = (path, link.target_path)
            is_meant = pairs is None or pair in pairs
            if link.target in (None, id) or not is_meant or link.target_path not in whole:
                continue
            if span is None or link.written.line < stored.note.body_line or link.written.is_embed:
                unseen |= {pair}
            else:
                found.setdefault(pair, []).append(_Place(link, span, plain(text[slice(*span)]).strip()))
        found = {pair: places for pair, places in found.items() if pair not in unseen}
    return found


def _is_asked(text: str) -> bool:
    return len(text.split()) >= FEWEST_WORDS


def _chosen(found: Mapping[tuple[str, str], list[_Place]], count: int, seed: int) -> list[_Place]:
    pairs = sorted(found)
    random.Random(seed).shuffle(pairs)
    return [place for pair in pairs[:count] for place in found[pair]]


def _by_source(places: Sequence[_Place]) -> dict[str, list[_Place]]:
    own: dict[str, list[_Place]] = {}
    for place in places:
        own.setdefault(place.link.source_path, []).append(place)
    return own


def _rewritten(store: Store, path: str, places: Sequence[_Place]) -> Rewritten:
    """The note as if its author had not made links of these words."""
    stored = store.notes.by_path(path)
    assert stored is not None
    text, parts, end = store.notes.text(stored.id), list[str](), 0
    for place in sorted(places, key=lambda one: one.span):
        parts += (text[end : place.span[0]], place.words)
        end = place.span[1]
    gone = Counter(place.link.written for place in places)
    kept = tuple(link.written for link in store.links.of(stored.id) if not gone[link.written])
    return Rewritten(path, replace(stored.note, text="".join(parts) + text[end:], links=kept))


def _restored(made: Scratch, nearest: Nearest | None, root: Path, places: Sequence[_Place], report: Report) -> Restored:
    store, began = made.rooms.store, time.monotonic()
    known, relations = lore(store, root, resolver(store.notes.names())), Relations(store, nearest)
    hidden: list[Hidden] = []
    kinds: Counter[str] = Counter()
    by_source = _by_source(places)
    for done, (source, own) in enumerate(by_source.items(), 1):
        suggestions = _asked(relations, known, source)
        hidden += _found(own, suggestions)
        right = {one.target for one in hidden if one.source == source and one.rank and one.rank <= FIRST}
        kinds.update(one.kind for one in suggestions if one.target in right)
        report(Progress("index", done, len(by_source), "asking for suggestions", time.monotonic() - began))
    return Restored(tuple(hidden), kinds, (time.monotonic() - began) / len(by_source))


def _asked(relations: Relations, known: Lore, source: str) -> list[Suggestion]:
    id = relations.store.notes.paths()[source]
    return suggest(known, id, related_notes(relations, id, None, _NEAR, Only(unlinked=True)), (), _DEEP)


def _found(places: Sequence[_Place], suggestions: Sequence[Suggestion]) -> Iterator[Hidden]:
    targets = {place.link.target_path for place in places}
    ranks: dict[str, int] = {}
    wrong = 0
    for suggestion in suggestions:
        ranks.setdefault(suggestion.target, wrong + 1)
        wrong += suggestion.target not in targets
    by_target = {suggestion.target: suggestion for suggestion in suggestions}
    for target in sorted(targets):
        words = [place.words for place in places if place.link.target_path == target]
        one = by_target.get(target)
        at_words = one is not None and _bare(one.anchor) in map(_bare, words)
        source = places[0].link.source_path
        yield Hidden(source, target, words[0], ranks.get(target), one.anchor if one else "", at_words)


def _bare(words: str) -> str:
    return _NO_WORD.sub(" ", words).strip().casefold()
