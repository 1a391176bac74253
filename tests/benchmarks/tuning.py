"""Tuning at scale: 50,000 stored vectors tuned, judged and live; what searches wait for meanwhile; and the way back.

    .venv/bin/python -m tests.benchmarks.tuning [vectors]

The vectors are made up, so the gate must refuse what was learned from them: it is let live by force, as `--force` does.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.benchmarks.large import build
from tests.benchmarks.latency import percentiles
from vecna_notes.config import Folders, load
from vecna_notes.demo import judgements
from vecna_notes.interfaces import Step
from vecna_notes.train.tuned import How, Tuned
from vecna_notes.types import Progress
from vecna_notes.vault import Vault

VECTORS = 50_000
LIVE_SECONDS, BACK_SECONDS = 60, 1
MB = 1024


def main(vectors: int = VECTORS) -> int:
    """1 when a goal is missed."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"VECNA_DATA_DIR": f"{folder}/data", "VECNA_CONFIG": f"{folder}/config.toml"}
        os.environ["VECNA_INDEX__EMBEDDER"] = "sbert"
        root = Path(folder) / "vault"
        build(root, vectors)
        print(f"{vectors:,} stored vectors", flush=True)
        live = _live(root, vectors, 0)
        back = _back(root)
        with _asking(root, "nothing else"):
            time.sleep(5)
        _live(root, vectors, 1, _asking)
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MB:,.0f} MB")
    return int(live > LIVE_SECONDS or back > BACK_SECONDS)


Meanwhile = Callable[[Path, str], AbstractContextManager[None]]


@contextmanager
def _alone(root: Path, while_: str) -> Iterator[None]:
    """Nobody searches."""
    yield


def _goal(asking: Meanwhile) -> str:
    return f"goal {LIVE_SECONDS} s" if asking is _alone else "searched all the while"


def _live(root: Path, vectors: int, seed: int, asking: Meanwhile = _alone) -> float:
    started = time.perf_counter()
    with asking(root, "a model is tuned and judged"), _opened(root) as vault:
        done = vault.tune(How(seed=seed), _say, _hear)
        judged = time.perf_counter()
        vault.go_live(done.name, is_forced=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with asking(root, "its space is built"), _opened(root, write=True) as vault:
        sum(vault.ladder(_hear).climb())
        took = time.perf_counter() - started
        vault.settle(_hear, vectors)
        _check(vault, done, vectors)
    judging, rest = judged - started - done.seconds, took - (judged - started)
    print(
        f"  tuned in {done.seconds:.1f} s, judged in {judging:.1f} s, filled, indexed and live in {rest:.1f} s: "
        f"{took:.1f} s in all ({_goal(asking)}); {before / MB:,.0f} MB until then"
    )
    return took


def _check(vault: Vault, done: Tuned, vectors: int) -> None:
    active = vault.store.vectors.active()
    assert active is not None and active[1] == done.space
    assert not vault.store.vectors.missing_count(active[0])
    assert vault.search("why do I forget", "semantic").space == done.space


def _back(root: Path) -> float:
    with _opened(root, write=True) as vault:
        started = time.perf_counter()
        vault.rollback()
        took = time.perf_counter() - started
        active = vault.store.vectors.active()
        assert active is not None and active[1].embedder == "sbert"
    print(f"  back in {took:.2f} s (goal {BACK_SECONDS} s)")
    return took


@contextmanager
def _asking(root: Path, while_: str) -> Iterator[None]:
    """Search from another process, as a screen does, and say how long it took."""
    command = [sys.executable, "-m", "tests.benchmarks.tuning", "ask", str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdout is not None
        asking.stdout.readline()  # it is warm
        yield
        print(f"  hybrid queries while {while_}: {asking.communicate()[0].strip()}", flush=True)


def ask(root: Path) -> None:
    """Until stdin is closed."""
    over, seconds = threading.Event(), []
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    queries = [judgement.query for judgement in judgements()]
    with _opened(root) as vault:
        vault.search("warm up")
        print("warm", flush=True)
        while not over.wait(0.1):
            started = time.perf_counter()
            vault.search(f"{queries[len(seconds) % len(queries)]} {len(seconds)}")
            seconds.append(time.perf_counter() - started)
    print(f"{len(seconds)}, {percentiles(seconds)}, longest {max(seconds) * 1000:.0f} ms")


@contextmanager
def _opened(root: Path, write: bool = False) -> Iterator[Vault]:
    folders = Folders.standard()
    with Vault.open(root, folders, load(folders, root), write=write) as vault:
        yield vault


def _say(step: Step) -> bool:
    return True


def _hear(progress: Progress) -> None:
    """Nobody listens."""


if __name__ == "__main__":
    if sys.argv[1:2] == ["ask"]:
        ask(Path(sys.argv[2]))
    else:
        sys.exit(main(*(int(argument.replace("_", "")) for argument in sys.argv[1:2])))
