"""What every model on bare ONNX Runtime needs: an open graph, an open tokenizer, and batches of like length."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vecna_notes.errors import EmbedderError

BATCH_TOKENS = 2_000
"""Tokens run at once, padding included: 1-2 k run fastest on a CPU, whose caches they fit."""
Ids = npt.NDArray[np.int64]


def open_session(graph: Path, threads: int, repacks: bool) -> Any:
    """An inference session. `repacks` lays its weights out for the processor first: slower to open, faster to run."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = usable(threads)
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if not repacks:
        options.add_session_config_entry("session.disable_prepacking", "1")
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a class of its own for each
        raise EmbedderError(f"{graph} cannot be opened ({error}); delete it, it is made again") from error


def usable(threads: int) -> int:
    """0 means as many as this process may use."""
    return threads or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else threads


def open_tokenizer(file: Path) -> Any:
    """As the model's folder has it, but for padding and truncation."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from tokenizers import Tokenizer

    try:
        tokenizer: Any = Tokenizer.from_file(str(file))
    except Exception as error:  # tokenizers raises bare Exception
        raise EmbedderError(f"{file} cannot be read as a tokenizer ({error}); fetch the model again") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indexes of texts of like length, at most BATCH_TOKENS together."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if batch and (len(batch) + 1) * lengths[i] > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def padded(ids: Sequence[Sequence[int]], pad_id: int) -> tuple[Ids, Ids]:
    """Rows of equal length, and 1 where there is a token, each of shape (texts, tokens)."""
    lengths = np.array([len(row) for row in ids])
    rows = np.full((len(ids), max(int(lengths.max()), 1)), pad_id, dtype=np.int64)
    for row, into in zip(ids, rows, strict=True):
        into[: len(row)] = row
    return rows, (np.arange(rows.shape[1])[None, :] < lengths[:, None]).astype(np.int64)


def clean(texts: Sequence[str]) -> list[str]:
    """As a tokenizer takes them: lone surrogates, which are no text, become "?"."""
    return [text if text.isascii() else text.encode("utf-8", "replace").decode() for text in texts]
