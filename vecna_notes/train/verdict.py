"""What the gate decides, and by what: figures in, a sentence out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean

from vecna_notes.evaluate import chance
from vecna_notes.text import safe_line

HELD_OUT, OWN, GENERAL = "held_out", "own", "general"
"""Sets of questions: pairs of notes that were never learned from, `vecna eval own`, general knowledge."""
MAIN = "ndcg"
"""The figure by which every set is judged."""
NAMES = {HELD_OUT: "held-out pairs", OWN: "the vault's own questions", GENERAL: "general knowledge"}
LEAST_GAIN = 0.0
"""What the lower end of the 95 % interval of the gain on held-out pairs must be above."""
MARGIN = 0.02
"""What any set may lose, as a mean: a hundred questions hardly tell less from chance."""
FEWEST_NOTES = 8
"""With pairs of fewer notes than this no interval means anything."""
MOVED_KEPT = 20


@dataclass(frozen=True, slots=True)
class Moved:
    """A query whose right answer stands elsewhere."""

    query: str
    kind: str
    before: int | None
    """Rank; None where it was not found."""
    after: int | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One set of questions, asked of both."""

    name: str
    queries: int
    groups: int
    """Notes that the queries come from: what is of one note is not counted as if it were of several."""
    before: Mapping[str, float]
    after: Mapping[str, float]
    ci: tuple[float, float]
    """95 % paired bootstrap interval of the difference of the main figure."""
    moved: tuple[Moved, ...]
    """Furthest first, either way."""
    by_kind: Mapping[str, tuple[int, float, float]] = field(default_factory=dict)
    """Of each kind how many queries, and the means of the main figure over them, before and after."""

    @property
    def change(self) -> float:
        return self.after.get(MAIN, 0.0) - self.before.get(MAIN, 0.0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a tuned model may answer, and why."""

    is_better: bool
    why: str
    sets: tuple[Compared, ...] = ()

    def figures(self, when: str) -> dict[str, dict[str, float]]:
        """By set, "before" or "after"."""
        return {one.name: dict(one.before if when == "before" else one.after) for one in self.sets}

    @property
    def moved(self) -> dict[str, tuple[Moved, ...]]:
        return {one.name: one.moved for one in self.sets}


@dataclass(frozen=True, slots=True)
class Scored:
    """One query under both."""

    query: str
    kind: str
    group: str
    before: Mapping[str, float]
    after: Mapping[str, float]
    ranks: tuple[int | None, int | None]


def compared(name: str, scored: Sequence[Scored]) -> Compared | None:
    """The means over groups, each of which counts once; None where there is nothing."""
    if not scored:
        return None
    groups: dict[str, list[Scored]] = {}
    for one in scored:
        groups.setdefault(one.group, []).append(one)
    changes = [mean(one.after[MAIN] - one.before[MAIN] for one in own) for own in groups.values()]
    return Compared(
        name=name,
        queries=len(scored),
        groups=len(groups),
        before={key: mean(mean(one.before[key] for one in own) for own in groups.values()) for key in scored[0].before},
        after={key: mean(mean(one.after[key] for one in own) for own in groups.values()) for key in scored[0].after},
        ci=chance.interval(changes),
        moved=tuple(_moved(scored)),
        by_kind=_by_kind(scored),
    )


def _by_kind(scored: Sequence[Scored]) -> dict[str, tuple[int, float, float]]:
    kinds: dict[str, list[Scored]] = {}
    for one in scored:
        kinds.setdefault(one.kind, []).append(one)
    return {
        kind: (len(own), mean(one.before[MAIN] for one in own), mean(one.after[MAIN] for one in own))
        for kind, own in sorted(kinds.items())
    }


def _moved(scored: Sequence[Scored]) -> list[Moved]:
    away = [(abs(one.after[MAIN] - one.before[MAIN]), one) for one in scored]
    order = sorted((pair for pair in away if pair[0] > 0), key=lambda pair: (-pair[0], pair[1].query))
    return [Moved(one.query, one.kind, *one.ranks) for _, one in order[:MOVED_KEPT]]


def decide(sets: Sequence[Compared]) -> Verdict:
    """Better on held-out pairs beyond chance, and nowhere worse by more than the margin; or the reason why not."""
    held_out = next((one for one in sets if one.name == HELD_OUT), None)
    if held_out is None or held_out.groups < FEWEST_NOTES:
        groups = 0 if held_out is None else held_out.groups
        why = f"only {groups} notes were held out, too few to tell whether it is better; {FEWEST_NOTES} are needed"
        return Verdict(False, why, tuple(sets))
    for one in sets:
        if one.change < -MARGIN:
            return Verdict(False, f"it is worse on {_told(one)}, and may lose {MARGIN:.3f} at most", tuple(sets))
    if not held_out.ci[0] > LEAST_GAIN:
        return Verdict(False, f"it is not surely better: {_told(held_out)}", tuple(sets))
    others = "; ".join(_short(one) for one in sets if one is not held_out)
    return Verdict(True, f"it is better on {_told(held_out)}" + (f"; {others}" if others else ""), tuple(sets))


def _told(one: Compared) -> str:
    low, high = one.ci
    asked = f"{one.queries} of {one.groups} notes" if one.groups < one.queries else f"{one.queries}"
    first = next((moved for moved in one.moved if _fell(moved) == (one.change < 0)), None)
    example = (
        f", as {safe_line(first.query[:60])!r} from {_place(first.before)} to {_place(first.after)}" if first else ""
    )
    return f"{_short(one)} (95 % interval {low:+.3f} to {high:+.3f}, {asked}){example}"


def _short(one: Compared) -> str:
    return f"{NAMES[one.name]}: {one.change:+.3f} nDCG@10"


def _shown(moved: Moved) -> str:
    return f"{safe_line(moved.query)[:60]!r} from {_place(moved.before)} to {_place(moved.after)}"


def _fell(moved: Moved) -> bool:
    return (moved.after or 10**9) > (moved.before or 10**9)


def _place(rank: int | None) -> str:
    return "nowhere" if rank is None else f"#{rank}"
