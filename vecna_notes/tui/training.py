"""What the worker has told of a tuning, folded into one value that the Models screen draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from vecna_notes.text import safe_line
from vecna_notes.tui.curves import Figure
from vecna_notes.tui.evaluating import stage_words
from vecna_notes.tui.phrases import duration

Phase = Literal["none", "starting", "training", "judging", "tuned", "failed"]
MOST_FIGURES = 600
"""A curve has no more figures than so many: every other one is dropped then."""
DIED = "the process that tuned has ended; nothing that answers has changed, and t goes on where it stopped"


@dataclass(frozen=True, slots=True)
class Training:
    """A tuning as the screen knows it."""

    phase: Phase = "none"
    began: float = 0.0
    """When it was asked for, by a clock that only runs."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    pairs: Mapping[str, int] = field(default_factory=dict)
    step: int = 0
    steps: int = 0
    losses: tuple[Figure, ...] = ()
    held_out: tuple[Figure, ...] = ()
    """MRR@10 of the pairs that choose the best step."""
    speed: float = 0.0
    """Pairs a second."""
    best: int = 0
    seconds_left: float | None = None
    is_paused: bool = False
    is_stopping: bool = False
    words: str = ""
    """What the gate does now."""
    share: float | None = None
    """How far the gate is with that."""
    name: str = ""
    """Of the model that was made."""
    error: str = ""

    @property
    def is_running(self) -> bool:
        return self.phase in ("starting", "training", "judging")

    @property
    def progress(self) -> float:
        return min(self.step / self.steps, 1.0) if self.steps else 0.0

    @property
    def best_score(self) -> float | None:
        return next((score for step, score in self.held_out if step == self.best), None)

    @property
    def short(self) -> str:
        """For the header of any screen."""
        if not self.is_running:
            return ""
        if self.phase == "judging":
            return "judging a model"
        return "tuning paused" if self.is_paused else f"tuning {self.progress:.0%}"

    def after(self, event: Mapping[str, Any]) -> Training:
        """The state once `event` was heard; what is not of a tuning changes nothing."""
        change = _CHANGES.get(str(event.get("event")))
        return change(self, event) if change else self

    def said(self, order: str) -> Training:
        """Once "pause", "resume" or "stop" was ordered."""
        is_stopping = self.is_stopping or order == "stop"
        return replace(self, is_paused=order == "pause", is_stopping=is_stopping)


def _pairs(state: Training, event: Mapping[str, Any]) -> Training:
    return replace(state, pairs={safe_line(str(key)): int(count) for key, count in dict(event["pairs"]).items()})


def _step(state: Training, event: Mapping[str, Any]) -> Training:
    step, score, left = int(event["step"]), event.get("held_out"), event.get("seconds_left")
    loss = float(event["loss"])  # 0 before a trainer has measured one
    held_out = state.held_out if score is None else _thinned((*state.held_out, (step, float(score))))
    return replace(
        state,
        phase="training",
        step=step,
        steps=int(event["steps"]),
        losses=_thinned((*state.losses, (step, loss))) if loss else state.losses,
        held_out=held_out,
        speed=float(event.get("pairs_per_second") or 0.0),
        best=int(event.get("best") or 0),
        seconds_left=None if left is None else float(left),
    )


def _thinned(figures: tuple[Figure, ...]) -> tuple[Figure, ...]:
    """The newest always stays."""
    return figures if len(figures) <= MOST_FIGURES else (*figures[:-1:2], figures[-1])


def _judging(state: Training, event: Mapping[str, Any]) -> Training:
    done, total = event.get("done") or 0, event.get("total")
    words = stage_words(str(event.get("stage") or ""), safe_line(str(event.get("label") or "")))
    return replace(state, phase="judging", words=words, share=done / total if total else None)


def _tuned(state: Training, event: Mapping[str, Any]) -> Training:
    name = safe_line(str(event.get("name") or ""))
    if not name:
        return replace(state, phase="failed", error=safe_line(str(event.get("why") or "no model was made")))
    return replace(state, phase="tuned", name=name, error="")


def _untrained(state: Training, event: Mapping[str, Any]) -> Training:
    if not state.is_running:
        return state
    return replace(state, phase="failed", error=safe_line(str(event.get("text") or "the tuning failed")))


def _ended(state: Training, event: Mapping[str, Any]) -> Training:
    """The worker is gone, and what it had begun with it."""
    return replace(state, phase="failed", error=DIED) if state.is_running else state


_CHANGES = {
    "pairs": _pairs,
    "train": _step,
    "judging": _judging,
    "tuned": _tuned,
    "untrained": _untrained,
    "ended": _ended,
}


def elapsed(training: Training, now: float) -> str:
    return duration(now - training.began) if training.began else ""


def outcome(training: Training, event: Mapping[str, Any]) -> tuple[str, str]:
    """What came of it, for whatever screen is shown, and the ink to say it in."""
    if training.phase == "failed":
        return training.error, "warn"
    if event.get("live"):
        return f"{training.name} was better and answers from now on; 5 shows by how much, u there goes back", "good"
    return f"{training.name} is kept, and not used; 5 shows why", "warn"
