"""Vectors are addressed by what was said, checked when read, and never mixed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.store.making import DIM, SPACE, embed_all, row, save
from vecna_notes.errors import SpaceMismatch, StoreError
from vecna_notes.store import Store, StoredRows
from vecna_notes.text import digest
from vecna_notes.types import SpaceId, Vectors


@pytest.fixture
def store(tmp_path: Path):  # type: ignore[no-untyped-def]
    with Store.open_writer(tmp_path / "v") as opened:
        yield opened
        assert opened.check(deep=True) == []


def test_newest_notes_are_embedded_first(store: Store) -> None:
    for at in (2, 9, 5):
        save(store, f"{at}.md", f"text of {at}", "", at=at)
    id = store.vectors.space(SPACE)
    assert [text for _, text in store.vectors.missing(id, 10)] == ["text of 9", "text of 5", "text of 2"]
    assert store.vectors.missing(id, 1) == [(digest("text of 9"), "text of 9")]
    store.vectors.save(id, [digest("text of 9")], Vectors(SPACE, row("text of 9")[None]))
    assert [text for _, text in store.vectors.missing(id, 1)] == ["text of 5"]
    save(store, "new.md", "newest", at=50)
    assert [text for _, text in store.vectors.missing(id, 1)] == ["newest"]
    assert store.vectors.missing_count(id) == 3


def test_the_same_text_is_embedded_once_wherever_it_stands(store: Store) -> None:
    for path in ("a.md", "b.md"):
        save(store, path, "same words", "same words")
    id = store.vectors.space(SPACE)
    assert store.vectors.missing(id, 10) == [(digest("same words"), "same words")]
    embed_all(store)
    (vector,) = store.vectors.ids(id).tolist()
    passages = store.passages.of_vectors([vector], id)[vector]
    assert len(passages) == 4
    assert store.passages.vector_ids(passages, id) == dict.fromkeys(passages, vector)
    assert len(set(store.passages.notes_of(passages).values())) == 2


def test_removed_text_that_comes_back_is_not_embedded_again(store: Store) -> None:
    save(store, "a.md", "some words")
    id = embed_all(store)
    store.notes.remove(["a.md"])
    assert store.vectors.count(id) == 0 and store.vectors.stamp(id).count == 1
    assert store.purge_removed(30 * 86_400) == 0
    save(store, "elsewhere.md", "some words")
    assert store.vectors.missing(id, 10) == [] and store.vectors.count(id) == 1
    assert store.purge_removed(0) == 0, "it is in use again"
    store.notes.remove(["elsewhere.md"])
    assert store.purge_removed(0) == 1
    assert store.vectors.stamp(id) == replace(store.vectors.stamp(id), count=0, max_id=0, checksum=0)


def test_a_batch_that_cannot_be_embedded_is_offered_again(store: Store) -> None:
    save(store, "a.md", *[f"text {i}" for i in range(10)])
    id = store.vectors.space(SPACE)
    assert store.vectors.missing(id, 4) == store.vectors.missing(id, 4)
    embed_all(store)
    store.vectors.drop([int(store.vectors.ids(id)[0])])  # type: ignore[list-item]
    assert store.vectors.missing_count(id) == len(store.vectors.missing(id, 10)) == 1
    embed_all(store)


def test_rows_come_back_as_they_went_in(store: Store) -> None:
    save(store, "a.md", *[f"text {i}" for i in range(20)])
    id = embed_all(store)
    ids = store.vectors.ids(id)
    everything = store.vectors.all(id)
    assert (everything.ids == ids).all() and everything.bad == ()
    backwards = [int(i) for i in reversed(ids)]
    rows = store.vectors.rows(id, [*backwards, 999])  # type: ignore[list-item]
    assert (rows[:-1] == everything.rows[::-1]).all() and not rows[-1].any()
    later = store.vectors.all(id, after=backwards[4])  # type: ignore[arg-type]
    assert (later.ids == ids[-4:]).all() and (later.rows == everything.rows[-4:]).all()
    some = store.vectors.some(id, {backwards[0], backwards[3]})  # type: ignore[arg-type]
    assert some.ids.tolist() == [backwards[3], backwards[0]]


def test_a_zero_row_is_kept_and_never_handed_out(store: Store) -> None:
    save(store, "a.md", "known", "unknown")
    id = store.vectors.space(SPACE)
    said = [digest("known"), digest("unknown")]
    rows = np.stack([row("known"), np.zeros(DIM, dtype=np.float32)])
    store.vectors.save(id, said, Vectors(SPACE, rows))
    assert store.vectors.missing(id, 10) == [] and store.vectors.count(id) == 1
    assert len(store.vectors.all(id).ids) == store.vectors.stamp(id).count == 1


def test_rows_never_change(store: Store) -> None:
    save(store, "a.md", "text")
    id = embed_all(store)
    before = store.vectors.all(id), store.vectors.stamp(id)
    store.vectors.save(id, [digest("text")], Vectors(SPACE, row("other")[None]))
    after = store.vectors.all(id), store.vectors.stamp(id)
    assert (before[0].rows == after[0].rows).all() and before[1] == after[1]


def test_spaces_do_not_mix(store: Store) -> None:
    save(store, "a.md", "text")
    other = replace(SPACE, revision="2")
    first, second = embed_all(store), store.vectors.space(other)
    assert first != second and store.vectors.space(SPACE) == first
    assert store.vectors.missing_count(second) == 1 and len(store.vectors.all(second).ids) == 0
    with pytest.raises(SpaceMismatch):
        store.vectors.save(second, [digest("text")], Vectors(SPACE, row("text")[None]))
    with pytest.raises(SpaceMismatch):
        store.vectors.save(first, ["a", "b"], Vectors(SPACE, row("text")[None]))
    assert store.vectors.active() is None
    store.vectors.activate(first)
    store.vectors.activate(second)
    assert store.vectors.active() == (second, other)
    store.vectors.drop_space(second)
    assert store.vectors.active() is None and store.vectors.spaces() == [(first, SPACE)]
    with pytest.raises(StoreError):
        store.vectors.all(second)
    assert store.vectors.space(other) > second, "ids are not used again"


def test_the_stamp_names_the_set(store: Store) -> None:
    """Whatever is added, dropped or put back: equal stamps, equal sets."""
    id = store.vectors.space(SPACE)
    chance = np.random.default_rng(0)
    seen: dict[object, tuple[int, ...]] = {}
    for turn in range(60):
        ids = store.vectors.ids(id).tolist()
        if ids and chance.random() < 0.5:
            store.vectors.drop(chance.choice(ids, size=min(len(ids), 3), replace=False).tolist())
        else:
            store.vectors.save(id, [digest(str(turn % 20))], Vectors(SPACE, row(str(turn % 20))[None]))
        now = tuple(store.vectors.ids(id).tolist())
        assert seen.setdefault(store.vectors.stamp(id), now) == now


def test_a_row_under_the_wrong_text_is_damaged(store: Store) -> None:
    save(store, "a.md", "one", "two")
    id = embed_all(store)
    with store.transaction():
        store._db.run("UPDATE vectors SET digest = 'swapped' WHERE id = 1")
    assert store.vectors.all(id).bad == (1,) == tuple(store.vectors.bad(id))
    store.repair()
    embed_all(store)


def test_a_reader_sees_new_vectors(store: Store) -> None:
    save(store, "a.md", "one")
    id = embed_all(store)
    with Store.open_reader(store.folder) as reader:
        assert isinstance(reader.vectors.all(SpaceId(id)), StoredRows)
        save(store, "b.md", "two")
        embed_all(store)
        assert len(reader.vectors.all(id).ids) == 2
