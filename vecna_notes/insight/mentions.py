"""Where a note speaks of another without linking to it: by a name, or by words that name it in part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from vecna_notes.insight.called import GENERIC, Called, Name, is_capitals
from vecna_notes.insight.prose import Prose, Word, words_of
from vecna_notes.text import STOP_WORDS, normalise
from vecna_notes.types import NoteId, Span

Kind: TypeAlias = Literal["title", "alias", "label", "partial", "near"]
Rarity: TypeAlias = Callable[[str], float]
"""Of a word, in [0, 1]: nearly 1 for one that stands in one passage only."""

CLEAR = 0.5
"""Names that may as well mean another note are left out."""
OWN = 1.5
"""What a note's own name is worth, in links that stand on other words for it."""
PARTIAL_COVER = 0.34
"""Share of a name that words must say, by rarity, to stand for it."""
PARTIAL_WORDS = 5


@dataclass(frozen=True, slots=True)
class Mention:
    """Words in a note that may link to another."""

    note: NoteId
    span: Span
    """In the note's text."""
    words: str
    kind: Kind
    share: float
    """How surely these words mean this note and no other."""
    links: int
    """Links to it that stand on such words elsewhere."""
    cover: float = 1.0
    """How much of the name the words say."""
    is_exact: bool = True
    """The name as it is, case aside."""
    count: int = 1
    """Times the note says so."""


def mentions(prose: Prose, called: Called, own: NoteId) -> dict[NoteId, Mention]:
    """Of each note that is named the best mention: of longer names before shorter, and the first of equals."""
    found: dict[NoteId, list[tuple[tuple[float, ...], Mention]]] = {}
    covered: dict[int, int] = {}
    taken = sorted(called.mentions(prose), key=lambda hit: (-(hit[1] - hit[0]), hit[0]))
    for first, end, name in taken:
        longest = max((covered.get(i, 0) for i in range(first, end)), default=0)
        if longest > end - first or (name.note == own and longest >= end - first):
            continue  # a part of a longer name
        if name.kind != "label" or name.links > 1:
            covered.update((i, max(longest, end - first)) for i in range(first, end))
        is_clear = name.note != own and called.share(name) > CLEAR
        if is_clear and _fits(prose.text, prose.words[first], prose.words[end - 1], name):
            mention = _mention(prose, called, first, end, name)
            rank = (mention.links + OWN * (mention.kind != "label"), end - first, -first)
            found.setdefault(name.note, []).append((rank, mention))
    for mention in _unspaced(prose, called, own):
        found.setdefault(mention.note, []).append(((mention.links + OWN, 1, -mention.span[0]), mention))
    return {note: _counted(ranked) for note, ranked in found.items()}


def _counted(ranked: list[tuple[tuple[float, ...], Mention]]) -> Mention:
    best = max(ranked, key=lambda one: one[0])[1]
    return Mention(
        best.note, best.span, best.words, best.kind, best.share, best.links, best.cover, best.is_exact, len(ranked)
    )


def _mention(prose: Prose, called: Called, first: int, end: int, name: Name) -> Mention:
    span = prose.words[first].start, prose.words[end - 1].end
    words = prose.text[slice(*span)]
    is_exact = normalise(words) == normalise(name.words)
    return Mention(name.note, span, words, name.kind, called.share(name), name.links, 1.0, is_exact)


def _fits(text: str, first: Word, last: Word, name: Name) -> bool:
    """ "IP" is not "ip", and a name of capitals has no endings but a plural's."""
    if not is_capitals(name.words):
        return True
    said = text[first.start : last.end]
    return said in (name.words, f"{name.words}s")


def _unspaced(prose: Prose, called: Called, own: NoteId) -> Iterator[Mention]:
    text = prose.free.casefold()
    for words, name in called.unspaced:
        place = text.find(words) if name.note != own and len(text) == len(prose.text) else -1
        if place >= 0 and len(words) > 1:
            span = place, place + len(words)
            yield Mention(name.note, span, prose.text[slice(*span)], name.kind, 1.0, name.links)


def partial(prose: Prose, called: Called, note: NoteId, rarity: Rarity) -> Mention | None:
    """The words that say most of one of a note's names; None where none says enough."""
    best: tuple[float, int, int, Name] | None = None
    for name in called.of.get(note, ()):
        if called.share(name) <= CLEAR:
            continue
        found = _best_part(prose, _weights(called, name, rarity))
        if found is not None and (best is None or found[0] > best[0]):
            best = (*found, name)
    if best is None:
        return None
    cover, first, end, name = best
    span = prose.words[first].start, prose.words[end - 1].end
    words = prose.text[slice(*span)]
    return Mention(note, span, words, "partial", called.share(name), name.links, min(cover, 1.0), False)


def _weights(called: Called, name: Name, rarity: Rarity) -> Mapping[str, float]:
    """Stem → its share of the name."""
    told = [word for word in words_of(name.words) if word not in GENERIC | STOP_WORDS and len(word) > 1]
    rare = {called.stem(word): rarity(word) for word in told}
    whole = sum(rare.values())
    return {stem: weight / whole for stem, weight in rare.items()} if whole else {}


def _best_part(prose: Prose, weights: Mapping[str, float]) -> tuple[float, int, int] | None:
    """(cover, first word, word after the last) of the stretch of words that says most of a name in fewest words."""
    best: tuple[float, int, int] | None = None
    for i, end in sorted(place for stem in weights for place in prose.places.get(stem, ())):
        said: set[str] = set()
        for j in range(i, min(i + PARTIAL_WORDS, end)):
            word = prose.words[j]
            if word.stem in weights and word.is_content:
                said.add(word.stem)
                cover = sum(weights[stem] for stem in said) - 0.05 * (j - i + 1 - len(said))
                if cover >= PARTIAL_COVER and (best is None or cover > best[0] + 1e-9):
                    best = (cover, i, j + 1)
    return best
