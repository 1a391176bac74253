"""A model run by sentence-transformers itself: slow to open and heavy, for what has no ONNX export."""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from vecna_notes.errors import MissingPart
from vecna_notes.text import estimate_tokens
from vecna_notes.types import Rows

from .card import Card
from .settings import missing_modules


class TorchModel:
    def __init__(self, folder: Path, card: Card, threads: int) -> None:
        if why := missing_modules("this model", "sentence_transformers", "torch"):
            raise MissingPart(f"{why}; install it with: pip install 'vecna-notes[sbert]'")
        self._folder = folder
        self._card = card
        self._threads = threads

    def rows(self, texts: Sequence[str], is_query: bool = False, prompt: str = "") -> Rows:
        found = self._model.encode(self._card.prepared(texts), prompt=prompt, batch_size=16, show_progress_bar=False)
        return np.asarray(found, dtype=np.float32)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        tokenizer = getattr(self._model, "tokenizer", None)
        if not callable(tokenizer):
            return estimate_tokens(texts)
        found = tokenizer(self._card.prepared(texts), add_special_tokens=False, truncation=False, verbose=False)
        return [len(ids) for ids in found["input_ids"]]

    @cached_property
    def _model(self) -> Any:
        with quiet(self._threads):
            import torch
            from sentence_transformers import SentenceTransformer

            model: Any = SentenceTransformer(
                str(self._folder),
                device="cpu",
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True, "dtype": torch.float32},
            )
        model.max_seq_length = self._card.max_tokens
        return model


@contextlib.contextmanager
def quiet(threads: int) -> Iterator[None]:
    """While torch and sentence-transformers are imported and open a model: they ask no hub and say nothing."""
    os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_PROGRESS_BARS="1", TRANSFORMERS_VERBOSITY="error")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        import torch

        if threads:
            torch.set_num_threads(threads)
        yield
