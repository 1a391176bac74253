"""From a key press to painted hits, on a real pseudo-terminal of 120×36 and a vault of 10,000 passages."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.benchmarks.large import build
from tests.benchmarks.latency import percentiles
from tests.terminal import Terminal
from vecna_notes.demo import judgements

HITS = slice(3, 34)
"""Rows of the screen where hits and preview stand."""
PATIENCE_SECONDS = 0.6
KEYS = 120


def painted(terminal: Terminal, key: str) -> float | None:
    """Seconds from pressing a key to the first change among the hits; None when they stay as they are."""
    before, arrivals = terminal.lines[HITS], []
    started = time.perf_counter()
    terminal.press(key)
    while time.perf_counter() - started < PATIENCE_SECONDS:
        if arrived := terminal.receive(0.01):
            arrivals.append((time.perf_counter() - started, arrived))
    taken = None
    for seconds, arrived in arrivals:
        terminal.show(arrived)
        if taken is None and terminal.lines[HITS] != before:
            taken = seconds
    return taken


def main(chunks: int = 10_000) -> None:
    queries = " ".join(judgement.query for judgement in judgements())
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VECNA_DATA_DIR"] = f"{folder}/data"
        os.environ["VECNA_CONFIG"] = f"{folder}/config.toml"
        root = Path(folder) / "vault"
        build(root, chunks)
        # an empty folder behind a full index: the worker asks before it would empty it, and the screen goes on
        with Terminal([str(root)], os.environ) as terminal:
            terminal.settle(1.5)
            terminal.press("\x1b")
            terminal.settle(0.5)
            seconds = []
            for key in queries[:KEYS]:
                if (taken := painted(terminal, key)) is not None:
                    seconds.append(taken)
                if key == "?":
                    terminal.press("\x15")
                    terminal.settle(0.2)
            terminal.press("\x11")
            terminal.wait_for_end()
    print(f"  {len(seconds)} of {KEYS} keys changed the hits: {percentiles(seconds)} (goal p95 100 ms)")
    assert np.isfinite(seconds).all()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
