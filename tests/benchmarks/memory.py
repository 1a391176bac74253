"""Peak memory of indexing above that of the model alone: `vecna index` on a vault of a few thousand notes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.conftest import SHARED
from tests.vaults import make_vault

_MODEL_ALONE = (
    "from vecna_notes.config import Folders, load; from vecna_notes.registry import Registry\n"
    "f = Folders.standard(); o = {**load(f).settings.embedders['sbert'], 'cache': f.cache, 'threads': 0}\n"
    "Registry().embedder('sbert', o).embed(['warm ' * 200] * 8, 'note')"
)


def peak_megabytes(command: list[str]) -> float:
    """Peak resident memory of a command and its children."""
    wrapper = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, "
        "stderr=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", wrapper, *command], capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VECNA_DATA_DIR"] = f"{folder}/data"
        os.environ["VECNA_CONFIG"] = f"{folder}/config.toml"
        root = SHARED / "garden" / "notes"
        if not root.is_dir():
            root = make_vault(Path(folder) / "vault", 1000)
        peak_megabytes([sys.executable, "-c", _MODEL_ALONE])  # exports the model, once
        model = peak_megabytes([sys.executable, "-c", _MODEL_ALONE])
        for embedder in ("sbert", "auto"):
            os.environ["VECNA_INDEX__EMBEDDER"] = embedder
            indexing = peak_megabytes([sys.executable, "-m", "vecna_notes", "index", "--rebuild", str(root)])
            print(
                f"indexing {root.parent.name} with {embedder}: peak {indexing:.0f} MB, {indexing - model:.0f} MB above "
                f"the model's {model:.0f} MB (goal 500 MB)"
            )


if __name__ == "__main__":
    main()
