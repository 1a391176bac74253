"""Why not: where a note that was expected ended up in a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from vecna_notes.search.filters import allowed
from vecna_notes.search.find import MAX_LIMIT, Searcher
from vecna_notes.search.highlight import stem
from vecna_notes.search.query import Query, analyse
from vecna_notes.search.recall import PASSAGES, Recalled
from vecna_notes.store import Store, StoredNote
from vecna_notes.text import terms
from vecna_notes.types import Condition, Hit, similarity

_MOST_WORDS = 4
_NAMES = {
    "keyword": "words",
    "substring": "parts of words",
    "semantic": "meaning",
    "latent": "the vault's own topics",
    "nearness": "words standing together",
    "neighbours": "notes that say nearly the same",
    "feedback": "likeness to the first hits",
}

LostAt: TypeAlias = Literal["shown", "below", "filtered", "not recalled", "no vector", "not indexed"]


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a note that was expected ended up: "why not"."""

    path: str
    title: str
    at: LostAt
    sentence: str
    """What happened to it, in one sentence with figures."""
    rank: int | None = None
    """Place among all candidates, 1-based."""
    hit: Hit | None = None
    """What speaks for it, where it was a candidate."""
    cut: float = 0.0
    """Score of the last hit shown."""


def whereabouts(searcher: Searcher, store: Store, query: str, note: StoredNote, mode: str, limit: int) -> Whereabouts:
    """Where an indexed note ended up in the search for `query`, of which `limit` hits are shown."""
    asked_for = analyse(query)
    place = _Place(note)
    if against := _against(store, asked_for, note):
        kept = " and ".join(condition.text for condition in against)
        return place.at("filtered", f"it does not meet {kept}")
    found = searcher.search(query, mode, MAX_LIMIT)
    paths = [hit.passage.path for hit in found.hits]
    cut = found.hits[min(limit, len(found.hits)) - 1].score if found.hits else 0.0
    if note.note.path in paths:
        rank = paths.index(note.note.path) + 1
        return place.ranked(rank, found.hits[rank - 1], cut, limit)
    if asked_for.is_empty:
        return place.at("not recalled", "the query holds nothing to look for")
    recalled = searcher.recall(asked_for, mode)
    return place.lost(store, recalled, cut)


class _Place:
    """Sentences about one note."""

    def __init__(self, note: StoredNote) -> None:
        self._note = note

    def at(self, at: LostAt, sentence: str, cut: float = 0.0) -> Whereabouts:
        return Whereabouts(self._note.note.path, self._note.note.title, at, sentence, cut=cut)

    def ranked(self, rank: int, hit: Hit, cut: float, limit: int) -> Whereabouts:
        at: LostAt = "shown" if rank <= limit else "below"
        sentence = f"it is number {rank}, with a score of {hit.score:.2f}"
        if at == "below":
            sentence += f"; the last note shown has {cut:.2f}, and {_strongest(hit)}"
        return replace(self.at(at, sentence, cut), rank=rank, hit=hit)

    def lost(self, store: Store, recalled: Recalled, cut: float) -> Whereabouts:
        said, at = [_words_said(store, recalled.query, self._note)], "not recalled"
        if recalled.asked is not None:
            asked = recalled.asked
            space = store.vectors.space(asked.space)
            ids = store.passages.vectors_of_notes([self._note.id], space)
            if not ids:
                at = "no vector"
                said.append(f"it has no {asked.space.embedder} vector yet")
            else:
                best = float(similarity(asked.query.rows, store.vectors.rows(space, ids), asked.space.metric).max())
                last = min(asked.hits.scores.values(), default=0.0)
                said.append(
                    f"its likeness to the query is {best:.2f}, where the {min(PASSAGES, len(asked.hits.scores))} "
                    f"nearest passages have {last:.2f} or more"
                )
        return self.at("no vector" if at == "no vector" else "not recalled", ", and ".join(said), cut)


def _against(store: Store, query: Query, note: StoredNote) -> list[Condition]:
    """The conditions that keep the note out."""
    against = []
    for part in query.parts:
        if part.filter is not None:
            notes = allowed(store, replace(query, parts=(part,))).notes
            if notes is not None and note.id not in notes:
                against.append(part.condition)
    return against


def _strongest(hit: Hit) -> str:
    """What speaks for it most."""
    shares = sorted((signal for signal in hit.signals if signal.share > 0), key=lambda signal: -signal.share)
    named = [f"{_NAMES.get(signal.leg, signal.leg)} {signal.share:.2f}" for signal in shares[:3]]
    return "for it speak " + ", ".join(named) if named else "nothing speaks for it"


def _words_said(store: Store, query: Query, note: StoredNote) -> str:
    text = f"{note.note.title} {store.notes.text(note.id)}"
    held = {stem(match.group()) for match in terms(text)}
    missing = [term for term in query.terms if stem(term) not in held]
    if not query.terms:
        return "the query holds no words"
    if not missing:
        return "it holds every word of the query, as many other notes do"
    return f"it holds {_listed(missing)} nowhere"


def _listed(words: Sequence[str]) -> str:
    shown = ", ".join(f"“{word}”" for word in words[:_MOST_WORDS])
    return shown + (f" and {len(words) - _MOST_WORDS} more" if len(words) > _MOST_WORDS else "")
