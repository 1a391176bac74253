"""A tuning that is killed, or runs out of room, changes nothing that answers, and the next run decides alike."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.train.vaults import environment, home_of, indexed, opened, taught
from tests.vaults import Home

KILLS = 20 if os.environ.get("VECNA_SOAK") else 3
STEPS, NAP = 10, 0.1
ROOM = 1_000_000
"""Bytes that a file may have: less than a checkpoint needs."""


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Home]:
    folder = tmp_path_factory.mktemp("tuning")
    root, home = taught(folder / "vault"), home_of(folder / "home")
    indexed(home, root)
    return root, home


@pytest.fixture
def home(vault: tuple[Path, Home], tmp_path: Path) -> Home:
    shutil.copytree(vault[1].folder, tmp_path / "home")
    return Home(tmp_path / "home", embedder="wide")


def train(home: Home, root: Path, room: int | None = None) -> subprocess.Popen[str]:
    def limit() -> None:
        if room is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    own = {"VECNA_TRAINERS__MAPPED__STEPS": str(STEPS), "VECNA_TRAINERS__MAPPED__NAP": str(NAP)}
    return subprocess.Popen(
        [sys.executable, "-m", "vecna_notes", "train", "--jsonl", "--vault", str(root)],
        env=environment(home) | own,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limit,
    )


def seen(home: Home, root: Path) -> tuple[str, list[tuple[str, float]]]:
    """Which model answers, and what."""
    with opened(home, root) as vault:
        assert vault.store.check() == []
        found = vault.search(vault.note("0-0.md").note.title)
        assert found.space is not None
        return found.space.key, [(hit.passage.path, round(hit.score, 4)) for hit in found.hits]


def ended(out: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(out.splitlines()[-1])
    assert told["event"] == "tuned", told
    return {key: told[key] for key in ("name", "space", "live", "why", "before", "after")}


def test_killed_at_any_moment_it_goes_on_and_decides_alike(
    vault: tuple[Path, Home], home: Home, tmp_path: Path
) -> None:
    root = vault[0]
    shutil.copytree(home.folder, tmp_path / "whole")
    started = time.monotonic()
    whole = ended(train(Home(tmp_path / "whole", embedder="wide"), root).communicate()[0])
    seconds = time.monotonic() - started
    before, chance = seen(home, root), random.Random(5)
    steps: list[int] = []
    for _ in range(KILLS):
        tuning = train(home, root)
        time.sleep(chance.uniform(0.2, 0.7) * seconds)
        tuning.kill()
        out = tuning.communicate()[0]
        told = [json.loads(line) for line in out.splitlines() if line.endswith("}")]
        steps += [one["step"] for one in told if one["event"] == "train"]
        if seen(home, root) != before:  # only one that had passed may answer, and then it is whole
            assert seen(home, root)[0] == whole["space"]
    assert ended(train(home, root).communicate()[0]) == whole
    assert len(steps) <= STEPS + KILLS, "a step is taken twice at most where it was cut"
    assert seen(home, root)[0] == whole["space"]


def test_without_room_it_ends_in_a_sentence(vault: tuple[Path, Home], home: Home) -> None:
    root, before = vault[0], seen(home, vault[0])
    tuning = train(home, root, ROOM)
    out, err = tuning.communicate()
    assert tuning.returncode == 2, err
    told = json.loads(out.splitlines()[-1])
    assert told["event"] == "error" and "nothing that answers has changed" in told["text"]
    assert "Traceback" not in err and seen(home, root) == before
    tuning = train(home, root)
    assert ended(tuning.communicate()[0])["live"] and seen(home, root) != before
