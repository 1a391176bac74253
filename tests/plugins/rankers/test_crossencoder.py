"""A real cross-encoder of random weights: loaded, exported, compared with torch, refused where it must be."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from vecna_plugins.embedders import exports as exporting
from vecna_plugins.rankers import crossencoder, pairs_export
from vecna_plugins.rankers.pairs import OnnxPairs, TorchPairs, open_cross_encoder, read_pair_card

from tests.plugins.rankers.making import hits_of, places
from vecna_notes.errors import ConfigError, NeedsConsent, PluginError
from vecna_notes.registry import Registry
from vecna_notes.testing import check_ranker
from vecna_notes.types import Progress

torch = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")
WORDS = ("the", "a", "of", "garden", "memory", "bread", "dough", "note", "why", "do", "i", "forget", "what", "read")
TEXTS = ["the garden of memory", "why do i forget what i read", "bread dough " * 40, "unknown", "what i read"]
PAIRS = [(query, text) for query in ("why forget", "garden", "", "the " * 60) for text in (*TEXTS, "", "naïve \ud800")]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two layers of BERT and one score, as sentence-transformers saves it, spread wide enough to order things."""
    from sentence_transformers import CrossEncoder
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    base = tmp_path_factory.mktemp("base")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, "##s", "##ing"]
    (base / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizerFast(str(base / "vocab.txt"), model_max_length=64).save_pretrained(base)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
        num_labels=1,
        initializer_range=0.3,  # so that scores differ
    )
    BertForSequenceClassification(config).save_pretrained(base)
    folder = tmp_path_factory.mktemp("models") / "tiny-cross"
    CrossEncoder(str(base), device="cpu").save_pretrained(str(folder))
    return folder


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def _made(folder: Path | str, cache: Path, **options: object) -> crossencoder.CrossEncoder:
    made = crossencoder.make({"model": str(folder), "cache": cache, "threads": 1, **options})
    assert isinstance(made, crossencoder.CrossEncoder)
    return made


def _copy(model: Path, into: Path) -> Path:
    return Path(shutil.copytree(model, into / "copy"))


def _change(folder: Path, **changes: object) -> Path:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changes))
    return folder


def test_scores_equal_those_of_sentence_transformers(tiny: Path, exports: Path) -> None:
    from sentence_transformers import CrossEncoder

    onnx, slow = _made(tiny, exports), _made(tiny, exports, runtime="torch")
    assert isinstance(onnx._running, OnnxPairs) and isinstance(slow._running, TorchPairs)
    ours = onnx._running.scores(PAIRS)
    assert ours.std() > 0.1
    assert np.abs(ours - slow._running.scores(PAIRS)).max() < 1e-4
    clean = [(query, text.replace("\ud800", "?")) for query, text in PAIRS]
    theirs = CrossEncoder(str(tiny), device="cpu", local_files_only=True).predict(clean)
    assert np.abs(1 / (1 + np.exp(-ours)) - theirs).max() < 1e-4


@pytest.mark.parametrize("runtime", ["auto", "torch"])
def test_it_keeps_the_contract(runtime: str, tiny: Path, exports: Path) -> None:
    check_ranker(_made(tiny, exports, runtime=runtime))


def test_the_order_is_that_of_its_scores_and_only_the_top_is_read(tiny: Path, exports: Path) -> None:
    hits = hits_of(TEXTS)
    whole = _made(tiny, exports).rank("why forget", hits, None)
    scores = _made(tiny, exports)._running.scores([("why forget", text.strip()) for text in TEXTS])
    assert places(whole) == np.argsort(-scores).tolist() != list(range(5))
    assert np.abs(np.array([hit.score for hit in whole]) - 1 / (1 + np.exp(-np.sort(scores)[::-1]))).max() < 1e-6
    cut = _made(tiny, exports, top=2).rank("why forget", hits, None)
    assert places(cut)[2:] == [2, 3, 4]


def test_the_registry_makes_it_and_pins_exact_hits(tiny: Path, exports: Path) -> None:
    ranker = Registry(only_ours=True).ranker("crossencoder", {"model": str(tiny), "cache": exports, "threads": 1})
    ranked = ranker.rank("why forget", hits_of(TEXTS))
    assert [hit.signals[-1].leg for hit in ranked] == ["rerank"] * 5


