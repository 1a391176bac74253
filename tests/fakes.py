"""Stand-ins with real behaviour: small, deterministic, and honest about what they are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from vecna_notes.types import Role, Rows, Space


@dataclass
class HashEmbedder:
    """Words hashed into a few dimensions: texts that share words are near. Counts what it embeds."""

    dim: int = 64
    name: str = "hash"
    embedded: list[str] = field(default_factory=list)

    @property
    def space(self) -> Space:
        return Space(self.name, "words", "1", self.dim, "cosine", "sum")

    def embed(self, texts: Sequence[str], role: Role) -> Rows:
        self.embedded.extend(texts)
        return np.stack([self._row(text) for text in texts])

    def _row(self, text: str) -> Rows:
        row = np.zeros(self.dim, dtype=np.float32)
        for word in text.lower().split():
            seed = int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=4).digest(), "big")
            row += np.random.default_rng(seed).standard_normal(self.dim).astype(np.float32)
        return row
