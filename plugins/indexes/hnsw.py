"""HNSW graphs by hnswlib (Malkov & Yashunin 2018): near-exact answers over 100,000 vectors in a tenth of a millisecond.

hnswlib checks nothing it reads and reports no error it has while writing; so files are verified by the caller
before `load`, sizes are verified here after `save`, and no row enters a graph before it was looked at.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import platform
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vecna_notes.errors import MissingPart, NeedsRebuild, SpaceMismatch
from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import IndexBuilder, VectorIndex
from vecna_notes.types import Metric, Rows

M = 16
EF_CONSTRUCTION = 100
EF_SEARCH = 400
MAX_DEAD_SHARE = 0.25
_SPACES = {"cosine": "cosine", "dot": "ip", "euclidean": "l2"}
_PROBE = """
import hnswlib, numpy
index = hnswlib.Index("cosine", 16)
index.init_index(200, M=16, ef_construction=100)
index.add_items(numpy.random.default_rng(0).standard_normal((200, 16)), numpy.arange(200))
index.knn_query(numpy.ones((1, 16)), k=3)
"""


@hookimpl
def vecna_indexes() -> list[Offer[IndexBuilder]]:
    return [Offer("hnsw", "approximate nearest neighbours in a graph, for large vaults", HnswBuilder, missing=_missing)]


def _missing() -> str:
    if importlib.util.find_spec("hnswlib") is None:
        return "hnswlib is not installed, so every search is exact; install it with: pip install hnswlib"
    return ""


class HnswBuilder:
    """Options: "threads" for building (0 = all cores), "cache" where it is remembered that hnswlib runs here."""

    def __init__(self, options: Options) -> None:
        threads, cache = options.get("threads"), options.get("cache")
        self._threads = threads if isinstance(threads, int) and threads > 0 else os.cpu_count() or 1
        self._cache = cache if isinstance(cache, Path) else None

    @property
    def recipe(self) -> str:
        """What a saved graph depends on, beside its rows."""
        from importlib.metadata import version

        return f"hnswlib {version('hnswlib')} M{M} ef{EF_CONSTRUCTION} {platform.machine()} {sys.byteorder}"

    def build(self, labels: Sequence[int], rows: Rows, dim: int, metric: Metric) -> VectorIndex:
        index = self._empty(dim, metric)
        index.init_index(max_elements=len(labels) + len(labels) // 10 + 1024, M=M, ef_construction=EF_CONSTRUCTION)
        index.set_num_threads(self._threads)
        graph = HnswIndex(index, dim, metric, set())
        graph.add(labels, rows)
        return graph

    def load(self, file: Path, dim: int, metric: Metric) -> VectorIndex:
        index = self._empty(dim, metric)
        index.load_index(str(file))
        index.set_num_threads(self._threads)
        return HnswIndex(index, dim, metric, set(index.get_ids_list()))

    def _empty(self, dim: int, metric: Metric) -> Any:
        _prove(self._cache)
        import hnswlib

        return hnswlib.Index(space=_SPACES[metric], dim=dim)


class HnswIndex:
    """A graph with its live labels. A lock keeps searches and changes apart: hnswlib dies when they meet."""

    def __init__(self, index: Any, dim: int, metric: Metric, live: set[int]) -> None:
        self._index = index
        self._dim = dim
        self._metric = metric
        self._live = live
        self._dead: set[int] = set()
        self._lock = threading.Lock()

    def search(self, query: Rows, k: int) -> list[tuple[int, float]]:
        self._check(query.reshape(1, -1) if query.ndim == 1 else query)
        with self._lock:
            k = min(k, len(self._live))
            if k <= 0:
                return []
            labels, distances = self._query(query.reshape(1, -1), k)
        scores = 1 / (1 + np.sqrt(np.maximum(distances, 0))) if self._metric == "euclidean" else 1 - distances
        return list(zip(labels.tolist(), scores.tolist(), strict=True))

    def add(self, labels: Sequence[int], rows: Rows) -> None:
        self._check(rows)
        new = {int(label) for label in labels}
        if len(new) != len(rows) or len(labels) != len(rows) or min(new, default=0) < 0:
            raise SpaceMismatch(
                f"{len(labels)} labels cannot name {len(rows)} rows: each needs one of its own, from 0 up"
            )
        if new & self._live or new & self._dead:
            raise NeedsRebuild("a row of the index cannot be replaced in place; build it anew")
        if not new:
            return
        with self._lock:
            needed = self._index.get_current_count() + len(new)
            if needed > self._index.get_max_elements():
                self._index.resize_index(needed + needed // 10 + 1024)
            self._index.add_items(rows, np.asarray(labels, dtype=np.uint64))
            self._live |= new

    def remove(self, labels: Sequence[int]) -> None:
        gone = {int(label) for label in labels} & self._live
        with self._lock:
            for label in gone:
                self._index.mark_deleted(label)
            self._live -= gone
            self._dead |= gone
        if len(self._dead) > MAX_DEAD_SHARE * max(len(self._live) + len(self._dead), 1):
            raise NeedsRebuild(f"{len(self._dead)} of the index's rows are removed ones; build it anew")

    def save(self, file: Path) -> None:
        if self._dead:  # a loaded graph cannot tell which of its rows are removed
            raise NeedsRebuild(f"{len(self._dead)} removed rows would be saved; build the index anew")
        with self._lock:
            self._index.save_index(str(file))
            expected = self._index.index_file_size()
        written = file.stat().st_size
        if written != expected:
            raise OSError(f"only {written} of {expected} bytes of {file} were written; is the disk full?")

    def __len__(self) -> int:
        return len(self._live)

    def _query(self, query: Rows, k: int) -> tuple[Any, Any]:
        """Widen the search until it finds k; hnswlib raises when it does not."""
        for ef in (max(EF_SEARCH, 2 * k), len(self._live) + len(self._dead)):
            self._index.set_ef(max(ef, k))
            try:
                labels, distances = self._index.knn_query(query, k=k, num_threads=1)
            except RuntimeError:
                continue
            return labels[0], distances[0]
        raise NeedsRebuild(f"the graph does not reach {k} of its {len(self._live)} rows; build it anew")

    def _check(self, rows: Rows) -> None:
        if rows.ndim != 2 or rows.shape[1] != self._dim:
            raise SpaceMismatch(f"this index holds rows of {self._dim} dimensions, but got shape {rows.shape}")
        if not np.isfinite(rows).all():
            raise SpaceMismatch("a row holds NaN or infinity, which would poison the whole graph; embed it again")


def _prove(cache: Path | None) -> None:
    """Run hnswlib in a child process once: a copy built for another processor dies of an illegal instruction."""
    if "hnswlib" in sys.modules:
        return
    if why := _missing():
        raise MissingPart(why)
    key = _machine()
    if not _is_proven(cache, key):
        done = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, check=False, timeout=120)
        if done.returncode != 0:
            raise MissingPart(
                f"hnswlib does not run on this machine (exit {done.returncode}), so every search is exact; build it "
                "here with: pip install --force-reinstall --no-binary :all: --no-deps hnswlib"
            )
        _remember(cache, key)


def _machine() -> str:
    """Names this build of hnswlib on this processor."""
    spec = importlib.util.find_spec("hnswlib")
    origin = Path(spec.origin) if spec and spec.origin else None
    stamp = (str(origin), origin.stat().st_mtime_ns, origin.stat().st_size) if origin else ()
    flags = ""
    if (cpu := Path("/proc/cpuinfo")).exists():
        flags = next((line for line in cpu.read_text().splitlines() if line.startswith("flags")), "")
    parts = (*stamp, platform.machine(), platform.processor(), flags)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _is_proven(cache: Path | None, key: str) -> bool:
    try:
        return cache is not None and json.loads((cache / "hnswlib.json").read_text())["runs_on"] == key
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _remember(cache: Path | None, key: str) -> None:
    if cache is None:
        return
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = cache / f"hnswlib.json.{os.getpid()}"
        temporary.write_text(json.dumps({"runs_on": key}))
        temporary.replace(cache / "hnswlib.json")
    except OSError:  # a read-only folder: the next process proves it again
        return
