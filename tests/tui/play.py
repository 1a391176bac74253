"""The screen over a vault in memory, for looking at it: python -m tests.tui.play --help."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.tui.fakes import FakeEngine, FakeEvaluator, FakeWorker, evaluation, fake_vault
from vecna_notes.config import ScreenSettings
from vecna_notes.tui import Begun, Candidate, FirstRun, Meaning, VecnaApp, run
from vecna_notes.tui.ports import Event


def script(count: int) -> list[tuple[float, Event]]:
    """A run of the indexer that takes some seconds."""
    events: list[tuple[float, Event]] = [(0.3, {"event": "progress", "stage": "scan", "done": count, "total": count})]
    events.append((0.1, {"event": "progress", "stage": "read", "done": count, "total": count, "seconds": 1.0}))
    for done in range(0, 14_870, 743):
        told = {
            "event": "progress",
            "stage": "embed",
            "done": done,
            "total": 14_870,
            "label": "sbert",
            "seconds": done / 312,
        }
        events.append((0.15, told))
    events.append((0.1, {"event": "watching", "method": "inotify, 214 folders"}))
    events.append((0.0, {"event": "synced", "notes": 15, "chunks": 41, "embedded": 14_870}))
    return events


def first_run(engine: FakeEngine, worker: FakeWorker) -> FirstRun:
    return FirstRun(
        candidates=(Candidate(Path.home() / "notes", 3214, "Obsidian vault"), Candidate(Path("/srv/org"), 182, "text")),
        meanings=(
            Meaning("auto", "Start now", "trained on your own notes", "0 MB", "about 20 s"),
            Meaning(
                "sbert", "Better", "sentence-transformers", "91 MB", "about 1 min", "pip install 'vecna-notes[sbert]'"
            ),
        ),
        begin=lambda _choice: Begun(engine, worker, "notes"),
        sample_count=120,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first-run", action="store_true")
    parser.add_argument("--ascii", action="store_true")
    parser.add_argument("--ask", action="store_true")
    parser.add_argument("--theme", default="vecna-dark")
    options = parser.parse_args()
    engine, worker = FakeEngine(fake_vault()), FakeWorker(script(3214))
    if options.ask:
        question = "900 of 3,214 notes are gone from ~/notes; they stay in the index until you say so."
        worker = FakeWorker([(0.5, {"event": "ask", "what": "removal", "text": question})])
    settings = ScreenSettings(options.theme, "ascii" if options.ascii else "unicode", "")
    if options.first_run:
        return run(VecnaApp(None, None, settings, "", first_run(engine, worker)))
    engine.vault.runs = [evaluation(2, gain=0.04), evaluation(1)]
    return run(VecnaApp(engine, worker, settings, "notes", evaluator=FakeEvaluator(engine.vault)))


if __name__ == "__main__":
    raise SystemExit(main())
