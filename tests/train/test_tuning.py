"""A model is tuned, judged, kept, put to use and taken back; and nothing else changes meanwhile."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.train.vaults import STEPS, fill, hear, opened, tune
from tests.vaults import Home
from vecna_notes.embedding import embed
from vecna_notes.errors import ConfigError
from vecna_notes.interfaces import Step
from vecna_notes.train.tuned import How, Tuned
from vecna_notes.vault import Vault


def live(home: Home, root: Path, tuned: Tuned, is_forced: bool = False) -> None:
    with opened(home, root, write=True) as vault:
        vault.go_live(tuned.name, is_forced)
        fill(vault)


def active(vault: Vault) -> str:
    found = vault.store.vectors.active()
    assert found is not None
    return found[1].model


def seen(vault: Vault) -> list[tuple[str, float]]:
    found = vault.search("memory and everything", "semantic")
    return [(hit.passage.path, round(hit.score, 4)) for hit in found.hits]


def test_what_is_better_goes_live_and_its_rows_are_those_it_would_embed(root: Path, home: Home, tuned: Tuned) -> None:
    assert tuned.verdict.is_better, tuned.verdict.why
    assert {one.name for one in tuned.verdict.sets} == {"held_out", "own", "general"}
    live(home, root, tuned)
    with opened(home, root) as vault:
        assert active(vault) == "tuned-1" and tuned.space is not None
        stored = {id: space.key for id, space in vault.store.vectors.spaces()}
        assert sorted(stored.values()) == sorted([tuned.space.key, "wide-" + stored_key(vault, "wide")])
        id = next(id for id, key in stored.items() if key == tuned.space.key)
        texts = list(vault.store.passages.by_digest().items())[:20]
        known = vault.store.vectors.of_texts(id, [digest for digest, _ in texts])
        made = embed(vault.models.open(tuned.space), [text for _, text in texts], "note").rows
        assert np.allclose(np.stack([known[digest] for digest, _ in texts]), made, atol=1e-5)
        assert vault.search("anything at all", "semantic").space == tuned.space


def stored_key(vault: Vault, embedder: str) -> str:
    return next(space.key for _, space in vault.store.vectors.spaces() if space.embedder == embedder).split("-")[1]


def test_stored_rows_are_made_over_without_embedding_a_text(root: Path, home: Home, tuned: Tuned) -> None:
    with opened(home, root, write=True) as vault:
        vault.go_live(tuned.name)
        texts = vault.store.passages.text_count()
        counted = Counting(vault.models.registry.embedder)
        vault.models.registry.embedder = counted  # type: ignore[method-assign]
        assert sum(vault.ladder(hear).climb()) == texts
        assert active(vault) == "tuned-1"
        assert counted.embedded == []


class Counting:
    """Makes embedders, and hears what they embed."""

    def __init__(self, make: Callable[..., Any]) -> None:
        self._make = make
        self.embedded: list[str] = []

    def __call__(self, name: str, options: Any) -> Any:
        embedder = self._make(name, options)
        before = embedder.embed

        def embed(texts: Any, role: Any) -> Any:
            self.embedded += texts
            return before(texts, role)

        embedder.embed = embed
        return embedder


def test_a_new_note_gets_a_row_of_the_base_too(root: Path, home: Home, tuned: Tuned, tmp_path: Path) -> None:
    live(home, root, tuned)
    moved = tmp_path / "own" / root.name
    shutil.copytree(root, moved)
    data = home.folder / "data" / "vaults"
    with opened(home, moved, write=True):
        pass
    [old] = [one for one in data.iterdir() if (one / "tuned").is_dir()]
    [new] = [one for one in data.iterdir() if not (one / "tuned").is_dir()]
    shutil.rmtree(new)
    shutil.copytree(old, new)
    (moved / "fresh.md").write_text("# Fresh\n\nQuinces and medlars ripen late, and are cooked with sugar.\n")
    with opened(home, moved, write=True) as vault:
        vault.sync(hear)
        assert fill(vault) == 2, "one row of the base, one made of it"
        assert [vault.store.vectors.missing_count(id) for id, _ in vault.store.vectors.spaces()] == [0, 0]
        assert vault.search("medlars", "semantic").hits[0].passage.path == "fresh.md"


def test_the_way_back_takes_no_time_and_no_text(root: Path, home: Home, tuned: Tuned) -> None:
    with opened(home, root) as vault:
        before = seen(vault)
    live(home, root, tuned)
    with opened(home, root, write=True) as vault:
        assert seen(vault) != before
        assert vault.rollback().name == "tuned-1"
        assert active(vault) == "crc32"
    with opened(home, root) as vault:
        assert seen(vault) == before
        assert [one.is_live for one in vault.tunings()] == [False]
        with pytest.raises(ConfigError, match="no tuned model is in use"):
            vault.rollback()
    with opened(home, root, write=True) as vault:
        vault.use("mapped", {"model": "tuned-1"})
        assert fill(vault) == 0, "its vectors were still there"
        assert active(vault) == "tuned-1"


def test_the_way_back_from_a_second_leads_to_the_first(root: Path, home: Home, tuned: Tuned) -> None:
    live(home, root, tuned)
    second = tune(home, root, How(seed=1))
    assert second.name == "tuned-2" and second.base == tuned.base
    live(home, root, second, is_forced=True)
    with opened(home, root, write=True) as vault:
        assert active(vault) == "tuned-2"
        vault.rollback()
        assert active(vault) == "tuned-1"
        vault.rollback()
        assert active(vault) == "crc32"


def test_what_is_no_better_is_kept_and_not_used(root: Path, home: Home) -> None:
    tuned = tune(home, root, steps=1, rate=0.0)
    assert not tuned.verdict.is_better and "not surely better" in tuned.verdict.why
    with opened(home, root, write=True) as vault:
        with pytest.raises(ConfigError, match=r"tuned-1 is not used, since .* --force"):
            vault.go_live(tuned.name)
        with pytest.raises(ConfigError, match="not used"):
            vault.use("mapped", {"model": "tuned-1"})
        fill(vault)
        assert active(vault) == "crc32"
        assert [one.name for one in vault.tunings()] == ["tuned-1"]


def test_force_is_remembered(root: Path, home: Home) -> None:
    tuned = tune(home, root, steps=1, rate=0.0)
    live(home, root, tuned, is_forced=True)
    with opened(home, root) as vault:
        assert active(vault) == "tuned-1"
        assert any("tuned-1 answers by force although it is not" in said for said in vault.status().notices)


def test_a_rebuilt_index_keeps_its_tunings(root: Path, home: Home, tuned: Tuned) -> None:
    live(home, root, tuned)
    with opened(home, root) as vault:
        before, folder = seen(vault), vault.store.folder
    for file in folder.glob("index.db*"):
        file.unlink()
    with opened(home, root, write=True) as vault:
        vault.sync(hear)
        fill(vault)
        assert active(vault) == "tuned-1"
        assert seen(vault) == before
        assert vault.tunings()[0].verdict == tuned.verdict


def test_a_model_that_is_gone_leaves_the_base_to_answer(root: Path, home: Home, tuned: Tuned) -> None:
    live(home, root, tuned)
    with opened(home, root, write=True) as vault:
        shutil.rmtree(vault.models.tuned / "tuned-1")
        vault.ladder(hear)
        fill(vault)
        assert active(vault) == "crc32"


def test_the_gate_can_be_asked_again(root: Path, home: Home, tuned: Tuned) -> None:
    live(home, root, tuned)
    with opened(home, root) as vault:
        again = vault.judge_tuning("tuned-1", hear)
        assert again.verdict == tuned.verdict and again.is_live
        spoiled = vault.models.tuned / "tuned-1" / "map.npy"
        kept = vault.tunings()[0]
    rows = np.load(spoiled)
    np.save(spoiled, np.random.default_rng(0).standard_normal(rows.shape).astype(np.float32))
    with opened(home, root) as vault:
        again = vault.judge_tuning("tuned-1", hear)
        assert not again.verdict.is_better and not again.is_live
        assert not vault.tunings()[0].is_live and kept.is_live


def test_removing_takes_everything_of_it(root: Path, home: Home, tuned: Tuned) -> None:
    live(home, root, tuned)
    with opened(home, root, write=True) as vault:
        with pytest.raises(ConfigError, match="in use"):
            vault.remove_space("tuned-1")
        vault.rollback()
        vault.remove_space("tuned-1")
        assert vault.tunings() == [] and len(vault.store.vectors.spaces()) == 1
        assert not list(vault.models.tuned.glob("tuned-*"))
        with pytest.raises(ConfigError, match="no tuned model 'tuned-1'"):
            vault.remove_space("tuned-1")


def test_stopping_keeps_the_best_so_far(root: Path, home: Home) -> None:
    steps: list[int] = []

    def two(step: Step) -> bool:
        steps.append(step.step)
        return step.step < 2

    with opened(home, root, steps=50) as vault:
        started = time.monotonic()
        done = vault.tune(How(), two, hear)
    assert steps == [1, 2] and done.name == "tuned-1" and done.seconds <= time.monotonic() - started


def test_what_answers_does_not_change_what_is_learned_from(root: Path, home: Home, tuned: Tuned) -> None:
    with opened(home, root) as vault:
        before = vault.mine_pairs(How())
    live(home, root, tuned)
    with opened(home, root, steps=STEPS) as vault:
        assert vault.mine_pairs(How()) == before
        assert vault.tune(How(), lambda _step: True, hear).name == tuned.name, "the very same is not made twice"
