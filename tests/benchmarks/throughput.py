"""How fast indexing embeds, as a share of what this machine's processors can multiply, measured in the same run."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.conftest import SHARED
from tests.vaults import make_vault
from vecna_notes.config import Folders, load
from vecna_notes.embedding import embed
from vecna_notes.types import Vectors
from vecna_notes.vault import Vault

LAYERS, WIDTH, LONGEST = 6, 384, 256
"""all-MiniLM-L6-v2."""
WINDOW = 256
TEXTS = 1_536


def ceiling() -> float:
    """FLOP/s of a float32 matrix product of 2048 × 2048, the best of three."""
    one = np.ones((2048, 2048), dtype=np.float32)
    best = np.inf
    for _ in range(3):
        started = time.perf_counter()
        one @ one
        best = min(best, time.perf_counter() - started)
    return 2 * 2048**3 / best


def flops(tokens: list[int]) -> float:
    """Of one pass over texts of so many tokens, padding not counted: products with weights, and attention."""
    lengths = np.minimum(np.array(tokens, dtype=np.float64) + 2, LONGEST)
    return float(LAYERS * (24 * WIDTH**2 * lengths + 4 * WIDTH * lengths**2).sum())


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"VECNA_DATA_DIR": f"{folder}/data", "VECNA_CONFIG": f"{folder}/config.toml"}
        root = SHARED / "garden" / "notes"
        if not root.is_dir():
            root = make_vault(Path(folder) / "vault", 400)
        folders = Folders.standard()
        with Vault.open(root, folders, load(folders), write=True) as vault:
            report = vault.sync(lambda progress: None)
            print(f"  {report.added} notes read, cut and stored in {report.seconds:.1f} s")
            return measure(vault)


def measure(vault: Vault) -> int:
    store = vault.store
    embedder = vault.registry.embedder("sbert", vault.embedder_options("sbert"))
    embed(embedder, ["warm " * 150] * 16, "note")  # type: ignore[arg-type]
    with store.transaction():
        space = store.vectors.space(embedder.space)  # type: ignore[union-attr]
    shares, seconds, texts, tokens, before = [], 0.0, 0, 0, ceiling()
    while texts < TEXTS and (missing := store.vectors.missing(space, WINDOW)):
        started = time.perf_counter()
        vectors: Vectors = embed(embedder, [text for _, text in missing], "note")  # type: ignore[arg-type]
        with store.transaction():
            store.vectors.save(space, [digest for digest, _ in missing], vectors)
        taken, after = time.perf_counter() - started, ceiling()
        counts = embedder.count_tokens([text for _, text in missing])  # type: ignore[union-attr]
        shares.append(flops(counts) / taken / ((before + after) / 2))
        seconds, texts, tokens, before = seconds + taken, texts + len(missing), tokens + sum(counts), after
    share = float(np.median(shares))
    print(f"  embedding and storing: {texts / seconds:.0f} chunks/s, {tokens / seconds:.0f} tokens/s")
    print(
        f"  {share:.2f} of the fp32 ceiling of {before / 1e9:.0f} GFLOP/s (goal 0.45; per window "
        f"{min(shares):.2f} to {max(shares):.2f})"
    )
    return int(share < 0.45)


if __name__ == "__main__":
    sys.exit(main())
