"""What the trained embedders share: a text's row is the weighted sum of its words' vectors, in plain NumPy.

A trained model is two files: `weights.safetensors` and `vocabulary.json`, which holds the words, the recipe and the
checksum of the weights. Its revision is the digest of the latter, and so of both.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vecna_notes.errors import EmbedderError
from vecna_notes.text import digest
from vecna_notes.types import Role, Rows, Space

from .words import WORDS_VERSION, words

FORMAT = 1
LEAST_TEXTS = 3
LEAST_WORDS = 10
_VOCABULARY = "vocabulary.json"
_WEIGHTS = "weights.safetensors"


@dataclass(frozen=True, slots=True, eq=False)
class WordTable:
    """Words with their vectors, and how a text's row is made of them."""

    words: tuple[str, ...]
    vectors: npt.NDArray[np.float16]
    """(words, dim): a thousandth of precision is plenty for a mean of words, and half as much to load."""
    weights: Rows
    """(words,): how much each word says."""
    common: Rows
    """(k, dim), orthonormal: what all texts have in common, taken out of every row."""
    is_sublinear: bool
    """Whether the n-th occurrence of a word counts 1 + log n in all, instead of n."""


class BagEmbedder:
    """Weighted sums of word vectors; a text without a known word is a zero row."""

    def __init__(self, space: Space, table: WordTable) -> None:
        self._space = space
        self._table = table
        self._ids = {word: id for id, word in enumerate(table.words)}

    @property
    def space(self) -> Space:
        return self._space

    def embed(self, texts: Sequence[str], role: Role) -> Rows:
        return np.stack([_row(self._table, self._ids, words(text)) for text in texts])


def rows_of(table: WordTable, texts: Iterable[Sequence[str]]) -> Rows:
    """Rows of texts that are words already."""
    ids = {word: id for id, word in enumerate(table.words)}
    return np.stack([_row(table, ids, found) for found in texts])


def _row(table: WordTable, ids: dict[str, int], found: Sequence[str]) -> Rows:
    counts = Counter(id for word in found if (id := ids.get(word)) is not None)
    if not counts:
        return np.zeros(table.vectors.shape[1], dtype=np.float32)
    which = np.fromiter(counts, dtype=np.int64, count=len(counts))
    times = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
    shares = (1 + np.log(times) if table.is_sublinear else times) * table.weights[which]
    total = shares @ table.vectors[which].astype(np.float32)
    row: Rows = without(unit(total[None, :]), table.common)[0]
    return row


def unit(rows: Rows) -> Rows:
    """Rows of length one; zero rows stay zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0), dtype=np.float32)


def without(rows: Rows, common: Rows) -> Rows:
    """`rows` with the directions `common` taken out; a row that is nothing else stays as it is."""
    if not len(common):
        return rows
    rest = rows - (rows @ common.T) @ common
    has_rest = np.linalg.norm(rest, axis=1, keepdims=True) > 1e-3
    return np.asarray(np.where(has_rest, rest, rows), dtype=np.float32)


def corpus_words(corpus: Iterable[str], name: str) -> list[list[str]]:
    """The words of each text, in an order that depends on the texts alone, so that equal vaults give equal models.

    Raises EmbedderError when there is too little to learn from.
    """
    texts = sorted(corpus, key=digest)
    split = [found for text in texts if (found := words(text))]
    known = len({word for found in split for word in found})
    if len(split) < LEAST_TEXTS or known < LEAST_WORDS:
        raise EmbedderError(
            f"{name} needs more text to learn from: it found {known} different words in {len(split)} passages and "
            f"needs {LEAST_WORDS} in {LEAST_TEXTS}; add notes, or choose another embedder"
        )
    return split


def save(folder: Path, table: WordTable, name: str, model: str, settings: dict[str, Any]) -> None:
    """Write a trained model into the empty `folder`."""
    from safetensors.numpy import save as serialise

    weights = serialise({"vectors": table.vectors, "weights": table.weights, "common": table.common})
    (folder / _WEIGHTS).write_bytes(weights)
    card = {
        "format": FORMAT,
        "name": name,
        "model": model,
        "settings": {**settings, "words_version": WORDS_VERSION, "is_sublinear": table.is_sublinear},
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        "words": table.words,
    }
    (folder / _VOCABULARY).write_text(json.dumps(card, ensure_ascii=False), encoding="utf-8")


def load(folder: Path, name: str) -> BagEmbedder:
    """Open what `save` wrote. Raises EmbedderError when it is damaged or of another version."""
    try:
        raw = (folder / _VOCABULARY).read_bytes()
        weights = (folder / _WEIGHTS).read_bytes()
        return _opened(raw, weights, name)
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise EmbedderError(
            f"the trained {name} model in {folder} cannot be used ({reason}); `vecna index` trains it again"
        ) from error


def _opened(raw: bytes, weights: bytes, name: str) -> BagEmbedder:
    from safetensors import SafetensorError
    from safetensors.numpy import load as deserialise

    card = json.loads(raw)
    if (card["format"], card["name"], card["settings"]["words_version"]) != (FORMAT, name, WORDS_VERSION):
        raise ValueError("it was written by another version")
    if hashlib.sha256(weights).hexdigest() != card["weights_sha256"]:
        raise ValueError("its weights are damaged")
    try:
        arrays = deserialise(weights)
    except SafetensorError as error:
        raise ValueError(str(error)) from error
    table = WordTable(
        tuple(card["words"]), arrays["vectors"], arrays["weights"], arrays["common"], card["settings"]["is_sublinear"]
    )
    recipe = digest(json.dumps(card["settings"], sort_keys=True))
    space = Space(name, card["model"], digest(raw), table.vectors.shape[1], "cosine", recipe)
    return BagEmbedder(space, table)
