"""Vaults from which something can be learned: titles and bodies of a subject share no word, but go together."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

from tests.vaults import Home, python_path
from vecna_notes.config import Folders, load
from vecna_notes.train.tuned import How, Tuned
from vecna_notes.types import Progress
from vecna_notes.vault import Vault

PLUGIN = Path(__file__).parents[1] / "plugin_tuned.py"
SETTINGS = {"VECNA_INDEX__EMBEDDER": "wide", "VECNA_TRAIN__TRAINER": "mapped"}
STEPS = 6
"""Enough for a gain beyond chance."""
_SOUNDS = ("ba", "do", "ki", "lu", "me", "no", "pra", "ri", "su", "ta", "vo", "ze")


def hear(progress: Progress) -> None:
    """Nobody listens."""


def word(rng: random.Random, length: int = 3) -> str:
    return "".join(rng.choice(_SOUNDS) for _ in range(length))


def taught(root: Path, subjects: int = 12, notes: int = 6, seed: int = 3) -> Path:
    rng = random.Random(seed)
    root.mkdir(parents=True, exist_ok=True)
    for subject in range(subjects):
        name, words = word(rng), [word(rng, 4) for _ in range(10)]
        for number in range(notes):
            own = f"{word(rng, 4)}"
            body = " ".join(rng.choice(words) for _ in range(24))
            text = f"# {name} {own}\n\n{body.capitalize()} {own}x.\n"
            (root / f"{subject}-{number}.md").write_text(text, encoding="utf-8")
    return root


def home_of(folder: Path) -> Home:
    """Where "wide" is the embedder, and "mapped" tunes it."""
    home = Home(folder, embedder="wide")
    shutil.copy(PLUGIN, folder / "config" / "plugins" / "tuned.py")
    return home


def folders_of(home: Home) -> Folders:
    return Folders(home.folder / "config" / "config.toml", home.folder / "data")


def opened(home: Home, root: Path, write: bool = False, **trainer: Any) -> Vault:
    given = {f"trainers.mapped.{key}": value for key, value in trainer.items()}
    folders = folders_of(home)
    overrides = {"index.embedder": "wide", "train.trainer": "mapped", **given}
    return Vault.open(root, folders, load(folders, root, overrides), write=write)


def indexed(home: Home, root: Path) -> None:
    with opened(home, root, write=True) as vault:
        vault.sync(hear)
        fill(vault)


def fill(vault: Vault) -> int:
    done = sum(vault.ladder(hear).climb())
    vault.settle(hear, done)
    return done


def environment(home: Home) -> dict[str, str]:
    return home.environment | SETTINGS | python_path(PLUGIN.parents[1])


def tune(home: Home, root: Path, how: How | None = None, **trainer: Any) -> Tuned:
    with opened(home, root, **{"steps": STEPS, **trainer}) as vault:
        return vault.tune(how or How(), lambda _step: True, hear)
