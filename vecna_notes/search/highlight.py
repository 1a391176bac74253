"""Where in a passage the query's words stand, and which sentence decided."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

from snowballstemmer import stemmer

from vecna_notes.search.query import Query
from vecna_notes.text import STOP_WORDS, sentences, terms
from vecna_notes.types import Span

MAX_SPANS = 200
MAX_TEXT = 20_000
"""Characters of a passage that are looked at."""
ECHO = 0.25
"""What a word that several hits share weighs beside a word of the query itself."""
_NO_SENTENCE = re.compile(r"#{1,6}\s[^\n]*$|(?:#[\w/-]+\s*)+$|[\w -]+::[^\n]*$")
"""A heading, a line of tags, a property."""
_COMBINING = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
_ENGLISH = stemmer("porter")  # the algorithm of FTS5's porter tokenizer


@dataclass(frozen=True, slots=True)
class Weights:
    """What the words of a query weigh, by their stems, and those that its best passages share."""

    asked: Mapping[str, float]
    echoed: Mapping[str, float]

    def of(self, stem: str) -> float:
        return self.asked.get(stem) or self.echoed.get(stem, 0.0)


def weights(query: Query, frequencies: Mapping[str, int], count: int, texts: Sequence[str]) -> Weights:
    """Rare words of the query weigh most. A word of no query that stands in many of the hits is what they are about."""
    asked = {stem(term): log(1 + (count + 1) / (frequencies.get(term, 0) + 1)) for term in query.terms}
    shared = Counter(found for text in texts for found in {stem(word) for word in _content(text)})
    most = max(asked.values(), default=1.0)
    echoed = {
        found: ECHO * most * (held - 1) / (len(texts) - 1)
        for found, held in shared.items()
        if held > 1 and found not in asked
    }
    return Weights(asked, echoed)


def word_spans(query: Query, text: str) -> tuple[Span, ...]:
    """The query's words in any form, its phrases and its pieces, where they stand in `text`; in order, apart."""
    text = text[:MAX_TEXT]
    wanted = {stem(term) for term in query.terms}
    starts = {folded(term)[:2] for term in query.terms}
    spans = [
        match.span() for match in terms(text) if folded(match.group())[:2] in starts and stem(match.group()) in wanted
    ]
    return _apart([*spans, *_literal((*query.phrases, *query.pieces), text)])[:MAX_SPANS]


def decisive_sentence(weights: Weights, text: str) -> Span | None:
    """The sentence that says most of what was asked; None when none says any of it. A heading only names it."""
    best: tuple[bool, float, Span] | None = None
    for start, end in sentences(text[:MAX_TEXT]):
        stems = {stem(match.group()) for match in terms(text[start:end])}
        score = sum(map(weights.of, stems)) / (4 + len(stems)) ** 0.5  # a long one says more by chance
        here = _NO_SENTENCE.match(text, start, end) is None, score, (start, end)
        if score > 0 and (best is None or here[:2] > best[:2]):
            best = here
    return best[2] if best else None


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The form under which FTS5's porter tokenizer knows a word."""
    bare = folded(word)
    return str(_ENGLISH.stemWord(bare)) if bare.isascii() else bare


def folded(text: str) -> str:
    """Lower case without diacritics."""
    if text.isascii():
        return text.lower()
    return _COMBINING.sub("", unicodedata.normalize("NFD", text.lower()))


def _content(text: str) -> Iterator[str]:
    for match in terms(text[:MAX_TEXT]):
        word = match.group().lower()
        if len(word) > 2 and word not in STOP_WORDS:
            yield word


def _literal(pieces: Iterable[str], text: str) -> Iterator[Span]:
    for piece in pieces:
        for match in re.finditer(re.escape(piece), text, re.IGNORECASE):
            yield match.span()


def _apart(spans: Iterable[Span]) -> tuple[Span, ...]:
    """In order; those that overlap become one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        elif end > start:
            joined.append((start, end))
    return tuple(joined)
