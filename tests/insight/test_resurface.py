from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes import HashEmbedder
from tests.search.conftest import embed_missing, save
from vecna_notes.insight.resurface import ANCHOR, UNSEEN, Resurfaced, resurface
from vecna_notes.store import Store
from vecna_notes.store.kept import Feedback
from vecna_notes.types import FileStamp, WrittenLink

TODAY = date(2026, 3, 20)  # a Friday
BREAD = "flour levain dough crust oven"
OLD = {
    f"old {n}.md": f"{words} {n}" for n, words in enumerate(["cello bow", "slug soil", "rent budget", "ferry lisbon"])
}
NOTES = {"work.md": BREAD, "loaf.md": f"{BREAD} rye", "fresh.md": f"{BREAD} salt", **OLD}
AGES = {"work.md": 3, "fresh.md": UNSEEN - 1, "loaf.md": 430, **dict.fromkeys(OLD, 200)}


def age(store: Store, ages: Mapping[str, int]) -> None:
    with store.transaction():
        for n, (path, days) in enumerate(ages.items()):
            stored = store.notes.by_path(path)
            assert stored is not None
            day = datetime(2026, 3, 20, 12) - timedelta(days=days + n * (path in OLD))
            chunks = [passage.chunk for passage in store.passages.of_note(stored.id)]
            store.notes.save(stored.note, chunks, FileStamp(1, int(day.timestamp() * 1e9), 1, 1))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open_writer(tmp_path) as store:
        with store.transaction():
            save(store, NOTES)
        embed_missing(store, HashEmbedder(dim=128))
        age(store, AGES)
        yield store


def shown(found: list[Resurfaced]) -> list[tuple[str, str]]:
    return [(one.path, one.kind) for one in found]


def test_what_is_near_to_the_weeks_work_comes_first_and_says_why(store: Store) -> None:
    near, drawn = resurface(store, (), TODAY, 2)
    assert (near.path, near.kind, near.near) == ("loaf.md", "near", "work.md")
    assert near.why == "near to “work”, which you changed on Tuesday; last changed 14 months ago"
    assert (drawn.kind, drawn.near) == ("random", "") and drawn.path in OLD


def test_what_was_seen_lately_is_not_shown(store: Store) -> None:
    paths = {one.path for one in resurface(store, (), TODAY, 20)}
    assert paths == {"loaf.md", *OLD}
    assert "fresh.md" in {one.path for one in resurface(store, (), TODAY + timedelta(days=1), 20)}


def test_a_day_shows_the_same_and_days_differ(store: Store) -> None:
    first = resurface(store, (), TODAY, 3)
    assert resurface(store, (), TODAY, 3) == first
    days = [TODAY - timedelta(days=n) for n in range(4)]  # on all of them the same notes are old
    assert len({tuple(shown(resurface(store, (), day, 1))) for day in days}) > 1


def test_not_today_is_for_a_day_and_never_for_good(store: Store) -> None:
    made = datetime(2026, 3, 20, 9).timestamp()
    later = Feedback("loaf.md", ANCHOR, "loaf.md", "not today", made)
    assert "loaf.md" not in {one.path for one in resurface(store, [later], TODAY, 20)}
    assert "loaf.md" in {one.path for one in resurface(store, [later], TODAY + timedelta(days=1), 20)}
    assert "loaf.md" in {
        one.path for one in resurface(store, [Feedback("loaf.md", "", "x.md", "never", made)], TODAY, 20)
    }


def test_putting_one_off_leaves_the_drawn_one(store: Store) -> None:
    near, drawn = resurface(store, (), TODAY, 2)
    made = datetime(2026, 3, 20, 9).timestamp()
    without = resurface(store, [Feedback(near.path, ANCHOR, near.path, "not today", made)], TODAY, 2)
    assert near.path not in {one.path for one in without}
    assert drawn.path in {one.path for one in without}


def test_a_note_that_is_linked_needs_no_reminder(store: Store) -> None:
    from dataclasses import replace

    work, loaf = store.notes.by_path("work.md"), store.notes.by_path("loaf.md")
    assert work and loaf
    with store.transaction():
        chunks = [passage.chunk for passage in store.passages.of_note(work.id)]
        store.notes.save(replace(work.note, links=(WrittenLink("loaf"),)), chunks, work.stamp)
        store.links.resolve([(id, loaf.id, "resolved") for id, _, _ in store.links.unresolved()])
    assert shown(resurface(store, (), TODAY, 2))[0] != ("loaf.md", "near")


def test_in_a_copied_vault_the_notes_own_days_count(tmp_path: Path) -> None:
    notes = {"2024-01-05.md": BREAD, "2026-03-17.md": f"{BREAD} rye", "undated.md": f"{BREAD} salt"}
    with Store.open_writer(tmp_path) as store:
        with store.transaction():
            save(store, notes)
        embed_missing(store, HashEmbedder(dim=128))
        age(store, dict.fromkeys(notes, 0))
        found = resurface(store, (), TODAY, 5)
    assert shown(found) == [("2024-01-05.md", "near")]
    assert found[0].why == "near to “2026-03-17”, which was written on Tuesday; last written 2 years ago"


def test_without_vectors_one_is_drawn_all_the_same(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path) as store:
        with store.transaction():
            save(store, NOTES)
        age(store, AGES)
        assert [one.kind for one in resurface(store, (), TODAY, 5)] == ["random"]


def test_a_vault_without_old_notes_shows_none(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path) as store:
        assert resurface(store, (), TODAY) == []
