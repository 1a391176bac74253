"""Names for groups of notes: the words that set a group apart from the others (class-based TF-IDF, BERTopic's)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import log, sqrt

from vecna_notes.text import STOP_WORDS, has_cjk, terms

TERMS = 8
MOST_WORDS = 250
"""Words of a note that are looked at."""
TITLE_WEIGHT = 3
AS_MUCH = 0.5
"""A pair of words is preferred to its words when it says so much of what they say."""
EVERYWHERE = 0.3
"""A word in more than this share of the groups names none of them: so stop words of any language go."""
FEWEST_GROUPS = 7
"""Fewer groups are too few to say what stands everywhere."""
LONGEST = 40
_FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$|\\[A-Za-z]+|https?://\S+", re.DOTALL)
_UNSAID = STOP_WORDS | {"http", "https", "www", "com", "org", "net", "html", "htm", "php", "png", "jpg"}


Said = Counter[str]
"""How often a note says each of its words and pairs of words."""


def said(title: str, text: str) -> Said:
    """What a note says, for naming."""
    counts = Counter(_terms(text))
    for term in _terms(title):
        counts[term] += TITLE_WEIGHT
    return counts


def distinctive(groups: Sequence[Sequence[Said]]) -> list[tuple[str, ...]]:
    """Of each group of notes its TERMS best terms, the best first."""
    counted = [_counted(group) for group in groups]
    spread = Counter(term for counts, _ in counted for term in counts)
    often = Counter[str]()
    for counts, _ in counted:
        often.update(counts)
    average = sum(often.values()) / max(len(groups), 1)
    common = EVERYWHERE * len(groups) if len(groups) >= FEWEST_GROUPS else float("inf")
    everywhere = {term for term, count in spread.items() if count > common}
    empty = {term for term in everywhere if spread[term] > 2 * common}  # not even beside a word that means something

    def weights(group: Sequence[Said], counts: Counter[str], holders: Counter[str]) -> dict[str, float]:
        return {
            term: _weight(count, counts, average, often[term])
            for term, count in counts.items()
            if holders[term] >= min(2, len(group)) and term not in everywhere and empty.isdisjoint(term.split(" "))
        }

    return [_best(weights(group, *found)) for group, found in zip(groups, counted, strict=True)]


def name_of(found: Sequence[str], taken: set[str], without: Sequence[str] = ()) -> str:
    """One or two terms, and as many more as it needs to differ from the names that are taken.

    Words of `without`, the name of what holds the group, are not said again.
    """
    known = {word for term in without for word in term.split()}
    fresh = [term for term in found if not known & set(term.split())] or list(found)
    for count in (2, 3, 4, 1):
        name = " & ".join(fresh[:count])
        if name and name not in taken and len(name) <= LONGEST:
            return name
    return next(name for i in range(1, len(taken) + 2) if (name := f"{' & '.join(fresh[:1])} {i}".strip()) not in taken)


def _counted(group: Sequence[Said]) -> tuple[Counter[str], Counter[str]]:
    """How often each term is said, many times in one note counting little, and in how many notes."""
    counts, holders = Counter[str](), Counter[str]()
    for own in group:
        holders.update(own.keys())
        for term, count in own.items():
            counts[term] += sqrt(count)  # type: ignore[assignment]  # a Counter holds any number
    return counts, holders


def _terms(text: str) -> Iterator[str]:
    """Words that mean something, and pairs of them that stand side by side."""
    run: list[str] = []
    for word in _words(text):
        if word:
            run.append(word)
            continue
        yield from _of_run(run)
        run = []
    yield from _of_run(run)


def _of_run(run: Sequence[str]) -> Iterator[str]:
    yield from run
    yield from (f"{one} {other}" for one, other in pairwise(run) if one != other)


def _words(text: str) -> Iterator[str]:
    """Words in small letters; "" where one is left out. Scripts without spaces are cut into pairs of characters."""
    for number, match in enumerate(terms(_FORMULA.sub(" ; ", text))):
        if number >= MOST_WORDS:
            return
        word = match.group().lower()
        if has_cjk(word) and len(word) > 2:
            for start in range(0, len(word) - 1):
                yield word[start : start + 2]
                yield ""
        else:
            yield word if _means(word) else ""


def _means(word: str) -> bool:
    return len(word) > 1 and word.replace("'", "").replace("’", "").isalpha() and word not in _UNSAID


def _weight(count: float, counts: Counter[str], average: float, often: float) -> float:
    return count / max(counts.total(), 1) * log(1 + average / often)


def _best(weights: dict[str, float]) -> tuple[str, ...]:
    """Best first; a pair takes the place of its words when it says nearly as much, and no word comes twice."""
    pairs = {term: weight for term, weight in weights.items() if " " in term}
    for pair, weight in pairs.items():
        first, second = pair.split(" ")
        alone = max(weights.get(first, 0.0), weights.get(second, 0.0))
        weights[pair] = max(weight, alone) + 0.01 * weight if weight >= AS_MUCH * alone else weight
    chosen: list[str] = []
    taken: set[str] = set()
    for term in sorted(weights, key=lambda term: (-weights[term], term)):
        words = set(term.split(" "))
        if not words & taken:
            chosen.append(term)
            taken |= words | {_plural(word) for word in words}
        if len(chosen) == TERMS:
            break
    return tuple(chosen)


def _plural(word: str) -> str:
    """The other of "note" and "notes"."""
    return word[:-1] if word.endswith("s") else word + "s"
