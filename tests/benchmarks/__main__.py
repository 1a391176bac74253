"""`make bench`: every figure of docs/benchmarks.md, measured on this machine, one section a module."""

from __future__ import annotations

import importlib
import sys

SECTIONS = ("throughput", "latency", "keys", "memory", "quality")


def main(sections: list[str]) -> None:
    for name in sections or SECTIONS:
        print(f"\n== {name}", flush=True)
        module = importlib.import_module(f"tests.benchmarks.{name}")
        print((module.__doc__ or "").strip().splitlines()[0], flush=True)
        module.main()


if __name__ == "__main__":
    main(sys.argv[1:])
