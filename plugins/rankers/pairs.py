"""What a cross-encoder's folder says of itself, and its scores of pairs on bare ONNX Runtime or on torch."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from vecna_notes.errors import MissingPart, PluginError
from vecna_notes.types import Rows

from ..embedders.onnx_parts import batches, clean, open_session, open_tokenizer, padded
from ..embedders.settings import missing_modules
from ..embedders.torch_run import quiet

Pair = tuple[str, str]
_TRANSFORMER = re.compile(r"sentence_transformers\.[\w.]*Transformer")


@dataclass(frozen=True, slots=True)
class PairCard:
    """How a cross-encoder takes a pair."""

    max_tokens: int
    pad_id: int
    lower_case: bool

    def prepared(self, pairs: Sequence[Pair]) -> list[Pair]:
        """As a tokenizer takes them."""
        texts = [text.lower() if self.lower_case else text for text in clean([text for pair in pairs for text in pair])]
        return list(zip(texts[::2], texts[1::2], strict=True))


def read_pair_card(folder: Path, name: str) -> PairCard:
    """Raises PluginError when the folder is no cross-encoder of one score, or one that would run code of its own."""
    config, transformer = _json(folder / "config.json"), _json(folder / "sentence_bert_config.json")
    if config.get("auto_map"):
        raise PluginError(f"the model {name} would run code of its own, which is never done here; choose another")
    labels = config.get("id2label")
    architectures = [str(kind) for kind in config.get("architectures") or ()]
    if not _is_plain(folder) or not any(kind.endswith("ForSequenceClassification") for kind in architectures):
        raise PluginError(f"the model {name} is no cross-encoder that we can run ({', '.join(architectures)})")
    if not isinstance(labels, dict) or len(labels) != 1:
        raise PluginError(f"the model {name} gives a pair {len(labels or (0, 0))} scores, not one; choose another")
    sizes = (
        transformer.get("max_seq_length"),
        _json(folder / "tokenizer_config.json").get("model_max_length"),
        config.get("max_position_embeddings"),
    )
    return PairCard(
        max_tokens=int(min((size for size in sizes if isinstance(size, int) and size > 0), default=512)),
        pad_id=int(config.get("pad_token_id") or 0),
        lower_case=transformer.get("do_lower_case") is True,
    )


def _is_plain(folder: Path) -> bool:
    """Whether it is a transformer and nothing else; any other module could be code of the model's own."""
    modules = [(str(part.get("type")), part.get("path")) for part in _json_list(folder / "modules.json")]
    return all(_TRANSFORMER.fullmatch(kind) and path in ("", ".") for kind, path in modules)


def _json(file: Path) -> dict[str, Any]:
    found = _parsed(file)
    return found if isinstance(found, dict) else {}


def _json_list(file: Path) -> list[dict[str, Any]]:
    found = _parsed(file)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _parsed(file: Path) -> object:
    """None when there is no such file."""
    if not file.is_file():
        return None
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise PluginError(f"{file} is no JSON ({error}); fetch the model again") from error


class OnnxPairs:
    """Opens its parts when they are first needed."""

    def __init__(self, graph: Path, tokenizer: Path, card: PairCard, threads: int) -> None:
        self._graph = graph
        self._tokenizer_file = tokenizer
        self._card = card
        self._threads = threads

    def scores(self, pairs: Sequence[Pair]) -> Rows:
        """One logit a pair; what is too long is cut, the longer side first."""
        encodings = self._tokenizer.encode_batch_fast(self._card.prepared(pairs))
        scores = np.empty(len(pairs), dtype=np.float32)
        for batch in batches([len(encoding) for encoding in encodings]):
            scores[batch] = self._run([encodings[i] for i in batch])
        return scores

    def _run(self, encodings: Sequence[Any]) -> Rows:
        ids, mask = padded([encoding.ids for encoding in encodings], self._card.pad_id)
        types, _ = padded([encoding.type_ids for encoding in encodings], 0)
        known = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
        inputs = {part.name: known[part.name] for part in self._session.get_inputs()}
        logits = np.asarray(self._session.run(["logits"], inputs)[0], dtype=np.float32)
        return logits.reshape(len(encodings))

    @cached_property
    def _session(self) -> Any:
        return open_session(self._graph, self._threads, repacks=False)

    @cached_property
    def _tokenizer(self) -> Any:
        tokenizer = open_tokenizer(self._tokenizer_file)
        tokenizer.enable_truncation(self._card.max_tokens)
        return tokenizer


class TorchPairs:
    """The same, run by sentence-transformers: slow to open and heavy, for what has no ONNX export."""

    def __init__(self, folder: Path, card: PairCard, threads: int) -> None:
        if why := missing_modules("this model", "sentence_transformers", "torch"):
            raise MissingPart(f"{why}; install it with: pip install 'vecna-notes[sbert]'")
        self._folder = folder
        self._card = card
        self._threads = threads

    def scores(self, pairs: Sequence[Pair]) -> Rows:
        found = self._model.predict(self._card.prepared(pairs), batch_size=16, show_progress_bar=False)
        return np.asarray(found, dtype=np.float32)

    @cached_property
    def _model(self) -> Any:
        with quiet(self._threads):
            return open_cross_encoder(self._folder, self._card)


def open_cross_encoder(folder: Path, card: PairCard) -> Any:
    """By sentence-transformers, with nothing fetched, unpickled or run from the folder, and scores as they come out."""
    import torch
    from sentence_transformers import CrossEncoder

    model = CrossEncoder(
        str(folder),
        device="cpu",
        local_files_only=True,
        trust_remote_code=False,
        activation_fn=torch.nn.Identity(),
        model_kwargs={"use_safetensors": True, "attn_implementation": "eager", "dtype": torch.float32},
    )
    model.max_seq_length = card.max_tokens
    return model
