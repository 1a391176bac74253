from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes import HashEmbedder
from tests.search.conftest import embed_missing, save
from vecna_notes.insight.related import related
from vecna_notes.nearest import Nearest
from vecna_notes.store import Store
from vecna_notes.types import RelatedNote, WrittenLink

NOTES = {
    "forgetting.md": "# Forgetting\nMemory fades without review.\n\nTomatoes in the greenhouse need water.",
    "memory.md": "# Memory\nWithout review all memory fades away.",
    "garden.md": "# Garden\nThe greenhouse is full of tomatoes that need water.",
    "kant.md": "# Kant\nThe thing in itself is unknowable, says Königsberg.",
    "prussia.md": "# Prussia\nA long walk through old Königsberg.",
    "empty.md": "",
}
Ask = Callable[..., list[RelatedNote]]


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Ask]:
    """ask(path, line=None, …) over NOTES; `with_vectors=False` leaves the semantic side away."""
    with ExitStack() as opened:
        store = opened.enter_context(Store.open_writer(tmp_path))
        embedder = HashEmbedder(dim=128)
        with store.transaction():
            save(store, NOTES)
        embed_missing(store, embedder)
        nearest = Nearest.open(store, store.vectors.space(embedder.space), embedder.space, None, store.folder, 10_000)

        def question(
            path: str, line: int | None = None, limit: int = 10, unlinked: bool = False, with_vectors: bool = True
        ) -> list[RelatedNote]:
            id = store.notes.paths()[path]
            return related(store, nearest if with_vectors else None, id, line, limit, unlinked)

        question.store = store  # type: ignore[attr-defined]
        yield question


def link(store: Store, source: str, target: str) -> None:
    ids = store.notes.paths()
    with store.transaction():
        note = store.notes.by_path(source)
        assert note is not None
        linked = replace(note.note, links=(WrittenLink(target),))
        passages = [passage.chunk for passage in store.passages.of_note(ids[source])]
        store.notes.save(linked, passages, note.stamp)
        store.links.resolve([(id, ids[target], "resolved") for id, _, _ in store.links.unresolved()])


def paths(found: list[RelatedNote]) -> list[str]:
    return [one.path for one in found]


@pytest.mark.parametrize("with_vectors", [True, False])
def test_notes_that_say_the_same_are_related(ask: Ask, with_vectors: bool) -> None:
    assert set(paths(ask("forgetting.md", with_vectors=with_vectors))[:2]) == {"memory.md", "garden.md"}


@pytest.mark.parametrize("line, path", [(1, "memory.md"), (2, "garden.md")])
def test_a_line_asks_for_its_passage_only(ask: Ask, line: int, path: str) -> None:
    found = ask("forgetting.md", line)[0]
    assert found.path == path
    assert found.source.chunk.first_line == line


def test_a_line_outside_every_passage_asks_for_the_whole_note(ask: Ask) -> None:
    assert ask("forgetting.md", 999) == ask("forgetting.md")


@pytest.mark.parametrize("with_vectors", [True, False])
def test_evidence_is_the_two_passages_that_meet(ask: Ask, with_vectors: bool) -> None:
    garden = next(one for one in ask("forgetting.md", with_vectors=with_vectors) if one.path == "garden.md")
    assert "Tomatoes" in garden.source.chunk.text and "tomatoes" in garden.target.chunk.text
    assert garden.source.path == "forgetting.md" and garden.target.path == "garden.md"


def test_a_rare_word_relates_where_no_vector_does(ask: Ask) -> None:
    assert paths(ask("kant.md", with_vectors=False)) == ["prussia.md"]


def test_links_count_in_both_directions_and_can_be_hidden(ask: Ask) -> None:
    link(ask.store, "memory.md", "forgetting.md")  # type: ignore[attr-defined]
    for one, other in (("forgetting.md", "memory.md"), ("memory.md", "forgetting.md")):
        assert {note.path for note in ask(one) if note.is_linked} == {other}
        hidden = ask(one, unlinked=True)
        assert hidden and other not in paths(hidden)


def test_a_note_is_not_related_to_itself(ask: Ask) -> None:
    for path in NOTES:
        assert path not in paths(ask(path))


def test_an_empty_note_has_no_relations(ask: Ask) -> None:
    assert ask("empty.md") == []


@given(st.sampled_from(sorted(NOTES)), st.none() | st.integers(-2, 5), st.integers(-1, 20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_best_first_and_the_same_each_time(ask: Ask, path: str, line: int | None, limit: int) -> None:
    found = ask(path, line, limit)
    keys = [(-one.score, one.path) for one in found]
    assert keys == sorted(keys) and len(found) <= max(limit, 0)
    assert all(0 <= one.score <= 1 for one in found)
    assert found == ask(path, line, limit)
