"""Answers without a model: the sentences of the evidence that say most of what was asked, quoted and cited."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

import numpy as np
from snowballstemmer import stemmer

from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Evidence, Generator, Prompt
from vecna_notes.markup import statements
from vecna_notes.text import STOP_WORDS, terms
from vecna_notes.types import Rows

from ..embedders.settings import share, whole

NAME = "extractive"
SUMMARY = "the sentences of your notes that answer best, quoted; needs no model"
LIKE, WORDS, FOUND, KIND = 1.0, 1.0, 0.5, 0.15
"""What counts for a sentence: its likeness to the question, the question's words in it, how well its passage was
found, and a number or name where the question asks for one."""
LONGEST = 600
"""Characters of a sentence that is quoted; what is longer is no sentence."""
_NUMBER = re.compile(
    r"\b(?:how (?:many|much|old|long|far|tall|big|often|high)|when|what (?:year|date|percentage))\b", re.IGNORECASE
)
_NAME = re.compile(r"\b(?:who|whom|whose|where|which (?:country|city|person))\b", re.IGNORECASE)
_DIGIT = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|hundred|thousand|million|billion)\b", re.IGNORECASE
)
_PROPER = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+")
_ENGLISH = stemmer("english")


@hookimpl
def vecna_generators() -> list[Offer[Generator]]:
    return [Offer(NAME, SUMMARY, Extractive)]


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    evidence: Evidence


class Extractive:
    """Options: "sentences" (at most), "drop" (below this part of the best one's score a sentence is left out)."""

    def __init__(self, options: Options) -> None:
        self._most = whole(NAME, options, "sentences", 3, least=1, kind="generators")
        self._drop = share(NAME, options, "drop", 0.75, kind="generators")

    def generate(self, prompt: Prompt) -> Iterator[str]:
        """The best sentence first, since it is the answer; each in quotation marks with its number."""
        said = [_Said(text, one) for one in prompt.evidence for text in _sentences(one)]
        if not said:
            return
        scores = _scores(prompt, said)
        separator = ""
        for place in _chosen(said, scores, self._most, self._drop):
            yield f"{separator}“{_line(said[place].text)}” [{said[place].evidence.number}]"
            separator = " "


def _sentences(evidence: Evidence) -> Iterator[str]:
    for start, end in statements(evidence.text):
        if end - start <= LONGEST:
            yield evidence.text[start:end]


def _scores(prompt: Prompt, said: Sequence[_Said]) -> Rows:
    texts = [one.text for one in said]
    shares = _shares(prompt.question, texts, [" ".join((one.evidence.title, *one.evidence.trail)) for one in said])
    best = max((one.evidence.score for one in said), default=0.0) or 1.0
    found = np.array([one.evidence.score / best for one in said], dtype=np.float32)
    scores = WORDS * shares + FOUND * found + KIND * np.array([_fits(prompt.question, text) for text in texts])
    if prompt.likeness is not None:
        scores = scores + LIKE * np.asarray(prompt.likeness(texts))
    return np.asarray(scores, dtype=np.float32)


def _shares(question: str, texts: Sequence[str], above: Sequence[str]) -> Rows:
    """The part of the question's words, rare ones counting more, that each sentence holds; half for its headings."""
    asked = _stems(question)
    held, titled = [_stems(text) for text in texts], [_stems(text) for text in above]
    frequencies = Counter(stem for stems in held for stem in stems)
    weights: Mapping[str, float] = {stem: log((len(texts) + 1) / (frequencies[stem] + 0.5)) for stem in asked}
    total = sum(weights.values()) or 1.0
    shares = [
        sum(weight * (1.0 if stem in own else 0.5 if stem in over else 0.0) for stem, weight in weights.items()) / total
        for own, over in zip(held, titled, strict=True)
    ]
    return np.array(shares, dtype=np.float32)


def _fits(question: str, text: str) -> float:
    """Whether a sentence holds the kind of thing that English questions ask for."""
    if _NUMBER.search(question):
        return 1.0 if _DIGIT.search(text) else 0.0
    return 1.0 if _NAME.search(question) and _PROPER.search(text) else 0.0


def _chosen(said: Sequence[_Said], scores: Rows, most: int, drop: float) -> list[int]:
    """The best one, then those that are nearly as good and say something else."""
    order = [int(place) for place in np.argsort(-scores, kind="stable")]
    chosen: list[int] = []
    for place in order:
        stems = _stems(said[place].text)
        is_new = all(len(stems & _stems(said[other].text)) < 0.6 * max(len(stems), 1) for other in chosen)
        if len(chosen) < most and scores[place] >= drop * scores[order[0]] and is_new:
            chosen.append(place)
    return chosen


def _line(text: str) -> str:
    """One line, in which the quotation ends where ours does."""
    return " ".join(text.split()).replace("“", "‘").replace("”", "’")


@lru_cache(maxsize=2048)
def _stems(text: str) -> frozenset[str]:
    words = [match.group().lower() for match in terms(text)]
    return frozenset(_ENGLISH.stemWords([word for word in words if word not in STOP_WORDS]))
