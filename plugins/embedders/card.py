"""What a sentence-transformers model folder says of itself, read by a fixed loader that runs nothing it finds there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vecna_notes.errors import EmbedderError
from vecna_notes.types import Metric, Role

from .onnx_parts import clean

_LIGHT = frozenset({"Transformer", "Pooling", "Normalize"})
"""Modules we run ourselves."""
_KNOWN = _LIGHT | {"Dense", "LayerNorm", "Dropout", "StaticEmbedding"}
"""Modules sentence-transformers runs for us: those that load from safetensors alone."""
_POOLINGS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
_LIGHT_POOLINGS = frozenset({"cls", "max", "mean", "lasttoken"})
_SEARCHING = "Represent this sentence for searching relevant passages: "
_FAMILIES: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"(^|/|_)(multilingual-)?e5-(small|base|large)(-v2|-unsupervised)?$"), "query: ", "passage: "),
    (re.compile(r"(^|/|_)bge-(small|base|large)-en(-v1\.5)?$"), _SEARCHING, ""),
    (re.compile(r"(^|/|_)bge-(small|base|large)-zh(-v1\.5)?$"), "为这个句子生成表示以用于检索相关文章：", ""),
    (re.compile(r"(^|/|_)mxbai-embed-(large|2d-large|xsmall)-v1$"), _SEARCHING, ""),
    (re.compile(r"(^|/|_)snowflake-arctic-embed-(xs|s|m|m-long|l)$"), _SEARCHING, ""),
)
"""Name, query prompt, note prompt of families whose older folders carry no prompts."""


@dataclass(frozen=True, slots=True)
class Card:
    """How a model makes a row of a text."""

    dim: int
    pooling: str
    metric: Metric
    max_tokens: int
    lower_case: bool
    query_prompt: str
    note_prompt: str
    pad_id: int
    unusual: str
    """Which part of it we cannot run ourselves, so that sentence-transformers must; else ""."""

    def prompt(self, role: Role) -> str:
        return self.query_prompt if role == "query" else self.note_prompt

    def prepared(self, texts: Sequence[str]) -> list[str]:
        """As a tokenizer takes them."""
        return [text.lower() for text in clean(texts)] if self.lower_case else clean(texts)


def read_card(folder: Path, name: str) -> Card:
    """Raises EmbedderError when the folder is no such model, or one that would run code of its own."""
    config = _json(folder / "config.json")
    modules = _modules(folder)
    _refuse_code(folder, name, config, modules)
    sentence = _json(folder / "config_sentence_transformers.json")
    pooling, pooling_config = _pooling(folder, modules)
    query_prompt, note_prompt = _prompts(sentence, (name, folder.name, str(config.get("_name_or_path", ""))))
    transformer = _json(folder / modules.get("Transformer", "") / "sentence_bert_config.json")
    others = [kind for kind in modules if kind not in _LIGHT]
    hides_prompt = pooling_config.get("include_prompt") is False and (query_prompt or note_prompt)
    unusual = (
        (f"its module {others[0]}" if others else "")
        or (f"its pooling by {pooling}" if pooling not in _LIGHT_POOLINGS else "")
        or ("its pooling without the prompt" if hides_prompt else "")
    )
    return Card(
        dim=_dim(folder, config, modules, pooling_config),
        pooling=pooling,
        metric=_metric(sentence, modules),
        max_tokens=_max_tokens(folder, config, transformer),
        lower_case=transformer.get("do_lower_case") is True,
        query_prompt=query_prompt,
        note_prompt=note_prompt,
        pad_id=int(config.get("pad_token_id") or 0),
        unusual=unusual,
    )


def _json(file: Path) -> dict[str, Any]:
    """The object in a file; empty when there is no such file."""
    if not file.is_file():
        return {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise EmbedderError(f"{file} is no JSON ({error}); fetch the model again") from error
    return found if isinstance(found, dict) else {}


def _modules(folder: Path) -> dict[str, str]:
    """Kind of module → its folder; a plain transformer is one with mean pooling."""
    file = folder / "modules.json"
    if not file.is_file():
        return {"Transformer": ""}
    try:
        listed = json.loads(file.read_text(encoding="utf-8"))
        return {_kind(str(row["type"]), file): str(row["path"]) for row in listed}
    except (ValueError, KeyError, TypeError) as error:
        raise EmbedderError(f"{file} cannot be understood ({error}); fetch the model again") from error


def _kind(type_name: str, file: Path) -> str:
    package, _, kind = type_name.rpartition(".")
    if package.split(".")[0] != "sentence_transformers" or kind not in _KNOWN:
        raise EmbedderError(
            f"{file} asks for {type_name}, which is code of the model's own or none we load; choose another model"
        )
    return kind


def _refuse_code(folder: Path, name: str, config: Mapping[str, Any], modules: Mapping[str, str]) -> None:
    for path in modules.values():
        if not (folder / path).resolve().is_relative_to(folder.resolve()):
            raise EmbedderError(f"the model {name} reaches outside its own folder ({path}); choose another model")
    if config.get("auto_map"):
        raise EmbedderError(f"the model {name} would run code of its own, which is never done here; choose another")
    if "Dense" in modules:
        activation = str(_json(folder / modules["Dense"] / "config.json").get("activation_function", "torch.nn."))
        if not activation.startswith("torch.nn."):
            raise EmbedderError(f"the model {name} asks for {activation}, which is never loaded; choose another model")


def _pooling(folder: Path, modules: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    config = _json(folder / modules["Pooling"] / "config.json") if "Pooling" in modules else {}
    named = config.get("pooling_mode")
    if named is None:
        named = [mode for key, mode in _POOLINGS.items() if config.get(key) is True]
    modes = [str(mode) for mode in named] if isinstance(named, list) else [str(named)]
    return "+".join(modes) or "mean", config


def _prompts(sentence: Mapping[str, Any], names: tuple[str, ...]) -> tuple[str, str]:
    """The query's and the note's prompt: the model's own, else its family's."""
    own = sentence.get("prompts")
    prompts = {str(key): str(value or "") for key, value in own.items()} if isinstance(own, dict) else {}
    default = prompts.get(str(sentence.get("default_prompt_name")), "")
    if any(prompts.values()):
        note = next((prompts[key] for key in ("document", "passage", "corpus") if key in prompts), default)
        return prompts.get("query", default), note
    for pattern, query, note in _FAMILIES:
        if any(pattern.search(name.rstrip("/").lower()) for name in names):
            return query, note
    return "", ""


def _dim(folder: Path, config: Mapping[str, Any], modules: Mapping[str, str], pooling: Mapping[str, Any]) -> int:
    if "Dense" in modules:
        return int(_json(folder / modules["Dense"] / "config.json").get("out_features", 0))
    found = pooling.get("embedding_dimension") or pooling.get("word_embedding_dimension") or config.get("hidden_size")
    if not isinstance(found, int) or found < 1:
        raise EmbedderError(f"{folder} does not say how many dimensions its vectors have; is it a text model?")
    return found


def _metric(sentence: Mapping[str, Any], modules: Mapping[str, str]) -> Metric:
    named = sentence.get("similarity_fn_name")
    if "Normalize" in modules or named not in ("dot", "euclidean"):
        return "cosine"
    return "dot" if named == "dot" else "euclidean"


def _max_tokens(folder: Path, config: Mapping[str, Any], transformer: Mapping[str, Any]) -> int:
    """What the model was made for; positions it has none for would be an error, so never more than those."""
    tokenizer = _json(folder / "tokenizer_config.json").get("model_max_length")
    said = (transformer.get("max_seq_length"), tokenizer, config.get("max_position_embeddings"))
    return int(min((size for size in said if isinstance(size, int) and size > 0), default=512))
