"""A sentence-transformers model on bare ONNX Runtime and tokenizers: no torch, and open in a tenth of a second."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vecna_notes.errors import EmbedderError
from vecna_notes.types import Rows

from .card import Card

BATCH_TOKENS = 2_000
"""Tokens run at once, padding included: 1-2 k run fastest on a CPU, whose caches they fit."""
_Ids = npt.NDArray[np.int64]


class OnnxModel:
    """Token vectors from a graph, pooled to one row a text. Opens its parts when they are first needed."""

    def __init__(self, graph: Path, tokenizer: Path, card: Card, threads: int) -> None:
        self._graph = graph
        self._tokenizer_file = tokenizer
        self._card = card
        self._threads = threads or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else threads

    def rows(self, texts: Sequence[str], is_query: bool = False) -> Rows:
        """A row a text, not yet of unit length; longer texts than the model reads are cut."""
        session = self._quick if is_query else self._thorough
        ids = [np.array(encoding.ids, dtype=np.int64) for encoding in self._encode(texts)]
        rows = np.empty((len(texts), self._card.dim), dtype=np.float32)
        for batch in _batches([len(row) for row in ids]):
            rows[batch] = self._run(session, [ids[i] for i in batch])
        return rows

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Without special tokens."""
        found = self._counter.encode_batch_fast(self._card.prepared(texts), add_special_tokens=False)
        return [len(encoding) for encoding in found]

    @cached_property
    def _quick(self) -> Any:
        """For single questions: its weights stay as they lie in the file, so it opens three times as fast."""
        return self._session(repacks=False)

    @cached_property
    def _thorough(self) -> Any:
        """For whole vaults: its weights are laid out for the processor first."""
        return self._session(repacks=True)

    @cached_property
    def _tokenizer(self) -> Any:
        tokenizer = _open_tokenizer(self._tokenizer_file)
        tokenizer.enable_truncation(self._card.max_tokens)
        return tokenizer

    @cached_property
    def _counter(self) -> Any:
        return _open_tokenizer(self._tokenizer_file)

    def _encode(self, texts: Sequence[str]) -> list[Any]:
        return list(self._tokenizer.encode_batch_fast(self._card.prepared(texts)))

    def _session(self, repacks: bool) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if not repacks:
            options.add_session_config_entry("session.disable_prepacking", "1")
        try:
            return onnxruntime.InferenceSession(str(self._graph), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime has a class of its own for each
            raise EmbedderError(f"{self._graph} cannot be opened ({error}); delete it, it is made again") from error

    def _run(self, session: Any, ids: Sequence[_Ids]) -> Rows:
        lengths = np.array([len(row) for row in ids])
        padded = np.full((len(ids), max(int(lengths.max()), 1)), self._card.pad_id, dtype=np.int64)
        for row, into in zip(ids, padded, strict=True):
            into[: len(row)] = row
        mask = (np.arange(padded.shape[1])[None, :] < lengths[:, None]).astype(np.int64)
        known = {"input_ids": padded, "attention_mask": mask, "token_type_ids": np.zeros_like(padded)}
        tokens = session.run([_output(session)], {part.name: known[part.name] for part in session.get_inputs()})[0]
        return _pooled(tokens, mask, lengths, self._card.pooling)


def _open_tokenizer(file: Path) -> Any:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from tokenizers import Tokenizer

    try:
        tokenizer: Any = Tokenizer.from_file(str(file))
    except Exception as error:  # tokenizers raises bare Exception
        raise EmbedderError(f"{file} cannot be read as a tokenizer ({error}); fetch the model again") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indexes of texts of like length, at most BATCH_TOKENS together."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if batch and (len(batch) + 1) * lengths[i] > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _output(session: Any) -> str:
    names = [part.name for part in session.get_outputs()]
    return next((name for name in ("last_hidden_state", "token_embeddings") if name in names), str(names[0]))


def _pooled(tokens: Rows, mask: _Ids, lengths: _Ids, pooling: str) -> Rows:
    """One row of (texts, tokens, dim) token vectors each."""
    if pooling == "cls":
        return tokens[:, 0]
    if pooling == "lasttoken":
        return tokens[np.arange(len(tokens)), np.maximum(lengths - 1, 0)]
    if pooling == "max":
        return np.asarray(np.where(mask[:, :, None] > 0, tokens, -np.inf).max(1), dtype=np.float32)
    weights = mask.astype(np.float32)
    summed = np.matmul(weights[:, None, :], tokens)[:, 0]
    return np.asarray(summed / np.maximum(weights.sum(1, keepdims=True), 1), dtype=np.float32)
