"""The terminal screen. It draws and asks; it knows no store, no index and no model.

Names are resolved on first use, so that the command line may borrow a phrase without importing Textual.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vecna_notes.tui.app import VecnaApp
    from vecna_notes.tui.running import run
    from vecna_notes.tui.welcome import Begun, Candidate, Choice, FirstRun, Meaning

__all__ = ["Begun", "Candidate", "Choice", "FirstRun", "Meaning", "VecnaApp", "run"]
_HOMES = {"VecnaApp": "app", "run": "running"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'welcome')}"), name)
