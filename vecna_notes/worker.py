"""The one writer: indexes once, or stays, watches and keeps the index fresh, telling what it does event by event.

The screen starts it as a child process, `vecna index --watch --jsonl`: one JSON object a line on its stdout, one
command a line on its stdin ("pause", "resume", "rescan", "rebuild", "verify", "compact", "yes", "no", "rollback",
"stop"; "use {json}" chooses an embedder and "remove KEY" deletes one's vectors; "train {json}", then "train pause",
"train resume" or "train stop").

Tuning runs in a child of its own. Its events are "pairs", "train" (a step), "judging" (progress of the gate), and last
"tuned", or "untrained" with a sentence. What goes live is known by kept.db, whoever wrote it: it is filled and switched
to here, and "live" tells the Space that answers then. "unused" says why an embedder was not chosen or not removed; its
"fetch" is how many bytes would have to be fetched first.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import asdict, dataclass
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from vecna_notes.errors import MassRemoval, NeedsConsent, VecnaError
from vecna_notes.ingest.ladder import Ladder
from vecna_notes.ingest.sync import SyncReport
from vecna_notes.types import Progress
from vecna_notes.vault import Vault
from vecna_notes.watch import Watcher

Event = dict[str, Any]
"""One line of JSON for whoever listens; "event" says which kind."""
_NOISE = frozenset({".git", ".obsidian", ".trash", ".smart-env", "node_modules"})
Tell = Callable[[Event], None]
COMMANDS = ("pause", "resume", "rescan", "rebuild", "verify", "compact", "yes", "no", "rollback", "stop")
"""What may be commanded; "no" leaves the notes that are gone in the index until the next question."""
ORDERS = ("pause", "resume", "stop")
"""What may be said to a tuning that runs; stopped, it keeps the best so far."""
MISSES_ALLOWED = 3
"""So many timed looks may find what no event announced; then events are not trusted any more."""


class Training(Protocol):
    """A tuning that runs in a process of its own."""

    @property
    def is_running(self) -> bool: ...

    def order(self, order: str) -> None: ...

    def end(self) -> None:
        """At once; what it has done is taken up by the next one."""
        ...


Start = Callable[[dict[str, Any], Tell], Training]
"""Begins a tuning with settings of `vecna train` by name, and tells its events from another thread."""


def index_once(vault: Vault, tell: Tell, *, is_deep: bool = False, allow_removal: bool = False) -> SyncReport:
    """One whole run: notes, links, vectors, snapshot. Raises MassRemoval after everything else is done."""
    work = Work(vault, tell)
    refusal: MassRemoval | None = None
    try:
        report = work.sync(is_deep=is_deep, allow_removal=allow_removal)
    except MassRemoval as error:
        refusal, report = error, SyncReport()
    for _ in work.climb():
        pass
    work.settle()
    if refusal is not None:
        raise refusal
    return report


def switch(vault: Vault) -> None:
    """Only fill the embedders that are wanted by now, and let the best answer; the folder is not looked at."""
    work = Work(vault, lambda _event: None)
    for _ in work.climb():
        pass
    work.settle()


@dataclass(slots=True)
class Work:
    """The steps of a run over one vault opened to write, each of which tells what it did."""

    vault: Vault
    tell: Tell
    embedded: int = 0
    _ladder: Ladder | None = None
    _told: float = 0.0

    def sync(self, subtree: str = "", *, is_deep: bool = False, allow_removal: bool = False) -> SyncReport:
        report = self.vault.sync(self.report, subtree, is_deep=is_deep, allow_removal=allow_removal)
        if not report.is_quiet:
            self.tell({"event": "indexed", **asdict(report), "paths": list(report.paths[:20])})
        return report

    def climb(self) -> Generator[int, None, None]:
        """Fill the embedders; stop it between any two windows."""
        if self._ladder is None:
            self._ladder = self.vault.ladder(self.report)
        with closing(self._ladder.climb()) as windows:
            for count in windows:
                self.embedded += count
                yield count

    def settle(self) -> None:
        notices = tuple(self._ladder.notices) if self._ladder else ()
        self.vault.settle(self.report, self.embedded, notices)
        status = self.vault.status()
        self.tell({"event": "synced", "notes": status.indexed, "chunks": status.chunks, "embedded": self.embedded})
        for notice in notices:
            self.tell({"event": "notice", "text": notice})
        self.embedded = 0

    def report(self, progress: Progress) -> None:
        """At most ten a second reach the listener, and always the last of a stage."""
        now = time.monotonic()
        if progress.done == progress.total or now - self._told >= 0.1:
            self._told = now
            self.tell({"event": "progress", **asdict(progress)})


class Keeper:
    """Keeps one vault fresh until told to stop: events and a timer say where to look, scans say what changed."""

    def __init__(
        self,
        vault: Vault,
        tell: Tell,
        commands: SimpleQueue[str],
        allow_removal: bool = False,
        start: Start | None = None,
    ) -> None:
        self.vault = vault
        self._start = start
        self._training: Training | None = None
        self._kept = vault.store.kept.stamp()
        self._live = self._live_now()
        active = vault.store.vectors.active()
        self._answering = active[1] if active else None
        self._allow_removal = allow_removal
        self.tell = tell
        self._commands = commands
        self._work = Work(vault, tell)
        self._watcher = Watcher(vault.root, _is_noise, vault.settings.index.poll, lambda: commands.put(""))
        self._climb: Generator[int, None, None] | None = None
        self._is_paused = False
        self._is_stopping = False
        self._misses = 0
        self._looked = 0.0

    def run(self) -> None:
        """Blocks until "stop" arrives or a signal handler raises."""
        with self._watcher as watcher, contextlib.ExitStack() as ending:
            ending.callback(self._end_training)
            self._look("")
            self._tell_method()
            while not self._is_stopping:
                self._heed_kept()
                if (batch := watcher.ready()) is not None:
                    self._look(batch.subtree)
                elif time.monotonic() - self._looked > self.vault.settings.index.rescan_minutes * 60:
                    self._look_unasked()
                else:
                    is_busy = not self._is_paused and self._step()
                    self._obey(0 if is_busy else watcher.due_in())
        self._stop_climbing()

    def _look(self, subtree: str, *, is_deep: bool = False, allow_removal: bool = False) -> bool:
        """Sync below a folder, then start filling vectors. True when something had changed."""
        self._stop_climbing()
        if not subtree:
            self._looked = time.monotonic()
        try:
            report = self._work.sync(subtree, is_deep=is_deep, allow_removal=allow_removal or self._allow_removal)
        except MassRemoval as error:
            self.tell({"event": "ask", "what": "removal", "text": str(error)})
            report = SyncReport()
        except VecnaError as error:
            self.tell({"event": "error", "text": str(error)})
            return False
        self._climb = self._work.climb()
        return not report.is_quiet

    def _look_unasked(self) -> None:
        if not self._look("") or self._watcher.why_polling:
            return
        self._misses += 1
        if self._misses < MISSES_ALLOWED:
            self._watcher.restart()
        else:
            self._watcher.distrust("changes were found that no event had announced")
        self._tell_method()

    def _tell_method(self) -> None:
        self.tell({"event": "watching", "method": self._watcher.method})

    def _step(self) -> bool:
        """Embed one window; False when there is nothing to embed."""
        if self._climb is None:
            return False
        try:
            next(self._climb)
        except StopIteration:
            self._climb = None
            self._tell_live()
            self._work.settle()
        except VecnaError as error:
            self._climb = None
            self.tell({"event": "error", "text": str(error)})
        return self._climb is not None

    def _stop_climbing(self) -> None:
        if self._climb is not None:
            self._climb.close()
            self._climb = None

    def _obey(self, timeout: float) -> None:
        """Do what was commanded; waits for a command (or for the watcher's wake-up) at most `timeout` seconds."""
        try:
            command = self._commands.get(timeout=timeout) if timeout else self._commands.get_nowait()
        except Empty:
            return
        name, _, said = command.partition(" ")
        told = {"train": self._train, "use": self._use, "remove": self._remove}
        if name in told:
            told[name](said)
        elif name in COMMANDS and not said:
            getattr(self, f"_do_{name}")()

    # ── tuning ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _train(self, said: str) -> None:
        is_running = self._training is not None and self._training.is_running
        if self._training is not None and said in ORDERS:
            self._training.order(said)
        elif is_running:
            self.tell({"event": "untrained", "text": "a tuning of this vault runs already"})
        elif self._start is not None and isinstance(settings := _settings(said), dict):
            self._training = self._start(settings, self.tell)

    def _end_training(self) -> None:
        if self._training is not None:
            self._training.end()

    def _live_now(self) -> str | None:
        live = self.vault.store.kept.tunings.live()
        return live.name if live else None

    def _heed_kept(self) -> None:
        """Another tuned model may be to answer, or none: whoever decides it writes no index."""
        stamp = self.vault.store.kept.stamp()
        if stamp == self._kept:
            return
        self._kept, live = stamp, self._live_now()
        if live != self._live:
            self._live = live
            self._stop_climbing()
            self.vault.switch_back()
            self._tell_live()
            self._climb = self._work.climb()

    def _tell_live(self) -> None:
        """Which Space answers, when that has changed."""
        active = self.vault.store.vectors.active()
        if active is not None and active[1] != self._answering:
            self._answering = active[1]
            self.tell({"event": "live", "space": active[1].key, "name": self._live})

    def _do_rollback(self) -> None:
        try:
            self.vault.rollback()
        except VecnaError as error:
            self.tell({"event": "notice", "text": str(error)})
        self._heed_kept()

    # ── choosing ────────────────────────────────────────────────────────────────────────────────────────────────

    def _use(self, said: str) -> None:
        """An embedder by "name" with "options"; a tuned model although the gate is against it with "force"."""
        wanted = _settings(said)
        if not isinstance(wanted, dict):
            return
        name, options = wanted.get("name"), wanted.get("options") or {}
        self._stop_climbing()
        try:
            if wanted.get("force"):
                self.vault.go_live(str(options.get("model")), is_forced=True)
            else:
                self.vault.use(name, options)
        except NeedsConsent as error:
            self.tell({"event": "unused", "text": str(error), "fetch": _bytes(error)})
        except VecnaError as error:
            self.tell({"event": "unused", "text": str(error)})
        self._work = Work(self.vault, self.tell)
        self._heed_kept()
        self._climb = self._work.climb()

    def _remove(self, key: str) -> None:
        self._stop_climbing()
        try:
            self.vault.remove_space(key)
            self.tell({"event": "notice", "text": f"{key} is removed"})
        except VecnaError as error:
            self.tell({"event": "unused", "text": str(error)})
        self._climb = self._work.climb()

    # ── commands ────────────────────────────────────────────────────────────────────────────────────────────────

    def _do_stop(self) -> None:
        self._is_stopping = True

    def _do_pause(self) -> None:
        self._is_paused = True
        self.tell({"event": "paused"})

    def _do_resume(self) -> None:
        self._is_paused = False
        self.tell({"event": "resumed"})

    def _do_rescan(self) -> None:
        self._look("")

    def _do_yes(self) -> None:
        self._look("", allow_removal=True)

    def _do_no(self) -> None:
        self.tell({"event": "notice", "text": "the notes that are gone stay in the index"})

    def _do_rebuild(self) -> None:
        self._stop_climbing()
        self.vault.forget()
        self._look("")

    def _do_compact(self) -> None:
        self.vault.store.compact()
        self.tell({"event": "notice", "text": "the index is compact"})

    def _do_verify(self) -> None:
        self._stop_climbing()
        found = [*self.vault.store.check(deep=True), *self.vault.store.repair()]
        self._look("", is_deep=True)
        self.tell({"event": "notice", "text": "; ".join(found) or "every note, row and vector is sound"})


def _settings(said: str) -> object:
    try:
        return json.loads(said or "{}")
    except ValueError:
        return None


def _bytes(needed: NeedsConsent) -> int | None:
    """None where nobody can be asked how many."""
    try:
        return needed.size()
    except (VecnaError, OSError):
        return None


def _is_noise(path: str) -> bool:
    """Folders that programs write all day and no note lives in."""
    return any(part in _NOISE for part in path.split("/"))
