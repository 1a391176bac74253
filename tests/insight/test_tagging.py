from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.fakes import HashEmbedder
from tests.search.conftest import embed_missing, save
from vecna_notes.insight.learning import FILE
from vecna_notes.insight.tagging import LEAST, Tagger, tags
from vecna_notes.store import Store

WORDS = {
    "kitchen/bread": ["flour", "levain", "dough", "crust", "oven", "bake", "knead", "rye"],
    "music": ["cello", "bow", "string", "scale", "rosin", "tempo", "chord", "concert"],
    "garden": ["soil", "slug", "compost", "seed", "bed", "spade", "prune", "tomato"],
}


def sentence(tag: str, rng: random.Random) -> str:
    return " ".join(rng.sample(WORDS[tag], 5))


def vault(seed: int = 0, each: int = 8) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Notes on three matters with their tags, and of each one note without any."""
    rng = random.Random(seed)
    notes = {f"{tag.split('/')[0]}{n}.md": sentence(tag, rng) for tag in WORDS for n in range(each)}
    tagged = {f"{tag.split('/')[0]}{n}.md": (tag,) for tag in WORDS for n in range(each)}
    notes |= {f"new {tag.split('/')[0]}.md": sentence(tag, rng) for tag in WORDS}
    return notes, tagged


def fill(store: Store, notes: Mapping[str, str], tagged: Mapping[str, tuple[str, ...]]) -> None:
    with store.transaction():
        save(store, notes)
        for path, id in store.notes.paths().items():
            stored = store.notes.by_path(path)
            assert stored is not None
            chunks = [passage.chunk for passage in store.passages.of_note(id)]
            store.notes.save(replace(stored.note, text=notes[path], tags=tagged.get(path, ())), chunks, stored.stamp)
    embed_missing(store, HashEmbedder(dim=128))


def test_an_untagged_note_gets_the_tag_of_its_like_with_reasons(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path) as store:
        fill(store, *vault())
        found = Tagger(store).suggest()
    assert {(one.path, one.tag) for one in found} == {
        ("new kitchen.md", "kitchen/bread"),  # and not "kitchen" too
        ("new music.md", "music"),
        ("new garden.md", "garden"),
    }
    bread = next(one for one in found if one.tag == "kitchen/bread")
    assert all(title.startswith("kitchen") for title in bread.near)
    assert bread.words and set(bread.words) <= set(WORDS["kitchen/bread"])
    assert bread.precision >= 0.8 and f"right in {bread.right} of {bread.cases} held-out cases" in bread.why


def test_one_note_is_asked_alone_and_never_told_what_it_has(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path) as store:
        fill(store, *vault())
        tagger = Tagger(store)
        assert [one.tag for one in tagger.suggest("new music.md")] == ["music"]
        assert tagger.suggest("music0.md") == []


def test_precision_is_that_of_notes_held_out(tmp_path: Path) -> None:
    """Tags given by lot cannot be learned; counted on notes that were shown, they would seem to be."""
    notes, tagged = vault()
    lots = list(tagged.values())
    random.Random(3).shuffle(lots)
    with Store.open_writer(tmp_path / "own") as store:
        fill(store, notes, tagged)
        sound = Tagger(store).report()
    with Store.open_writer(tmp_path / "lots") as store:
        fill(store, notes, dict(zip(tagged, lots, strict=True)))
        by_lot = Tagger(store).report()
    assert sound.precision >= 0.9 and sound.recall >= 0.8
    assert by_lot.recall <= 0.25


def test_a_rare_tag_is_not_learned(tmp_path: Path) -> None:
    notes, tagged = vault(each=LEAST - 1)
    with Store.open_writer(tmp_path) as store:
        fill(store, notes, tagged)
        tagger = Tagger(store)
        assert tagger.suggest() == []
        assert tagger.report().tags == 0


def test_what_was_learned_is_kept_until_vectors_or_tags_change(tmp_path: Path) -> None:
    notes, tagged = vault()
    with Store.open_writer(tmp_path) as store:
        fill(store, notes, tagged)
        first = Tagger(store).suggest()
        with np.load(store.folder / FILE) as kept:
            name, likely = str(kept["name"]), kept["likely"]
        np.savez(store.folder / FILE, name=name, likely=1 - likely)
        assert Tagger(store).suggest() != first  # it is read
        with store.transaction():
            fill(store, notes, {**tagged, "music0.md": ()})
        assert "music0.md" in {one.path for one in Tagger(store).suggest()}  # and not for other tags
        before = (store.folder / FILE).read_bytes()
        fill(store, {**notes, "new music.md": notes["new kitchen.md"]}, {**tagged, "music0.md": ()})
        assert [one.tag for one in Tagger(store).suggest("new music.md")] == ["kitchen/bread"]
        assert (store.folder / FILE).read_bytes() != before  # nor for other vectors


@pytest.mark.parametrize("damage", [b"", b"no archive", b"PK\x03\x04" + b"\0" * 60])
def test_a_damaged_file_is_learned_anew(tmp_path: Path, damage: bytes) -> None:
    with Store.open_writer(tmp_path) as store:
        fill(store, *vault())
        first = Tagger(store).suggest()
        (store.folder / FILE).write_bytes(damage)
        assert Tagger(store).suggest() == first


def test_tags_are_listed_with_those_below_them(tmp_path: Path) -> None:
    tagged = {"a.md": ("Kitchen/Bread",), "b.md": ("kitchen/bread", "kitchen"), "c.md": ("kitchen/soup",), "d.md": ()}
    with Store.open_writer(tmp_path) as store:
        fill(store, dict.fromkeys(tagged, "words"), tagged)
        listed = {one.name.lower(): (one.notes, one.own, len(one.children)) for one in tags(store)}
    assert listed == {"kitchen": (3, 1, 2), "kitchen/bread": (2, 2, 0), "kitchen/soup": (1, 1, 0)}


def test_a_vault_whose_notes_are_gone_gets_none(tmp_path: Path) -> None:
    notes, tagged = vault()
    with Store.open_writer(tmp_path) as store:
        fill(store, notes, tagged)
        with store.transaction():
            store.notes.remove(notes)
        assert Tagger(store).suggest() == []
        assert tags(store) == []
