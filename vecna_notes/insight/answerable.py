"""Whether any note speaks of what was asked: told by how near the nearest passage is, and how many of the words were
found. What near means is another thing in every Space and vault, so it is measured: by questions of which no vault
answers many, and by sentences of the vault's own notes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log
from random import Random

import numpy as np

from vecna_notes.insight.closeness import GROWN, WORDS, Closeness, Level, logistic
from vecna_notes.insight.lexicon import stem
from vecna_notes.store import Store
from vecna_notes.text import STOP_WORDS, has_cjk, terms
from vecna_notes.types import Found, Hit, Rows, Space, Vectors, similarity

META = "answerable"
OWN = 60
"""Sentences of the vault that are asked for."""
FEWEST = 10
COVERED, COVERED_WIDTH = 0.4, 0.2
"""Share of a question's words, by rarity, that commonly stands in the best passage where a note answers it: at least
.42 for nine in ten questions of xquad-en, at most .35 for nine in ten that no note of garden or xquad-en answers."""
MOST_AGAINST = 1.0
"""That a question is put in other words than the notes' speaks against it no more than this."""
COVERED_ALONE = 0.2
"""The same where likeness tells nothing: then only a question of hardly any known word is called strange."""
STRANGE, OWN_SURELY = 0.35, 0.9
"""Of the probes at least so many are strange to any vault; so many of its own sentences are surely not."""
BETWEEN, WIDTH, LEAST_GAP = 0.6, 0.25, 0.5
"""Where between the two something begins to be close, how gradually, and how far apart they must be."""
LOOKED_AT = 10
STEEPNESS = 1.5
_SENTENCE = re.compile(r"(?<=[.?!])\s+|\n")
_LENGTH = range(40, 140)
PROBES = """
how to get candle wax out of a tablecloth
when to plant garlic in autumn
checking brake pads on a hatchback
symptoms of a calcium deficiency in hens
knitting a sock heel step by step
price of second hand caravans
cleaning algae from an aquarium
how to change a bicycle inner tube
gluten free pancake recipe
bus timetable to the airport
sharpening a kitchen knife on a whetstone
rules of volleyball serving
whitewashing a cellar wall
driving licence renewal after seventy
choosing hiking boots for wide feet
weaning lambs at twelve weeks
identify mushrooms under birch trees
sailing upwind with a small dinghy
teething rings for babies
cost of a wedding buffet for eighty guests
goalkeeper training drills
how to shear an alpaca
eczema cream for sensitive skin
vintage of a bottle of port wine
orbital resonance of the moons of Jupiter
grain trade of the Hanseatic League
proof of the four colour theorem
mating calls of tree frogs
antitrust rulings on railway mergers
glazing techniques of Ming porcelain
garbage collection pauses in a virtual machine
cuneiform tablets from Nineveh
superconductivity under high pressure
parliamentary procedure in Denmark
catalysts for ammonia synthesis
stained glass of Chartres cathedral
inheritance law in the Byzantine empire
enrichment of uranium in centrifuges
counterpoint in late Renaissance masses
plate tectonics of the Caribbean
register allocation by graph colouring
burial customs of the Etruscans
hedging with interest rate swaps
migration routes of arctic terns
phonology of Finno-Ugric languages
stress testing of suspension bridges
protein folding in thermophile bacteria
iconoclasm in the eighth century
""".strip().splitlines()
"""Everyday things and learned ones: no vault speaks of all, and of many it says nothing."""


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
        least = COVERED_ALONE if likeness is None else COVERED
        value += 0.0 if covered is None else max((covered - least) / COVERED_WIDTH, -MOST_AGAINST)
        probability = round(logistic(STEEPNESS * value), 4)
        level: Level = "close" if value >= 0 else "far"
        return Closeness(level, "" if level == "close" else WORDS["far"], probability)


BY_WORDS = Measure("", 0.0, None)


def measure(space: Space, rows: Rows, sentences: Sequence[str], embed: Callable[[Sequence[str]], Vectors]) -> Measure:
    """`rows` are all vectors of the space."""
    asked = embed([*PROBES, *sentences])
    if len(sentences) < FEWEST or not len(rows):
        return Measure(space.key, 0.0, None)
    best = similarity(asked.rows, rows, space.metric).max(axis=1)
    strange = float(np.quantile(best[: len(PROBES)], STRANGE))
    own = float(np.quantile(best[len(PROBES) :], 1 - OWN_SURELY))
    gap = own - strange
    is_telling = gap > LEAST_GAP * float(best.std() or 1.0)
    return Measure(space.key, strange + BETWEEN * gap, WIDTH * gap if is_telling else None)


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
    """Of an answer to a search for `words`. `frequencies` are passages that hold each of them, of `total`."""
    if not words:  # only conditions, which are met or not
        return _SURE
    if not found.hits:
        return Closeness("far", WORDS["far"], 0.0)
    if any(signal.leg in ("title", "exact") for signal in found.hits[0].signals):
        return _SURE
    near = [signal.score for hit in found.hits for signal in hit.signals if signal.leg == "semantic"]
    telling = [word for word in words if word not in STOP_WORDS and not has_cjk(word)]
    rarity = {word: log((total + 1) / (frequencies.get(word, 0) + 0.5)) for word in telling}
    return (measure or BY_WORDS).of(max(near, default=None), _covered(found.hits[:LOOKED_AT], rarity))


_SURE = Closeness("close", "", 1.0)


def _covered(hits: Sequence[Hit], rarity: Mapping[str, float]) -> float | None:
    """The largest part of the words, by rarity, that one of the passages holds; None where they tell nothing."""
    whole = sum(rarity.values())
    if whole <= 0:
        return None
    return max(sum(rarity[word] for word in _held(hit, rarity)) / whole for hit in hits)


def _held(hit: Hit, words: Iterable[str]) -> Iterator[str]:
    """In any form, or within another word where that is how the passage was found."""
    passage = hit.passage
    text = " ".join((passage.title, *passage.chunk.trail, passage.chunk.text)).lower()
    stems = {stem(word) for match in terms(text) if (word := match.group()) not in STOP_WORDS}
    is_within = any(signal.leg == "substring" for signal in hit.signals)
    return (word for word in words if stem(word) in stems or (is_within and word in text))
