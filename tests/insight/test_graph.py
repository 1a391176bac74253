"""What links say, against counting by hand."""

from __future__ import annotations

from itertools import pairwise, product
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vecna_notes.insight.graph import in_common, neighbours, popularity, way
from vecna_notes.insight.web import Web
from vecna_notes.insight.web import web as web_of
from vecna_notes.types import NoteId

Pairs = set[tuple[int, int]]
pairs = st.sets(st.tuples(st.integers(1, 7), st.integers(1, 7)).filter(lambda pair: pair[0] != pair[1]), max_size=20)


def web(links: Pairs) -> Web:
    return web_of((NoteId(source), NoteId(target)) for source, target in links)


def around(links: Pairs, note: int) -> set[int]:
    return {b for a, b in links if a == note} | {a for a, b in links if b == note}


@given(pairs)
def test_neighbours_in_common_are_those_of_adamic_and_adar(links: Pairs) -> None:
    made = web(links)
    for one, other in product(range(1, 8), repeat=2):
        if one != other:
            common = around(links, one) & around(links, other)
            expected = log(1 + sum(1 / log(max(len(around(links, note)), 2)) for note in common))
            assert in_common(made, NoteId(one)).get(NoteId(other), 0.0) == pytest.approx(expected)


@given(pairs, st.integers(1, 7), st.integers(1, 7))
def test_a_link_between_two_notes_says_nothing_of_these_two(links: Pairs, one: int, other: int) -> None:
    """Else what is linked would be related because it is linked."""
    if one == other:
        return
    without, linked = web(links - {(one, other)}), web(links | {(one, other)})
    target = [NoteId(other)]
    assert popularity(linked, target, NoteId(one)) == popularity(without, target, NoteId(one))
    before, after = in_common(without, NoteId(one)), in_common(linked, NoteId(one))
    assert after.get(NoteId(other), 0.0) == pytest.approx(before.get(NoteId(other), 0.0))


@given(pairs, st.integers(1, 7), st.integers(1, 7))
def test_a_way_is_a_shortest_one(links: Pairs, start: int, end: int) -> None:
    found = way(web(links), NoteId(start), NoteId(end), most=10)
    far, edge, seen = 0, {start}, {start}
    while edge and end not in seen:
        edge = {far_one for note in edge for far_one in around(links, note)} - seen
        seen |= edge
        far += 1
    if end not in seen:
        assert found == []
        return
    assert len(found) == far + 1 and (found[0], found[-1]) == (start, end)
    assert all(b in around(links, a) for a, b in pairwise(found))


def test_a_way_that_is_too_long_is_none() -> None:
    chain = web({(i, i + 1) for i in range(1, 7)})
    assert way(chain, NoteId(1), NoteId(7), most=5) == [] and len(way(chain, NoteId(1), NoteId(7), most=6)) == 7


def test_a_list_of_everything_joins_nothing() -> None:
    hub = web({(1, note) for note in range(2, 400)})
    assert in_common(hub, NoteId(2)) == {}


def test_few_neighbours_speak_and_those_with_few_links_first() -> None:
    made = web({(1, 2), (1, 3), (3, 4), (3, 5), (1, 6), (6, 7)})
    assert neighbours(made, NoteId(1), 2) == [2, 6]
