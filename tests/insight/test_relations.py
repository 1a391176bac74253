"""What brings notes near each other, voice by voice, over a real store with the fake embedder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes import HashEmbedder
from tests.insight.test_related import link
from tests.search.conftest import embed_missing, save
from vecna_notes.insight.narrow import Only
from vecna_notes.insight.related import related_notes
from vecna_notes.insight.relations import ALL, ALONE, Relations, Shares, asked
from vecna_notes.nearest import Nearest
from vecna_notes.store import Store

NOTES = {
    "oven/levain.md": "# Levain\nFeed the levain with rye flour and water every day.\n\nThe Rye Loaf begins with it.",
    "oven/loaf.md": "# Rye Loaf\nBake at night, slowly, and let it rest until morning.",
    "oven/crumb.md": "# Crumb\nHoles in a loaf come from water and patience.",
    "boat/ferry.md": "# Ferry\nThe ferry leaves the harbour at nine with goats and mail.",
    "boat/harbour.md": "# Harbour\nGoats and mail wait in the harbour for the morning.",
    "boat/2024-05-01.md": "# 2024-05-01\nSaw the ferry and the goats, ate bread with water.",
    "2024-05-01.md": "# 2024-05-01\nWrote letters all day.",
    "letters.md": "# Letters\nWrote letters, and sealed them with wax.",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open_writer(tmp_path) as store:
        with store.transaction():
            save(store, NOTES)
        embed_missing(store, HashEmbedder(dim=128))
        yield store


def relations(store: Store, with_vectors: bool = True) -> Relations:
    space = HashEmbedder(dim=128).space
    nearest = Nearest.open(store, store.vectors.space(space), space, None, store.folder, 10_000)
    return Relations(store, nearest if with_vectors else None)


def totals(store: Store, path: str, shares: Shares = ALL) -> dict[str, float]:
    ids = store.notes.paths()
    paths = {id: path for path, id in ids.items()}
    near = relations(store).near(asked(store.passages.of_note(ids[path])), 20, shares)
    return {paths[one.note]: one.total for one in near}


def paths(store: Store, path: str, only: Only, with_vectors: bool = True) -> set[str]:
    found = related_notes(relations(store, with_vectors), store.notes.paths()[path], only=only)
    return {one.path for one in found}


@pytest.mark.parametrize("voice", ["words", "meaning", "covered", "named", "place", "common", "popular", "around"])
def test_every_voice_is_heard(store: Store, voice: str) -> None:
    """A voice that counts for nothing leaves another sum."""
    link(store, "oven/crumb.md", "oven/levain.md")
    link(store, "letters.md", "oven/loaf.md")
    link(store, "oven/loaf.md", "oven/crumb.md")
    whole, without = totals(store, "oven/levain.md"), totals(store, "oven/levain.md", replace(ALL, **{voice: 0.0}))
    assert whole["oven/loaf.md"] != pytest.approx(without.get("oven/loaf.md", 0.0), abs=1e-6)


def test_a_note_that_is_named_comes_nearer(store: Store) -> None:
    silent = replace(ALONE, words=1.0)
    named = replace(silent, named=1.0, covered=1.0)
    before, after = (totals(store, "oven/levain.md", shares) for shares in (silent, named))
    assert after["oven/loaf.md"] - before["oven/loaf.md"] > 3
    assert after["oven/crumb.md"] - before["oven/crumb.md"] < 3


def test_a_link_between_two_notes_does_not_bring_them_nearer(store: Store) -> None:
    link(store, "oven/crumb.md", "boat/ferry.md")
    before = totals(store, "oven/levain.md")["boat/ferry.md"]
    link(store, "oven/levain.md", "boat/ferry.md")
    assert totals(store, "oven/levain.md")["boat/ferry.md"] == pytest.approx(before)


def test_notes_with_a_neighbour_in_common_come_nearer(store: Store) -> None:
    before = totals(store, "letters.md").get("oven/loaf.md", 0.0)
    link(store, "letters.md", "oven/crumb.md")
    link(store, "oven/loaf.md", "oven/crumb.md")
    graph = replace(ALONE, common=1.0)
    assert set(totals(store, "letters.md", graph)) == {"oven/loaf.md"}
    assert totals(store, "letters.md")["oven/loaf.md"] > before


def test_without_the_graph_no_link_is_heard(store: Store) -> None:
    before = totals(store, "letters.md", ALL.without_graph())
    link(store, "letters.md", "oven/crumb.md")
    link(store, "oven/loaf.md", "oven/crumb.md")
    assert totals(store, "letters.md", ALL.without_graph()) == before


def test_a_note_of_which_nothing_speaks_is_left_out(store: Store) -> None:
    found = related_notes(relations(store, with_vectors=False), store.notes.paths()["oven/levain.md"])
    assert "letters.md" not in {one.path for one in found} and found


@pytest.mark.parametrize("with_vectors", [True, False])
@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (Only(same_folder=True), {"boat/harbour.md", "boat/2024-05-01.md"}),
        (Only(same_folder=False, same_day=True), set()),
        (Only(tags=("#none",)), set()),
        (Only(same_folder=True, unlinked=True), {"boat/harbour.md"}),
    ],
)
def test_a_list_is_narrowed(store: Store, only: Only, expected: set[str], with_vectors: bool) -> None:
    link(store, "boat/2024-05-01.md", "boat/ferry.md")
    found = paths(store, "boat/ferry.md", only, with_vectors)
    assert found - {"2024-05-01.md", "letters.md"} == expected or only.same_day


def test_a_day_is_what_the_note_says_it_is(store: Store) -> None:
    assert paths(store, "2024-05-01.md", Only(same_day=True)) == {"boat/2024-05-01.md"}
    assert "boat/2024-05-01.md" not in paths(store, "2024-05-01.md", Only(same_day=False))


def test_others_of_another_folder(store: Store) -> None:
    found = paths(store, "boat/ferry.md", Only(same_folder=False))
    assert found and not any(path.startswith("boat/") for path in found)


def test_shares_of_the_voices_add_up(store: Store) -> None:
    found = related_notes(relations(store), store.notes.paths()["oven/levain.md"])
    heard = [one for one in found if one.signals]  # of a note that is only less far than others nothing speaks
    assert heard[0] == found[0]
    for one in heard:
        assert sum(signal.share for signal in one.signals) == pytest.approx(1, abs=0.05)
        assert [signal.share for signal in one.signals] == sorted((s.share for s in one.signals), reverse=True)
        assert all(signal.rank >= 1 for signal in one.signals)


def test_what_changed_is_seen(store: Store) -> None:
    made = relations(store)
    id = store.notes.paths()["letters.md"]
    before = {one.path for one in related_notes(made, id, limit=3)}
    with store.transaction():
        save(store, {"wax.md": "# Wax\nSealed with wax, letters of wax, wax."})
    embed_missing(store, HashEmbedder(dim=128))
    made.nearest.refresh()  # type: ignore[union-attr]
    after = [one.path for one in related_notes(made.renewed(made.nearest), id, limit=3)]
    assert "wax.md" in after and "wax.md" not in before


def test_a_short_list_is_the_beginning_of_a_long_one(store: Store) -> None:
    """The number asked for changes nobody's score."""
    id = store.notes.paths()["boat/ferry.md"]
    long, short = (related_notes(relations(store), id, limit=limit) for limit in (7, 2))
    assert short == long[:2]
