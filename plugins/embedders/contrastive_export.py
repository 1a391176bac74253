"""The export of a tuned model's transformer: as sbert's, and without the head, which is applied behind the graph."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from .card import Card, read_card
from .exports import token_inputs, write_graph, write_manifest, write_tokenizer
from .onnx_export import opened, proven


def plain_card(folder: Path) -> Card:
    """As the folder says, but for its head."""
    card = read_card(folder, str(folder))
    return replace(card, unusual="") if card.unusual == "its module Dense" else card


def export(source: Path, revision: str, into: Path) -> None:
    """The child's work, as in onnx_export."""
    card = plain_card(source)
    model: Any = opened(source)
    while len(model) > 2:  # what follows transformer and pooling is done behind the graph
        del model[len(model) - 1]
    write_tokenizer(source, model.tokenizer, into / "tokenizer.json")
    write_graph(model[0].auto_model.eval(), token_inputs(model.tokenizer), "last_hidden_state", into / "model.onnx")
    write_manifest(into, revision, proven(model, card, into))


if __name__ == "__main__":
    export(Path(sys.argv[1]), sys.argv[3], Path(sys.argv[4]))
