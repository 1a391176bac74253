"""The export of a sentence-transformers model: its transformer as ONNX, with the same rows as torch or not at all."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from .card import Card, read_card
from .exports import token_inputs, write_graph, write_manifest, write_tokenizer

LARGEST_DIFFERENCE = 1e-5
"""Between rows of unit length by torch and by ONNX; more, and the export is refused."""
_SAMPLES = (
    "Spaced repetition works because forgetting has a shape.",
    "a",
    "The garden in spring: what to sow, what to prune, and why the north bed stays wet. " * 3,
    "Ein Text über Gedächtnis — naïve café, 記憶の宮殿, emoji 🙂, code `x = f(y)` and a number 3.14159.",
    "word " * 700,
)


def export(source: Path, name: str, revision: str, into: Path) -> None:
    """The child's work: write the export of `source` into `into`, prove it, and only then its manifest."""
    card = read_card(source, name)
    model = opened(source)
    write_tokenizer(source, model.tokenizer, into / "tokenizer.json")
    write_graph(model[0].auto_model.eval(), token_inputs(model.tokenizer), "last_hidden_state", into / "model.onnx")
    write_manifest(into, revision, proven(model, card, into))


def opened(source: Path) -> Any:
    """By sentence-transformers, as the exporter can follow it."""
    import torch
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(
        str(source),
        device="cpu",
        local_files_only=True,
        trust_remote_code=False,
        model_kwargs={"use_safetensors": True, "attn_implementation": "eager", "dtype": torch.float32},
    )


def proven(model: Any, card: Card, folder: Path) -> float:
    """Largest difference between rows of both runtimes, made of unit length, alone and batched; or the process ends."""
    import numpy as np

    from .bags import unit
    from .onnx_run import OnnxModel

    light = OnnxModel(folder / "model.onnx", folder / "tokenizer.json", card, threads=0)
    worst = 0.0
    for prompt in {card.note_prompt, card.query_prompt}:
        true = unit(np.asarray(model.encode(list(_SAMPLES), prompt=prompt, show_progress_bar=False), dtype=np.float32))
        texts = [prompt + text for text in _SAMPLES]
        alone = np.concatenate([light.rows([text]) for text in texts])
        for rows in (light.rows(texts), alone, light.rows(texts, is_query=True)):
            worst = max(worst, float(np.abs(unit(rows) - true).max()))
    if not worst <= LARGEST_DIFFERENCE:
        raise SystemExit(f"its rows differ from torch's by {worst:.1e}")
    return worst


if __name__ == "__main__":
    export(Path(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4]))
