"""Any sentence-transformers model (Reimers and Gurevych, 2019), run on onnxruntime and tokenizers alone.

The graph is taken from the model's own ONNX export or made once with torch; a model that cannot be exported, or asks
for more than pooling and prompts, runs on sentence-transformers itself.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vecna_notes.errors import EmbedderError, MissingPart
from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Embedder
from vecna_notes.types import Role, Rows, Space

from .onnx_export import export
from .recipe import NotUnderstood, Recipe, read_recipe
from .weights import ONNX, WEIGHTS, digest_of, locate

if TYPE_CHECKING:
    import onnxruntime
    import tokenizers

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
_RUNTIME = ("onnxruntime", "tokenizers")
_EXPORT = ("torch", "transformers", "onnx", "onnxscript")
_TOKEN_OUTPUTS = ("last_hidden_state", "token_embeddings")


class OnnxSbert:
    """A model on onnxruntime, in fp32. Opening it reads two small files; the graph is loaded by the first `embed`."""

    def __init__(self, model: str, folder: Path, recipe: Recipe, cache: Path, threads: int) -> None:
        weights = next(file for file in (folder / WEIGHTS, folder / ONNX) if file.is_file())
        self._folder = folder
        self._cache = cache
        self._threads = threads
        self._recipe = recipe
        self.max_tokens = recipe.max_tokens
        revision = digest_of(weights, cache)[:16]
        self.space = Space("sbert", model, revision, recipe.dim, "cosine", f"onnx-fp32-{recipe.digest}")

    def embed(self, texts: Sequence[str], role: Role) -> Rows:
        prompt = self._recipe.query_prompt if role == "query" else self._recipe.note_prompt
        encoded = self._tokenizer.encode_batch_fast([self._clean(prompt + text) for text in texts])
        ids = np.array([one.ids for one in encoded], dtype=np.int64)
        mask = np.array([one.attention_mask for one in encoded], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        session = self._session
        wanted = {found.name for found in session.get_inputs()}
        (tokens,) = session.run([self._output], {name: array for name, array in given.items() if name in wanted})
        return _pool(np.asarray(tokens, dtype=np.float32), mask, self._recipe)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Without special tokens and without a limit."""
        encoded = self._counter.encode_batch_fast([self._clean(text) for text in texts], add_special_tokens=False)
        return [len(one.ids) for one in encoded]

    def _clean(self, text: str) -> str:
        """A tokenizer takes no lone surrogates."""
        whole = text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
        return whole.lower() if self._recipe.lower_case else whole

    @cached_property
    def _counter(self) -> tokenizers.Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _tokenizer(self) -> tokenizers.Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.enable_truncation(self._recipe.max_tokens)
        padding = tokenizer.padding or {}
        tokenizer.enable_padding(pad_id=padding.get("pad_id", 0), pad_token=padding.get("pad_token", "[PAD]"))
        return tokenizer

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        import onnxruntime

        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = self._threads or len(_processors())
        settings.log_severity_level = 4
        # a thread that spins between batches takes the processor from the screen, and gains nothing here
        settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
        providers = ["CPUExecutionProvider"]
        return onnxruntime.InferenceSession(str(self._graph()), settings, providers=providers)

    @cached_property
    def _output(self) -> str:
        """The output with a vector a token."""
        names = [str(found.name) for found in self._session.get_outputs() if len(found.shape) == 3]
        return next((name for name in names if name in _TOKEN_OUTPUTS), names[0])

    def _graph(self) -> Path:
        """The model's own export, else ours, made now if it must be."""
        if (self._folder / ONNX).is_file():
            return self._folder / ONNX
        name = "".join(c if c.isalnum() or c in "-." else "-" for c in self.space.model.rsplit("/", 1)[-1])
        target = self._cache / f"{name}-{self.space.revision}.onnx"
        if not target.is_file():
            if lacking := _lacking(_EXPORT):
                needs = f"exporting {self.space.model} once needs {lacking}"
                raise MissingPart(f"{needs}; install it with: pip install 'vecna-notes[sbert]'")
            export(self._folder, target)
        return target


