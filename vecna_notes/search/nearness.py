"""How closely a query's words stand together in a passage.

Two halves: how much of the query the best single sentence holds, and how many pairs of words that follow each other in
the query stand side by side (the ordered and unordered windows of Metzler and Croft's sequential dependence model,
2005). Words weigh by rarity. It says nothing alone, and orders well what the legs have found.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from vecna_notes.search.highlight import folded, stem
from vecna_notes.search.query import Query
from vecna_notes.text import sentences
from vecna_notes.types import Span

MAX_TEXT = 6_000
"""Characters of a passage that are looked at."""
MAX_TERMS = 24
MAX_PLACES = 12
"""Places of one word in one sentence that are compared."""
SIDE_BY_SIDE, WINDOW = 2, 6
"""Words apart, and what the second counts beside the first."""
IN_WINDOW = 0.5
FAR = 80
"""Characters between two words that cannot be a window's."""
Places = dict[str, list[Span]]
"""Where each stem stands."""
_BETWEEN = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Nearness:
    """A query made ready to look at many passages."""

    stems: Sequence[str]
    """In the order of the query, each once."""
    weights: Mapping[str, float]
    pattern: re.Pattern[str] | None

    @classmethod
    def of(cls, query: Query, weights: Mapping[str, float]) -> Nearness:
        """`weights`: rarity by stem."""
        stems = list(dict.fromkeys(stem(term) for term in query.terms))[:MAX_TERMS]
        beginnings = sorted({re.escape(_beginning(one)) for one in stems if one}, key=len, reverse=True)
        pattern = re.compile(rf"\b(?:{'|'.join(beginnings)})\w*(?:['’]\w+)*") if beginnings else None
        return cls(stems, weights, pattern)

    def score(self, text: str) -> float:
        """In [0, 1]; 1 when one sentence says the query in its order."""
        total = sum(self.weights.get(one, 0.0) for one in self.stems)
        if self.pattern is None or total <= 0:
            return 0.0
        text = folded(text[:MAX_TEXT])
        found = self._places(text)
        if len(found) < 2:
            return sum(self.weights[one] for one in found) / total / 2
        by_sentence = _by_sentence(found, text)
        held = max(sum(self.weights[one] for one in places) for places in by_sentence)
        return (held / total + self._pairs(found, by_sentence, text)) / 2

    def _places(self, text: str) -> Places:
        assert self.pattern is not None
        found: Places = {}
        for match in self.pattern.finditer(text):
            if (one := stem(match.group())) in self.weights:
                found.setdefault(one, []).append(match.span())
        return found

    def _pairs(self, found: Places, by_sentence: Sequence[Places], text: str) -> float:
        """The share of the query's neighbouring words that stand together, by the rarer of each pair."""
        weights = {pair: min(self.weights.get(one, 0.0) for one in pair) for pair in pairwise(self.stems)}
        total = sum(weights.values())
        if total <= 0:
            return 0.0
        there = (pair for pair in weights if pair[0] in found and pair[1] in found)
        return sum(weights[pair] * _closest(pair, by_sentence, text) for pair in there) / total


def _closest(pair: tuple[str, str], by_sentence: Sequence[Places], text: str) -> float:
    best = 0.0
    for places in by_sentence:
        if pair[0] not in places or pair[1] not in places:
            continue
        for one in places[pair[0]][:MAX_PLACES]:
            for other in places[pair[1]][:MAX_PLACES]:
                best = max(best, _together(one, other, text))
                if best == 1.0:
                    return best
    return best


def _together(one: Span, other: Span, text: str) -> float:
    first, second = (one, other) if one[0] < other[0] else (other, one)
    if second[0] - first[1] > FAR:
        return 0.0
    apart = 1 + len(_BETWEEN.findall(text, first[1], second[0]))
    if first is one and apart <= SIDE_BY_SIDE:
        return 1.0
    return IN_WINDOW if apart <= WINDOW else 0.0


def _by_sentence(found: Places, text: str) -> list[Places]:
    starts = [start for start, _ in sentences(text)]
    groups: dict[int, Places] = {}
    for one, spans in found.items():
        for span in spans:
            groups.setdefault(bisect_right(starts, span[0]), {}).setdefault(one, []).append(span)
    return list(groups.values())


def _beginning(stem: str) -> str:
    """What every form of a stem begins with: Porter makes "happi" of "happy"."""
    return stem[:-1] if len(stem) > 2 and stem.endswith("i") else stem
