"""kill -9 of the real indexer at random moments, then a rerun: the index equals a fresh one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

from tests.vaults import Home, change_at_random, make_vault

CYCLES = 1000 if os.environ.get("VECNA_SOAK") else 100


def test_killed_at_any_moment_a_rerun_equals_a_fresh_index(tmp_path: Path) -> None:
    rng = random.Random(20261121)
    root = make_vault(tmp_path / "vault", 60)
    home = Home(tmp_path / "killed")
    for cycle in range(CYCLES):
        for change in range(5):
            change_at_random(root, rng, 5 * cycle + change)
        indexer = home.start("index", "--yes", str(root), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # from before the imports are done until after the last commit
        time.sleep(rng.uniform(0.1, 0.9))
        indexer.send_signal(signal.SIGKILL)
        indexer.wait()
    done = home.vecna("index", "--yes", str(root))
    assert done.returncode == 0, done.stderr
    fresh = Home(tmp_path / "fresh")
    assert fresh.vecna("index", "--yes", str(root)).returncode == 0
    state = home.state(root)
    assert state["check"] == []
    assert state == fresh.state(root)
