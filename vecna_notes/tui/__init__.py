"""The terminal screen. It draws and asks; it knows no store, no index and no model.

Its names are resolved lazily, so that the command line can share its wording without loading Textual.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vecna_notes.tui.app import VecnaApp, run
    from vecna_notes.tui.welcome import Begun, Candidate, Choice, FirstRun, Meaning

__all__ = ["Begun", "Candidate", "Choice", "FirstRun", "Meaning", "VecnaApp", "run"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{'app' if name in ('VecnaApp', 'run') else 'welcome'}"), name)
