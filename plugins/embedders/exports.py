"""Models written once as ONNX, by a child process that alone pays for torch, and kept only when proven equal.

<cache>/<name>-<revision>/model.onnx  model.onnx.data  tokenizer.json  manifest.json

One process exports a model at a time; others that want it wait, and take what it made.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from vecna_notes.errors import EmbedderError, MissingPart
from vecna_notes.hookspecs import Options
from vecna_notes.types import Progress

from .settings import missing_modules
from .weights import Weights, sha256_of

FORMAT = 1
MINUTES = 20
"""Longer, and an export is given up."""
Told = Callable[[str], None]
"""Hears, several times a second while it lasts, what is being exported; may raise to give it up."""
_POLL_SECONDS = 0.2
_FILES = ("model.onnx", "model.onnx.data", "tokenizer.json")
_QUIET = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
    "PYTHONWARNINGS": "ignore",
}


class CannotExport(EmbedderError):
    """This model has no true ONNX export here."""


def listener(options: Options) -> Told:
    """Who hears how an export goes: "report" of an offer's options, where there is one."""
    report = options.get("report")
    if not callable(report):
        return lambda what: None
    return lambda what: report(Progress("export", 0, None, what))


def graph_of(weights: Weights, name: str, cache: Path, child: str, tell: Told) -> tuple[Path, Path]:
    """Graph and tokenizer: the model's own export, else ours, made now if need be. Raises CannotExport or MissingPart.

    `child` is the module that makes it, run as `python -m child SOURCE NAME REVISION INTO`.
    """
    tokenizer = weights.folder / "tokenizer.json"
    if weights.onnx is not None and tokenizer.is_file():
        return weights.onnx, tokenizer
    folder = _exported(weights, name, cache, child, tell)
    return folder / "model.onnx", folder / "tokenizer.json"


def _exported(weights: Weights, name: str, cache: Path, child: str, tell: Told) -> Path:
    slug = re.sub(r"[^\w.-]+", "-", _short(name))[:60]
    final = cache / f"{slug}-{weights.revision[:12]}"
    if is_sound(final, weights.revision):
        return final
    if why := missing_modules("exporting a model to ONNX", "torch", "transformers", "sentence_transformers", "onnx"):
        raise MissingPart(f"{why}; install it with: pip install 'vecna-notes[sbert]'")
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(cache / f".{final.name}.lock", _short(name), tell):
        if not is_sound(final, weights.revision):  # else another process made it while we waited
            _make(weights, name, final, child, tell)
    if not is_sound(final, weights.revision):
        raise CannotExport(f"the export of {name} into {final} is damaged; is the disk full?")
    return final


def _short(name: str) -> str:
    return name.rstrip("/").rpartition("/")[2]


@contextlib.contextmanager
def _alone(lock: Path, name: str, tell: Told) -> Iterator[None]:
    """While no other process exports this model; the kernel frees the lock when its holder dies."""
    deadline = time.monotonic() + MINUTES * 60
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not _locked(descriptor):
            if time.monotonic() > deadline:
                raise CannotExport(f"another process has been exporting {name} for {MINUTES} minutes; stop it")
            tell(f"{name}, by another process")
            time.sleep(_POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _make(weights: Weights, name: str, final: Path, child: str, tell: Told) -> None:
    _sweep(final.parent)
    scratch = final.with_name(f".{final.name}.{os.getpid()}.new")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700)
    try:
        _run_child([child, str(weights.folder), name, weights.revision, str(scratch)], _short(name), tell)
        shutil.rmtree(final, ignore_errors=True)
        with contextlib.suppress(OSError):  # on a file system without locks another process was as fast
            scratch.rename(final)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


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
        if not (pid.isdigit() and _runs(int(pid)) and time.time() - left.stat().st_mtime < MINUTES * 60):
            shutil.rmtree(left, ignore_errors=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _run_child(arguments: Sequence[str], name: str, tell: Told) -> None:
    deadline = time.monotonic() + MINUTES * 60
    with subprocess.Popen(
        [sys.executable, "-m", *arguments],
        env={**os.environ, **_QUIET},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as running:
        try:
            said = _heard(running, deadline, lambda: tell(name))
        except subprocess.TimeoutExpired as error:
            raise CannotExport(f"exporting {name} to ONNX took more than {MINUTES} minutes") from error
        finally:
            running.kill()  # nobody waits for it any more, or it has ended
    if running.returncode:
        lines = [line for line in said.strip().splitlines() if line.strip()] or ["it said nothing"]
        raise CannotExport(f"{name} cannot be exported to ONNX (exit {running.returncode}: {lines[-1].strip()[:300]})")


def _heard(running: subprocess.Popen[str], deadline: float, tell: Callable[[], None]) -> str:
    """What the child said on its stderr until it ended."""
    while True:
        tell()
        try:
            return running.communicate(timeout=_POLL_SECONDS)[1]
        except subprocess.TimeoutExpired:
            if time.monotonic() > deadline:
                raise


def write_tokenizer(source: Path, tokenizer: Any, into: Path) -> None:
    """The child's work: the folder's own, or what its library makes of older files."""
    if (source / "tokenizer.json").is_file():
        shutil.copyfile(source / "tokenizer.json", into)
    else:
        tokenizer.backend_tokenizer.save(str(into))


def token_inputs(tokenizer: Any) -> list[str]:
    """What the model takes of a text, by name."""
    return sorted(name for name in tokenizer("a") if name in ("input_ids", "attention_mask", "token_type_ids"))


def write_graph(model: Any, names: list[str], output: str, into: Path) -> None:
    """The child's work: a transformer's `output`, weights beside it: mapped into memory, they open twice as fast."""
    import onnx
    import torch

    class Tokens(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *values: Any) -> Any:
            return getattr(self.model(**dict(zip(names, values, strict=True)), return_dict=True), output)

    # one tensor object a name: the exporter takes two uses of one object for one input
    values = tuple(torch.full((2, 9), 0 if name == "token_type_ids" else 1, dtype=torch.int64) for name in names)
    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("tokens")}
    with contextlib.redirect_stdout(sys.stderr), torch.inference_mode():
        program: Any = torch.onnx.export(
            Tokens().eval(),
            values,
            input_names=names,
            output_names=[output],
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


def write_manifest(into: Path, revision: str, difference: float) -> None:
    """The child's last work, once the export is proven."""
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
