"""Any sentence-transformers model, by name or folder: run on ONNX wherever it can be, with its own prompts."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from vecna_notes.errors import ConfigError, EmbedderError
from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Embedder, Trainable
from vecna_notes.text import digest
from vecna_notes.types import Role, Rows, Space

from . import onnx_export
from .card import Card, read_card
from .exports import CannotExport, graph_of, listener
from .languages import read_languages
from .onnx_run import OnnxModel
from .settings import choice, missing_modules, whole
from .torch_run import TorchModel
from .weights import Wanted, Weights, find

NAME = "sbert"
SUMMARY = "a sentence-transformers model (all-MiniLM-L6-v2 by default), run on ONNX"


@hookimpl
def vecna_embedders() -> list[Offer[Embedder | Trainable]]:
    return [Offer(NAME, SUMMARY, make, "sbert", lambda: missing_modules(NAME, "onnxruntime", "tokenizers"))]


def make(options: Options) -> Embedder:
    """Options: "model", "download", "runtime". The first time, a model is exported to ONNX: about half a minute."""
    model, cache = options.get("model", "all-MiniLM-L6-v2"), options.get("cache")
    if not isinstance(model, str) or not model:
        raise ConfigError(f"embedders.sbert.model must name a model or a folder, not {model!r}")
    if not isinstance(cache, Path):
        raise ConfigError('sbert needs "cache", a folder for what it exports')
    runtime = choice(NAME, options, "runtime", ("auto", "onnx", "torch"))
    threads = whole(NAME, options, "threads", 0, least=0)
    weights = find(wanted(model), cache / NAME, options.get("download") is True)
    card = read_card(weights.folder, model)
    graph = partial(graph_of, weights, model, cache / NAME, onnx_export.__name__, listener(options))
    return opened(model, weights, card, graph, threads, runtime)


def opened(
    model: str,
    weights: Weights,
    card: Card,
    graph: Callable[[], tuple[Path, Path]],
    threads: int,
    runtime: str = "auto",
) -> Sbert:
    """A model whose weights were found; `graph` makes its export when it is needed."""
    running, tokenizer, notice = _running(weights, card, model, runtime, threads, graph)
    space = _space(model, weights, card, tokenizer)
    return Sbert(space, card, running, notice, read_languages(weights.folder, space.model))


class Sbert:
    """`notice` says when it is not run as fast as it could be."""

    def __init__(
        self, space: Space, card: Card, running: OnnxModel | TorchModel, notice: str, languages: tuple[str, ...]
    ) -> None:
        self._space = space
        self._card = card
        self._running = running
        self.max_tokens = card.max_tokens
        self.notice = notice
        self.languages = languages

    @property
    def space(self) -> Space:
        return self._space

    def embed(self, texts: Sequence[str], role: Role) -> Rows:
        prompt = self._card.prompt(role)
        if isinstance(self._running, TorchModel):
            return self._running.rows(texts, prompt=prompt)
        return self._running.rows([prompt + text for text in texts], is_query=role == "query")

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._running.count_tokens(texts)


def wanted(model: str) -> Wanted:
    fetching = f"`vecna embedders use {NAME}:{model} --download` fetches it"
    return Wanted(model, "embedders.sbert.model", "sentence-transformers", fetching)


def _running(
    weights: Weights, card: Card, model: str, runtime: str, threads: int, graph: Callable[[], tuple[Path, Path]]
) -> tuple[OnnxModel | TorchModel, Path, str]:
    """What runs the model, its tokenizer's file, and a notice."""
    own = weights.folder / "tokenizer.json"
    if runtime == "torch":
        return TorchModel(weights.folder, card, threads), own, ""
    why = f"{model} is run by sentence-transformers, slowly, because of {card.unusual}" if card.unusual else ""
    if not why:
        try:
            file, tokenizer = graph()
            return OnnxModel(file, tokenizer, card, threads), tokenizer, ""
        except CannotExport as error:
            why = f"{error}; it is run by sentence-transformers, slowly"
    if runtime == "onnx":
        raise EmbedderError(f'{why.removesuffix(", slowly")}; set embedders.sbert.runtime = "auto" to allow that')
    return TorchModel(weights.folder, card, threads), own, why


def _space(model: str, weights: Weights, card: Card, tokenizer: Path) -> Space:
    recipe = {
        "pooling": card.pooling,
        "query": card.query_prompt,
        "note": card.note_prompt,
        "max_tokens": card.max_tokens,
        "lower_case": card.lower_case,
        "precision": "fp32",
        "tokenizer": digest(tokenizer.read_bytes()) if tokenizer.is_file() else "",
    }
    name = model.rstrip("/").rpartition("/")[2]
    return Space(NAME, name, weights.revision, card.dim, card.metric, digest(json.dumps(recipe, sort_keys=True)))
