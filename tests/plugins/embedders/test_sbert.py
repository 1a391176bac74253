"""sbert: its own prompts, true exports, refused weights, and no code from a model's folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from vecna_plugins.embedders import exports as exporting
from vecna_plugins.embedders import onnx_export, sbert, weights
from vecna_plugins.embedders.card import read_card
from vecna_plugins.embedders.onnx_run import OnnxModel
from vecna_plugins.embedders.torch_run import TorchModel

from tests.plugins.embedders.tiny import module, tiny_bert, write
from vecna_notes.errors import ConfigError, EmbedderError, MissingPart, NeedsConsent
from vecna_notes.testing import check_embedder

torch = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")
TEXTS = ["the garden of memory", "why do i forget what i read", "bread dough " * 40, "", "unknown"]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bert(tmp_path_factory.mktemp("models") / "tiny-bert")


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def _copy(model: Path, into: Path) -> Path:
    shutil.copytree(model, into / "copy")
    return into / "copy"


def _made(folder: Path | str, cache: Path, **options: object) -> sbert.Sbert:
    made = sbert.make({"model": str(folder), "cache": cache, "threads": 1, **options})
    assert isinstance(made, sbert.Sbert)
    return made


def _unit(rows: Any) -> Any:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_rows_equal_those_of_sentence_transformers(tiny: Path, exports: Path) -> None:
    from sentence_transformers import SentenceTransformer

    embedder = _made(tiny, exports)
    assert isinstance(embedder._running, OnnxModel)
    check_embedder(embedder)
    true = SentenceTransformer(str(tiny), device="cpu", local_files_only=True)
    for ours, theirs in (
        (embedder.embed(TEXTS, "query"), true.encode_query(TEXTS)),
        (embedder.embed(TEXTS, "note"), true.encode_document(TEXTS)),
    ):
        assert np.abs(_unit(ours) - theirs).max() < 1e-5
    assert np.abs(embedder.embed(TEXTS, "query") - embedder.embed(TEXTS, "note")).max() > 1e-3


@pytest.mark.parametrize("pooling", ["cls", "max", "lasttoken", "mean_sqrt_len_tokens"])
def test_each_pooling_is_the_models_own(pooling: str, tiny: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    folder = _copy(tiny, tmp_path)
    write(folder, "1_Pooling/config.json", {"embedding_dimension": 32, "pooling_mode": pooling})
    embedder = _made(folder, tmp_path / "cache")
    true = SentenceTransformer(str(folder), device="cpu", local_files_only=True).encode_document(TEXTS)
    assert np.abs(_unit(embedder.embed(TEXTS, "note")) - true).max() < 1e-5
    assert isinstance(embedder._running, TorchModel) == (pooling == "mean_sqrt_len_tokens")
    assert ("slowly" in embedder.notice) == (pooling == "mean_sqrt_len_tokens")


def test_torch_and_onnx_share_a_space(tiny: Path, exports: Path) -> None:
    onnx, slow = _made(tiny, exports), _made(tiny, exports, runtime="torch")
    assert slow.space == onnx.space
    check_embedder(slow)
    assert np.abs(_unit(slow.embed(TEXTS, "query")) - _unit(onnx.embed(TEXTS, "query"))).max() < 1e-5
    assert slow.count_tokens(TEXTS) == onnx.count_tokens(TEXTS)


def test_tokens_are_counted_without_special_ones(tiny: Path, exports: Path) -> None:
    embedder = _made(tiny, exports)
    assert embedder.count_tokens(["the garden of memory", "", "bread dough " * 40]) == [4, 0, 80]
    assert embedder.max_tokens == 32


def test_what_shapes_the_rows_makes_a_new_space(tiny: Path, exports: Path, tmp_path: Path) -> None:
    first = _made(tiny, exports).space
    folder = _copy(tiny, tmp_path)
    assert _made(folder, exports).space.revision == first.revision
    write(folder, "sentence_bert_config.json", {"max_seq_length": 16, "do_lower_case": False})
    shorter = _made(folder, exports).space
    write(folder, "config_sentence_transformers.json", {"prompts": {"query": "why "}})
    prompted = _made(folder, exports).space
    assert len({first.key, shorter.key, prompted.key}) == 3
    assert first.revision == shorter.revision == prompted.revision


def test_other_weights_are_another_revision(tiny: Path, exports: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    folder = _copy(tiny, tmp_path)
    tensors = load_file(folder / "model.safetensors")
    tensors["embeddings.word_embeddings.weight"][5] += 1
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    assert _made(folder, tmp_path / "cache").space.revision != _made(tiny, exports).space.revision


@pytest.mark.parametrize(
    ("name", "query", "note"),
    [
        ("intfloat/multilingual-e5-small", "query: ", "passage: "),
        ("intfloat/e5-base-v2", "query: ", "passage: "),
        ("BAAI/bge-small-en-v1.5", "Represent this sentence for searching relevant passages: ", ""),
        ("thenlper/gte-small", "", ""),
        ("someone/notes5-small", "", ""),
    ],
)
def test_families_without_prompts_get_theirs(name: str, query: str, note: str, tiny: Path, tmp_path: Path) -> None:
    folder = _copy(tiny, tmp_path)
    write(folder, "config_sentence_transformers.json", {"prompts": {"query": "", "document": ""}})
    card = read_card(folder, name)
    assert (card.query_prompt, card.note_prompt) == (query, note)


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("modules.json", [module(0, "", "Transformer"), {"path": "x", "type": "os.system"}], "os.system"),
        ("modules.json", [{"path": "", "type": "modeling_evil.Evil"}], "choose another model"),
        ("modules.json", [module(0, "../../etc", "Transformer")], "outside its own folder"),
        ("config.json", {"hidden_size": 32, "auto_map": {"AutoModel": "evil.Evil"}}, "code of its own"),
        ("modules.json", {"not": "a list"}, "cannot be understood"),
    ],
)
def test_a_folder_that_asks_for_code_is_refused(
    file: str, content: object, said: str, tiny: Path, tmp_path: Path
) -> None:
    folder = _copy(tiny, tmp_path)
    (folder / "modeling_evil.py").write_text("raise SystemExit('ran')")
    write(folder, file, content)
    with pytest.raises(EmbedderError, match=said):
        _made(folder, tmp_path / "cache")


def test_a_dense_layer_with_code_for_activation_is_refused(tiny: Path, tmp_path: Path) -> None:
    folder = _copy(tiny, tmp_path)
    write(folder, "modules.json", [module(0, "", "Transformer"), module(1, "1_Dense", "Dense")])
    (folder / "1_Dense").mkdir()
    write(folder, "1_Dense/config.json", {"out_features": 8, "activation_function": "os.system"})
    with pytest.raises(EmbedderError, match="never loaded"):
        _made(folder, tmp_path / "cache")


def test_pickled_weights_are_refused(tiny: Path, tmp_path: Path) -> None:
    folder = _copy(tiny, tmp_path)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(EmbedderError, match="pickle"):
        _made(folder, tmp_path / "cache")


def test_packaged_weights_with_another_checksum_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: Path
) -> None:
    package = tmp_path / "packages" / weights.PACKAGE
    shutil.copytree(tiny, package / "model")
    (package / "__init__.py").write_text("raise SystemExit('imported')")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.setattr("importlib.util.find_spec", _spec_of(package))
    with pytest.raises(NeedsConsent, match="not the known ones"):
        _made("all-MiniLM-L6-v2", tmp_path / "cache")


def _spec_of(package: Path) -> Any:
    from importlib.machinery import ModuleSpec

    def find(name: str) -> ModuleSpec | None:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(package)]
        return spec

    return find


def test_the_hubs_cache_is_found_without_its_library(
    tiny: Path, exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    kept = tmp_path / "models--someone--tiny"
    shutil.copytree(tiny, kept / "snapshots" / "abc")
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("abc")
    assert _made("someone/tiny", exports).space.revision == _made(tiny, exports).space.revision


def test_a_model_that_is_nowhere_needs_consent_and_asks_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("the network was touched"))
    with pytest.raises(NeedsConsent, match="vecna embedders use sbert:someone/model --download"):
        _made("someone/model", tmp_path)


def test_a_hub_that_cannot_be_reached_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("huggingface_hub")
    monkeypatch.setenv("HF_HOME", str(tmp_path))

    def unreachable(*_: object, **__: object) -> None:
        raise ConnectionError("no route to host")

    monkeypatch.setattr("huggingface_hub.HfApi.model_info", unreachable)
    with pytest.raises(MissingPart, match="no route to host"):
        _made("someone/model", tmp_path, download=True)


def test_a_model_with_its_own_onnx_needs_no_torch(tiny: Path, exports: Path, tmp_path: Path) -> None:
    exported = _made(tiny, exports)
    folder = _copy(tiny, tmp_path)
    (folder / "onnx").mkdir()
    graph = next(exports.rglob("model.onnx")).parent
    shutil.copy(graph / "model.onnx", folder / "onnx")
    shutil.copy(graph / "model.onnx.data", folder / "onnx")
    (folder / "model.safetensors").unlink()
    embedder = _made(folder, tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("manifest.json"))
    assert np.abs(embedder.embed(TEXTS, "note") - exported.embed(TEXTS, "note")).max() < 1e-5


def test_a_touched_export_is_made_again(tiny: Path, exports: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    shutil.copytree(exports, cache)
    before = _made(tiny, cache).embed(TEXTS, "note")
    data = next(cache.rglob("model.onnx.data"))
    raw = data.read_bytes()
    data.write_bytes(raw[:4000] + bytes([raw[4000] ^ 0x40]) + raw[4001:])
    assert np.array_equal(_made(tiny, cache).embed(TEXTS, "note"), before)
    assert next(cache.rglob("model.onnx.data")).read_bytes() == raw


def test_a_killed_export_leaves_nothing_half(tiny: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-c",
        "import sys; from pathlib import Path; from vecna_plugins.embedders import sbert\n"
        f"sbert.make({{'model': {str(tiny)!r}, 'cache': Path({str(tmp_path)!r}), 'threads': 1}})",
    ]
    with subprocess.Popen(command, start_new_session=True) as process:
        while not list((tmp_path / "sbert").glob(".*.new/tokenizer.json")):
            time.sleep(0.05)
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGKILL)
    assert not list(tmp_path.rglob("manifest.json"))
    embedder = _made(tiny, tmp_path)
    check_embedder(embedder)
    assert not list((tmp_path / "sbert").glob(".*.new"))


def test_an_export_that_differs_is_refused(tiny: Path, exports: Path) -> None:
    truth = _made(tiny, exports)

    class Torch:
        error = 0.0

        def encode(self, texts: list[str], prompt: str, show_progress_bar: bool) -> Any:
            return truth._running.rows([prompt + text for text in texts]) + self.error

    model, card = Torch(), read_card(tiny, "tiny")
    folder = next(exports.rglob("manifest.json")).parent
    assert onnx_export.proven(model, card, folder) < 1e-6
    model.error = 0.01
    with pytest.raises(SystemExit, match="differ from torch's by"):
        onnx_export.proven(model, card, folder)


def test_what_cannot_be_exported_runs_on_sentence_transformers_and_says_so(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise exporting.CannotExport("tiny cannot be exported to ONNX (exit 1)")

    monkeypatch.setattr(exporting, "_run_child", fail)
    embedder = _made(tiny, tmp_path)
    assert "run by sentence-transformers, slowly" in embedder.notice
    assert embedder.embed(["garden"], "note").any()
    with pytest.raises(EmbedderError, match="runtime"):
        _made(tiny, tmp_path, runtime="onnx")


def test_without_torch_an_export_is_a_sentence_with_the_install_line(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingPart, match=r"vecna-notes\[sbert\]"):
        _made(tiny, tmp_path)


def test_a_mistyped_runtime_is_named(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="auto, onnx, torch"):
        _made(tiny, tmp_path, runtime="onyx")
