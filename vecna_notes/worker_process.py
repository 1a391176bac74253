"""The border between the screen and its worker: both ends of the pipe, JSON lines one way and commands the other."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TextIO

from vecna_notes.config import Folders, make_private
from vecna_notes.vault import Vault
from vecna_notes.worker import Event, Keeper

STOP_SECONDS = 1.2
"""How long a worker may take to stop by itself before it is told more firmly."""

TUNER_SECONDS = 0.3
"""How long a tuning that nobody hears any more may take to end."""


class Terminated(BaseException):
    """SIGTERM or SIGHUP arrived; not an Exception, so that nothing on the way swallows it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


@contextlib.contextmanager
def stopping_on_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end the work between two Python instructions, and everything open is closed on the way out."""

    def stop(number: int, _frame: object) -> None:
        raise Terminated(number)

    numbers = [signal.SIGTERM] + ([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def keep(vault: Vault, allow_removal: bool = False) -> None:
    """The child's end: keep the vault fresh until the parent says stop, closes the pipe, or dies."""
    with _private_stdout() as stdout:
        commands: SimpleQueue[str] = SimpleQueue()
        one_at_a_time = threading.Lock()

        def tell(event: Event) -> None:
            with one_at_a_time:
                _write(stdout, event)

        threading.Thread(target=_listen, args=(sys.stdin, commands), name="commands", daemon=True).start()
        Keeper(vault, tell, commands, allow_removal, partial(Tuner, vault)).run()


def _write(stdout: TextIO, event: Event) -> None:
    stdout.write(json.dumps(event) + "\n")
    stdout.flush()


def _listen(stdin: TextIO, commands: SimpleQueue[str]) -> None:
    for line in stdin:
        commands.put(line.strip())
    commands.put("stop")


@contextlib.contextmanager
def _private_stdout() -> Iterator[TextIO]:
    """Standard output for our lines alone: what a library prints there goes to standard error instead."""
    sys.stdout.flush()
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as ours:
        os.dup2(2, 1)
        try:
            yield ours
        finally:
            with contextlib.suppress(OSError, ValueError):
                ours.flush()
                os.dup2(ours.fileno(), 1)


class Tuner:
    """The worker's end of a `vecna train` that runs beside it, at low priority."""

    def __init__(self, vault: Vault, settings: Mapping[str, Any], tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._process = subprocess.Popen(
            (sys.executable, "-m", "vecna_notes", "train", *_AS_CHILD, "--vault", str(vault.root), *_flags(settings)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=_environment(vault.folders),
        )
        threading.Thread(target=self._relay, name="tuning", daemon=True).start()

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def order(self, order: str) -> None:
        """A child that is gone hears nothing, and that is no error."""
        stdin = self._process.stdin
        assert stdin is not None
        with contextlib.suppress(OSError, ValueError):
            stdin.write(order + "\n")
            stdin.flush()

    def end(self) -> None:
        """It ends by itself when nobody speaks to it any more; that may take it too long."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(TUNER_SECONDS)
        self._process.kill()
        self._process.wait()

    def _relay(self) -> None:
        assert self._process.stdout is not None
        is_told = False
        for line in self._process.stdout:
            with contextlib.suppress(ValueError):
                event = json.loads(line)
                is_told = is_told or event["event"] in ("tuned", "error")
                self._tell({**event, "event": _RELAYED.get(event["event"], event["event"])})
        code = self._process.wait()
        if not is_told:
            why = "nothing that answers has changed, and the next tuning goes on where this one stopped"
            self._tell({"event": "untrained", "text": f"tuning ended with code {code}; {why} (the log has more)"})


_AS_CHILD = ("--jsonl", "--obey", "--yes", "--no-input")
_RELAYED = {"progress": "judging", "error": "untrained"}
"""Events of a tuning that would be taken for the index's."""
_FLAGS = {"full": "--full", "force": "--force"}
_VALUES = {"minutes": "--minutes", "seed": "--seed", "links": "--links", "split": "--split", "without": "--without"}


def _flags(settings: Mapping[str, Any]) -> list[str]:
    """Settings by name as flags of the command; "without" may be several."""
    found = [flag for name, flag in _FLAGS.items() if settings.get(name)]
    for name, flag in _VALUES.items():
        value = settings.get(name)
        for one in value if isinstance(value, list) else [] if value is None else [value]:
            found += [flag, str(one)]
    return found


def _environment(folders: Folders) -> dict[str, str]:
    """A child keeps things where its parent does."""
    return {**os.environ, "VECNA_DATA_DIR": str(folders.data), "VECNA_CONFIG": str(folders.config)}


class ChildHandle:
    """The parent's end of a `vecna` that tells events on its output: starts it, hears it, tells it, stops it."""

    def __init__(self, arguments: Sequence[str | Path], folders: Folders) -> None:
        self._arguments = tuple(map(str, arguments))
        self._folders = folders
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        make_private(self._folders.data)
        with open(self._folders.log, "ab", opener=_private_file) as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "vecna_notes", *self._arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=_environment(self._folders),
                limit=2**20,
            )

    async def events(self) -> AsyncIterator[Event]:
        """Everything the child tells, until it ends; last of all {"event": "ended", "code": exit code}."""
        process = self._process
        if process is None or process.stdout is None:
            return
        async for line in process.stdout:
            with contextlib.suppress(ValueError):
                yield json.loads(line)
        yield {"event": "ended", "code": await process.wait()}

    async def send(self, command: str) -> None:
        """A child that is gone hears nothing, and that is no error."""
        process = self._process
        if process is None or process.stdin is None or process.returncode is not None:
            return
        with contextlib.suppress(ConnectionError):
            process.stdin.write(command.encode() + b"\n")
            await process.stdin.drain()

    async def stop(self) -> None:
        """Ask, then insist: returns within two seconds with the process gone."""
        process = self._process
        if process is None:
            return
        await self.send("stop")
        for insist in (None, process.terminate, process.kill):
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    if insist is not None:
                        insist()
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(process.wait(), STOP_SECONDS / 2)


class WorkerHandle(ChildHandle):
    """The worker that keeps a vault's index fresh."""

    def __init__(self, root: Path, folders: Folders) -> None:
        super().__init__(("index", "--watch", "--jsonl", root), folders)


class EvaluatorHandle(ChildHandle):
    """The process that measures search on a vault's own notes, each time it is started."""

    def __init__(self, root: Path, folders: Folders) -> None:
        super().__init__(("eval", "own", "--jsonl", "--vault", root), folders)


class SurveyorHandle(ChildHandle):
    """The process that finds topics and draws the map, each time it is started."""

    def __init__(self, root: Path, folders: Folders) -> None:
        super().__init__(("map", "--jsonl", "--vault", root), folders)


def _private_file(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
