"""Arrays in one file, so that work that was killed goes on: whole or not at all, and only for what they are about."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]


def write_arrays(file: Path, about: str, arrays: Arrays) -> None:
    """Replace what was there."""
    from safetensors.numpy import save

    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.write_bytes(save({name: np.ascontiguousarray(array) for name, array in arrays.items()}, {"about": about}))
    fresh.chmod(0o600)
    fresh.replace(file)


def read_arrays(file: Path, about: str) -> Arrays | None:
    """None where there is none, it is damaged, or about something else."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="np") as kept:
            if (kept.metadata() or {}).get("about") != about:
                return None
            return {name: kept.get_tensor(name) for name in kept.keys()}  # noqa: SIM118 - it is no dict
    except (OSError, SafetensorError):
        return None
