"""Which queries moved between two answers to the same questions, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from vecna_notes.errors import ConfigError
from vecna_notes.evaluate import chance
from vecna_notes.evaluate.keeping import QueryAnswers
from vecna_notes.text import safe_line


@dataclass(frozen=True, slots=True)
class Moved:
    """A query that two systems answer differently well."""

    query: str
    kind: str
    before: float
    after: float
    """nDCG."""
    rank_before: int | None
    rank_after: int | None

    @property
    def change(self) -> float:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Difference:
    """The second against the first, over the queries that both were asked."""

    queries: int
    before: float
    after: float
    """Mean nDCG."""
    ci: tuple[float, float]
    """95 % interval of the difference."""
    p: float
    moved: tuple[Moved, ...]
    """Furthest first, either way."""

    @property
    def difference(self) -> float:
        return self.after - self.before


def diff(first: Sequence[QueryAnswers], before: str, second: Sequence[QueryAnswers], after: str) -> Difference:
    """`before` as the first run answered, `after` as the second. Raises ConfigError when nothing can be compared."""
    old = {(one.query, one.kind): one for one in _answered(first, before)}
    new = {(one.query, one.kind): one for one in _answered(second, after)}
    shared = [key for key in old if key in new]
    if not shared:
        raise ConfigError("the two have no query in common; compare two runs of one set, with one seed and limit")
    pairs = [
        Moved(*key, old[key].ndcg[before], new[key].ndcg[after], old[key].ranks[before], new[key].ranks[after])
        for key in shared
    ]
    changes = [one.change for one in pairs]
    return Difference(
        queries=len(pairs),
        before=mean(one.before for one in pairs),
        after=mean(one.after for one in pairs),
        ci=chance.interval(changes),
        p=chance.p_value(changes),
        moved=tuple(sorted((one for one in pairs if one.change), key=lambda one: (-abs(one.change), one.query))),
    )


def _answered(run: Sequence[QueryAnswers], system: str) -> Sequence[QueryAnswers]:
    known = run[0].ndcg if run else {}
    if system not in known:
        raise ConfigError(f"that run did not ask {safe_line(system)!r}; it asked {', '.join(known)}")
    return run
