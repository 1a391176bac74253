"""What the worker has told so far, folded into one value that the header and the Index screen draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from vecna_notes.text import safe_line
from vecna_notes.tui.phrases import plural

Phase = Literal["starting", "working", "synced", "paused", "following", "stopped"]
BUSY_EXIT = 3
_KEPT_NOTICES = 8


@dataclass(frozen=True, slots=True)
class StageState:
    """How far one stage is, as last told."""

    name: str
    done: int
    total: int | None
    label: str
    seconds: float

    @property
    def rate(self) -> float:
        """Pieces a second; 0 while nobody can know."""
        return self.done / self.seconds if self.seconds > 0.2 and self.done else 0.0

    @property
    def seconds_left(self) -> float | None:
        return (self.total - self.done) / self.rate if self.total is not None and self.rate else None

    @property
    def share(self) -> float:
        return min(self.done / self.total, 1.0) if self.total else 0.0

    @property
    def is_running(self) -> bool:
        return self.total is None or self.done < self.total


@dataclass(frozen=True, slots=True)
class Indexing:
    """The indexer as the screen knows it."""

    phase: Phase = "starting"
    stages: Mapping[str, StageState] = field(default_factory=dict)
    """By name, in the order they were first heard of in this run."""
    notes: int | None = None
    watch: str = ""
    """How the folder is watched: "inotify 214 dirs"."""
    news: str = ""
    """One sentence on the last thing that changed."""
    error: str = ""
    question: str = ""
    """What it asks before it goes on; empty when it asks nothing."""
    notices: tuple[str, ...] = ()
    generation: int = 0
    """Counts up whenever notes or vectors may have changed."""

    @property
    def running(self) -> StageState | None:
        """The stage at work now: the last one that is not through."""
        return next((stage for stage in reversed(tuple(self.stages.values())) if stage.is_running), None)

    def after(self, event: Mapping[str, Any]) -> Indexing:
        """The state once `event` was heard; unknown kinds change nothing."""
        change = _CHANGES.get(str(event.get("event")))
        return change(self, event) if change else self


def _progress(state: Indexing, event: Mapping[str, Any]) -> Indexing:
    name = safe_line(str(event.get("stage", "")))
    total = event.get("total")
    stage = StageState(
        name,
        int(event.get("done") or 0),
        int(total) if total is not None else None,
        safe_line(str(event.get("label") or "")),
        float(event.get("seconds") or 0.0),
    )
    is_new_run = name == "scan" and (state.phase != "working" or stage.done == 0)
    others = {} if is_new_run else {known: value for known, value in state.stages.items() if known != name}
    kept = {**others, name: stage} if name not in state.stages or is_new_run else {**state.stages, name: stage}
    return replace(state, phase="paused" if state.phase == "paused" else "working", stages=kept, error="")


def _indexed(state: Indexing, event: Mapping[str, Any]) -> Indexing:
    counts = {name: int(event.get(name) or 0) for name in ("added", "changed", "moved", "removed")}
    parts = [f"{count:,} {name}" for name, count in counts.items() if count]
    seconds = float(event.get("seconds") or 0.0)
    total = sum(counts.values())
    news = f"{plural(total, 'note')} on disk {'is' if total == 1 else 'are'} different ({', '.join(parts)})"
    if not parts:
        return replace(state, generation=state.generation + 1)
    return replace(state, news=f"{news}, read in {seconds:.1f} s", generation=state.generation + 1)


def _synced(state: Indexing, event: Mapping[str, Any]) -> Indexing:
    notes = int(event["notes"]) if "notes" in event else state.notes
    embedded = int(event.get("embedded") or 0)
    news = f"{plural(embedded, 'passage')} embedded" if embedded else state.news
    watch = safe_line(str(event.get("watch") or state.watch))
    phase: Phase = "paused" if state.phase == "paused" else "synced"
    return replace(
        state, phase=phase, notes=notes, news=news, watch=watch, error="", question="", generation=state.generation + 1
    )


def _notice(state: Indexing, event: Mapping[str, Any]) -> Indexing:
    text = safe_line(str(event.get("text") or ""))
    kept = tuple(notice for notice in state.notices if notice != text)
    return replace(state, news=text, notices=(*kept, text)[-_KEPT_NOTICES:], generation=state.generation + 1)


def _asked(state: Indexing, event: Mapping[str, Any]) -> Indexing:
    text = safe_line(str(event.get("text") or ""))
    if not text:
        count, share = int(event.get("count") or 0), float(event.get("share") or 0)
        text = f"{plural(count, 'note')} ({share:.0%}) are gone from the folder at once."
    return replace(state, question=text)


def _failed(state: Indexing, event: Mapping[str, Any]) -> Indexing:
    return replace(state, error=safe_line(str(event.get("text") or "the indexer failed")))


def _busy(state: Indexing, event: Mapping[str, Any]) -> Indexing:
    return replace(state, phase="following", error="")


def _ended(state: Indexing, event: Mapping[str, Any]) -> Indexing:
    code = event.get("code")
    if state.phase == "following" or code == BUSY_EXIT:
        return replace(state, phase="following", error="")
    error = state.error or (f"the indexer ended by itself (code {code}); r starts it again" if code else "")
    return replace(state, phase="stopped", error=error)


def _watching(state: Indexing, event: Mapping[str, Any]) -> Indexing:
    return replace(state, watch=safe_line(str(event.get("method") or "")))


def _paused(state: Indexing, event: Mapping[str, Any]) -> Indexing:
    return replace(state, phase="paused")


def _resumed(state: Indexing, event: Mapping[str, Any]) -> Indexing:
    return replace(state, phase="working")


def _live(state: Indexing, event: Mapping[str, Any]) -> Indexing:
    """Another Space answers."""
    return replace(state, generation=state.generation + 1)


_CHANGES = {
    "live": _live,
    "progress": _progress,
    "indexed": _indexed,
    "synced": _synced,
    "notice": _notice,
    "ask": _asked,
    "error": _failed,
    "busy": _busy,
    "ended": _ended,
    "watching": _watching,
    "paused": _paused,
    "resumed": _resumed,
}
