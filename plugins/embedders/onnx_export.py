"""A transformer's weights as an ONNX graph, made once, in a process of its own so that torch never enters ours.

`python -m vecna_plugins.embedders.onnx_export SOURCE TARGET` writes TARGET, after comparing it with torch.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from vecna_notes.errors import EmbedderError

TOLERANCE = 1e-4
"""Largest difference from torch, of token vectors whose entries are about 1; rows then agree within 1e-6."""
_SECONDS = 900


def export(source: Path, target: Path) -> None:
    """Write the graph of the model in `source` to the file `target`, whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = target.with_name(f".{os.getpid()}.onnx")
    command = [sys.executable, "-W", "ignore", "-m", __name__, str(source), str(scratch)]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS
        )
        if done.returncode != 0 or not scratch.is_file():
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            raise EmbedderError(f"the model could not be exported to ONNX: {lines[-1] if lines else 'no reason given'}")
        scratch.chmod(0o600)
        scratch.replace(target)
    except subprocess.TimeoutExpired as error:
        raise EmbedderError(f"exporting the model to ONNX took over {_SECONDS} s") from error
    finally:
        scratch.unlink(missing_ok=True)


def main(source: str, target: str) -> None:
    import torch
    from transformers import AutoModel

    model = AutoModel.from_pretrained(
        source, dtype=torch.float32, trust_remote_code=False, use_safetensors=True, local_files_only=True
    ).eval()

    class Tokens(torch.nn.Module):  # type: ignore[misc]
        """Ids and mask in, one vector a token out."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            return self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    ids, mask = _example(model.config.vocab_size, 3, 17)
    longest = (
        getattr(model.config, "max_position_embeddings", 512) - 2
    )  # some families keep two positions to themselves
    sizes = {0: torch.export.Dim("batch", min=1, max=4096), 1: torch.export.Dim("length", min=2, max=longest)}
    program = torch.onnx.export(
        Tokens(),
        (ids, mask),
        input_names=["input_ids", "attention_mask"],
        output_names=["last_hidden_state"],
        dynamo=True,
        dynamic_shapes={"input_ids": sizes, "attention_mask": sizes},
        optimize=True,
        verbose=False,
    )
    program.save(target, external_data=False)
    _compare(Tokens(), target, model.config.vocab_size)


def _example(vocabulary: int, count: int, length: int):  # type: ignore[no-untyped-def]
    import torch

    ids = torch.randint(0, vocabulary, (count, length), generator=torch.Generator().manual_seed(length))
    mask = torch.ones_like(ids)
    mask[0, length // 2 :] = 0
    return ids, mask


def _compare(model, target: str, vocabulary: int) -> None:  # type: ignore[no-untyped-def]
    import numpy as np
    import onnxruntime
    import torch

    session = onnxruntime.InferenceSession(target, providers=["CPUExecutionProvider"])
    for count, length in ((1, 5), (4, 60)):
        ids, mask = _example(vocabulary, count, length)
        with torch.no_grad():
            expected = model(ids, mask).numpy()
        (found,) = session.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})
        difference = float(np.abs(expected - found)[mask.numpy().astype(bool)].max())
        if not difference <= TOLERANCE:
            raise SystemExit(f"the exported graph differs from torch by {difference:.1e}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
