"""The folder of a tuned model: an ordinary sentence-transformers model, with a manifest that says where it came from.

model.safetensors  tokenizer.json  config.json …    the transformer, the base's own where only a head was learned
N_Dense/model.safetensors                           the head, where there is one
modules.json  README.md                             how sentence-transformers puts it together; what it is
tuned.json                                          written last: a folder without it is not done
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vecna_notes.errors import EmbedderError
from vecna_notes.text import digest
from vecna_notes.types import Space

from .contrastive_head import Head
from .weights import sha256_of

MANIFEST = "tuned.json"
FORMAT = 1
WEIGHTS = "model.safetensors"
_KEPT = ("*.json", "*.txt", "*.model", "*.safetensors")
_OWN = (MANIFEST, "modules.json")
_KIND = "sentence_transformers.models."
_PLAIN: list[dict[str, Any]] = [
    {"idx": 0, "name": "0", "path": "", "type": f"{_KIND}Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{_KIND}Pooling"},
]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a tuned folder says of itself."""

    about: str
    """Digest of pairs and settings."""
    base: str
    """The model it was tuned from, as sbert is told it."""
    base_space: Space
    is_full: bool
    """Whether its own transformer differs from the base's."""
    head: str
    """Folder of its head inside it, or ""."""
    settings: Mapping[str, Any]
    counts: Mapping[str, int]
    """Train pairs by source."""
    scores: Mapping[str, float]
    digests: Mapping[str, str]
    """SHA-256 of each file of weights that is its own."""

    @property
    def revision(self) -> str:
        return digest(json.dumps([self.base_space.revision, sorted(self.digests.items())]))


def read_manifest(folder: Path) -> Manifest:
    """Raises EmbedderError where there is none, or one of another version."""
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
        if found.pop("format") != FORMAT:
            raise ValueError("another version wrote it")
        return Manifest(**{**found, "base_space": Space(**found["base_space"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EmbedderError(f"{folder} holds no finished tuned model ({error}); `vecna train` makes one") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    fresh = folder / f".{MANIFEST}"
    fresh.write_text(json.dumps({"format": FORMAT, **asdict(manifest)}, indent=1), encoding="utf-8")
    fresh.chmod(0o600)
    fresh.replace(folder / MANIFEST)


def copy_base(base: Path, into: Path) -> None:
    """What sentence-transformers needs of a model; weights are linked where the file system can."""
    for pattern in _KEPT:
        for file in (*base.glob(pattern), *base.glob(f"[0-9]_*/{pattern}")):
            target = into / file.relative_to(base)
            if file.name not in _OWN:
                target.parent.mkdir(mode=0o700, exist_ok=True)
                target.unlink(missing_ok=True)
                _link(file, target)
    modules = json.loads((base / "modules.json").read_bytes()) if (base / "modules.json").is_file() else _plain(into)
    (into / "modules.json").write_text(json.dumps(modules, indent=1), encoding="utf-8")


def _link(file: Path, target: Path) -> None:
    if file.suffix == ".safetensors":
        with contextlib.suppress(OSError):
            os.link(file.resolve(), target)
            return
    shutil.copyfile(file, target)


def _plain(into: Path) -> list[dict[str, Any]]:
    """A transformer alone is pooled by the mean."""
    config = json.loads((into / "config.json").read_bytes())
    (into / "1_Pooling").mkdir(mode=0o700, exist_ok=True)
    pooling = {"word_embedding_dimension": config["hidden_size"], "pooling_mode_mean_tokens": True}
    (into / "1_Pooling" / "config.json").write_text(json.dumps(pooling), encoding="utf-8")
    return _PLAIN


def add_head(into: Path, head: Head) -> str:
    """Behind all other modules, which then end in rows of unit length; returns its folder's name."""
    from safetensors.numpy import save

    modules = [
        row for row in json.loads((into / "modules.json").read_bytes()) if row["type"].rpartition(".")[2] != "Normalize"
    ]
    name = f"{len(modules) + 1}_Dense"
    for kind, path in (
        ("Normalize", f"{len(modules)}_Normalize"),
        ("Dense", name),
        ("Normalize", f"{len(modules) + 2}_Normalize"),
    ):
        number = len(modules)
        modules.append({"idx": number, "name": str(number), "path": path, "type": _KIND + kind})
        (into / path).mkdir(mode=0o700, exist_ok=True)
    size = len(head.weight)
    config = {
        "in_features": size,
        "out_features": size,
        "bias": False,
        "activation_function": "torch.nn.modules.linear.Identity",
    }
    (into / name / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (into / name / WEIGHTS).write_bytes(save({"linear.weight": np.ascontiguousarray(head.weight)}))
    (into / "modules.json").write_text(json.dumps(modules, indent=1), encoding="utf-8")
    return name


def read_head(folder: Path, manifest: Manifest) -> Head:
    """Raises EmbedderError when it is damaged."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    name = f"{manifest.head}/{WEIGHTS}"
    try:
        if sha256_of(folder / name) != manifest.digests[name]:
            raise ValueError("its digest is another")
        return Head(load((folder / name).read_bytes())["linear.weight"])
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise EmbedderError(
            f"the head in {folder / name} is damaged ({error}); `vecna embedders rollback` goes back"
        ) from error


def digests_of(folder: Path, is_full: bool, head: str) -> dict[str, str]:
    names = [*([WEIGHTS] if is_full else []), *([f"{head}/{WEIGHTS}"] if head else [])]
    return {name: sha256_of(folder / name) for name in names}


def write_card(folder: Path, manifest: Manifest) -> None:
    """README.md, as model hubs read it."""
    counts = "".join(f"| {source} | {count:,} |\n" for source, count in manifest.counts.items())
    settings = "".join(f"| {name} | {value} |\n" for name, value in manifest.settings.items())
    scores = "".join(f"| {name} | {value:.4f} |\n" for name, value in manifest.scores.items())
    what = "all weights tuned" if manifest.is_full else "its weights as they were, and a linear map on its rows"
    what += ", with a linear map on its rows" if manifest.is_full and manifest.head else ""
    (folder / "README.md").write_text(
        f"""---
library_name: sentence-transformers
pipeline_tag: sentence-similarity
tags: [sentence-transformers, sentence-similarity, feature-extraction]
---
# {folder.name}

`{manifest.base}`, {what}, by vecna-notes on one person's notes. It is as
private as they are.

    from sentence_transformers import SentenceTransformer
    rows = SentenceTransformer("{folder.name}").encode(["a note"])

## Learned from

| pairs of | count |
| --- | ---: |
{counts}
## Settings

| setting | value |
| --- | --- |
{settings}
## Scores

MRR@10 on pairs of held-out notes, by which it was stopped and mixed with what it was tuned from.

| | |
| --- | ---: |
{scores}""",
        encoding="utf-8",
    )
