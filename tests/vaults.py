"""Vaults for tests: made, changed at random, indexed by real processes, and compared as a user would."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# fmt: off
WORDS = [
    "memory", "sleep", "bread", "levain", "retention", "spacing", "recall", "index", "vector", "garden",
    "soil", "tomato", "travel", "lisbon", "ferry", "budget", "rent", "guitar", "scale", "chord", "python",
    "typing", "sqlite", "journal", "planner", "meeting", "review", "draft", "letter", "river", "winter",
]
# fmt: on
WORDS += [
    a + b + c for a in ("bra", "ki", "lo", "mun") for b in ("del", "fo", "ris", "ta", "ve") for c in ("n", "sk", "ro")
]
"""Enough words that none stands in thousands of passages: those are ranked in part only."""


def sentence(rng: random.Random, words: int = 12) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(words)).capitalize() + "."


def body(rng: random.Random, name: str) -> str:
    parts = [f"# {name.title()}\n"] if rng.random() < 0.7 else []
    for _ in range(rng.randint(1, 4)):
        parts.append(f"\n## {rng.choice(WORDS).title()}\n\n{sentence(rng)} {sentence(rng)} [[{rng.choice(WORDS)}]]\n")
    return "".join(parts)


def make_vault(root: Path, count: int, seed: int = 1) -> Path:
    rng = random.Random(seed)
    for i in range(count):
        folder = root / rng.choice(["", "a", "b", "a/deep"])
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{rng.choice(WORDS)}-{i}"
        (folder / f"{name}.md").write_text(body(rng, name), encoding="utf-8")
    return root


def python_path(*folders: str | Path) -> dict[str, str]:
    """For an environment that finds modules in `folders`, too; what keeps tests offline stays on the path."""
    others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return {"PYTHONPATH": os.pathsep.join([*map(os.fspath, folders), *filter(None, others)])}


@dataclass(frozen=True)
class Home:
    """A private config and data folder, with the hash embedder as a single-file plugin."""

    folder: Path
    embedder: str = "hash"

    def __post_init__(self) -> None:
        plugins = self.folder / "config" / "plugins"
        plugins.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(__file__).with_name("plugin_hash.py"), plugins / "hash.py")

    @property
    def environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR", "COLUMNS")}
        return {
            **ours,
            "VECNA_CONFIG": str(self.folder / "config" / "config.toml"),
            "VECNA_DATA_DIR": str(self.folder / "data"),
            "VECNA_INDEX__EMBEDDER": self.embedder,
            "PYTHONWARNINGS": "ignore",
        }

    def vecna(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run the real program."""
        return subprocess.run(
            [sys.executable, "-m", "vecna_notes", *arguments],
            env=self.environment | options.pop("env", {}),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=options.pop("timeout", 120),
            **options,
        )

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "vecna_notes", *arguments], env=self.environment, text=True, **options
        )

    def state(self, root: Path) -> dict[str, Any]:
        """Everything an index holds, as values that two indexes of the same folder must share."""
        script = Path(__file__).with_name("dump_state.py")
        done = subprocess.run(
            [sys.executable, str(script), str(root)], env=self.environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        state: dict[str, Any] = json.loads(done.stdout)
        return state


def change_at_random(root: Path, rng: random.Random, serial: int) -> None:
    """One random operation as editors, file managers and git do them."""
    notes = sorted(root.rglob("*.md"))
    operation = rng.choice(
        [_write, _write, _edit, _append, _atomic, _rename, _move, _delete, _move_folder, _touch, _swap]
    )
    (operation if len(notes) > 10 else _write)(root, notes, rng, serial)


def _write(root: Path, notes: list[Path], rng: random.Random, serial: int) -> None:
    file = root / rng.choice(["", "a", "b", "c", "a/deep"]) / f"{rng.choice(WORDS)}-{serial}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(body(rng, file.stem), encoding="utf-8")


def _edit(root: Path, notes: list[Path], rng: random.Random, serial: int) -> None:
    file = rng.choice(notes)
    file.write_text(file.read_text(encoding="utf-8").replace("a", "e", 1) + f"\n{sentence(rng)}\n", encoding="utf-8")


def _append(root: Path, notes: list[Path], rng: random.Random, serial: int) -> None:
    with rng.choice(notes).open("a", encoding="utf-8") as file:
        file.write(f"\n{sentence(rng)}\n")


def _atomic(root: Path, notes: list[Path], rng: random.Random, serial: int) -> None:
    file = rng.choice(notes)
    temporary = file.with_name(f".{file.name}.tmp")
    temporary.write_text(body(rng, file.stem), encoding="utf-8")
    temporary.replace(file)


def _rename(root: Path, notes: list[Path], rng: random.Random, serial: int) -> None:
    file = rng.choice(notes)
    file.rename(file.with_name(f"renamed-{serial}.md"))


def _move(root: Path, notes: list[Path], rng: random.Random, serial: int) -> None:
    file, target = rng.choice(notes), root / rng.choice(["", "a", "b", "new"])
    target.mkdir(exist_ok=True)
    if not (target / file.name).exists():
        file.rename(target / file.name)


def _delete(root: Path, notes: list[Path], rng: random.Random, serial: int) -> None:
    rng.choice(notes).unlink()


def _move_folder(root: Path, notes: list[Path], rng: random.Random, serial: int) -> None:
    folders = sorted(folder for folder in root.iterdir() if folder.is_dir() and not folder.name.startswith("."))
    if folders:
        rng.choice(folders).rename(root / f"folder-{serial}")


def _touch(root: Path, notes: list[Path], rng: random.Random, serial: int) -> None:
    os.utime(rng.choice(notes))


def _swap(root: Path, notes: list[Path], rng: random.Random, serial: int) -> None:
    one, other = rng.sample(notes, 2)
    spare = root / f".swap-{serial}"
    one.rename(spare)
    other.rename(one)
    spare.rename(other)
