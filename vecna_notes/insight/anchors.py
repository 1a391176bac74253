"""At which words a link to a note that is near in meaning, but not named, should stand."""

from __future__ import annotations

from collections.abc import Mapping

from vecna_notes.insight.called import GENERIC
from vecna_notes.insight.closeness import WORDS
from vecna_notes.insight.lore import Lore
from vecna_notes.insight.mentions import Mention
from vecna_notes.insight.prose import TAKEN, Prose, words_of
from vecna_notes.text import STOP_WORDS, sentences
from vecna_notes.types import RelatedNote, Span

LONGEST = 4
"""Words."""
TITLE, HEADING, TEXT = 2.0, 1.2, 1.0
"""What a word the two notes share counts, by where the target says it."""
FEWEST = 0.5
"""Rarity that the words must have together; else the link goes behind the sentence."""
_CLOSING = ".!?…。！？"


def near(prose: Prose, lore: Lore, met: RelatedNote) -> Mention | None:
    """The words of the meeting passage that say most of what the target is about; None where nothing is close.

    Where the passages share no telling word, the place behind a sentence, if they are known to be close.
    """
    if met.closeness == WORDS["far"]:
        return None
    where = _where(prose, met)
    score, span = _telling(prose, _weights(lore, met), where)
    if span is None and met.closeness:
        span = _behind(prose, where, met)
    words = prose.text[slice(*span)] if span else ""
    if span is None or len(lore.called.names.get(lore.called.key(words), ())) > 1:
        return None  # the words may name another note as well
    return Mention(met.note_id, span, words, "near", 1.0, 0, min(score / 4, 1.0), False)


def _telling(prose: Prose, weights: Mapping[str, float], where: Span) -> tuple[float, Span | None]:
    best: tuple[float, Span | None] = (FEWEST, None)
    for first, end in prose.runs:
        if prose.words[first].start < where[0] or prose.words[end - 1].end > where[1]:
            continue
        for i in range(first, end):
            for j in range(i, min(i + LONGEST, end)):
                score = _score(prose, weights, i, j + 1)
                if score > best[0] + 1e-9:
                    best = score, (prose.words[i].start, prose.words[j].end)
    return best if best[1] else (0.0, None)


def _score(prose: Prose, weights: Mapping[str, float], first: int, end: int) -> float:
    """Shared rarity; words that say nothing of the target make it less, and none such may stand at either end."""
    words = prose.words[first:end]
    if not all(word.is_content and word.stem in weights for word in (words[0], words[-1])):
        return 0.0
    return sum(weights.get(word.stem, -0.4) for word in words if word.is_content)


def _weights(lore: Lore, met: RelatedNote) -> dict[str, float]:
    """Stem → what it says of the target."""
    weights: dict[str, float] = {}
    chunk = met.target.chunk
    for text, factor in ((met.title, TITLE), (" ".join(chunk.trail), HEADING), (chunk.text, TEXT)):
        for word in words_of(text):
            if word in STOP_WORDS or word in GENERIC or len(word) < 3:
                continue
            stem = lore.called.stem(word)
            if stem not in weights:
                weights[stem] = factor * max(lore.rarity(word) - 0.25, 0.0)
    return {stem: weight for stem, weight in weights.items() if weight > 0}


def _where(prose: Prose, met: RelatedNote) -> Span:
    """The meeting passage in the note's text."""
    start = prose.text.find(met.source.chunk.text)
    return (start, start + len(met.source.chunk.text)) if start >= 0 else (0, len(prose.text))


def _behind(prose: Prose, where: Span, met: RelatedNote) -> Span | None:
    """Behind the sentence of the passage that shares most words with the target, before the point that ends it."""
    shared = set(words_of(met.target.chunk.text)) - STOP_WORDS
    best: tuple[int, int] | None = None
    for first, last in sentences(prose.free[slice(*where)]):
        start, end = where[0] + first, where[0] + last
        while end > start and prose.text[end - 1] in _CLOSING:
            end -= 1
        own = set(words_of(prose.free[start:end]))
        ends_free = end > start and prose.free[end - 1] not in (TAKEN, "\n", "|") and len(own) > 3
        if ends_free and (best is None or len(own & shared) > best[0]):
            best = len(own & shared), end
    return (best[1], best[1]) if best else None
