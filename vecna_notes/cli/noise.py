"""What libraries print goes to the log while a command works, so that stdout stays data and stderr stays ours."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from vecna_notes.cli.session import Session

LOG_BYTES = 2_000_000
"""A log that has grown beyond this is put aside as vecna.log.old."""


@contextlib.contextmanager
def hushed(session: Session) -> Iterator[None]:
    """While it lasts, `session.out` and `session.err` are the only ways to the terminal."""
    if os.environ.get("VECNA_DEBUG"):
        yield
        return
    log = _log(session.folders.log)
    try:
        with _real(session, log) if _is_real() else _captured(session, log):
            yield
    finally:
        os.close(log)


@contextlib.contextmanager
def stderr_hushed(session: Session) -> Iterator[None]:
    """While a screen is drawn: Textual, which draws on stderr, keeps the terminal; what else comes there is logged.

    stdout stays the terminal's, because an editor that is started from the screen needs it.
    """
    if os.environ.get("VECNA_DEBUG") or not _is_real():
        yield
        return
    log = _log(session.folders.log)
    before = sys.__stderr__
    with _private(2) as terminal:
        sys.__stderr__ = terminal  # type: ignore[assignment,misc]
        os.dup2(log, 2)
        try:
            yield
        finally:
            os.dup2(terminal.fileno(), 2)
            sys.__stderr__ = before  # type: ignore[misc]
            os.close(log)


@contextlib.contextmanager
def wire_hushed() -> Iterator[None]:
    """While a screen speaks to a browser over stdout: what else comes there goes where stderr goes."""
    if not _is_real():
        yield
        return
    sys.stdout.flush()
    before = sys.__stdout__
    with _private(1) as wire:
        sys.__stdout__ = wire  # type: ignore[assignment,misc]
        os.dup2(2, 1)
        try:
            yield
        finally:
            os.dup2(wire.fileno(), 1)
            sys.__stdout__ = before  # type: ignore[misc]


def open_log(file: Path) -> int:
    """A descriptor that appends to the log, which only its user may read."""
    with contextlib.suppress(OSError):
        if file.stat().st_size > LOG_BYTES:
            file.replace(file.with_suffix(".log.old"))
    return os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _log(file: Path) -> int:
    try:
        return open_log(file)
    except OSError:  # no data folder yet, or one that may not be written
        return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)


def _is_real() -> bool:
    """Whether the streams are the process's own; in tests, or embedded, they need not be."""
    try:
        return (sys.stdout.fileno(), sys.stderr.fileno()) == (1, 2)
    except (AttributeError, ValueError, OSError):
        return False


@contextlib.contextmanager
def _real(session: Session, log: int) -> Iterator[None]:
    sys.stdout.flush()
    sys.stderr.flush()
    with _private(1) as out, _private(2) as err:
        os.dup2(log, 1)
        os.dup2(log, 2)
        try:
            with session.speaking_to(out, err):
                yield
        finally:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError):
                    stream.flush()  # into the log
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)


@contextlib.contextmanager
def _private(descriptor: int) -> Iterator[TextIO]:
    """A stream of our own to where the descriptor leads now."""
    stream = os.fdopen(os.dup(descriptor), "w", encoding="utf-8", errors="replace", buffering=1)
    try:
        yield stream
    finally:
        with contextlib.suppress(OSError):  # a terminal that is gone takes no last words
            stream.close()


@contextlib.contextmanager
def _captured(session: Session, log: int) -> Iterator[None]:
    with (
        io.TextIOWrapper(io.FileIO(log, "w", closefd=False), errors="replace", write_through=True) as stream,
        session.speaking_to(sys.stdout, sys.stderr),
        contextlib.redirect_stdout(stream),
        contextlib.redirect_stderr(stream),
    ):
        yield
