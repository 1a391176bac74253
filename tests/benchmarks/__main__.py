"""`make bench`: every figure of docs/benchmarks.md, measured on this machine, each section in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

SECTIONS = ("throughput", "latency", "keys", "memory", "quality", "groups", "related", "tuning")
ONE_THREAD = ("latency", "keys", "memory", "quality", "groups", "related", "tuning")
"""Sections that run with the program's own setting for matrix products; the ceiling of throughput uses all cores."""


def main(sections: list[str]) -> int:
    failed = 0
    for name in sections or SECTIONS:
        print(f"\n== {name}", flush=True)
        environment = os.environ | ({"OPENBLAS_NUM_THREADS": "1"} if name in ONE_THREAD else {})
        failed |= subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], env=environment).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
