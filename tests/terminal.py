"""A real pseudo-terminal with a program in it: what it wrote, byte for byte, and what a person would see."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping

import pyte


class Screen(pyte.Screen):
    def select_graphic_rendition(self, *attributes: int, private: bool = False) -> None:
        """The private form asks what a terminal can do; there is nothing to draw."""
        if not private:
            super().select_graphic_rendition(*attributes)


class Terminal:
    """Runs `vecna ARGUMENTS` in a terminal of its own; use it in a `with`, which ends the program."""

    def __init__(
        self, arguments: list[str], environment: Mapping[str, str], columns: int = 120, rows: int = 36
    ) -> None:
        self.raw = b""
        self.exit_code: int | None = None
        self._screen = Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        command = [sys.executable, "-m", "vecna_notes", *arguments]
        self._pid, self._handle = pty.fork()
        if self._pid == 0:
            os.execve(command[0], command, {**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"})
        fcntl.ioctl(self._handle, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.exit_code is None:
            os.kill(self._pid, signal.SIGKILL)
            self._wait()
        os.close(self._handle)

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def press(self, keys: str) -> None:
        os.write(self._handle, keys.encode())

    def read(self, seconds: float) -> bool:
        """Take in what arrives within so many seconds; False when nothing did."""
        arrived = self.receive(seconds)
        self.show(arrived)
        return bool(arrived)

    def receive(self, seconds: float) -> bytes:
        """What arrives within so many seconds, not yet shown: showing takes time that is not the program's."""
        ready, _, _ = select.select([self._handle], [], [], seconds)
        if not ready:
            return b""
        try:
            arrived = os.read(self._handle, 1 << 16)
        except OSError:  # Linux says so when the program has ended
            arrived = b""
        if not arrived:
            self._wait()
        return arrived

    def show(self, arrived: bytes) -> None:
        self.raw += arrived
        self._stream.feed(arrived)

    def wait_for(self, wanted: str | Callable[[], bool], seconds: float = 20.0) -> None:
        """Read until the screen shows `wanted`. Raises AssertionError with the screen when it does not in time."""
        is_there = wanted if callable(wanted) else lambda: wanted in self.text
        deadline = time.monotonic() + seconds
        while not is_there():
            if self.exit_code is not None or time.monotonic() > deadline:
                raise AssertionError(f"never seen: {wanted!r}; the screen holds:\n{self.text}")
            self.read(0.05)

    def settle(self, quiet: float = 0.4, seconds: float = 10.0) -> None:
        """Read until nothing has arrived for `quiet` seconds."""
        deadline = time.monotonic() + seconds
        while self.read(quiet) and time.monotonic() < deadline:
            pass

    def hang_up(self, seconds: float = 20.0) -> int:
        """Take the terminal away, as a closed window does; the exit code of what ran in it. Raises AssertionError when
        it runs on."""
        os.close(self._handle)
        self._handle = os.open(os.devnull, os.O_RDONLY)
        deadline = time.monotonic() + seconds
        while (ended := os.waitpid(self._pid, os.WNOHANG)) == (0, 0):
            assert time.monotonic() < deadline, "it runs on without a terminal"
            time.sleep(0.05)
        self.exit_code = os.waitstatus_to_exitcode(ended[1])
        return self.exit_code

    def wait_for_end(self, seconds: float = 10.0) -> int:
        deadline = time.monotonic() + seconds
        while self.exit_code is None and time.monotonic() < deadline:
            self.read(0.1)
        assert self.exit_code is not None, f"still running:\n{self.text}"
        return self.exit_code

    def _wait(self) -> None:
        self.exit_code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
