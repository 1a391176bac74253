"""Folder events, debounced into sets of paths. An event only means "look here again"; it knows nothing of indexing."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver

QUIET_SECONDS = 0.3
"""A batch is ready when nothing has happened for this long …"""
LONGEST_SECONDS = 2.0
"""… or when it has been open for this long."""
DELETE_SECONDS = 0.7
"""Editors and git delete first and write afterwards, so a batch with deletions rests longer."""
POLL_SECONDS = 2.0
MOST_PATHS = 5_000
"""A larger batch is no list of paths any more: look everywhere."""
_NETWORK = ("nfs", "cifs", "smb", "9p", "fuse", "afs", "ceph", "drvfs", "vboxsf", "prl_fs")
_EVERYWHERE = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Where to look again."""

    subtree: str
    """Deepest folder (relative, "/") that holds every path of the batch; "" is the whole vault."""


@dataclass(slots=True)
class Watcher:
    """Watches one folder tree; use it in a `with`. Falls back to polling where events cannot be had or trusted."""

    root: Path
    is_ignored: Callable[[str], bool]
    """Whether a path (relative, "/") can never matter; called on the observer's thread."""
    must_poll: bool = False
    wake: Callable[[], None] = lambda: None
    """Called from the observer's thread when something happened."""
    why_polling: str = ""
    _observer: BaseObserver | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _paths: set[str] = field(default_factory=set)
    _first: float = 0.0
    _last: float = 0.0
    _rest: float = QUIET_SECONDS
    _root_id: tuple[int, int] | None = None
    _is_lost: bool = False
    """The folder itself was deleted, or is not the one that is watched."""
    _looked: float = 0.0

    def __enter__(self) -> Watcher:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        self.why_polling = self.why_polling or ("asked for" if self.must_poll else _why_poll(self.root))
        self._root_id = _identity(self.root)
        self._is_lost = False
        self._looked = time.monotonic()
        if not self.why_polling:
            self._observe()

    def stop(self) -> None:
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join(timeout=2)

    def distrust(self, why: str) -> None:
        """Events were missed: go on by polling."""
        self.stop()
        self.why_polling = why

    def restart(self) -> None:
        self.stop()
        self.start()

    @property
    def method(self) -> str:
        """How it watches, for the status."""
        return f"polling ({self.why_polling})" if self.why_polling else "events"

    def ready(self) -> Batch | None:
        """The next batch if one has come to rest, else None. Never waits."""
        now = time.monotonic()
        found = _identity(self.root)
        self._is_lost = self._is_lost or found != self._root_id
        if self._is_lost and found is not None:
            self.restart()  # the folder is another one now: remounted or made anew, maybe with the old one's inode
            return Batch(_EVERYWHERE)
        with self._lock:
            if self._paths and (now - self._last >= self._rest or now - self._first >= LONGEST_SECONDS + self._rest):
                paths, self._paths, self._rest = self._paths, set(), QUIET_SECONDS
                self._looked = now
                return Batch(_common_folder(paths))
        if self.why_polling and now - self._looked >= POLL_SECONDS:
            self._looked = now
            return Batch(_EVERYWHERE)
        return None

    def due_in(self) -> float:
        """Seconds after which `ready` is worth asking again."""
        with self._lock:
            if self._paths:
                return max(0.02, self._rest - (time.monotonic() - self._last))
        return POLL_SECONDS / 2 if self.why_polling else 1.0

    def _observe(self) -> None:
        from watchdog import events
        from watchdog.observers import Observer

        handler = events.FileSystemEventHandler()
        handler.on_any_event = self._heard  # type: ignore[method-assign]
        # not those of opening and closing without a change: our own reading would wake us
        wanted: list[type[FileSystemEvent]] = [
            *(events.DirCreatedEvent, events.DirDeletedEvent, events.DirMovedEvent, events.FileClosedEvent),
            *(events.FileCreatedEvent, events.FileDeletedEvent, events.FileModifiedEvent, events.FileMovedEvent),
        ]
        observer = Observer()
        try:
            observer.schedule(handler, str(self.root), recursive=True, event_filter=wanted)
            observer.start()
        except OSError as error:
            self.why_polling = f"the system refused to watch: {error.strerror or error}"
            return
        self._observer = observer

    def _heard(self, event: FileSystemEvent) -> None:
        """On the observer's thread: an exception here would silence it for ever."""
        try:
            for raw in (event.src_path, event.dest_path):
                if raw:
                    self._mark(os.fsdecode(raw), event.is_directory, event.event_type == "deleted")
        except Exception:
            self._mark_everywhere()
        self.wake()

    def _mark(self, file: str, is_folder: bool, is_deleted: bool) -> None:
        path = os.path.relpath(file, self.root).replace(os.sep, "/")
        if path.startswith("../") or (path != "." and self.is_ignored(path)):
            return
        self._is_lost = self._is_lost or (path == "." and is_deleted)
        place = path if is_folder else str(PurePosixPath(path).parent)
        now = time.monotonic()
        with self._lock:
            if not self._paths:
                self._first = now
            self._last = now
            self._rest = max(self._rest, DELETE_SECONDS) if is_deleted else self._rest
            self._paths.add(_EVERYWHERE if place == "." or len(self._paths) > MOST_PATHS else place)

    def _mark_everywhere(self) -> None:
        with self._lock:
            self._first = self._first if self._paths else time.monotonic()
            self._last = time.monotonic()
            self._paths.add(_EVERYWHERE)


def _common_folder(paths: set[str]) -> str:
    return os.path.commonpath([f"/{path}" for path in paths])[1:]


def _identity(root: Path) -> tuple[int, int] | None:
    try:
        stat = root.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def _why_poll(root: Path) -> str:
    """Why events of this folder cannot be trusted, or ""."""
    if (kind := _file_system(root)).startswith(_NETWORK):
        return f"{kind} does not announce changes"
    limit = _watch_limit()
    if limit is None:
        return ""
    folders = sum(1 for _ in os.walk(root))
    if folders > limit * 0.8:
        return f"{folders:,} folders, but only {limit:,} watches; raise fs.inotify.max_user_watches with sysctl"
    return ""


def _file_system(root: Path) -> str:
    """Type of the file system below a folder where the system tells, else ""."""
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text(errors="replace").splitlines()]
        place = str(root.resolve())
    except OSError:
        return ""
    holding = [m for m in mounts if len(m) > 2 and (place + "/").startswith(m[1].rstrip("/") + "/")]
    return max(holding, key=lambda mount: len(mount[1]))[2] if holding else ""


def _watch_limit() -> int | None:
    try:
        return int(Path("/proc/sys/fs/inotify/max_user_watches").read_text())
    except (OSError, ValueError):
        return None
