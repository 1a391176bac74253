"""The writer's lock: one process writes an index, whatever happens to the others."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
import weakref
from pathlib import Path

from vecna_notes.errors import Busy

PATIENCE_SECONDS = 0.5
"""How long a writer waits for one that is just stopping."""


class WriterLock:
    """An flock on a file that is never deleted; the kernel frees it when the holder dies. The pid is for messages."""

    def __init__(self, file: Path) -> None:
        """Raises Busy, naming the holder, when another process keeps the lock."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (descriptor := _try(file)) is None:
            if time.monotonic() >= deadline:
                raise Busy(_who(file))
            time.sleep(0.05)
        self._descriptor: int | None = descriptor
        self._owner = os.getpid()
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "started": time.time()}).encode(), 0)
        _held.add(self)

    def release(self) -> None:
        """In a forked child this closes its copy and leaves the parent's lock alone."""
        if self._descriptor is not None:
            if os.getpid() == self._owner:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)  # also where a child was forked this very moment
            os.close(self._descriptor)
            self._descriptor = None


def holder(file: Path) -> int | None:
    """Process that holds the lock, or None when nobody does."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)  # to read, since the folder may be read-only
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return _pid(file)
    finally:
        os.close(descriptor)
    return None


def _try(file: Path) -> int | None:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with contextlib.suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino == file.stat().st_ino:  # else it was replaced between open and flock
            return descriptor
    os.close(descriptor)
    return None


def _who(file: Path) -> str:
    pid = _pid(file)
    name = f"process {pid}" if pid else "another process"
    return f"{name} is writing this index; wait until it is done or stop it, searching works meanwhile"


def _pid(file: Path) -> int | None:
    try:
        pid = json.loads(file.read_bytes())["pid"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return pid if isinstance(pid, int) else None


_held: weakref.WeakSet[WriterLock] = weakref.WeakSet()


def _forget_in_child() -> None:
    for lock in list(_held):
        lock.release()


os.register_at_fork(after_in_child=_forget_in_child)
