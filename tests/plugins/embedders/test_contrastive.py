"""contrastive: what it learns, that it goes on after a kill, and that its folder is an ordinary model."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from vecna_plugins.embedders import contrastive, sbert
from vecna_plugins.embedders.bags import unit
from vecna_plugins.embedders.contrastive_head import Head, Learner, Shown

from tests.plugins.embedders.tiny import tiny_bert
from vecna_notes.errors import ConfigError, EmbedderError
from vecna_notes.interfaces import Derived, Embedder, Pair, Step
from vecna_notes.testing import check_embedder
from vecna_notes.types import Role, Rows, Space

pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")
WORDS = ("garden", "memory", "bread", "dough", "note", "read", "why", "forget")
TEXTS = ["the garden of memory", "why do i forget what i read", "bread dough " * 40, "unknown"]
_PLAIN = """
import json, sys
import numpy as np
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu", local_files_only=True)
texts = json.loads(sys.argv[2])
print(json.dumps({"note": model.encode_document(texts).tolist(), "query": model.encode_query(texts).tolist()}))
"""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bert(tmp_path_factory.mktemp("models") / "tiny-bert")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def _pairs(count: int, start: int = 0) -> list[Pair]:
    rng = np.random.default_rng(count)
    found = []
    for number in range(start, start + count):
        first, second = (" ".join(rng.choice(WORDS, 5)) for _ in range(2))
        found.append(Pair(f"{first} {number}", f"{second} {number}", "link", (f"{number}.md", f"{number}b.md")))
    return found


def _tuned(
    tiny: Path, cache: Path, into: Path, pairs: Sequence[Pair], say: object = lambda step: True, **options: object
) -> Embedder:
    given = {"base": str(tiny), "cache": cache, "threads": 1, **options}
    trainer = contrastive.make_trainer(given)
    return trainer.train(_base(tiny, cache), pairs, _pairs(12, 1_000), into, say)  # type: ignore[arg-type]


def _base(tiny: Path, cache: Path) -> Embedder:
    made = sbert.make({"model": str(tiny), "cache": cache, "threads": 1})
    assert isinstance(made, Embedder)
    return made


def _same_by_sentence_transformers(folder: Path, embedder: Embedder) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _PLAIN, str(folder), json.dumps(TEXTS)],
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    roles: tuple[Role, ...] = ("note", "query")
    for role in roles:
        assert np.abs(unit(embedder.embed(TEXTS, role)) - np.array(said[role])).max() < 1e-4


def test_a_head_finds_what_pairs_have_in_common_and_learns_little_where_they_have_nothing(tmp_path: Path) -> None:
    def learned(is_shuffled: bool) -> dict[str, float]:
        rng = np.random.default_rng(0)
        meaning = rng.normal(size=(600, 8))
        sides = [np.hstack([meaning + rng.normal(size=(600, 8)) / 5, rng.normal(size=(600, 8))]) for _ in range(2)]
        first, second = (unit(side.astype(np.float32)) for side in sides)
        notes = np.arange(1_200).reshape(600, 2)
        order = rng.permutation(500) if is_shuffled else np.arange(500)
        shown, held_out = Shown(first[:500], second[order], notes[:500]), Shown(first[500:], second[500:], notes[500:])
        file = tmp_path / f"{is_shuffled}.safetensors"
        return Learner(shown, held_out, 0, file, "").learn(lambda step: True)[1]

    scores, shuffled = learned(False), learned(True)
    assert scores["after"] > scores["before"] + 0.05
    assert shuffled["after"] > shuffled["before"] - 0.05


def test_the_gradient_is_that_of_the_loss(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    rows = unit(rng.normal(size=(24, 6)).astype(np.float32))
    notes = np.array([[0, 1], [0, 2], [3, 4], [1, 5], *([[n, n + 1] for n in range(10, 26, 2)])], dtype=np.int64)
    apart = np.where(np.arange(12)[:, None] % 3, unit(rng.normal(size=(12, 6))), 0).astype(np.float32)
    shown = Shown(rows[:12], rows[12:], notes, apart)
    learner = Learner(shown, Shown(rows[:0], rows[:0], notes[:0]), 0, tmp_path, "")
    weight, some = np.eye(6, dtype=np.float32), np.arange(12)
    _, gradient = learner._loss(weight, some)
    for place in ((0, 0), (2, 4), (5, 1)):
        step = np.zeros_like(weight)
        step[place] = 1e-2
        slope = (learner._loss(weight + step, some)[0] - learner._loss(weight - step, some)[0]) / 2e-2
        assert gradient[place] == pytest.approx(slope, abs=2e-3)
    together = learner._together(some)
    assert together[0, 1] and together[1, 3] and not together[0, 2]


def test_a_head_tuned_model_is_derived_from_stored_rows_and_loads_anywhere(
    tiny: Path, cache: Path, tmp_path: Path
) -> None:
    heard: list[Step] = []
    embedder = _tuned(tiny, cache, tmp_path / "tuned-1", _pairs(60), lambda step: heard.append(step) or True)
    base = _base(tiny, cache)
    assert isinstance(embedder, Derived) and embedder.base == base.space
    assert (embedder.space.model, embedder.space.embedder) == ("tuned-1", "contrastive")
    assert embedder.space.key != base.space.key
    check_embedder(embedder)
    rows = unit(base.embed(TEXTS, "note"))
    assert np.abs(embedder.derive(rows) - embedder.embed(TEXTS, "note")).max() < 1e-6
    assert np.abs(rows - embedder.derive(rows)).max() > 1e-3
    assert not embedder.derive(np.zeros((1, rows.shape[1]), dtype=np.float32)).any()
    _same_by_sentence_transformers(tmp_path / "tuned-1", embedder)
    assert heard and heard[-1].held_out is not None and heard[-1].pairs_per_second > 0
    card = (tmp_path / "tuned-1" / "README.md").read_text()
    assert "| link | 60 |" in card and "| seed | 0 |" in card and "| head after |" in card
    opened = contrastive.make({"model": str(tmp_path / "tuned-1"), "cache": cache, "threads": 1})
    assert opened.space == embedder.space  # type: ignore[union-attr]


def test_equal_input_gives_an_equal_head_and_another_seed_another(tiny: Path, cache: Path, tmp_path: Path) -> None:
    revisions = []
    for number, seed in enumerate((0, 0, 1)):
        embedder = _tuned(tiny, cache, tmp_path / str(number) / "tuned-1", _pairs(300), seed=seed)
        revisions.append(embedder.space.revision)
    assert revisions[0] == revisions[1] != revisions[2]


class Killed(BaseException):
    pass


@pytest.mark.parametrize("full", [False, True])
def test_a_killed_training_goes_on_and_ends_with_the_same_model(
    full: bool, tiny: Path, cache: Path, tmp_path: Path
) -> None:
    pytest.importorskip("accelerate")
    pytest.importorskip("datasets")
    steps: list[int] = []

    def dying(at: int) -> object:
        def say(step: Step) -> bool:
            if step.step >= at:
                raise Killed
            return True

        return say

    def watching(step: Step) -> bool:
        steps.append(step.step)
        return True

    pairs = _pairs(400)
    whole = _tuned(tiny, cache, tmp_path / "whole" / "tuned-1", pairs, watching, full=full)
    middle = steps[len(steps) // 2]
    with pytest.raises(Killed):
        _tuned(tiny, cache, tmp_path / "cut" / "tuned-1", pairs, dying(middle), full=full)
    with pytest.raises(EmbedderError, match="no finished"):
        contrastive.make({"model": str(tmp_path / "cut" / "tuned-1"), "cache": cache})
    first = steps[0]
    steps.clear()
    resumed = _tuned(tiny, cache, tmp_path / "cut" / "tuned-1", pairs, watching, full=full)
    assert steps[0] > first
    assert resumed.space == whole.space
    steps.clear()
    assert _tuned(tiny, cache, tmp_path / "cut" / "tuned-1", pairs, watching, full=full).space == whole.space
    assert not steps
    assert not list((tmp_path / "cut" / "tuned-1").glob(".work"))
    if full:
        _same_by_sentence_transformers(tmp_path / "whole" / "tuned-1", whole)
        assert not isinstance(whole, Derived)


def test_adapters_nested_dimensions_and_hard_negatives_end_in_an_ordinary_model_too(
    tiny: Path, cache: Path, tmp_path: Path
) -> None:
    for part in ("accelerate", "datasets", "peft"):
        pytest.importorskip(part)
    pairs = [replace(pair, apart=("bread dough",)) if i % 2 else pair for i, pair in enumerate(_pairs(200))]
    options = {"full": True, "head": False, "lora": 4, "matryoshka": [16], "negatives": True}
    embedder = _tuned(tiny, cache, tmp_path / "tuned-1", pairs, **options)
    assert np.abs(unit(embedder.embed(TEXTS, "note")) - unit(_base(tiny, cache).embed(TEXTS, "note"))).max() > 1e-6
    _same_by_sentence_transformers(tmp_path / "tuned-1", embedder)


def test_stopping_keeps_what_was_learned_so_far(tiny: Path, cache: Path, tmp_path: Path) -> None:
    steps: list[int] = []
    _tuned(tiny, cache, tmp_path / "tuned-1", _pairs(60), lambda step: bool(steps.append(step.step)))
    assert len(steps) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"seed": -1}, "seed"),
        ({"full": "yes"}, "full"),
        ({"minutes": -3}, "minutes"),
        ({"matryoshka": ["big"]}, "matryoshka"),
        ({"base": 3}, "base"),
    ],
)
def test_wrong_settings_are_refused_at_once(options: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        contrastive.make_trainer({"base": "x", **options})


def test_what_is_damaged_or_was_exchanged_is_not_used(tiny: Path, cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tuned-1"
    _tuned(tiny, cache, folder, _pairs(60))
    file = next(folder.glob("*_Dense/model.safetensors"))
    sound = file.read_bytes()
    file.write_bytes(sound[:-4] + b"\1\2\3\4")
    with pytest.raises(EmbedderError, match="damaged"):
        contrastive.make({"model": str(folder), "cache": cache})
    file.write_bytes(sound)
    manifest = json.loads((folder / "tuned.json").read_bytes())
    manifest["base_space"]["revision"] = "another"
    (folder / "tuned.json").write_text(json.dumps(manifest))
    with pytest.raises(EmbedderError, match="rollback"):
        contrastive.make({"model": str(folder), "cache": cache})


def test_only_sentence_transformers_are_tuned(tmp_path: Path, cache: Path) -> None:
    class Other:
        space = Space("lsa", "lsa-8", "", 8, "cosine", "")

        def embed(self, texts: Sequence[str], role: Role) -> Rows:
            raise AssertionError

    with pytest.raises(EmbedderError, match="use sbert"):
        contrastive.make_trainer({"base": "x", "cache": cache}).train(
            Other(), _pairs(20), (), tmp_path, lambda step: True
        )


def test_shares_lead_from_what_was_learned_to_no_change() -> None:
    rows = unit(np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32))
    head = Head(2 * np.eye(8, dtype=np.float32)[::-1].copy())
    assert np.abs(head.towards(0).apply(rows) - rows).max() < 1e-6
    assert np.abs(head.towards(1).apply(rows) - head.apply(rows)).max() < 1e-6
