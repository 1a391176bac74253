"""Rows of pairs: those of passages that stand for a text where there are any, else the text's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from vecna_notes.interfaces import Pair
from vecna_notes.types import Role, Rows

from .bags import unit
from .contrastive_checkpoint import read_arrays, write_arrays
from .contrastive_head import Shown

Embed = Callable[[Sequence[str], Role], Rows]
MOST_HELD_OUT = 120
"""Held-out pairs that are looked at; they have to be embedded."""
LONGEST_HELD_OUT = 200
"""Characters of their texts that are read."""
_AT_ONCE = 1_024


def rows_of(
    embed: Embed, pairs: Sequence[Pair], held_out: Sequence[Pair], work: Path, about: str
) -> tuple[Shown, Shown]:
    """Of what is learned from, and of what is held out. What a killed run embedded is not embedded again."""
    some = some_of(held_out)
    sides = [_sides(pair) for pair in pairs]
    asked = [((pair.first,), (pair.second,)) for pair in some]
    wrong = [pair.apart[:1] for pair in pairs]
    texts = list(dict.fromkeys(text for both in (*sides, *asked, wrong) for side in both for text in side))
    rows = _embedded(embed, texts, work, about)
    place = {text: i for i, text in enumerate(texts)}
    numbers: dict[str, int] = {}
    shown = replace(_shown(pairs, sides, rows, place, numbers), apart=_apart(wrong, rows, place))
    return shown, _shown(some, asked, rows, place, numbers)


def _sides(pair: Pair) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return pair.held[0] or (pair.first,), pair.held[1] or (pair.second,)


def some_of(held_out: Sequence[Pair], most: int = MOST_HELD_OUT) -> list[Pair]:
    """Evenly chosen, each text's beginning."""
    chosen = evenly(held_out, most)
    return [replace(pair, first=_begun(pair.first), second=_begun(pair.second)) for pair in chosen]


def evenly(pairs: Sequence[Pair], most: int) -> list[Pair]:
    """At most so many of them."""
    if len(pairs) <= most:
        return list(pairs)
    return [pairs[place * len(pairs) // most] for place in range(most)]


def _begun(text: str) -> str:
    return text[:LONGEST_HELD_OUT]


def _embedded(embed: Embed, texts: Sequence[str], work: Path, about: str) -> Rows:
    """Of unit length. Every so often what is there is kept."""
    order = sorted(range(len(texts)), key=lambda i: (len(texts[i]), texts[i]))
    parts: list[Rows] = []
    for start in range(0, len(order), _AT_ONCE):
        file = work / f"rows-{start}.safetensors"
        found = read_arrays(file, about)
        if found is None:
            some = [texts[i] for i in order[start : start + _AT_ONCE]]
            found = {"rows": unit(np.asarray(embed(some, "note"), dtype=np.float32))}
            write_arrays(file, about, found)
        parts.append(found["rows"])
    rows = np.concatenate(parts)
    placed = np.empty_like(rows)
    placed[order] = rows
    return placed


def _apart(wrong: Sequence[tuple[str, ...]], rows: Rows, place: dict[str, int]) -> Rows:
    """A zero row where a pair has none."""
    found = np.zeros((len(wrong), rows.shape[1]), dtype=np.float32)
    for i, texts in enumerate(wrong):
        if texts:
            found[i] = rows[place[texts[0]]]
    return found


def _shown(
    pairs: Sequence[Pair],
    sides: Sequence[tuple[tuple[str, ...], tuple[str, ...]]],
    rows: Rows,
    place: dict[str, int],
    numbers: dict[str, int],
) -> Shown:
    dim = rows.shape[1] if rows.ndim == 2 else 0

    def side(which: int) -> Rows:
        made = [rows[[place[text] for text in both[which]]].mean(axis=0) for both in sides]
        return unit(np.stack(made)) if made else np.empty((0, dim), dtype=np.float32)

    notes = [[numbers.setdefault(path, len(numbers)) for path in pair.notes] for pair in pairs]
    return Shown(side(0), side(1), np.array(notes, dtype=np.int64).reshape(-1, 2))
