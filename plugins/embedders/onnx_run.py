"""A sentence-transformers model on bare ONNX Runtime and tokenizers: no torch, and open in a tenth of a second."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from vecna_notes.types import Rows

from .card import Card
from .onnx_parts import Ids, batches, open_session, open_tokenizer, padded


class OnnxModel:
    """Token vectors from a graph, pooled to one row a text. Opens its parts when they are first needed."""

    def __init__(self, graph: Path, tokenizer: Path, card: Card, threads: int) -> None:
        self._graph = graph
        self._tokenizer_file = tokenizer
        self._card = card
        self._threads = threads

    def rows(self, texts: Sequence[str], is_query: bool = False) -> Rows:
        """A row a text, not yet of unit length; longer texts than the model reads are cut."""
        session = self._quick if is_query else self._thorough
        ids = [encoding.ids for encoding in self._encode(texts)]
        rows = np.empty((len(texts), self._card.dim), dtype=np.float32)
        for batch in batches([len(row) for row in ids]):
            rows[batch] = self._run(session, [ids[i] for i in batch])
        return rows

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Without special tokens."""
        found = self._counter.encode_batch_fast(self._card.prepared(texts), add_special_tokens=False)
        return [len(encoding) for encoding in found]

    @cached_property
    def _quick(self) -> Any:
        """For single questions: its weights stay as they lie in the file, so it opens three times as fast."""
        return open_session(self._graph, self._threads, repacks=False)

    @cached_property
    def _thorough(self) -> Any:
        """For whole vaults: its weights are laid out for the processor first."""
        return open_session(self._graph, self._threads, repacks=True)

    @cached_property
    def _tokenizer(self) -> Any:
        tokenizer = open_tokenizer(self._tokenizer_file)
        tokenizer.enable_truncation(self._card.max_tokens)
        return tokenizer

    @cached_property
    def _counter(self) -> Any:
        return open_tokenizer(self._tokenizer_file)

    def _encode(self, texts: Sequence[str]) -> list[Any]:
        return list(self._tokenizer.encode_batch_fast(self._card.prepared(texts)))

    def _run(self, session: Any, ids: Sequence[Sequence[int]]) -> Rows:
        rows, mask = padded(ids, self._card.pad_id)
        known = {"input_ids": rows, "attention_mask": mask, "token_type_ids": np.zeros_like(rows)}
        tokens = session.run([_output(session)], {part.name: known[part.name] for part in session.get_inputs()})[0]
        return _pooled(tokens, mask, mask.sum(1), self._card.pooling)


def _output(session: Any) -> str:
    names = [part.name for part in session.get_outputs()]
    return next((name for name in ("last_hidden_state", "token_embeddings") if name in names), str(names[0]))


def _pooled(tokens: Rows, mask: Ids, lengths: Ids, pooling: str) -> Rows:
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
