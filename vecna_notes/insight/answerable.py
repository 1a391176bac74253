"""Whether any note speaks of what was asked: told by how near the nearest passage is, and how many of the words were
found. What near means is another thing in every Space and vault, so it is measured: by questions about everyday things
that few vaults speak of, and by sentences of the vault's own notes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from random import Random

import numpy as np

from vecna_notes.insight.closeness import GROWN, WORDS, Closeness, Level, logistic
from vecna_notes.insight.lexicon import stem
from vecna_notes.store import Store
from vecna_notes.text import STOP_WORDS, terms
from vecna_notes.types import Found, Hit, Rows, Space, Vectors, similarity

META = "answerable"
OWN = 60
"""Sentences of the vault that are asked for."""
FEWEST = 10
COVERED, COVERED_WIDTH = 0.4, 0.2
"""Share of a question's words, by rarity, that commonly stands in the best passage where a note answers it: at least
.42 for nine in ten questions of xquad-en, at most .35 for nine in ten that no note of garden or xquad-en answers."""
LEAST_WIDTH = 0.03
LOOKED_AT = 10
STEEPNESS = 1.5
_SENTENCE = re.compile(r"(?<=[.?!])\s+|\n")
_LENGTH = range(40, 140)
PROBES = """
how to get candle wax out of a tablecloth
best screws for hanging a heavy mirror
when to plant garlic in autumn
checking brake pads on a hatchback
symptoms of a calcium deficiency in hens
knitting a sock heel step by step
how long to roast a leg of lamb
lawn mower will not start after winter
price of second hand caravans
cleaning algae from an aquarium
stretching exercises for a stiff neck
how to change a bicycle inner tube
gluten free pancake recipe
bus timetable to the airport
treating a wasp sting
sharpening a kitchen knife on a whetstone
building a wooden compost bin
rules of volleyball serving
whitewashing a cellar wall
dog refuses to walk on the lead
how to prune roses
driving licence renewal after seventy
removing limescale from a shower head
pickling cucumbers in brine
side effects of blood pressure tablets
choosing hiking boots for wide feet
how to hem trousers by hand
best month to visit the fjords
repairing a leaking gutter
weaning lambs at twelve weeks
fuse keeps blowing in the caravan
kneading dough for bagels
identify mushrooms under birch trees
sailing upwind with a small dinghy
how to replace a roof window
teething rings for babies
frost protection for olive trees
cost of a wedding buffet for eighty guests
polishing scratches out of car paint
goalkeeper training drills
making soap from olive oil
how to shear an alpaca
eczema cream for sensitive skin
laying laminate over underfloor heating
wiring a double light switch
vintage of a bottle of port wine
hay fever tablets without drowsiness
fitting a cat flap in a glass door
""".strip().splitlines()
"""Nobody's vault speaks of all of these; where it speaks of some, the measure bears it."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Where likeness to a question begins to mean something, in one Space and vault."""

    key: str
    middle: float
    width: float | None
    """None where likeness tells nothing there, so that words alone decide."""

    def of(self, likeness: float | None, covered: float | None) -> Closeness:
        """`likeness` of the nearest passage and the part of the question's words that was found; None is not asked."""
        likeness = None if self.width is None else likeness
        value = 0.0 if likeness is None else (likeness - self.middle) / (self.width or 1.0)
        value += 0.0 if covered is None else (covered - COVERED) / COVERED_WIDTH
        probability = round(logistic(STEEPNESS * value), 4)
        level: Level = "close" if value >= 0 else "far"
        return Closeness(level, "" if level == "close" else WORDS["far"], probability)


BY_WORDS = Measure("", 0.0, None)


def measure(space: Space, rows: Rows, sentences: Sequence[str], embed: Callable[[Sequence[str]], Vectors]) -> Measure:
    """`rows` are all vectors of the space; likeness is a dot product of unit rows, or what its metric makes of it."""
    asked = embed([*PROBES, *sentences])
    if len(sentences) < FEWEST or not len(rows):
        return Measure(space.key, 0.0, None)
    best = similarity(asked.rows, rows, space.metric).max(axis=1)
    strange, own = best[: len(PROBES)], best[len(PROBES) :]
    high, low = float(np.quantile(strange, 0.9)), float(np.quantile(own, 0.1))
    if low <= high:
        return Measure(space.key, 0.0, None)
    return Measure(space.key, (high + low) / 2, max((low - high) / 2, LEAST_WIDTH))


def own_sentences(store: Store) -> list[str]:
    """Some sentences of the vault, always the same for the same texts."""
    texts = list(store.passages.texts())
    rng = Random(len(texts))
    found: list[str] = []
    for text in rng.sample(texts, min(len(texts), 2 * OWN)):
        fitting = [part.strip() for part in _SENTENCE.split(text) if len(part.strip()) in _LENGTH]
        if fitting and len(found) < OWN:
            found.append(rng.choice(fitting))
    return found


def keep(store: Store, made: Measure) -> None:
    with store.transaction():
        store.meta.set(
            META, {"key": made.key, "middle": made.middle, "width": made.width, "texts": store.passages.text_count()}
        )


def kept(store: Store, space: Space | None) -> Measure | None:
    found = store.meta.get(META)
    if space is None or not isinstance(found, dict) or found["key"] != space.key:
        return None
    return Measure(found["key"], found["middle"], found["width"])


def is_stale(store: Store, space: Space) -> bool:
    """Whether there is none for this Space, or the vault has grown or shrunk by more than a tenth since."""
    count = store.passages.text_count()
    return kept(store, space) is None or abs(store.meta.get(META)["texts"] - count) > GROWN * count


def closeness(
    measure: Measure | None, found: Found, words: Sequence[str], frequencies: Mapping[str, int], total: int
) -> Closeness:
    """Of an answer to a search. `frequencies` are passages that hold each of the query's words, of `total`."""
    if not found.hits:
        return Closeness("far", WORDS["far"], 0.0)
    if any(signal.leg in ("title", "exact") for signal in found.hits[0].signals):
        return Closeness("close", "", 1.0)
    near = [signal.score for hit in found.hits for signal in hit.signals if signal.leg == "semantic"]
    rarity = {stem(word): log((total + 1) / (frequencies.get(word, 0) + 0.5)) for word in words}
    return (measure or BY_WORDS).of(max(near, default=None), _covered(found.hits[:LOOKED_AT], rarity))


def _covered(hits: Sequence[Hit], rarity: Mapping[str, float]) -> float | None:
    """The largest part of the words, by rarity, that one of the passages holds."""
    whole = sum(rarity.values())
    if whole <= 0:
        return None
    return max(sum(rarity[word] for word in rarity.keys() & _held(hit)) / whole for hit in hits)


def _held(hit: Hit) -> set[str]:
    passage = hit.passage
    text = " ".join((passage.title, *passage.chunk.trail, passage.chunk.text)).lower()
    return {stem(word) for match in terms(text) if (word := match.group()) not in STOP_WORDS}
