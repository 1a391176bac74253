"""Never worse: twenty runs with harmful settings, none of which goes live, each with its sentence.

With the gate's thresholds removed some of them would: then this test fails, as it should.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.train.vaults import STEPS, hear, home_of, indexed, opened, taught
from tests.vaults import Home
from vecna_notes.train import verdict
from vecna_notes.train.pairs import SOURCES, Mined
from vecna_notes.train.tuned import How, Tuned
from vecna_notes.vault import Vault

SEEDS = range(4)


def shuffled(vault: Vault, seed: int) -> Tuned:
    """Second texts of other pairs."""
    mined = vault.mine_pairs(How(seed=seed))
    seconds = [pair.second for pair in mined.train]
    random.Random(seed).shuffle(seconds)
    wrong = tuple(replace(pair, second=second) for pair, second in zip(mined.train, seconds, strict=True))
    return tuned(vault, seed, replace(mined, train=wrong, dev=wrong[:10]))


def tuned(vault: Vault, seed: int, mined: Mined | None = None, how: How | None = None) -> Tuned:
    return vault.tune(how or How(seed=seed), lambda _step: True, hear, mined)


def runs(root: Path, home: Home, folder: Path) -> Iterator[tuple[str, Tuned]]:
    """Four of each kind. Those that can be refused before anything is learned are."""
    with opened(home, root, steps=STEPS) as vault:
        for seed in SEEDS:
            yield "shuffled pairs", shuffled(vault, seed)
            yield "empty links", tuned(vault, seed, how=How(seed=seed, links=frozenset(), without=SOURCES[2:]))
    with opened(home, root, steps=STEPS, rate=50.0) as vault:
        for seed in SEEDS:
            yield "learning rate × 50", tuned(vault, seed)
    for kind, own in (
        ("ten notes", taught(folder / "ten", 2, 5)),
        ("one note again and again", _repeated(folder / "one")),
    ):
        other = home_of(folder / kind)
        indexed(other, own)
        with opened(other, own, steps=STEPS) as vault:
            for seed in SEEDS:
                yield kind, tuned(vault, seed)


def _repeated(root: Path) -> Path:
    root.mkdir()
    for number in range(60):
        (root / f"{number}.md").write_text("# One note\n\nIt says the same words again and again, as all of them do.\n")
    return root


def test_no_harmful_run_goes_live(root: Path, home: Home, tmp_path: Path) -> None:
    done = list(runs(root, home, tmp_path))
    assert len(done) == 20
    for kind, one in done:
        assert not one.verdict.is_better, f"{kind}: {one.verdict.why}"
        said = "30 are needed" if not one.name else "it is "
        assert said in one.verdict.why, f"{kind}: {one.verdict.why}"
    assert sum(bool(one.name) for _, one in done) == 8


def test_without_its_thresholds_the_gate_would_let_harm_through(
    root: Path, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict, "MARGIN", float("inf"))
    monkeypatch.setattr(verdict, "LEAST_GAIN", float("-inf"))
    with opened(home, root, steps=STEPS, rate=50.0) as vault:
        assert tuned(vault, 0).verdict.is_better