class TorchSbert:
    """A model on sentence-transformers itself: slower to load, but it runs whatever that library does."""

    def __init__(self, model: str, folder: Path, cache: Path) -> None:
        self._model = self._load(folder)
        self.max_tokens = int(self._model.max_seq_length or 512)
        weights = folder / WEIGHTS
        revision = digest_of(weights, cache)[:16] if weights.is_file() else "unknown"
        dim = int(self._model.get_embedding_dimension())
        self.space = Space("sbert", model, revision, dim, "cosine", "sentence-transformers")

    def embed(self, texts: Sequence[str], role: Role) -> Rows:
        encode = self._model.encode_query if role == "query" else self._model.encode_document
        return np.asarray(encode(list(texts), show_progress_bar=False, convert_to_numpy=True), dtype=np.float32)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        encoded = self._model.tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    @staticmethod
    def _load(folder: Path) -> Any:
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(
            str(folder), local_files_only=True, trust_remote_code=False, model_kwargs={"use_safetensors": True}
        )


def make(options: Options) -> Embedder:
    """Options: model (name or folder), download, runtime ("auto", "onnx" or "torch"), threads, cache."""
    model, runtime = str(options.get("model", "all-MiniLM-L6-v2")), str(options.get("runtime", "auto"))
    cache, threads = Path(str(options["cache"])), int(str(options.get("threads", 0)))
    if runtime not in ("auto", "onnx", "torch"):
        raise EmbedderError(f"embedders.sbert.runtime is {runtime!r}, but must be auto, onnx or torch")
    folder = locate(model, bool(options.get("download")), cache)
    if runtime == "torch":
        return _on_torch(model, folder, cache, "runtime = torch")
    try:
        return OnnxSbert(model, folder, read_recipe(folder, model), cache, threads)
    except (NotUnderstood, StopIteration, KeyError) as error:
        if runtime == "onnx":
            raise EmbedderError(f"{model} cannot run on onnxruntime: {error}; set embedders.sbert.runtime") from error
        return _on_torch(model, folder, cache, str(error))


def _on_torch(model: str, folder: Path, cache: Path, why: str) -> Embedder:
    if lacking := _lacking(("sentence_transformers", "torch")):
        raise MissingPart(f"{model} needs {lacking} ({why}); install it with: pip install 'vecna-notes[sbert]'")
    return TorchSbert(model, folder, cache)


def _pool(tokens: Rows, mask: Any, recipe: Recipe) -> Rows:
    """(n, length, dim) token vectors into (n, dim) rows."""
    weights = mask[:, :, None].astype(np.float32)
    if recipe.pooling == "cls":
        return tokens[:, 0]
    if recipe.pooling == "lasttoken":
        last = mask.shape[1] - 1 - mask[:, ::-1].argmax(1)
        return np.asarray(tokens[np.arange(len(tokens)), last], dtype=np.float32)
    if recipe.pooling == "max":
        return np.asarray(np.where(weights > 0, tokens, -np.inf).max(1), dtype=np.float32)
    lengths = np.maximum(weights.sum(1), 1e-9)
    sums = np.einsum("nld,nl->nd", tokens, mask.astype(np.float32))
    return np.asarray(sums / (np.sqrt(lengths) if recipe.pooling == "mean_sqrt_len" else lengths), dtype=np.float32)


def _processors() -> set[int]:
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))


def _lacking(modules: Sequence[str]) -> str:
    return " and ".join(name for name in modules if importlib.util.find_spec(name) is None)


def _missing() -> str:
    lacking = _lacking(_RUNTIME)
    return f"{lacking} is not installed" if lacking else ""


@hookimpl
def vecna_embedders() -> list[Offer[Embedder]]:
    summary = "sentence-transformers models, exported once and run on onnxruntime"
    return [Offer("sbert", summary, make, "sbert", _missing)]
