"""Which topic is which: from the notes they share."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vecna_notes.insight.memory import Change, changes, matched

A, B, C = (frozenset(f"{letter}{i}" for i in range(10)) for letter in "abc")


def told(old: list[frozenset[str]], new: list[frozenset[str]]) -> set[tuple[str, int | None, int | None]]:
    return {(one.event, one.old, one.new) for one in changes(old, new, matched(old, new))}


def test_the_same_topics_in_another_order_are_the_same() -> None:
    assert matched([A, B, C], [C, A, B]) == {0: 2, 1: 0, 2: 1}
    assert told([A, B, C], [C, A, B]) == set()


def test_notes_that_came_or_went_change_no_identity() -> None:
    fewer = frozenset(sorted(A)[:3])
    many = B | {f"new{i}" for i in range(500)}
    assert matched([A, B], [many, fewer]) == {0: 1, 1: 0}


def test_a_topic_that_falls_apart_goes_on_as_its_larger_half() -> None:
    large, small = frozenset(sorted(A)[:6]), frozenset(sorted(A)[6:])
    assert matched([A], [small, large]) == {1: 0}
    assert told([A], [small, large]) == {("split", 0, 0)}


def test_a_topic_that_is_swallowed_is_merged_and_one_that_is_scattered_fades() -> None:
    assert told([A, B | {"more"}], [A | B | {"more"}]) == {("merged", 0, 0)}
    assert told([A], [C, *(frozenset({path, f"x{path}", f"y{path}"}) for path in A)]) >= {("faded", 0, None)}
    assert told([A], [B]) == {("born", None, 0), ("faded", 0, None)}


def test_as_much_as_can_be_stays_together() -> None:
    """A greedy match would give the first new topic its best, and leave the second with nothing."""
    old = [frozenset("abcdef"), frozenset("ghi")]
    new = [frozenset("abcghi"), frozenset("def")]
    assert matched(old, new) == {0: 1, 1: 0}


GROUPS = st.lists(st.integers(0, 5), min_size=1, max_size=40)


def grouped(labels: list[int]) -> list[frozenset[str]]:
    return [frozenset(f"n{i}" for i, label in enumerate(labels) if label == kind) for kind in sorted(set(labels))]


@given(GROUPS)
def test_nothing_changed_nothing_happened(labels: list[int]) -> None:
    groups = grouped(labels)
    assert matched(groups, groups) == {i: i for i in range(len(groups))}
    assert changes(groups, groups, matched(groups, groups)) == []


@given(GROUPS, GROUPS)
def test_every_topic_is_matched_once_or_accounted_for(before: list[int], after: list[int]) -> None:
    old, new = grouped(before), grouped(after)
    same = matched(old, new)
    assert len(set(same.values())) == len(same)
    left = changes(old, new, same)
    assert sorted(same) + sorted(c.new for c in left if c.event in ("born", "split")) != [] and {
        *same,
        *(c.new for c in left if c.event in ("born", "split")),
    } == set(range(len(new)))
    assert {*same.values(), *(c.old for c in left if c.event in ("merged", "faded"))} == set(range(len(old)))


def test_nothing_before_is_all_new() -> None:
    assert changes([], [A], matched([], [A])) == [Change("born", None, 0)]
    assert changes([A], [], matched([A], [])) == [Change("faded", 0, None)]
