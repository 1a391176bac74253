"""The terminal screen. It draws and asks; it knows no store, no index and no model."""

from vecna_notes.tui.app import VecnaApp, run
from vecna_notes.tui.welcome import Begun, Candidate, Choice, FirstRun, Meaning

__all__ = ["Begun", "Candidate", "Choice", "FirstRun", "Meaning", "VecnaApp", "run"]
