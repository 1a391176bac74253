"""Closeness in words: what is near is called so, what is not is not, and each vault is its own measure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import HashEmbedder
from tests.search.conftest import embed_missing, save
from tests.vaults import WORDS
from vecna_notes.insight import closeness
from vecna_notes.insight.closeness import FEWEST, Scale, fitted, scale
from vecna_notes.insight.relations import Relations
from vecna_notes.nearest import Nearest
from vecna_notes.store import Store
from vecna_notes.types import WrittenLink

GROUPS, EACH = 12, 6


def write(store: Store, seed: int = 0) -> None:
    """Groups of notes that share a third of their words."""
    rng = random.Random(seed)
    notes = {}
    for group in range(GROUPS):
        own = rng.sample(WORDS, 4)
        for i in range(EACH):
            words = [rng.choice(own) if rng.random() < 0.35 else rng.choice(WORDS) for _ in range(40)]
            notes[f"{group}-{i}.md"] = f"# Note {group} {i}\n{' '.join(words)}."
    with store.transaction():
        save(store, notes)
    embed_missing(store, HashEmbedder(dim=128))


def link_groups(store: Store, groups: range) -> None:
    """Every note of a group links the two after it; where no link leads, nothing of the text is said."""
    ids = store.notes.paths()
    with store.transaction():
        for path, id in ids.items():
            group, i = map(int, path.removesuffix(".md").split("-"))
            if group in groups:
                note = store.notes.by_id(id)
                assert note is not None
                ends = [f"{group}-{(i + step) % EACH}.md" for step in (1, 2)]
                linked = replace(note.note, links=tuple(WrittenLink(end) for end in ends))
                store.notes.save(linked, [passage.chunk for passage in store.passages.of_note(id)], note.stamp)
        store.links.resolve([(id, ids[written.target], "resolved") for id, _, written in store.links.unresolved()])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open_writer(tmp_path) as store:
        write(store)
        yield store


def relations(store: Store) -> Relations:
    space = HashEmbedder(dim=128).space
    return Relations(store, Nearest.open(store, store.vectors.space(space), space, None, store.folder, 10_000))


def levels(store: Store, made: Scale, pairs: list[tuple[str, str]]) -> list[str]:
    ids = store.notes.paths()
    likenesses = relations(store).likenesses([(ids[one], ids[other]) for one, other in pairs])
    return [made.of(float(one)).level for one in likenesses]


def test_the_words_hold_on_links_that_were_not_seen(store: Store) -> None:
    """Half the groups are linked; the others would be linked just so."""
    link_groups(store, range(0, GROUPS // 2))
    made = scale(relations(store))
    assert made.linked >= FEWEST and made.linked_from is not None
    rng = random.Random(1)
    unseen = [(f"{g}-{i}.md", f"{g}-{(i + 1) % EACH}.md") for g in range(GROUPS // 2, GROUPS) for i in range(EACH)]
    strange = [(f"{a}-{rng.randrange(EACH)}.md", f"{b}-0.md") for a in range(GROUPS) for b in range(GROUPS) if a != b]
    near, far = levels(store, made, unseen), levels(store, made, strange)
    assert near.count("far") <= 0.3 * len(near) and near.count("linked") >= 0.4 * len(near)
    assert far.count("far") >= 0.85 * len(far) and far.count("linked") <= 0.1 * len(far)


def test_with_few_links_chance_alone_is_the_measure(store: Store) -> None:
    made = scale(relations(store))
    assert made.linked == 0 and made.linked_from is None
    assert "linked" not in levels(store, made, [("0-0.md", "0-1.md"), ("3-2.md", "3-3.md")])
    assert made.of(made.close_from).level == "close" and made.of(made.close_from - 0.1).level == "far"


def test_a_vault_of_two_notes_says_nothing_is_close(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path) as store:
        with store.transaction():
            save(store, {"a.md": "# A\nbread and levain", "b.md": "# B\nthe ferry leaves"})
        embed_missing(store, HashEmbedder(dim=128))
        assert scale(relations(store)).of(-1.0).words == "nothing close"


@given(st.floats(-20, 40), st.floats(-20, 40))
def test_nearer_is_never_called_further(one: float, other: float) -> None:
    made, order = Scale("x", 50, 50, 3.0, 6.0, 0.7, 3.5), ["far", "close", "linked"]
    low, high = sorted((made.of(one), made.of(other)), key=lambda one: one.probability)
    if one != other:
        assert order.index(low.level) <= order.index(high.level)
    assert 0 <= low.probability <= high.probability <= 1


@given(st.integers(0, 1000), st.floats(-3, 3), st.floats(0.5, 3))
def test_a_fit_finds_the_middle(seed: int, middle: float, gap: float) -> None:
    rng = np.random.default_rng(seed)
    rows = np.concatenate([rng.normal(middle + gap, 1, 400), rng.normal(middle - gap, 1, 400)])
    slopes, found = fitted(rows[:, None], 400)
    assert abs(found - middle) < 0.6 and slopes[0] > 0


def test_it_is_kept_and_made_anew_when_the_vault_has_changed(store: Store) -> None:
    space = HashEmbedder(dim=128).space
    assert closeness.is_stale(store, space)
    made = scale(relations(store), now=2.0)  # the notes are of the first second of 1970
    closeness.keep(store, made)
    assert closeness.kept(store, space) == made and not closeness.is_stale(store, space)
    assert closeness.kept(store, HashEmbedder(dim=64).space) is None
    with store.transaction():
        save(store, {f"new-{i}.md": f"# New {i}\nbread" for i in range(GROUPS * EACH // 10 + 2)})
    assert closeness.is_stale(store, space)
