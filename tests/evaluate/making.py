"""Vaults for evaluations, indexed in this process."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.vaults import Home, sentence
from vecna_notes.config import Folders, load
from vecna_notes.evaluate.mine import Mined
from vecna_notes.evaluate.own import rewritten
from vecna_notes.evaluate.scratch import Scratch, scratch
from vecna_notes.evaluate.systems import usable
from vecna_notes.types import Progress
from vecna_notes.vault import Vault


def hear(progress: Progress) -> None:
    """Nobody listens."""


def indexed(home: Home, root: Path, *embedders: str) -> Folders:
    """Index a folder with each of the embedders; the last one answers, and is the one that is configured."""
    folders = Folders(home.folder / "config" / "config.toml", home.folder / "data")
    folders.config.parent.mkdir(parents=True, exist_ok=True)
    folders.config.write_text(f'[index]\nembedder = "{embedders[-1]}"\n')
    for embedder in embedders:
        configuration = load(folders, root, {"index.embedder": embedder})
        with Vault.open(root, folders, configuration, write=True) as vault:
            vault.sync(hear)
            for _ in vault.ladder(hear).climb():
                pass
            vault.settle(hear, 0)
    return folders


@contextmanager
def opened(folders: Folders, root: Path) -> Iterator[Vault]:
    with Vault.open(root, folders, load(folders, root)) as vault:
        yield vault


@contextmanager
def without(vault: Vault, mined: list[Mined]) -> Iterator[Scratch]:
    """The scratch index that a run on these questions asks."""
    rooms = vault._rooms()
    with scratch(rooms, rewritten(vault.store, mined), usable(vault.store, vault.models), hear) as made:
        yield made


def write(root: Path, notes: Mapping[str, str]) -> Path:
    for path, text in notes.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def prose(rng: random.Random, sentences: int = 8) -> str:
    return " ".join(sentence(rng) for _ in range(sentences))
