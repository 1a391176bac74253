"""Saved searches: which notes match one, and which of them are news."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from vecna_notes.errors import ConfigError
from vecna_notes.search.filters import allowed
from vecna_notes.search.query import Query, analyse
from vecna_notes.store import Store
from vecna_notes.store.kept import Kept, SavedSearch
from vecna_notes.text import safe_line
from vecna_notes.types import Chunk, Condition, Found, Hit, NoteId, Passage, PassageId

BEST = 50
"""Hits among which a note may match by its score."""
SHARE = 0.6
"""Of the best score that any note of the vault has, for one that does not hold all the words."""
LEAST = 0.3
"""Below this a note is near to nothing that was asked."""
Search = Callable[[str, int], Found]


@dataclass(frozen=True, slots=True)
class SavedRun:
    """What a saved search finds now."""

    name: str
    query: str
    matching: frozenset[str]
    """Paths of all notes that match."""
    new: tuple[Hit, ...]
    """Those that the last run had not found, best first."""
    notice: str = ""
    conditions: tuple[Condition, ...] = ()


def run(store: Store, search: Search, saved: SavedSearch, today: date | None = None) -> SavedRun:
    """Ask a saved search. Its first run finds that everything is new.

    A query of conditions only is matched by every note that meets them. Where there are words, a note must meet the
    conditions and either hold every word, or be among the BEST hits and nearly as good as the vault's best.
    """
    query = analyse(saved.query, today)
    meets = allowed(store, query)
    found = search(saved.query, BEST)
    hits = {hit.passage.note_id: hit for hit in found.hits}
    everywhere = search(query.text, 1).hits if meets.notes is not None and query.text else ()
    best = max((hit.score for hit in (*found.hits, *everywhere)), default=0.0)
    near = (id for id, hit in hits.items() if hit.score >= max(SHARE * best, LEAST))
    matching = frozenset(near) | _holding(store, query)
    if meets.notes is not None:
        matching = meets.notes if query.is_empty and not query.like else meets.notes & matching
    paths = {id: path for path, id in store.notes.paths().items() if id in matching}
    new = [id for id, path in paths.items() if saved.seen is None or path not in saved.seen]
    shown = [hits.get(id) or _unranked(store, id, paths[id]) for id in new]
    shown.sort(key=lambda hit: (-hit.score, hit.passage.path))
    return SavedRun(saved.name, saved.query, frozenset(paths.values()), tuple(shown), found.notice, found.conditions)


def named(kept: Kept, name: str) -> SavedSearch:
    """Raises ConfigError naming a near one."""
    known = {one.name: one for one in kept.saved()}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "; `vecna saved list` names those there are"
    raise ConfigError(f"there is no saved search {safe_line(name)!r}{hint}")


def mark_seen(kept: Kept, runs: Iterable[SavedRun]) -> None:
    """What these runs found is no news any more, and stays none when it stops matching for a while."""
    seen = {one.name: one.seen or frozenset() for one in kept.saved()}
    for run in runs:
        if run.name in seen:
            kept.mark_seen(run.name, seen[run.name] | run.matching)


def _holding(store: Store, query: Query) -> frozenset[NoteId]:
    """Notes with all the words in any form, and with everything quoted as it is."""
    asked = [store.filters.mentioning(term) for term in query.terms]
    asked += [store.filters.holding(phrase) for phrase in query.phrases]
    return frozenset.intersection(*asked) if asked else frozenset()


def _unranked(store: Store, id: NoteId, path: str) -> Hit:
    """A note that matches without having been ranked, by its beginning; it may have no text at all."""
    if passages := store.passages.of_note(id):
        return Hit(passages[0], 0.0)
    stored = store.notes.by_id(id)
    title = stored.note.title if stored else path
    return Hit(Passage(PassageId(0), id, path, title, Chunk("", (), 1, 1, "")), 0.0)
