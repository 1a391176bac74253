"""The export of a cross-encoder: its classifier as ONNX, with the same scores as torch or not at all."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ..embedders.exports import token_inputs, write_graph, write_manifest, write_tokenizer
from .pairs import OnnxPairs, PairCard, open_cross_encoder, read_pair_card

LARGEST_DIFFERENCE = 1e-4
"""Between the scores of torch and of ONNX, which reach about ±10; more, and the export is refused."""
_QUERIES = ("why do we forget what we read", "a", "", "記憶の宮殿", "naïve café 🙂")
_PASSAGES = (
    "Spaced repetition works because forgetting has a shape.",
    "The garden in spring: what to sow, what to prune, and why the north bed stays wet. " * 3,
    "",
    "word " * 700,
)


def export(source: Path, name: str, revision: str, into: Path) -> None:
    """The child's work: write the export of `source` into `into`, prove it, and only then its manifest."""
    card = read_pair_card(source, name)
    model = open_cross_encoder(source, card)
    write_tokenizer(source, model.tokenizer, into / "tokenizer.json")
    write_graph(model.model.eval(), token_inputs(model.tokenizer), "logits", into / "model.onnx")
    write_manifest(into, revision, proven(model, card, into))


def proven(model: Any, card: PairCard, folder: Path) -> float:
    """Largest difference between scores of both runtimes, alone and batched; or the process ends."""
    import numpy as np

    light = OnnxPairs(folder / "model.onnx", folder / "tokenizer.json", card, threads=0)
    pairs = [(query, passage) for query in _QUERIES for passage in _PASSAGES]
    true = np.asarray(model.predict(card.prepared(pairs), show_progress_bar=False), dtype=np.float32)
    alone = np.concatenate([light.scores([pair]) for pair in pairs])
    worst = max(float(np.abs(scores - true).max()) for scores in (light.scores(pairs), alone))
    if not worst <= LARGEST_DIFFERENCE:
        raise SystemExit(f"its scores differ from torch's by {worst:.1e}")
    return worst


if __name__ == "__main__":
    export(Path(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4]))
