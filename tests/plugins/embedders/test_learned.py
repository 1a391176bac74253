"""Word vectors and latent semantics: what they learn, keep, refuse and survive."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from vecna_plugins.embedders import bags
from vecna_plugins.embedders.lsa import Lsa
from vecna_plugins.embedders.word2vec import Word2Vec
from vecna_plugins.embedders.words import words

from vecna_notes.demo import files, judgements
from vecna_notes.embedding import embed
from vecna_notes.errors import ConfigError, EmbedderError
from vecna_notes.interfaces import Trainable
from vecna_notes.testing import TRAINING_TEXTS
from vecna_notes.types import Progress

BOTH = pytest.mark.parametrize("make", [Lsa, Word2Vec])


def quiet(progress: Progress) -> None:
    return None


def test_words_are_folded_stemmed_and_without_stop_words() -> None:
    assert words("Naïve people’s snake_case: don’t forget what they are forgetting!") == [
        "naiv",
        "peopl",
        "snake",
        "case",
        "forget",
        "forget",
    ]


def test_cjk_runs_become_pairs() -> None:
    assert words("記憶の宮殿 が 한국어x") == ["記憶", "憶の", "の宮", "宮殿", "が", "한국", "국어"]


def test_words_of_nothing() -> None:
    assert words("the of and … — 🙂 ' _ \x00") == []
    assert words("k" * 60) == []


@BOTH
def test_unknown_words_alone_are_a_zero_row(make: type[Lsa | Word2Vec], tmp_path: Path) -> None:
    embedder = make({}).train(TRAINING_TEXTS, tmp_path, quiet)
    rows = embedder.embed(["xylophone zeppelin", "baker xylophone", "baker"], "query")
    assert not rows[0].any()
    assert rows[1].any()
    assert np.allclose(rows[1], rows[2])


@BOTH
def test_texts_that_share_words_are_near(make: type[Lsa | Word2Vec], tmp_path: Path) -> None:
    embedder = make({}).train(TRAINING_TEXTS, tmp_path, quiet)
    vectors = embed(embedder, TRAINING_TEXTS, "note")
    best = int(embed(embedder, ["who kneads dough in the orchard?"], "query").against(vectors).argmax())
    assert TRAINING_TEXTS[best].startswith("baker kneads dough in the orchard")


@BOTH
def test_too_little_text_is_a_sentence(make: type[Lsa | Word2Vec], tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match="needs more text to learn from"):
        make({}).train(["one short note"], tmp_path, quiet)


@BOTH
@pytest.mark.parametrize("damage", ["flip", "cut", "absent", "version", "pickle"])
def test_a_damaged_model_is_refused(make: type[Lsa | Word2Vec], damage: str, tmp_path: Path) -> None:
    trainable: Trainable = make({})
    trainable.train(TRAINING_TEXTS, tmp_path, quiet)
    weights, vocabulary = tmp_path / "weights.safetensors", tmp_path / "vocabulary.json"
    raw = weights.read_bytes()
    if damage == "flip":
        weights.write_bytes(raw[:-9] + bytes([raw[-9] ^ 1]) + raw[-8:])
    elif damage == "cut":
        weights.write_bytes(raw[: len(raw) // 2])
    elif damage == "absent":
        weights.unlink()
    elif damage == "version":
        vocabulary.write_text(json.dumps({**json.loads(vocabulary.read_text()), "format": 99}))
    else:
        weights.write_bytes(b"\x80\x04cposix\nsystem\n.")
    with pytest.raises(EmbedderError, match="trains it again"):
        trainable.load(tmp_path)


@BOTH
def test_order_of_the_texts_does_not_matter(make: type[Lsa | Word2Vec], tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    one = make({}).train(TRAINING_TEXTS, tmp_path / "a", quiet)
    other = make({}).train(TRAINING_TEXTS[::-1], tmp_path / "b", quiet)
    assert one.space == other.space


@BOTH
def test_training_can_be_cancelled(make: type[Lsa | Word2Vec], tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def report(progress: Progress) -> None:
        raise Stop

    with pytest.raises(Stop):
        make({}).train(TRAINING_TEXTS, tmp_path, report)


def test_training_reports_its_way(tmp_path: Path) -> None:
    seen: list[Progress] = []
    Word2Vec({}).train(TRAINING_TEXTS, tmp_path, seen.append)
    assert seen[0].done == 0
    assert seen[-1].done == seen[-1].total == len(TRAINING_TEXTS) * 30
    assert {progress.stage for progress in seen} == {"train"}


@pytest.mark.parametrize(
    "options", [{"algorithm": "cbow"}, {"weighting": "sif"}, {"weighting": "mean"}, {"dim": 8, "window": 3}]
)
def test_every_setting_of_word2vec_is_a_space_of_its_own(options: dict[str, object], tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    usual = Word2Vec({}).train(TRAINING_TEXTS, tmp_path / "a", quiet)
    other = Word2Vec(options).train(TRAINING_TEXTS, tmp_path / "b", quiet)
    assert other.space.key != usual.space.key
    assert other.space.dim == options.get("dim", 200)
    assert other.embed(["baker"], "note").any()


@pytest.mark.parametrize("options", [{"algorithm": "glove"}, {"dim": 0}, {"dim": "many"}, {"weighting": 3}])
def test_settings_that_cannot_be_are_named(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        Word2Vec(options)


def test_a_rare_word_is_placed_by_its_company(tmp_path: Path) -> None:
    texts = [*TRAINING_TEXTS, "the baker kneads dough with a couronne in the kitchen"]
    embedder = Word2Vec({}).train(texts, tmp_path, quiet)
    rows = bags.unit(embedder.embed(["couronne", "baker kneads dough", "sailor mends sails"], "query"))
    assert rows[0] @ rows[1] > rows[0] @ rows[2]


@BOTH
def test_questions_find_their_notes_in_the_sample_vault(make: type[Lsa | Word2Vec], tmp_path: Path) -> None:
    """Those that share words with them; for the others a vault of 120 notes is too small a teacher."""
    asked = [judgement for judgement in judgements() if judgement.kind != "paraphrase"]
    texts = {file.relative_to(files()).as_posix(): file.read_text("utf-8", "replace") for file in files().rglob("*.md")}
    embedder = make({}).train(texts.values(), tmp_path, quiet)
    scores = embed(embedder, [judgement.query for judgement in asked], "query").against(
        embed(embedder, list(texts.values()), "note")
    )
    paths = list(texts)
    best = [{paths[i] for i in np.argsort(-row)[:5]} for row in scores]
    found = [bool(near & set(judgement.notes)) for near, judgement in zip(best, asked, strict=True)]
    assert np.mean(found) >= 0.85
