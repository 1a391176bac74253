"""Words of a query that no note holds, and the words of the notes they are probably meant for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from vecna_notes.search.highlight import folded
from vecna_notes.search.query import Query
from vecna_notes.store import Store

SHORTEST = 5
"""Letters a word must have to be guessed at: among short ones everything is near."""
LONG = 9
"""From so many letters on, two of them may be wrong."""
MOST = 4
"""Words of one query that are guessed at."""
LONGEST = 40
_POSSESSIVE = re.compile("['’]s?$")


def guesses(store: Store, query: Query, frequencies: Mapping[str, int]) -> dict[str, str]:
    """Word of the query that nothing holds → the nearest word of the notes; of equally near ones the commonest."""
    unknown = [term for term in query.terms if not frequencies.get(term)]
    bare = {term: folded(_POSSESSIVE.sub("", term)) for term in unknown}
    asked = [term for term, word in bare.items() if SHORTEST <= len(word) <= LONGEST and word.isalpha()][:MOST]
    found = ((term, _nearest(store, bare[term])) for term in asked)
    return {term: word for term, word in found if word}


def _nearest(store: Store, term: str) -> str:
    letters, same = set(term), sorted(term)
    best: tuple[int, int, str] | None = None
    for word, count in _candidates(store, term, 1 if len(term) < LONG else 2):
        most = 2 if len(term) >= LONG or sorted(word) == same else 1  # letters may be in a wrong order
        if len(letters ^ set(word)) > 2 * most:
            continue
        distance = edits(term, word, most)
        if 0 < distance <= most and (best is None or (distance, -count, word) < best):
            best = distance, -count, word
    return best[2] if best else ""


def _candidates(store: Store, term: str, most: int) -> Iterator[tuple[str, int]]:
    """Whoever mistypes a word mostly gets its first letter right, and its second or third stands behind it."""
    lengths = range(len(term) - most, len(term) + most + 1)
    for beginning in dict.fromkeys((term[:2], term[0] + term[2])):
        yield from store.keywords.vocabulary(beginning, lengths)


def edits(one: str, other: str, most: int) -> int:
    """Letters changed, left out, added or swapped with the next to make one of the other; `most` + 1 for more.

    Optimal string alignment (Damerau 1964).
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, theirs in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != theirs))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == theirs:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return min(last[-1], most + 1)
