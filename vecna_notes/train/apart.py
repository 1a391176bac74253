"""Texts that look as if they belonged together and do not: what was refused, what only shares a template, what is near
and not tied."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from zlib import crc32

import numpy as np

from vecna_notes.ingest.boilerplate import mask
from vecna_notes.interfaces import Pair
from vecna_notes.models import is_tuned_name
from vecna_notes.store import Store
from vecna_notes.train.texts import Told
from vecna_notes.types import Link, Rows, Space, SpaceId

MOST = 3
"""Texts set against one pair."""
FEWEST_HEADINGS = 2
"""Headings that two notes must have in common, all of them, to be of one template."""
NEAR = (10, 60)
"""Places among a note's nearest that are set against it: the nearest of all may well belong to it unsaid …"""
SURELY_LESS = 0.9
"""… and so may what is nearly as near as the text that does belong."""


class Apart:
    """Of one vault. `inside` are the notes that may be named: those that are learned from."""

    def __init__(self, store: Store, notes: Sequence[Told], written: Sequence[Link], inside: Collection[str]) -> None:
        self._notes = {note.path: note for note in notes if note.path in inside and note.first}
        self._tied = _tied(written)
        self._refused: dict[str, list[str]] = defaultdict(list)
        for said in store.kept.verdicts():
            if said.verdict in ("skip", "never"):
                self._refused[said.source].append(said.target)
        self._alike = _templates(self._notes.values())
        self._paths = list(self._notes)
        self._place = {path: place for place, path in enumerate(self._paths)}
        self._rows = _first_rows(store, list(self._notes.values()))

    def of(self, pair: Pair) -> tuple[str, ...]:
        """At most MOST, the surest first: refused, of the same template, near by stored rows."""
        one, other = pair.notes
        ours = {one, other} | self._tied[one] | self._tied[other]
        found = dict.fromkeys(path for path in self._refused[one] if path not in (one, other))
        found |= dict.fromkeys(path for path in self._near(pair) if path not in ours)
        texts = dict.fromkeys(self._notes[path].first for path in found if path in self._notes)
        return tuple(text for text in texts if text not in (pair.first, pair.second))[:MOST]

    def _near(self, pair: Pair) -> Iterator[str]:
        one, other = pair.notes
        alike = [path for path in self._alike.get(other, ()) if path not in (one, other)]
        if alike:
            yield alike[crc32(f"{one} {other}".encode("utf-8", "surrogatepass")) % len(alike)]
        yield from self._mined(one, other)

    def _mined(self, one: str, other: str) -> Iterator[str]:
        if self._rows is None or one not in self._place or other not in self._place:
            return
        near: Rows = self._rows @ self._rows[self._place[one]]
        most = SURELY_LESS * float(near[self._place[other]])
        for place in np.argsort(-near, kind="stable")[slice(*NEAR)]:
            if 0 < near[place] < most:
                yield self._paths[place]


def _tied(written: Sequence[Link]) -> defaultdict[str, set[str]]:
    tied: defaultdict[str, set[str]] = defaultdict(set)
    for link in written:
        tied[link.source_path].add(link.target_path)
        tied[link.target_path].add(link.source_path)
    return tied


def _templates(notes: Collection[Told]) -> dict[str, list[str]]:
    """Of each note the others with the very same headings."""
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for note in notes:
        headings = dict.fromkeys(mask(section.heading) for section in note.sections if section.heading != note.title)
        if len(headings) >= FEWEST_HEADINGS:
            groups[tuple(headings)].append(note.path)
    return {path: [other for other in group if other != path] for group in groups.values() for path in group}


def _first_rows(store: Store, notes: Sequence[Told]) -> Rows | None:
    """Of each note's first passage in the active Space; None without one."""
    active = _untuned(store)
    if active is None or active[1].metric != "cosine":
        return None
    ids = [note.passages[0].id for note in notes]
    known = store.passages.vector_ids(ids, active[0])
    rows = np.zeros((len(notes), active[1].dim), dtype=np.float32)
    held = [place for place, id in enumerate(ids) if id in known]
    rows[held] = store.vectors.rows(active[0], [known[ids[place]] for place in held])
    return rows


def _untuned(store: Store) -> tuple[SpaceId, Space] | None:
    """The active Space, or what it was tuned from: else pairs would change with what was learned from them."""
    active = store.vectors.active()
    if active is None or not is_tuned_name(active[1].model):
        return active
    bases = [one.content["base"] for one in store.kept.tunings.all() if one.name == active[1].model]
    keys = {Space(**base).key for base in bases if base}
    return next(((id, space) for id, space in store.vectors.spaces() if space.key in keys), None)
