"""What the first run asks, and what it is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vecna_notes.tui.ports import Engine, Evaluator, Surveyor, Worker


@dataclass(frozen=True, slots=True)
class Candidate:
    """A folder that looks like somebody's notes."""

    folder: Path
    count: int
    """Notes in it."""
    kind: str = ""
    """"Obsidian vault", "org files" … for the eye."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A way to compute meaning."""

    embedder: str
    """For the setting: "auto", "word2vec", "sbert"."""
    name: str
    """"Start now"."""
    summary: str
    """"word2vec trained on your vault"."""
    cost: str
    """"0 MB"."""
    time: str
    """"about 20 s"."""
    missing: str = ""
    """The install line when its parts are not here; it cannot be chosen then."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen: a folder, or the sample vault where `folder` is None."""

    folder: Path | None
    embedder: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A vault, opened for the screen."""

    engine: Engine
    worker: Worker
    vault_name: str
    evaluator: Evaluator | None = None
    surveyor: Surveyor | None = None


@dataclass(frozen=True, slots=True)
class FirstRun:
    """What there is to choose from. `begin` opens what was chosen and may raise VecnaError; whoever passes it closes
    the engine again after the screen has ended.
    """

    candidates: Sequence[Candidate]
    meanings: Sequence[Meaning]
    begin: Callable[[Choice], Begun]
    sample_count: int = 0
