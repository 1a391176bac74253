"""What a sentence-transformers folder says about itself: length, pooling, prompts. A fixed list, and never code."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Pooling = Literal["mean", "cls", "max", "mean_sqrt_len", "lasttoken"]
_POOLINGS: dict[str, Pooling] = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len",
    "pooling_mode_lasttoken": "lasttoken",
}
_UNDERSTOOD = {"Transformer", "Pooling", "Normalize"}
_QUERY_PROMPTS = ("query", "search_query", "s2p_query", "web_search_query")
_NOTE_PROMPTS = ("passage", "document", "search_document", "corpus")
_BGE = "Represent this sentence for searching relevant passages: "
_FAMILIES = (
    ("e5-", "query: ", "passage: "),
    ("bge-small-en", _BGE, ""),
    ("bge-base-en", _BGE, ""),
    ("bge-large-en", _BGE, ""),
    ("nomic-embed-text", "search_query: ", "search_document: "),
)
"""Prefixes of families whose older folders do not carry their prompts; (part of the name, query, note)."""


class NotUnderstood(ValueError):
    """The folder asks for more than we run ourselves; sentence-transformers has to."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model turns tokens into one row."""

    pooling: Pooling
    max_tokens: int
    query_prompt: str
    note_prompt: str
    lower_case: bool
    dim: int

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


def read_recipe(folder: Path, model: str) -> Recipe:
    """Raises NotUnderstood when a module, a pooling or a setting is not in our list."""
    config = _json(folder / "config.json")
    pooling, lower_case, length = _modules(folder)
    query, note = _prompts(folder, model)
    limit = length or min(int(config.get("max_position_embeddings", 512)), 512)
    dim = config.get("hidden_size") or config.get("dim")
    if not isinstance(dim, int):
        raise NotUnderstood("config.json does not say how wide the model is")
    return Recipe(pooling, limit, query, note, lower_case, dim)


def _modules(folder: Path) -> tuple[Pooling, bool, int]:
    modules = _json(folder / "modules.json") or []
    if not modules:
        return "mean", False, 0
    kinds = {str(module["type"]).rsplit(".", 1)[-1]: folder / str(module["path"]) for module in modules}
    if strange := set(kinds) - _UNDERSTOOD:
        raise NotUnderstood(f"it has a module of the kind {', '.join(sorted(strange))}")
    settings = _json(kinds.get("Transformer", folder) / "sentence_bert_config.json")
    pooling = _pooling(_json(kinds["Pooling"] / "config.json")) if "Pooling" in kinds else "mean"
    return pooling, bool(settings.get("do_lower_case")), int(settings.get("max_seq_length") or 0)


def _pooling(settings: dict[str, Any]) -> Pooling:
    chosen = [pooling for key, pooling in _POOLINGS.items() if settings.get(key)]
    named = settings.get("pooling_mode")
    if isinstance(named, str):
        chosen = [pooling for pooling in _POOLINGS.values() if pooling == named]
    if len(chosen) != 1 or settings.get("include_prompt") is False:
        raise NotUnderstood("its pooling is not one of ours")
    return chosen[0]


def _prompts(folder: Path, model: str) -> tuple[str, str]:
    prompts = _json(folder / "config_sentence_transformers.json").get("prompts") or {}
    query = next((prompts[name] for name in _QUERY_PROMPTS if prompts.get(name)), "")
    note = next((prompts[name] for name in _NOTE_PROMPTS if prompts.get(name)), "")
    if query or note:
        return str(query), str(note)
    name = model.rsplit("/", 1)[-1].lower()
    return next(((query, note) for part, query, note in _FAMILIES if part in name), ("", ""))


def _json(file: Path) -> Any:
    """Contents of a JSON file, {} when there is none."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise NotUnderstood(f"{file.name} is no JSON: {error}") from error
