"""Storms of random file operations under the real watcher: the index ends as a fresh one would."""

from __future__ import annotations

import os
import random
import subprocess
import time
from pathlib import Path

from tests.vaults import Home, change_at_random, make_vault

STORMS, OPERATIONS = (400, 250) if os.environ.get("VECNA_SOAK") else (40, 250)
QUIET_SECONDS = 15.0


def test_storms_converge(tmp_path: Path) -> None:
    root = make_vault(tmp_path / "vault", 80)
    home, fresh = Home(tmp_path / "watched"), Home(tmp_path / "fresh")
    assert home.vecna("index", str(root)).returncode == 0
    watcher = home.start(
        "index", "--watch", "--jsonl", "--yes", str(root), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    rng = random.Random(7)
    try:
        for storm in range(STORMS):
            for operation in range(OPERATIONS):
                change_at_random(root, rng, storm * OPERATIONS + operation)
                if rng.random() < 0.02:
                    time.sleep(rng.uniform(0, 0.05))
            # between storms only a breath, so that batches of several storms meet
            time.sleep(rng.uniform(0, 0.4))
        assert fresh.vecna("index", "--yes", str(root)).returncode == 0
        expected = fresh.state(root)
        deadline = time.monotonic() + QUIET_SECONDS
        while (state := home.state(root)) != expected and time.monotonic() < deadline:
            time.sleep(0.5)
        assert state["check"] == []
        assert state["counts"] == expected["counts"]
        assert state["notes"] == expected["notes"]
        assert state == expected
    finally:
        watcher.communicate("stop\n", timeout=20)
    assert watcher.returncode == 0
