"""Why two notes are near each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes import HashEmbedder
from tests.insight.test_related import link
from tests.search.conftest import embed_missing, save
from vecna_notes.insight.closeness import scale
from vecna_notes.insight.relations import Relations
from vecna_notes.insight.why import Why, why
from vecna_notes.nearest import Nearest
from vecna_notes.store import Store

NOTES = {
    "a.md": "# A\nKönigsberg was a port on the Baltic.\n\nRye bread rises slowly overnight.\n\nA third thing entirely.",
    "b.md": "# B\nRye bread rises slowly in the morning.\n\nThe port of Königsberg on the Baltic froze.",
    "c.md": "# C\nNothing of the kind.",
    "d.md": "# D\nSomething else.",
    "empty.md": "",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open_writer(tmp_path) as store:
        with store.transaction():
            save(store, NOTES)
        embed_missing(store, HashEmbedder(dim=128))
        yield store


def told(store: Store, one: str, other: str, with_vectors: bool = True) -> Why:
    space = HashEmbedder(dim=128).space
    nearest = Nearest.open(store, store.vectors.space(space), space, None, store.folder, 10_000)
    relations = Relations(store, nearest if with_vectors else None)
    ends = [store.notes.by_path(path) for path in (one, other)]
    assert ends[0] is not None and ends[1] is not None
    return why(relations, scale(relations), ends[0], ends[1])


@pytest.mark.parametrize("with_vectors", [True, False])
def test_passages_meet_in_pairs_the_closest_first(store: Store, with_vectors: bool) -> None:
    found = told(store, "a.md", "b.md", with_vectors)
    pairs = [(pair.source.chunk.text, pair.target.chunk.text) for pair in found.meetings]
    assert len(pairs) == 2  # b has no third passage
    for source, target in pairs:
        assert ("bread" in source) == ("bread" in target) and ("port" in source) == ("port" in target)
    assert [pair.score for pair in found.meetings] == sorted((pair.score for pair in found.meetings), reverse=True)


def test_shared_words_come_with_their_rarity(store: Store) -> None:
    words = {one.word: one.notes for one in told(store, "a.md", "b.md").words}
    assert words["Königsberg"] == 2 and "was" not in words and found_notes(store) == 4


def found_notes(store: Store) -> int:
    return told(store, "a.md", "b.md").notes


def test_the_shortest_way_by_links(store: Store) -> None:
    assert told(store, "a.md", "b.md").way == ()
    for one, other in (("a.md", "d.md"), ("c.md", "d.md"), ("c.md", "b.md")):
        linked(store, one, other)
    assert told(store, "a.md", "b.md").way == ("a.md", "d.md", "c.md", "b.md")
    linked(store, "b.md", "a.md")
    assert told(store, "a.md", "b.md").way == ("a.md", "b.md")


def linked(store: Store, source: str, target: str) -> None:
    """Beside the links it has; `link` alone replaces them."""
    stored = store.notes.by_path(source)
    assert stored is not None
    before = [one.target_path for one in store.links.of(stored.id)]
    link(store, source, target)
    for old in before:
        ids = store.notes.paths()
        with store.transaction():
            note = store.notes.by_path(source)
            assert note is not None
            written = tuple(one.written for one in store.links.of(ids[source]))
            both = replace(note.note, links=(*written, replace(written[0], target=old)))
            store.notes.save(both, [passage.chunk for passage in store.passages.of_note(ids[source])], note.stamp)
            store.links.resolve([(id, ids[one.target], "resolved") for id, _, one in store.links.unresolved()])


def test_notes_that_have_nothing_in_common_are_not_close(store: Store) -> None:
    found = told(store, "c.md", "empty.md")
    assert not found.meetings and not found.words and not found.way and not found.tags
    assert found.closeness.words == "nothing close"


def test_shared_tags(store: Store) -> None:
    for path, tags in (("c.md", ("Sea", "x")), ("d.md", ("sea", "y"))):
        note = store.notes.by_path(path)
        assert note is not None
        with store.transaction():
            chunks = [passage.chunk for passage in store.passages.of_note(note.id)]
            store.notes.save(replace(note.note, tags=tags), chunks, note.stamp)
    assert told(store, "c.md", "d.md").tags == ("Sea",)
