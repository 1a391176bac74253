"""Which notes a query lets through: its conditions asked of the store, and joined."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from vecna_notes.search.conditions import Either, Filter, Not, Test
from vecna_notes.search.expressions import is_in
from vecna_notes.search.query import Query
from vecna_notes.search.values import is_wanted
from vecna_notes.store import Store
from vecna_notes.types import Condition, NoteId

Notes = frozenset[NoteId]
REGEX_SECONDS = 1.0
"""All expressions of a query together."""
NOTE_SECONDS = 0.1
"""An expression on one note."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the conditions of a query leave."""

    notes: Notes | None
    """None: all notes."""
    conditions: tuple[Condition, ...] = ()
    """Those of the query, with how many notes each keeps out by itself."""

    def among(self, notes: Notes | None) -> Allowed:
        """Of those notes only."""
        if notes is None:
            return self
        return replace(self, notes=notes if self.notes is None else self.notes & notes)


def allowed(store: Store, query: Query) -> Allowed:
    """The notes that meet every condition of a query. Takes about REGEX_SECONDS at most, whatever is asked."""
    if query.filter is None:
        return Allowed(None, query.conditions)
    asking, count = _Asking(store), store.notes.count()
    met: list[Notes] = []
    conditions: list[Condition] = []
    for part in query.parts:
        if part.filter is None:
            conditions.append(part.condition)
            continue
        asking.problem = ""
        met.append(asking.meet(part.filter))
        problem = asking.problem or part.condition.problem
        conditions.append(replace(part.condition, removed=count - len(met[-1]), problem=problem))
    return Allowed(frozenset.intersection(*met), tuple(conditions))


@dataclass(slots=True)
class _Asking:
    store: Store
    problem: str = ""
    """Why the last condition could not be asked of all notes."""
    _seconds_left: float = REGEX_SECONDS
    _met: dict[Test, Notes] = field(default_factory=dict)
    _everything: Notes | None = None

    def meet(self, filter: Filter) -> Notes:
        """Notes that meet the filter."""
        if isinstance(filter, Test):
            if filter not in self._met:
                self._met[filter] = self._test(filter)
            return self._met[filter]
        if isinstance(filter, Not):
            return self._all() - self.meet(filter.part)
        sets = [self.meet(part) for part in filter.parts]
        return frozenset().union(*sets) if isinstance(filter, Either) else frozenset.intersection(*sets)

    def _all(self) -> Notes:
        if self._everything is None:
            self._everything = self.store.filters.all()
        return self._everything

    def _test(self, test: Test) -> Notes:
        if test.kind == "regex":
            return self._matching(test.value)
        if test.kind == "property":
            accepts = partial(is_wanted, test.wanted) if test.wanted else None
            return self.store.filters.with_property(test.value, accepts)
        filters = self.store.filters
        ways: Mapping[str, Callable[[str], Notes]] = {
            "word": filters.holding,
            "phrase": filters.holding,
            "tag": filters.tagged,
            "path": filters.in_path,
            "file": filters.named,
            "before": filters.before,
            "after": filters.since,
            "lang": filters.in_language,
        }
        return ways[test.kind](test.value)

    def _matching(self, expression: str) -> Notes:
        """Notes whose text an expression matches, newest first until the time is up."""
        found: set[NoteId] = set()
        slow = seen = 0
        began = time.monotonic()
        for id, text in self.store.filters.texts():
            left = self._seconds_left - (time.monotonic() - began)
            if left <= 0:
                self.problem = f"the expression takes too long: only the newest {seen} notes were searched with it"
                break
            seen += 1
            try:
                if is_in(expression, text, min(left, NOTE_SECONDS)):
                    found.add(id)
            except TimeoutError:
                slow += 1
        if slow and not self.problem:
            self.problem = f"the expression takes too long on {slow} of {seen} notes, which count as not matching"
        self._seconds_left -= time.monotonic() - began
        return frozenset(found)
