"""One small vault, indexed once, and a way to call the command line in this process."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.vaults import Home
from vecna_notes.cli import ending
from vecna_notes.cli.program import program

NOTES = {
    "memory/Forgetting curve.md": (
        "---\ntags: [learning]\naliases: [Ebbinghaus]\n---\n# Forgetting curve\n\n"
        f"{'Ebbinghaus learned lists of syllables and tested himself for years. ' * 12}\n\n"
        "## Why it decays\n\nWe forget most of what we read within a day unless it is used. See [[Spacing]].\n"
        f"{'What is recalled early is kept for longer than what is only seen again. ' * 12}\n"
    ),
    "memory/Spacing.md": "# Spacing\n\nReview what you read after a day, then after a week, and we forget less.\n",
    "kitchen/Levain.md": "# Levain\n\nFeed the levain every day with rye flour and water.\n",
    "kitchen/Rye bread.md": "# Rye bread\n\nBake with rye flour, water, salt and levain. [[Nowhere]]\n",
    "broken.md": "---\ntitle: [unclosed\n---\n\nThe body is indexed all the same: marmalade.\n",
    "picture.md": "\x00\x01\x02",
}


@dataclass(frozen=True)
class Answer:
    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8", "surrogateescape")

    @property
    def json(self) -> Any:
        return json.loads(self.text)


Vecna = Callable[..., Answer]


def write_notes(root: Path, notes: dict[str, str] = NOTES) -> Path:
    for path, text in notes.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Home]:
    """For looking only; what writes makes its own."""
    folder = tmp_path_factory.mktemp("cli")
    home = Home(folder / "home")
    root = write_notes(folder / "vault")
    done = home.vecna("index", str(root))
    assert done.returncode == 0, done.stderr
    return root, home


@pytest.fixture
def root(indexed: tuple[Path, Home]) -> Path:
    return indexed[0]


@pytest.fixture
def home(indexed: tuple[Path, Home], monkeypatch: pytest.MonkeyPatch) -> Home:
    """The home of the indexed vault, and this process lives in it."""
    live_in(indexed[1], monkeypatch)
    return indexed[1]


def live_in(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    for name in ("VECNA_CONFIG", "VECNA_DATA_DIR", "VECNA_INDEX__EMBEDDER"):
        monkeypatch.setenv(name, home.environment[name])
    for name in ("NO_COLOR", "CI", "VECNA_DEBUG", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home without any index, and this process lives in it."""
    return live_in(Home(tmp_path / "home"), monkeypatch)


@pytest.fixture
def vecna(monkeypatch: pytest.MonkeyPatch) -> Vecna:
    """Call it in this process, through the same last net as the real program."""

    def call(*arguments: str | Path, given: bytes | None = None) -> Answer:
        runner = CliRunner()
        with runner.isolation(input=given) as streams:
            code: int
            try:
                code = ending.run(program, [os.fspath(argument) for argument in arguments])
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 1
            return Answer(code, streams[0].getvalue(), streams[1].getvalue().decode())

    return call
