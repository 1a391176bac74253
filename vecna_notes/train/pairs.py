"""Pairs of texts that belong together, mined from what the author of a vault wrote and decided.

Notes are dealt out to train, dev and test before anything else, neighbours by link together, and a pair of two notes in
different parts is dropped: nothing that is measured was ever shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from vecna_notes.interfaces import Pair
from vecna_notes.store import Store

Part = Literal["train", "dev", "test"]
PARTS: tuple[Part, ...] = ("train", "dev", "test")
SOURCES = ("link", "accepted", "title", "heading", "alias", "neighbour")
OFF = ("neighbour",)
"""Sources that are taken only when asked for: neighbouring passages make a model worse."""
FEWEST = 30
"""Train pairs below which nothing can be learned."""
Links = frozenset[tuple[str, str]]
"""Paths of source and target."""


@dataclass(frozen=True, slots=True)
class Mined:
    """Pairs by the part that their notes belong to."""

    train: tuple[Pair, ...]
    dev: tuple[Pair, ...]
    test: tuple[Pair, ...]
    dropped: int = 0
    """Pairs whose notes lie in different parts."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Pairs of all parts by source, in the order of SOURCES; a source without any is there with 0."""
        found = Counter(pair.source for part in (self.train, self.dev, self.test) for pair in part)
        return {source: found[source] for source in SOURCES}

    def samples(self, each: int = 3) -> dict[str, tuple[Pair, ...]]:
        """A few train pairs of each source that has any, always the same."""
        return {source: tuple(pair for pair in self.train if pair.source == source)[:each] for source in SOURCES}


def mine(store: Store, seed: int = 0, links: Links | None = None, without: Collection[str] = OFF) -> Mined:
    """Every pair of the vault but those of the sources `without`; link pairs of `links` alone where they are given.

    The same vault and seed give the same pairs, in the same order.
    """
    raise NotImplementedError
