"""How long a person waits: a cold search from the shell, warm questions to the engine, a key press on the screen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.benchmarks.large import build
from vecna_notes.config import Folders, load
from vecna_notes.demo import judgements
from vecna_notes.engine import Engine

COLD_RUNS = 9
WARM_QUERIES = 200
HEAVY = ("torch", "sentence_transformers", "transformers", "sklearn", "gensim")


def percentiles(seconds: list[float]) -> str:
    p50, p95 = np.percentile(np.array(seconds) * 1000, [50, 95])
    return f"p50 {p50:.1f} ms, p95 {p95:.1f} ms"


def cold_search(root: Path) -> None:
    """`vecna search` from the shell, in a new process each time; heavy libraries must not be loaded by it."""
    command = [sys.executable, "-m", "vecna_notes", "search", "--vault", str(root), "--json", "why do I forget"]
    seconds = []
    for _ in range(COLD_RUNS):
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - started)
    legs = {leg for hit in json.loads(done.stdout)["hits"] for leg in hit["signals"]}
    print(
        f"  cold `vecna search` from the shell: median {np.median(seconds):.2f} s, worst {max(seconds):.2f} s "
        f"(goal 0.9 s), legs {sorted(map(str, legs))}"
    )
    probe = (
        "import sys; from vecna_notes.cli import main\n"
        f"try: main({command[3:]!r})\nexcept SystemExit: pass\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    loaded = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    print(f"  heavy libraries in its sys.modules: {loaded.stderr.strip()}")


def warm_search(root: Path) -> None:
    """Hybrid queries through the engine, the query's embedding included."""
    folders = Folders.standard()
    queries = [judgement.query for judgement in judgements()]
    with Engine(root, folders, load(folders, root)) as engine:
        for mode in ("keyword", "hybrid"):
            engine.ask(lambda vault, mode=mode: vault.search("warm up", mode)).result()  # type: ignore[misc]
            seconds = []
            for i in range(WARM_QUERIES):
                query = f"{queries[i % len(queries)]} {i}"
                started = time.perf_counter()
                engine.ask(lambda vault, query=query, mode=mode: vault.search(query, mode)).result()  # type: ignore[misc]
                seconds.append(time.perf_counter() - started)
            print(f"  warm {mode} query: {percentiles(seconds)}" + (" (goal p95 60 ms)" if mode == "hybrid" else ""))


def main(sizes: tuple[int, ...] = (10_000, 100_000)) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VECNA_DATA_DIR"] = f"{folder}/data"
        os.environ["VECNA_CONFIG"] = f"{folder}/config.toml"
        for size in sizes:
            root = Path(folder) / f"vault-{size}"
            started = time.perf_counter()
            build(root, size)
            print(f"{size:,} chunks (stored and indexed in {time.perf_counter() - started:.0f} s)")
            cold_search(root)
            warm_search(root)


if __name__ == "__main__":
    main(tuple(int(argument.replace("_", "")) for argument in sys.argv[1:]) or (10_000, 100_000))
