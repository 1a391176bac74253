"""The disposable index: delete its files and no answer changes."""

from vecna_notes.nearest.cache import Nearest
from vecna_notes.nearest.snapshot import write_snapshot

__all__ = ["Nearest", "write_snapshot"]
