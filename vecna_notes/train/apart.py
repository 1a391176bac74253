"""Hard negatives."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from vecna_notes.interfaces import Pair
from vecna_notes.store import Store
from vecna_notes.train.texts import Told
from vecna_notes.types import Link


class Apart:
    def __init__(self, store: Store, notes: Sequence[Told], written: Sequence[Link]) -> None:
        pass

    def of(self, pair: Pair, inside: Collection[str]) -> tuple[str, ...]:
        return ()
