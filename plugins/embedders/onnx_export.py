"""A model written once as ONNX, by a child process that alone pays for torch, and kept only when proven equal.

<cache>/<name>-<revision>/model.onnx  model.onnx.data  tokenizer.json  manifest.json
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from vecna_notes.errors import EmbedderError, MissingPart

from .card import Card, read_card
from .settings import missing_modules
from .weights import Weights, sha256_of

FORMAT = 1
LARGEST_DIFFERENCE = 1e-5
"""Between rows of unit length by torch and by ONNX; more, and the export is refused."""
_MINUTES = 20
_FILES = ("model.onnx", "model.onnx.data", "tokenizer.json")
_QUIET = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
    "PYTHONWARNINGS": "ignore",
}
_SAMPLES = (
    "Spaced repetition works because forgetting has a shape.",
    "a",
    "The garden in spring: what to sow, what to prune, and why the north bed stays wet. " * 3,
    "Ein Text über Gedächtnis — naïve café, 記憶の宮殿, emoji 🙂, code `x = f(y)` and a number 3.14159.",
    "word " * 700,
)


class CannotExport(EmbedderError):
    """This model has no true ONNX export here."""


def exported(weights: Weights, name: str, cache: Path) -> Path:
    """The folder of the export, made now if need be: seconds for a small model. Raises CannotExport or MissingPart."""
    slug = re.sub(r"[^\w.-]+", "-", name.rstrip("/").rpartition("/")[2])[:60]
    final = cache / f"{slug}-{weights.revision[:12]}"
    if is_sound(final, weights.revision):
        return final
    if why := missing_modules("exporting a model to ONNX", "torch", "transformers", "sentence_transformers", "onnx"):
        raise MissingPart(f"{why}; install it with: pip install 'vecna-notes[sbert]'")
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    _sweep(cache)
    scratch = cache / f".{final.name}.{os.getpid()}.new"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700)
    try:
        _run_child(weights.folder, name, weights.revision, scratch)
        shutil.rmtree(final, ignore_errors=True)
        with contextlib.suppress(OSError):  # another process was as fast; its export is as good
            scratch.rename(final)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if not is_sound(final, weights.revision):
        raise CannotExport(f"the export of {name} into {final} is damaged; is the disk full?")
    return final


def is_sound(folder: Path, revision: str) -> bool:
    """Whether an export is whole and of these weights; its files are hashed only when they were touched since."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if (manifest["format"], manifest["revision"]) != (FORMAT, revision):
            return False
        return all(_is_same(folder / name, manifest["files"][name]) for name in _FILES)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _is_same(file: Path, known: dict[str, Any]) -> bool:
    stat = file.stat()
    if stat.st_size != known["size"]:
        return False
    return bool(stat.st_mtime_ns == known["mtime_ns"] or sha256_of(file) == known["sha256"])


def _sweep(cache: Path) -> None:
    """Remove what killed exports left."""
    for left in cache.glob(".*.new"):
        pid = left.name.split(".")[-2]
        if not (pid.isdigit() and _runs(int(pid)) and time.time() - left.stat().st_mtime < _MINUTES * 60):
            shutil.rmtree(left, ignore_errors=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _run_child(source: Path, name: str, revision: str, into: Path) -> None:
    command = [sys.executable, "-m", __name__, str(source), name, revision, str(into)]
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **_QUIET},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_MINUTES * 60,
        )
    except subprocess.TimeoutExpired as error:
        raise CannotExport(f"exporting {name} to ONNX took more than {_MINUTES} minutes") from error
    if done.returncode:
        said = [line for line in done.stderr.strip().splitlines() if line.strip()] or ["it said nothing"]
        raise CannotExport(f"{name} cannot be exported to ONNX (exit {done.returncode}: {said[-1].strip()[:300]})")


def export(source: Path, name: str, revision: str, into: Path) -> None:
    """The child's work: write the export of `source` into `into`, prove it, and only then its manifest."""
    import torch
    from sentence_transformers import SentenceTransformer

    card = read_card(source, name)
    model: Any = SentenceTransformer(
        str(source),
        device="cpu",
        local_files_only=True,
        trust_remote_code=False,
        model_kwargs={"use_safetensors": True, "attn_implementation": "eager", "dtype": torch.float32},
    )
    _write_tokenizer(source, model.tokenizer, into / "tokenizer.json")
    _write_graph(model[0].auto_model.eval(), sorted(_inputs(model)), into / "model.onnx")
    _write_manifest(into, revision, proven(model, card, into))


def _inputs(model: Any) -> list[str]:
    return [name for name in model.tokenizer("a") if name in ("input_ids", "attention_mask", "token_type_ids")]


def _write_tokenizer(source: Path, tokenizer: Any, into: Path) -> None:
    if (source / "tokenizer.json").is_file():
        shutil.copyfile(source / "tokenizer.json", into)
    else:
        tokenizer.backend_tokenizer.save(str(into))


def _write_graph(encoder: Any, names: list[str], into: Path) -> None:
    """The encoder alone, weights beside it: mapped into memory instead of parsed, they open twice as fast."""
    import onnx
    import torch

    class Tokens(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder

        def forward(self, *values: Any) -> Any:
            return self.encoder(**dict(zip(names, values, strict=True)), return_dict=True).last_hidden_state

    # one tensor object a name: the exporter takes two uses of one object for one input
    values = tuple(torch.full((2, 9), 0 if name == "token_type_ids" else 1, dtype=torch.int64) for name in names)
    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("tokens")}
    with contextlib.redirect_stdout(sys.stderr), torch.inference_mode():
        program: Any = torch.onnx.export(
            Tokens().eval(),
            values,
            input_names=names,
            output_names=["last_hidden_state"],
            dynamic_shapes=((axes,) * len(names),),
            opset_version=18,
            dynamo=True,
            verbose=False,
        )
    onnx.save(
        program.model_proto,
        str(into),
        save_as_external_data=True,
        location=f"{into.name}.data",
        size_threshold=1024,
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


def _write_manifest(into: Path, revision: str, difference: float) -> None:
    from importlib.metadata import version

    files = {}
    for name in _FILES:
        (into / name).touch(mode=0o600, exist_ok=True)  # a model so small that its weights fit into the graph
        (into / name).chmod(0o600)
        with (into / name).open("rb") as stream:
            os.fsync(stream.fileno())
        stat = (into / name).stat()
        files[name] = {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": sha256_of(into / name)}
    manifest = {
        "format": FORMAT,
        "revision": revision,
        "largest_difference": difference,
        "made_with": {part: version(part) for part in ("torch", "transformers", "onnx", "onnxruntime")},
        "files": files,
    }
    (into / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")


if __name__ == "__main__":
    export(Path(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4]))
