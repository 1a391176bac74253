"""Links stay as written, and know what they point to for as long as that is true."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.making import note, save, stamp
from vecna_notes.store import Store
from vecna_notes.types import WrittenLink


@pytest.fixture
def store(tmp_path: Path):  # type: ignore[no-untyped-def]
    with Store.open_writer(tmp_path / "v") as opened:
        yield opened
        assert opened.check(deep=True) == []


def resolve_all(store: Store) -> None:
    by_title = {title: id for id, _, title, _ in store.notes.names()}
    store.links.resolve(
        (id, by_title.get(link.target), "resolved" if link.target in by_title else "broken")
        for id, _, link in store.links.written()
    )


def test_links_come_back_as_written(store: Store) -> None:
    written = (
        WrittenLink("b", "H1#H2", "label", 3, "wiki", True),
        WrittenLink("../c.md", "", "odd \udcff", 4, "markdown"),
    )
    made, chunks = note("a.md", "x", links=written)
    id = store.notes.save(made, chunks, stamp())
    links = store.links.of(id)
    assert links[0].written == written[0] and links[1].written.label == "odd \N{REPLACEMENT CHARACTER}"
    assert [link.state for link in links] == ["broken", "broken"] and links[0].source_path == "a.md"
    assert [(path, link.target) for _, path, link in store.links.unresolved()] == [("a.md", "b"), ("a.md", "../c.md")]


def test_both_ends_are_known(store: Store) -> None:
    a = save(store, "a.md", "x", links=["b", "b", "a", "nowhere"])
    b = save(store, "b.md", "x", links=["a"])
    resolve_all(store)
    assert store.links.unresolved() == []
    assert [link.target_path for link in store.links.of(a)] == ["b.md", "b.md", "a.md", ""]
    assert {link.source for link in store.links.to(b)} == {a}
    assert store.links.linked(a) == {b} and store.links.linked(b) == {a}
    assert store.links.counts() == {"resolved": 4, "broken": 1, "ambiguous": 0}
    assert len(list(store.links.all())) == 5


def test_what_did_not_change_stays_resolved(store: Store) -> None:
    a = save(store, "a.md", "x", links=["b"])
    save(store, "b.md", "x")
    resolve_all(store)
    save(store, "a.md", "other text", links=["b"])
    assert store.links.unresolved() == [] and store.links.of(a)[0].state == "resolved"
    save(store, "a.md", "other text", links=["b", "c"])
    assert len(store.links.unresolved()) == 2


def test_a_lost_target_is_looked_for_again(store: Store) -> None:
    a = save(store, "a.md", "x", links=["b"])
    save(store, "b.md", "x")
    resolve_all(store)
    store.notes.remove(["b.md"])
    assert store.links.of(a)[0].target is None and len(store.links.unresolved()) == 1
    resolve_all(store)
    assert store.links.counts()["broken"] == 1
    assert store.links.unresolved() == [] and len(store.links.written(["broken"])) == 1


def test_a_moved_note_has_its_links_looked_into(store: Store) -> None:
    save(store, "a.md", "x", links=["b"])
    save(store, "b.md", "x", links=["a"])
    resolve_all(store)
    store.notes.move("b.md", "c.md", note("c.md", "x")[0], stamp())
    assert len(store.links.unresolved()) == 2


def test_meta_holds_json(store: Store) -> None:
    assert store.meta.get("absent") is None and store.meta.get("absent", 3) == 3
    store.meta.set("key", {"a": [1, None, "é"]})
    assert store.meta.get("key") == {"a": [1, None, "é"]}
    store.meta.set("key", None)
    assert store.meta.get("key") is None
