"""A cross-encoder (Nogueira & Cho 2019) reads query and passage together: slow, and the best judge of the two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from vecna_notes.errors import ConfigError, PluginError
from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Ranker
from vecna_notes.types import Hit, Passage, Rows

from ..embedders.exports import CannotExport, graph_of, listener
from ..embedders.settings import choice, missing_modules, whole
from ..embedders.weights import Wanted, Weights, find
from . import pairs_export
from .pairs import OnnxPairs, Pair, PairCard, TorchPairs, read_pair_card
from .top import followed

NAME = "crossencoder"
SUMMARY = "a cross-encoder reads the best hits again, with the question (ms-marco-MiniLM-L6-v2 by default)"
MODEL = "cross-encoder/ms-marco-MiniLM-L6-v2"
_SETTING = f"rankers.{NAME}.model"


class Pairs(Protocol):
    """A model that is open, or opens itself when it is first asked."""

    def scores(self, pairs: Sequence[Pair]) -> Rows: ...


@hookimpl
def vecna_rankers() -> list[Offer[Ranker]]:
    return [Offer(NAME, SUMMARY, make, "sbert", lambda: missing_modules(NAME, "onnxruntime", "tokenizers"))]


def make(options: Options) -> Ranker:
    """Options: "model", "download", "top", "runtime". The first time, a model without ONNX export is exported."""
    model, cache = options.get("model", MODEL), options.get("cache")
    if not isinstance(model, str) or not model:
        raise ConfigError(f"{_SETTING} must name a model or a folder, not {model!r}")
    if not isinstance(cache, Path):
        raise ConfigError(f'{NAME} needs "cache", a folder for what it exports')
    runtime = choice(NAME, options, "runtime", ("auto", "onnx", "torch"), kind="rankers")
    threads = whole(NAME, options, "threads", 0, least=0, kind="rankers")
    top = whole(NAME, options, "top", 40, least=1, kind="rankers")
    fetching = f"set rankers.{NAME}.download = true in your config (`vecna config edit`) to fetch it"
    weights = find(Wanted(model, _SETTING, "cross-encoder", fetching), cache / NAME, options.get("download") is True)
    card = read_pair_card(weights.folder, model)
    graph = partial(graph_of, weights, model, cache / NAME, pairs_export.__name__, listener(options))
    return CrossEncoder(*_running(weights, card, runtime, threads, graph), top)


class CrossEncoder:
    """`notice` says when it is not run as fast as it could be."""

    def __init__(self, running: Pairs, notice: str, top: int) -> None:
        self._running = running
        self._top = top
        self.notice = notice

    def rank(self, query: str, hits: Sequence[Hit], rows: Rows | None) -> list[Hit]:
        first = hits[: self._top]
        if not first:
            return []
        scores = _shares(self._running.scores([(query, _said(hit.passage)) for hit in first]))
        order = sorted(range(len(first)), key=lambda i: -scores[i])
        return followed([replace(first[i], score=scores[i]) for i in order], hits[self._top :])


def _said(passage: Passage) -> str:
    """What an embedder reads of it: own title, headings, text; where that is nothing, its title and text."""
    return passage.chunk.embedded or f"{passage.title}\n{passage.chunk.text}"


def _shares(logits: Rows) -> list[float]:
    """Logits as numbers in [0, 1]; in double precision, so that those it is sure of stay apart."""
    return [float(share) for share in 1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -60, 60)))]


def _running(
    weights: Weights, card: PairCard, runtime: str, threads: int, graph: Callable[[], tuple[Path, Path]]
) -> tuple[Pairs, str]:
    """What runs the model, and a notice."""
    if runtime == "torch":
        return TorchPairs(weights.folder, card, threads), ""
    try:
        return OnnxPairs(*graph(), card, threads), ""
    except CannotExport as error:
        if runtime == "onnx":
            raise PluginError(f'{error}; set rankers.{NAME}.runtime = "auto" to run it on torch, slowly') from error
        return TorchPairs(weights.folder, card, threads), f"{error}; it is run by sentence-transformers, slowly"