def test_a_model_with_its_own_onnx_needs_no_torch(tiny: Path, exports: Path, tmp_path: Path) -> None:
    truth = _made(tiny, exports)
    folder = _copy(tiny, tmp_path)
    graph = next(exports.rglob("model.onnx")).parent
    (folder / "onnx").mkdir()
    for name in ("model.onnx", "model.onnx.data"):
        shutil.copy(graph / name, folder / "onnx")
    (folder / "model.safetensors").unlink()
    ranker = _made(folder, tmp_path / "cache")
    assert np.abs(ranker._running.scores(PAIRS) - truth._running.scores(PAIRS)).max() < 1e-5
    assert not list((tmp_path / "cache").rglob("manifest.json"))


def test_what_cannot_be_exported_runs_on_torch_and_says_so(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise exporting.CannotExport("tiny cannot be exported to ONNX (exit 1)")

    monkeypatch.setattr(exporting, "_run_child", fail)
    ranker = _made(tiny, tmp_path)
    assert "run by sentence-transformers, slowly" in ranker.notice
    assert isinstance(ranker._running, TorchPairs)
    with pytest.raises(PluginError, match="runtime"):
        _made(tiny, tmp_path, runtime="onnx")


def test_an_export_that_differs_is_refused(tiny: Path, exports: Path) -> None:
    _made(tiny, exports)
    card, folder = read_pair_card(tiny, "tiny"), next(exports.rglob("manifest.json")).parent
    model = open_cross_encoder(tiny, card)
    assert pairs_export.proven(model, card, folder) < 1e-4
    with torch.no_grad():
        model.model.classifier.bias.add_(0.01)
    with pytest.raises(SystemExit, match="differ from torch's by"):
        pairs_export.proven(model, card, folder)


def test_one_exports_while_the_others_wait(tiny: Path, tmp_path: Path) -> None:
    """Two at once: one child process does it, the other is told, waits, and takes the same files."""
    said: list[list[Progress]] = [[], []]
    made: list[Any] = [None, None]

    def make(number: int) -> None:
        made[number] = _made(tiny, tmp_path, report=said[number].append)

    threads = [threading.Thread(target=make, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    labels = [{one.label for one in heard} for heard in said]
    assert {"tiny-cross"} in labels
    assert {"tiny-cross, by another process"} in labels
    assert all(one.stage == "export" for heard in said for one in heard)
    assert np.array_equal(made[0]._running.scores(PAIRS), made[1]._running.scores(PAIRS))
    assert len(list(tmp_path.rglob("manifest.json"))) == 1


def test_whoever_listens_may_give_up(tiny: Path, tmp_path: Path) -> None:
    def cancel(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _made(tiny, tmp_path, report=cancel)
    assert not list(tmp_path.rglob("*.new")) and not list(tmp_path.rglob("manifest.json"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"auto_map": {"AutoModel": "evil.Evil"}}, "code of its own"),
        ({"architectures": ["BertModel"]}, "no cross-encoder"),
        ({"id2label": {"0": "no", "1": "yes"}}, "2 scores"),
    ],
)
def test_another_kind_of_model_is_refused(changes: dict[str, object], said: str, tiny: Path, tmp_path: Path) -> None:
    folder = _change(_copy(tiny, tmp_path), **changes)
    with pytest.raises(PluginError, match=said):
        _made(folder, tmp_path / "cache")


def test_a_module_of_the_models_own_is_refused(tiny: Path, tmp_path: Path) -> None:
    folder = _copy(tiny, tmp_path)
    (folder / "evil.py").write_text("raise SystemExit('ran')")
    (folder / "modules.json").write_text(json.dumps([{"idx": 0, "name": "0", "path": "", "type": "evil.Transformer"}]))
    with pytest.raises(PluginError, match="no cross-encoder"):
        _made(folder, tmp_path / "cache")


def test_a_model_that_is_nowhere_needs_consent_and_asks_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("the network was touched"))
    with pytest.raises(NeedsConsent, match=r"ms-marco-MiniLM-L6-v2 is not .* rankers\.crossencoder\.download = true"):
        crossencoder.make({"cache": tmp_path})


@pytest.mark.parametrize("options", [{"top": 0}, {"runtime": "onyx"}, {"model": 3}, {"threads": -1}])
def test_a_wrong_setting_is_named(options: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"rankers\.crossencoder\."):
        crossencoder.make({"cache": tmp_path, **options})
