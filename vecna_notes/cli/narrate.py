"""What the indexer tells, told to people: live bars on a terminal, one plain line a stage elsewhere."""

from __future__ import annotations

import os
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from vecna_notes.cli.session import Session
from vecna_notes.text import safe_line, safe_text

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Event = dict[str, Any]
_STAGES = {
    "scan": "looking",
    "read": "reading",
    "train": "training",
    "export": "exporting",
    "embed": "embedding",
    "index": "graph",
    "cluster": "topics",
    "draw": "map",
}
_DONE = {
    "scan": "found {} files",
    "read": "read {} files",
    "train": "trained",
    "export": "being exported to ONNX, once",  # said as it begins: nobody knows how long it takes
    "embed": "embedded {} passages",
    "cluster": "looked for topics in {} notes",
    "draw": "laid out {} notes",
}


class Narrator:
    """Hears events of a run; use it in a `with`, so that its bars are gone before anything else is said."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._bars: Progress | None = None
        self._tasks: dict[tuple[str, str], TaskID] = {}
        self._said: set[tuple[str, str, int]] = set()

    def __enter__(self) -> Self:
        stream = self._session.err
        is_live = stream.isatty() and "CI" not in os.environ and os.environ.get("TERM") != "dumb"
        if is_live and not self._session.is_quiet:
            self._bars = _bars(self._session)
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = None

    def __call__(self, event: Event) -> None:
        tell = getattr(self, f"_tell_{event['event']}", None)
        if tell is not None:
            tell(event)

    def _tell_progress(self, event: Event) -> None:
        stage, label, done, total = event["stage"], event["label"], event["done"], event["total"]
        name = label if stage in ("train", "export", "embed") else ""
        if self._bars is not None:
            self._advance(stage, name, done, total)
        elif (stage == "export" or (total and done == total)) and (stage, name, done) not in self._said:
            self._said.add((stage, name, done))
            self._session.say(self._stage_line(stage, name, done, event["seconds"]))

    def _advance(self, stage: str, name: str, done: int, total: int | None) -> None:
        assert self._bars is not None
        if (stage, name) not in self._tasks:
            what = f"{_STAGES.get(stage, stage):<10} {safe_line(name)}".rstrip()
            self._tasks[stage, name] = self._bars.add_task(what, total=total)
        self._bars.update(self._tasks[stage, name], completed=done, total=total)

    @staticmethod
    def _stage_line(stage: str, name: str, done: int, seconds: float) -> str:
        took = f" in {seconds:.1f} s" if seconds >= 0.05 else ""
        return safe_line(f"{name + ': ' if name else ''}{_DONE.get(stage, stage).format(f'{done:,}')}{took}")

    def _tell_train(self, event: Event) -> None:
        if self._bars is None:
            return
        held_out = "" if event["held_out"] is None else f"  held-out {event['held_out']:.3f}"
        key = ("train", "")
        if key not in self._tasks:
            self._tasks[key] = self._bars.add_task("tuning", total=event["steps"])
        what = f"tuning  loss {event['loss']:.3f}{held_out}  {event['pairs_per_second']:,.0f} pairs/s"
        self._bars.update(self._tasks[key], completed=event["step"], total=event["steps"], description=what)

    def _tell_indexed(self, event: Event) -> None:
        if self._session.is_verbose:
            for path in event["paths"]:
                self._say(f"  {safe_line(path)}")
        if parts := [f"{event[what]:,} {what}" for what in ("added", "changed", "moved", "removed") if event[what]]:
            self._say(", ".join(parts))

    def _tell_notice(self, event: Event) -> None:
        self._say(f"note: {event['text']}")

    def _tell_ask(self, event: Event) -> None:
        self._say(event["text"], is_urgent=True)

    def _tell_error(self, event: Event) -> None:
        self._say(event["text"], is_urgent=True)

    def _tell_synced(self, event: Event) -> None:
        for task in self._tasks.values() if self._bars is not None else ():
            assert self._bars is not None
            self._bars.remove_task(task)
        self._tasks.clear()
        self._said.clear()

    def _tell_watching(self, event: Event) -> None:
        self._say(f"watching ({event['method']}); ctrl-c ends it")

    def _say(self, text: str, is_urgent: bool = False) -> None:
        """Above the bars where there are any, so that they stay in one piece."""
        if self._bars is not None:
            self._bars.console.print(safe_text(text), soft_wrap=True)
        elif is_urgent:
            self._session.warn(text)
        else:
            self._session.say(text)


def _bars(session: Session) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    paint = session.paint(session.err)
    console = Console(file=session.err, no_color=not paint.has_color, highlight=False, markup=False, emoji=False)
    return Progress(
        TextColumn("{task.description:<24}", markup=False),
        BarColumn(bar_width=24, complete_style="cyan", finished_style="green"),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
    )
