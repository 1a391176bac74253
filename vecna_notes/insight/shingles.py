"""Runs of words that notes share: found through an index of the runs, so that no two notes need be compared."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from vecna_notes.store import Store
from vecna_notes.text import normalise, terms
from vecna_notes.types import NoteId

RUN = 3
"""Words of a run."""
COMMON = 10
"""A run that stands in more notes is a template's, and is not counted."""
LEAST_WORDS = 8
"""A shorter note says too little to be a copy of anything."""
BATCH = 500
Pair = tuple[int, int]
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Shared:
    """Which notes, by place, have runs in common."""

    words: tuple[tuple[str, ...], ...]
    counted: tuple[int, ...]
    """Different runs of each note, without those of templates."""
    common: Mapping[Pair, int]
    """How many of them a pair shares; the lesser place comes first."""
    equal: tuple[tuple[int, ...], ...]
    """Notes that say the same from the first word to the last."""

    def contained(self, one: int, other: int) -> tuple[float, float]:
        """The share of each in the other, in [0, 1]."""
        if self.words[one] == self.words[other]:
            return 1.0, 1.0
        both = self.common.get((min(one, other), max(one, other)), 0)
        return both / max(self.counted[one], 1), both / max(self.counted[other], 1)


def shared_runs(words: Sequence[tuple[str, ...]]) -> Shared:
    runs = [_runs(said) for said in words]
    flat = np.concatenate([np.zeros(0, dtype=np.uint64), *runs])
    order = np.argsort(flat, kind="stable")
    owners = np.repeat(np.arange(len(runs)), [len(one) for one in runs])[order]
    ends = np.flatnonzero(np.append(flat[order][1:] != flat[order][:-1], True)) + 1 if len(flat) else order
    starts = np.append(0, ends[:-1]) if len(flat) else order
    counted, common = np.array([len(one) for one in runs], dtype=np.int64), Counter[Pair]()
    for start, end in zip(starts[ends - starts > 1].tolist(), ends[ends - starts > 1].tolist(), strict=True):
        if end - start > COMMON:
            counted[owners[start:end]] -= 1
        else:
            common.update(combinations(owners[start:end].tolist(), 2))
    return Shared(tuple(words), tuple(counted.tolist()), common, tuple(_equal(words)))


def words_of_notes(store: Store, notes: Sequence[NoteId]) -> list[tuple[str, ...]]:
    """What each note says below its front matter, case and punctuation aside."""
    said: dict[NoteId, list[str]] = {id: [] for id in notes}
    for start in range(0, len(notes), BATCH):
        of_note = store.passages.ids_of(notes[start : start + BATCH])
        found = store.passages.by_ids([id for ids in of_note.values() for id in ids])
        for note, ids in of_note.items():
            texts = [normalise(found[id].chunk.text) for id in ids if id in found]
            said[note] = [match.group() for text in texts for match in terms(text)]
    return [tuple(said[id]) for id in notes]


def _runs(words: tuple[str, ...]) -> Hashes:
    if len(words) < LEAST_WORDS:
        return np.zeros(0, dtype=np.uint64)
    heads = np.array([_number(word) for word in words], dtype=np.uint64)
    mixed = np.zeros(len(words) - RUN + 1, dtype=np.uint64)
    for place in range(RUN):
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + heads[place : len(words) - RUN + 1 + place]
    return np.unique(mixed)


def _number(word: str) -> int:
    raw = word.encode("utf-8", "surrogatepass")
    return zlib.crc32(raw) << 32 | zlib.adler32(raw)


def _equal(words: Sequence[tuple[str, ...]]) -> list[tuple[int, ...]]:
    groups: dict[tuple[str, ...], list[int]] = {}
    for place, said in enumerate(words):
        if len(said) >= LEAST_WORDS:
            groups.setdefault(said, []).append(place)
    return [tuple(group) for group in groups.values() if len(group) > 1]
