"""The stable shapes of `vecna train … --json`. Keys may be added; none is renamed or removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vecna_notes.interfaces import Pair, Step
    from vecna_notes.train.pairs import Mined
    from vecna_notes.train.tuned import Tuned
    from vecna_notes.train.verdict import Compared, Moved

Shape = dict[str, Any]
_DECIMALS = 5


def tuned(one: Tuned) -> Shape:
    return {
        "schema": "vecna.train/1",
        "name": one.name,
        "made": round(one.made, 3),
        "pairs": dict(one.pairs),
        "seconds": round(one.seconds, 2),
        "space": one.space.key if one.space else None,
        "gate": {
            "live": one.is_live,
            "better": one.verdict.is_better,
            "forced": one.is_forced,
            "why": one.verdict.why,
            "sets": [_compared(each) for each in one.verdict.sets],
        },
        "before": _figures(one.verdict.figures("before")),
        "after": _figures(one.verdict.figures("after")),
        "moved": {name: [_moved(each) for each in own] for name, own in one.verdict.moved.items()},
    }


def tunings(found: list[Tuned]) -> Shape:
    return {"schema": "vecna.tunings/1", "models": [tuned(one) for one in found]}


def pairs(mined: Mined, seconds: float | None) -> Shape:
    """`seconds` is what training on them would about take; None where there are too few."""
    return {
        "schema": "vecna.pairs/1",
        "pairs": dict(mined.counts),
        "parts": {"train": len(mined.train), "dev": len(mined.dev), "test": len(mined.test)},
        "dropped": mined.dropped,
        "seconds": None if seconds is None else round(seconds, 1),
        "samples": {source: [_pair(one) for one in own] for source, own in mined.samples().items() if own},
    }


def step(one: Step) -> Shape:
    """A line of --jsonl."""
    return {
        "event": "train",
        "step": one.step,
        "steps": one.steps,
        "loss": _round(one.loss),
        "pairs_per_second": round(one.pairs_per_second, 1),
        "held_out": None if one.held_out is None else _round(one.held_out),
        "best": one.best,
        "seconds_left": None if one.seconds_left is None else round(one.seconds_left, 1),
    }


def _compared(one: Compared) -> Shape:
    return {
        "name": one.name,
        "queries": one.queries,
        "notes": one.groups,
        "change": _round(one.change),
        "ci": [_round(side) for side in one.ci],
        "kinds": {
            kind: {"queries": count, "before": _round(before), "after": _round(after)}
            for kind, (count, before, after) in one.by_kind.items()
        },
    }


def _figures(sets: Mapping[str, Mapping[str, float]]) -> Shape:
    return {name: {figure: _round(value) for figure, value in own.items()} for name, own in sets.items()}


def _moved(one: Moved) -> Shape:
    return {"query": one.query, "kind": one.kind, "rank_before": one.before, "rank_after": one.after}


def _pair(one: Pair) -> Shape:
    return {"first": one.first, "second": one.second, "notes": list(one.notes), "apart": len(one.apart)}


def _round(value: float) -> float:
    return round(value, _DECIMALS)
