"""Readers of risky files, each read in a child process that has only so much memory and time: one child for many files,
and another in its place when it dies. A bomb, a hang or a crash costs the file that it is in."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vecna_notes.errors import PluginError, Unreadable
from vecna_notes.interfaces import Reader
from vecna_notes.types import Note, WrittenLink

FRAME = struct.Struct(">II")
"""Before each message: bytes of its JSON, bytes of the file that follows it."""
START_SECONDS = 60.0
GRACE_SECONDS = 2.0
"""What the wall clock allows beyond the processor's time, on an idle machine …"""
PATIENCE = 3
"""… and how many times as much on a busy one."""
_PIECE = 1 << 20
_REPLY_PER_CHARACTER = 13
"""Bytes: JSON's longest way to write one character is twelve."""
_REPLY_BESIDES = 16_000_000
_MINE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one risky file may cost."""

    bytes: int
    """Larger files are not opened."""
    text: int
    """Characters of the note; what is longer is cut, and the note says so."""
    memory: int
    """Bytes, besides what the child has when it starts."""
    seconds: int


class Guard:
    """Owns the child. `setup` is what the child needs to make the same readers."""

    def __init__(self, limits: Limits, setup: Mapping[str, object]) -> None:
        self.limits = limits
        self._setup = {**setup, "memory": limits.memory, "seconds": limits.seconds, "text": limits.text}
        self._child: _Child | None = None

    def around(self, readers: Mapping[str, Reader]) -> list[Reader]:
        """The same readers, by the names of their offers, the risky ones behind the border."""
        return [
            Guarded(name, reader.suffixes, self) if getattr(reader, "is_risky", False) is True else reader
            for name, reader in readers.items()
        ]

    def read(self, name: str, path: str, data: bytes) -> Note:
        """Raises Unreadable when the file is refused, PluginError when its reader fails."""
        is_fresh = self._child is None
        try:
            return self._read(name, path, data)
        except _Died as death:
            if is_fresh:
                raise PluginError(death.why(name, self.limits)) from None
        try:  # it may have died of what an earlier file left behind
            return self._read(name, path, data)
        except _Died as death:
            raise PluginError(death.why(name, self.limits)) from None

    def rest(self) -> None:
        """End the child; the next file starts another."""
        if self._child is not None:
            self._child.end()
            self._child = None

    def _read(self, name: str, path: str, data: bytes) -> Note:
        try:
            self._child = self._child or _Child.start(self._setup)
            reply = self._child.ask({"name": name, "path": path}, data, self.limits)
        except BaseException:
            self.rest()
            raise
        if reply.get("last"):
            self.rest()
        if "refused" in reply:
            raise Unreadable(str(reply["refused"]))
        if "failed" in reply:
            raise PluginError(str(reply["failed"]))
        return _note(path, reply["note"])


class Guarded:
    """A risky reader as the chain sees it."""

    def __init__(self, name: str, suffixes: tuple[str, ...], guard: Guard) -> None:
        self.suffixes = suffixes
        self.most_bytes = guard.limits.bytes
        """Of such a file a part says nothing: it is read whole, or not at all."""
        self._name = name
        self._guard = guard

    def read(self, path: str, data: bytes) -> Note:
        return self._guard.read(self._name, path, data)


class _Died(Exception):
    """The child ended before it answered."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code

    def why(self, name: str, limits: Limits) -> str:
        number = -(self.code or 0)
        how = signal.Signals(number).name if number in set(signal.Signals) else f"code {self.code}"
        return f"too large or damaged: reader {name!r} crashed ({how}) within its {limits.memory // 1_000_000:,} MB"


class _Child:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        assert process.stdin is not None and process.stdout is not None
        self._to, self._from = process.stdin.fileno(), process.stdout.fileno()
        os.set_blocking(self._to, False)
        os.set_blocking(self._from, False)

    @classmethod
    def start(cls, setup: Mapping[str, object]) -> _Child:
        """`-P`: nothing that lies in the current folder, which may be the vault, is ever imported."""
        process = subprocess.Popen(
            [sys.executable, "-P", "-W", "ignore", "-m", "vecna_notes.ingest.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_MINE},
        )
        child = cls(process)
        try:
            child._exchange(_framed(setup), START_SECONDS, _REPLY_BESIDES)
        except BaseException:
            child.end()
            raise
        return child

    def ask(self, request: Mapping[str, object], data: bytes, limits: Limits) -> dict[str, Any]:
        most = limits.text * _REPLY_PER_CHARACTER + _REPLY_BESIDES
        try:
            return self._exchange(_framed(request, data), limits.seconds * PATIENCE + GRACE_SECONDS, most)
        except TimeoutError:
            raise Unreadable(took_too_long(limits.seconds)) from None
        except _Died as death:
            if death.code == -getattr(signal, "SIGXCPU", 0):
                raise Unreadable(took_too_long(limits.seconds)) from None
            raise

    def end(self) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                assert pipe is not None
                pipe.close()
        self._process.wait()

    def _exchange(self, message: bytes, seconds: float, most: int) -> dict[str, Any]:
        """Send a message and hear the answer. Raises TimeoutError, _Died."""
        deadline = time.monotonic() + seconds
        rest = memoryview(message)
        while rest:
            self._wait(deadline, writing=True)
            try:
                rest = rest[os.write(self._to, rest[:_PIECE]) :]
            except BrokenPipeError:
                raise _Died(self._code()) from None
        size, _ = FRAME.unpack(self._heard(FRAME.size, deadline))
        if size > most:
            raise Unreadable(f"too large: its reader answers with {size / 1_000_000:,.0f} MB")
        answer = json.loads(self._heard(size, deadline))
        assert isinstance(answer, dict)
        return answer

    def _heard(self, size: int, deadline: float) -> bytes:
        heard = bytearray()
        while len(heard) < size:
            self._wait(deadline, writing=False)
            piece = os.read(self._from, min(_PIECE, size - len(heard)))
            if not piece:
                raise _Died(self._code())
            heard += piece
        return bytes(heard)

    def _wait(self, deadline: float, writing: bool) -> None:
        left = max(0.0, deadline - time.monotonic())
        pipes: tuple[list[int], list[int]] = ([], [self._to]) if writing else ([self._from], [])
        if not any(select.select(*pipes, [], left)):
            raise TimeoutError

    def _code(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(GRACE_SECONDS)
        return None


def took_too_long(seconds: int) -> str:
    return f"took too long: more than {seconds} seconds (files.seconds)"


def needs_memory(memory: int) -> str:
    return f"too large: reading it takes more than {memory // 1_000_000:,} MB of memory (files.memory_mb)"


def _framed(request: Mapping[str, object], data: bytes = b"") -> bytes:
    head = json.dumps(request).encode()
    return FRAME.pack(len(head), len(data)) + head + data


def _note(path: str, said: dict[str, Any]) -> Note:
    """What the child says of a note; lists were tuples."""
    links = tuple(WrittenLink(**link) for link in said["links"])
    rest = {key: tuple(said[key]) for key in ("aliases", "tags", "problems")}
    properties = {key: _tuples(value) for key, value in said["properties"].items()}
    return Note(**{**said, **rest, "path": path, "links": links, "properties": properties})


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
