"""Every offered embedder keeps the contract, and gives the same rows in a fresh process, without heavy parts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.fakes import HashEmbedder
from vecna_notes.errors import MissingPart
from vecna_notes.interfaces import Embedder
from vecna_notes.registry import Registry
from vecna_notes.testing import TRAINING_TEXTS, check_embedder, check_trainable
from vecna_notes.types import Role, Rows

HEAVY = ("torch", "transformers", "sentence_transformers", "gensim", "sklearn", "scipy", "onnx")
_FRESH = """
import json, sys
from pathlib import Path
from vecna_notes.interfaces import Embedder
from vecna_notes.registry import Registry

name, cache, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
made = Registry(only_ours=True).embedder(name, {"cache": cache, "threads": 2})
embedder = made if isinstance(made, Embedder) else made.load(folder)
rows = embedder.embed(["the baker and the cellar"], "query")
heavy = [module for module in %r if module in sys.modules]
print(json.dumps({"row": rows[0].tolist(), "key": embedder.space.key, "heavy": heavy}))
"""


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models are exported once a test run."""
    return tmp_path_factory.mktemp("models")


@pytest.mark.parametrize("name", ["lsa", "word2vec", "sbert"])
def test_offered_embedders_keep_the_contract(name: str, cache: Path, tmp_path: Path) -> None:
    made = _made(name, cache)
    if isinstance(made, Embedder):
        check_embedder(made)
    else:
        check_trainable(made)


@pytest.mark.parametrize("name", ["lsa", "word2vec", "sbert"])
def test_a_fresh_process_makes_the_same_rows_without_heavy_libraries(name: str, cache: Path, tmp_path: Path) -> None:
    made = _made(name, cache)
    embedder = made if isinstance(made, Embedder) else made.train(TRAINING_TEXTS, tmp_path, lambda progress: None)
    command = [sys.executable, "-c", _FRESH % (HEAVY,), name, str(cache), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert said["heavy"] == []
    assert said["key"] == embedder.space.key
    assert done.stderr == ""
    here = embedder.embed(["the baker and the cellar"], "query")[0]
    assert np.abs(here - np.array(said["row"], dtype=np.float32)).max() < 1e-5


def test_the_contract_finds_a_liar() -> None:
    class Neighbourly(HashEmbedder):
        def embed(self, texts: Sequence[str], role: Role) -> Rows:
            rows = super().embed(texts, role)
            return rows + 0.01 * rows.mean(0)

    check_embedder(HashEmbedder())
    with pytest.raises(AssertionError, match="stands beside it"):
        check_embedder(Neighbourly())


def _made(name: str, cache: Path):  # type: ignore[no-untyped-def]
    registry = Registry(only_ours=True)
    try:
        return registry.embedder(name, {"cache": cache, "threads": 2})
    except MissingPart as error:
        pytest.skip(str(error))
