"""What suggestions are made from besides the note itself, gathered once for each state of the index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log
from pathlib import Path

from vecna_notes.insight.called import Called, called
from vecna_notes.insight.linkstyle import Resolve, Style, style_of
from vecna_notes.insight.prose import stemmer
from vecna_notes.insight.web import Web, web
from vecna_notes.store import Store
from vecna_notes.types import NoteId


@dataclass(frozen=True, slots=True)
class Lore:
    """Names, links and habits of a vault."""

    store: Store
    called: Called
    web: Web
    style: Style
    resolve: Resolve
    notes: Mapping[NoteId, tuple[str, str]]
    """Path and title."""
    passages: int
    _frequency: dict[str, int] = field(default_factory=dict)

    def frequency(self, words: str) -> int:
        """Passages that say so, whatever the inflection."""
        if words not in self._frequency:
            self._frequency.update(self.store.keywords.frequency([words]))
        return self._frequency.get(words, 0)

    def rarity(self, words: str) -> float:
        """1 for what one passage says, 0 for what all say."""
        return max(1 - log(1 + self.frequency(words)) / log(2 + self.passages), 0.02)


def lore(store: Store, root: Path, resolve: Resolve) -> Lore:
    links, names = list(store.links.all()), list(store.notes.names())
    language = next(iter(store.notes.languages()), "en")
    return Lore(
        store=store,
        called=called(names, links, stemmer(language)),
        web=web((link.source, link.target) for link in links if link.target is not None),
        style=style_of(root, links),
        resolve=resolve,
        notes={id: (path, title) for id, path, title, _aliases in names},
        passages=store.passages.count(),
    )
