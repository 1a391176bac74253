"""Tuning beside the worker: real processes, their events and orders, and searches that go on meanwhile."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.train.vaults import environment, opened
from tests.vaults import Home
from vecna_notes.store.lock import holder


class Worker:
    """The screen's end of it."""

    def __init__(self, home: Home, root: Path, **trainer: object) -> None:
        given = {f"VECNA_TRAINERS__MAPPED__{key.upper()}": str(value) for key, value in trainer.items()}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "vecna_notes", "index", "--watch", "--jsonl", str(root)],
            env=environment(home) | given,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.events: list[dict[str, Any]] = []
        self.patience = threading.Timer(60, self.process.kill)
        self.patience.daemon = True
        self.patience.start()

    def send(self, command: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def until(self, event: str, **having: object) -> dict[str, Any]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            told: dict[str, Any] = json.loads(line)
            self.events.append(told)
            if told["event"] == event and all(told.get(key) == value for key, value in having.items()):
                return told
        raise AssertionError(f"no {event} came; last {self.events[-3:]}")


@contextmanager
def working(home: Home, root: Path, **trainer: object) -> Iterator[Worker]:
    worker = Worker(home, root, **trainer)
    try:
        worker.until("synced")
        yield worker
        worker.send("stop")
        assert worker.process.wait(20) == 0
    finally:
        worker.process.kill()
        worker.process.communicate()


def active(home: Home, root: Path) -> str:
    with opened(home, root) as vault:
        found = vault.store.vectors.active()
        assert found is not None
        return found[1].model


def test_the_worker_tunes_switches_and_goes_back(root: Path, home: Home) -> None:
    with working(home, root, steps=6) as worker:
        worker.send("train " + json.dumps({"seed": 0, "without": ["heading"]}))
        assert worker.until("pairs")["pairs"]["title"] > 60
        assert worker.until("train")["step"] == 1
        assert worker.until("tuned")["live"]
        live = [one for one in worker.events if one["event"] == "live"] or [worker.until("live")]  # either may be first
        assert live[0]["name"] == "tuned-1" and live[0]["space"].startswith("mapped-")
        assert active(home, root) == "tuned-1"
        worker.send("rollback")
        assert worker.until("live", name=None)["space"].startswith("wide-")
        assert active(home, root) == "crc32"
        kinds = {one["event"] for one in worker.events}
        assert "judging" in kinds and "untrained" not in kinds


def test_what_another_process_decides_is_seen_by_the_worker(root: Path, home: Home, tuned: object) -> None:
    with working(home, root) as worker:
        with opened(home, root) as vault:
            vault.go_live("tuned-1")
        assert worker.until("live", name="tuned-1")["space"].startswith("mapped-")
        with opened(home, root) as vault:
            vault.rollback()
        assert worker.until("live", name=None)["space"].startswith("wide-")


def test_a_tuning_waits_and_ends_when_it_is_told_to(root: Path, home: Home) -> None:
    with working(home, root, steps=2000, nap=0.02) as worker:
        worker.send("train {}")
        worker.until("train", step=2)
        worker.send("train pause")
        worker.send("train {}")
        assert "runs already" in worker.until("untrained")["text"]
        worker.send("train resume")
        worker.send("train stop")
        assert worker.until("tuned")["name"] == "tuned-1"
        assert max(one["step"] for one in worker.events if one["event"] == "train") < 1000


def test_a_tuning_ends_with_its_worker(root: Path, home: Home) -> None:
    worker = Worker(home, root, steps=100_000, nap=0.01)
    try:
        worker.send("train {}")
        worker.until("train", step=2)
        worker.process.send_signal(signal.SIGKILL)
        worker.process.wait()
    finally:
        worker.process.kill()
        worker.process.communicate()
    lock = next((home.folder / "data").rglob("train.lock"))
    while holder(lock):
        time.sleep(0.05)
    assert active(home, root) == "crc32"


def test_a_tuned_model_is_chosen_while_another_process_writes(root: Path, home: Home, tuned: object) -> None:
    with working(home, root) as worker:
        done = home.vecna("embedders", "use", "mapped:tuned-1", "--vault", str(root), env=environment(home))
        assert done.returncode == 0 and "as soon as the process that writes" in done.stderr
        assert worker.until("live", name="tuned-1")["space"].startswith("mapped-")
        done = home.vecna("embedders", "rollback", "--vault", str(root), env=environment(home))
        assert done.returncode == 0 and "as soon as the process that writes" in done.stderr
        assert worker.until("live", name=None)["space"].startswith("wide-")
