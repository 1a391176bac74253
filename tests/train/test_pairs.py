"""Pairs: what they are made of, that nothing leaks from one part into another, and what is set apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.insight.vaults import MakeSmall, small
from vecna_notes.interfaces import Pair
from vecna_notes.store import Store
from vecna_notes.train.pairs import SOURCES, Mined, mine
from vecna_notes.train.parts import PARTS, deal

__all__ = ["small"]
ALL: tuple[str, ...] = ()
KINDS = ("cedar", "tulip", "maple", "basil", "lotus", "aspen", "clove", "ferns", "poppy", "thyme")
PLACES = ("valley", "harbour", "meadow", "cellar", "orchard", "quarry", "chapel", "bridge", "market", "island")


def grown() -> dict[str, str]:
    """A hundred notes in ten rings of ten, each linked to the next of its ring."""
    notes = {}
    for one, kind in enumerate(KINDS):
        for number, place in enumerate(PLACES):
            after = f"{KINDS[one]} {PLACES[(number + 1) % 10]}"
            notes[f"{kind} {place}.md"] = (
                f"# {kind.title()} {place}\n\nGrowing {kind} near the {place} wants patience, water, light and shelter "
                f"from wind.\n\n## Pruning {kind} {place}\n\nCut every {kind} branch of the {place} in winter, before "
                f"sap rises, as seen in the [[{after}]] every single year.\n"
            )
    return notes


@pytest.fixture
def garden(small: MakeSmall) -> Store:
    return small(grown()).store


def pairs(mined: Mined) -> Iterator[tuple[str, Pair]]:
    for part in PARTS:
        yield from ((part, pair) for pair in getattr(mined, part))


def test_no_note_and_no_text_is_in_two_parts(garden: Store) -> None:
    mined = mine(garden, 0, None, ALL)
    parts: dict[str, set[str]] = {}
    for part, pair in pairs(mined):
        for path in pair.notes:
            parts.setdefault(path, set()).add(part)
    assert all(len(found) == 1 for found in parts.values())
    assert {part for found in parts.values() for part in found} == set(PARTS)
    shown = {text for pair in mined.train for text in (pair.first, pair.second)}
    for held_out in (*mined.dev, *mined.test):
        assert not shown & {held_out.first, held_out.second}
    inside = {path for pair in mined.train for path in pair.notes}
    firsts = {garden.passages.of_note(garden.notes.paths()[path])[0].chunk.embedded for path in inside}
    assert all(text in firsts for pair in mined.train for text in pair.apart)
    assert mined.dropped > 0


def test_the_same_vault_and_seed_give_the_same_pairs(garden: Store) -> None:
    assert mine(garden, 0) == mine(garden, 0)
    assert mine(garden, 0) != mine(garden, 1)


def test_no_text_says_what_it_is_asked_by(garden: Store) -> None:
    found = [pair for _, pair in pairs(mine(garden, 0, None, ALL))]
    by_source = {source: [pair for pair in found if pair.source == source] for source in SOURCES}
    assert by_source["link"] and by_source["title"] and by_source["heading"]
    for pair in by_source["link"]:
        target = Path(pair.notes[1]).stem
        assert target not in pair.first.lower() and "[[" not in pair.first
        assert "before sap rises" in pair.first
        assert target in pair.second.lower()
    for source in ("title", "heading"):
        for pair in by_source[source]:
            assert pair.first.lower() not in pair.second.lower()
            assert pair.held[1] and pair.first.lower() in pair.held[1][0].lower()


def test_only_the_links_given_are_learned_from(garden: Store) -> None:
    given = frozenset(
        (link.source_path, link.target_path) for link in garden.links.all() if "cedar" in link.source_path
    )
    found = [pair for _, pair in pairs(mine(garden, 0, given))]
    linked = {pair.notes for pair in found if pair.source == "link"}
    assert linked and linked <= given
    assert not any(pair.source == "link" for _, pair in pairs(mine(garden, 0, frozenset())))


def test_nothing_that_a_hidden_link_says_is_learned_from(garden: Store) -> None:
    every = sorted((link.source_path, link.target_path) for link in garden.links.all())
    given = frozenset(pair for place, pair in enumerate(every) if place % 3)
    mined = mine(garden, 0, given)
    assert any(pair.source == "link" for pair in mined.train)
    hidden = dict(set(every) - given)
    for pair in mined.train:
        if pair.source == "link" and pair.notes[0] in hidden:
            said = Path(hidden[pair.notes[0]]).stem
            assert not any(said in text for text in pair.held[0])


def test_a_source_can_be_dropped_and_neighbours_are_unless_asked_for(small: MakeSmall) -> None:
    long = "\n\n".join(
        f"Paragraph {number} about {kind} and much else that is said here." for number, kind in enumerate(KINDS * 12)
    )
    store = small({**grown(), "long.md": f"# A long note\n\n{long}\n"}).store
    assert mine(store).counts["neighbour"] == 0 < mine(store, 0, None, ALL).counts["neighbour"]
    counts = mine(store, 0, None, ("link", "title", "neighbour")).counts
    assert (counts["link"], counts["title"]) == (0, 0) and counts["heading"] > 0
    assert tuple(counts) == SOURCES


def test_what_was_accepted_counts_as_such_and_what_was_refused_is_set_apart(garden: Store) -> None:
    source = mine(garden).train[0].notes[0]
    target = next(link.target_path for link in garden.links.of(garden.notes.paths()[source]))
    inside = sorted({path for pair in mine(garden).train for path in pair.notes} - {source, target})
    garden.kept.judge_pair(source, target, "accept", "branch")
    garden.kept.judge_pair(source, inside[0], "never")
    garden.kept.judge_pair(source, inside[1], "skip", "branch")
    mined = mine(garden)
    assert mined.counts["accepted"] == 1
    refused = [garden.passages.of_note(garden.notes.paths()[path])[0].chunk.embedded for path in inside[:2]]
    own = [pair for pair in mined.train if pair.notes[0] == source]
    assert own and all(pair.apart[:2] == tuple(refused) for pair in own)


def test_notes_of_one_template_are_set_apart_unless_they_are_tied(small: MakeSmall) -> None:
    notes = grown()
    for one, kind in enumerate(KINDS):
        other = f"see [[{KINDS[one - 1]} meeting]] for what was agreed before" if one % 2 else "nothing was agreed"
        notes[f"{kind} meeting.md"] = (
            f"# {kind.title()} meeting\n\n## Who came\n\nEverybody who grows {kind} for a living came along.\n\n"
            f"## What was said\n\nThat {kind} needs rain, shade and company; {other}.\n"
        )
    store = small(notes).store
    ids = store.notes.paths()
    meetings = {store.passages.of_note(ids[path])[0].chunk.embedded: path for path in ids if "meeting" in path}
    found = 0
    for pair in mine(store).train:
        set_apart = {meetings[text] for text in pair.apart if text in meetings}
        if "meeting" not in pair.notes[1]:
            assert not set_apart
            continue
        found += len(set_apart)
        tied = {link.target_path for link in store.links.of(ids[pair.notes[1]])}
        assert not set_apart & {*pair.notes, *tied}
    assert found


def test_dealing_keeps_linked_notes_together() -> None:
    paths = [f"{number}.md" for number in range(200)]
    ties = [(f"{number}.md", f"{number + 1}.md") for number in range(199) if number % 10 != 9]
    dealt = deal(paths, ties, 0)
    assert dealt == deal(list(reversed(paths)), list(reversed(ties)), 0)
    assert sum(part == "dev" for part in dealt.values()) == 10
    assert sum(part == "test" for part in dealt.values()) == 40
    torn = sum(dealt[one] != dealt[other] for one, other in ties)
    assert torn < 0.15 * len(ties)  # dealt out one by one it would be two in five


def test_a_vault_without_notes_has_no_pairs(tmp_path: Path) -> None:
    with ExitStack() as opened:
        mined = mine(opened.enter_context(Store.open_writer(tmp_path)))
    assert mined == Mined((), (), ()) and not any(mined.counts.values())
