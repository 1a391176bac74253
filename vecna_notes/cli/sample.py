"""The user's own copy of the packaged sample vault."""

from __future__ import annotations

import shutil
from pathlib import Path

from vecna_notes.cli.session import Session
from vecna_notes.config import make_private


def sample(session: Session) -> Path:
    """Its folder; copied from the package once, and whole or not at all."""
    from vecna_notes.demo import files

    root = session.folders.data / "demo" / "sample"
    if not root.is_dir():
        fresh = root.with_name(f".{root.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        make_private(fresh.parent)
        shutil.copytree(files(), fresh, copy_function=shutil.copyfile)
        fresh.rename(root)
    return root
