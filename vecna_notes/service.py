"""The engine offered to our own command line over a private Unix socket, so that no call pays for loading a model."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from concurrent.futures import CancelledError
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from vecna_notes import errors
from vecna_notes.engine import Engine
from vecna_notes.errors import VecnaError
from vecna_notes.types import Found, RelatedNote

_LONGEST_PATH = 100
"""Bytes a Unix socket's path may have on every system."""
_LONGEST_REQUEST = 64_000
_CONNECT_SECONDS = 0.2
_ANSWER_SECONDS = 5.0
ANSWERS: dict[str, Any] = {"search": Found, "related": list[RelatedNote]}
"""What may be asked, by the name of the vault's method, and what comes back."""

_KINDS = {kind.__name__: kind for kind in vars(errors).values() if isinstance(kind, type)}
"""Errors by name, so that one that crosses the line keeps its exit code."""


def socket_file(folder: Path) -> Path | None:
    """Where the service of the vault kept in `folder` listens; None where the path would be too long."""
    file = folder / "engine.sock"
    return file if len(os.fsencode(file)) <= _LONGEST_PATH and hasattr(socket, "AF_UNIX") else None


def ask(folder: Path, method: str, **arguments: Any) -> Any:
    """The answer of a running service, or None when there is none. Raises VecnaError as the vault would."""
    file = socket_file(folder)
    request = json.dumps({"method": method, "arguments": arguments}).encode() + b"\n"
    if file is None or not file.exists() or len(request) > _LONGEST_REQUEST:
        return None
    try:
        answer = json.loads(_exchange(file, request))
        if "error" in answer:
            raise _KINDS.get(answer.get("kind"), VecnaError)(answer["error"])
        return msgspec.convert(answer["answer"], ANSWERS[method])
    except (OSError, ValueError, KeyError, msgspec.ValidationError):
        return None


def _exchange(file: Path, request: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(_CONNECT_SECONDS)
        line.connect(str(file))
        line.settimeout(_ANSWER_SECONDS)
        line.sendall(request)
        with line.makefile("rb") as stream:
            return stream.read()


class Service:
    """Answers `ask` for as long as its `with` lasts. A second service of the same vault stays silent."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._file = socket_file(folder)
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Service:
        if self._file is not None and self._file.parent.is_dir():
            with contextlib.suppress(OSError):
                self._listen(self._file)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        listener, self._listener = self._listener, None
        if listener is None or self._file is None or self._thread is None:
            return
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        self._thread.join(timeout=2)
        self._file.unlink(missing_ok=True)

    def _listen(self, file: Path) -> None:
        if _is_answering(file):
            return
        file.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            listener.bind(str(file))
        finally:
            os.umask(before)
        listener.listen()
        self._listener = listener
        self._thread = threading.Thread(target=self._accept, args=(listener,), name="service", daemon=True)
        self._thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while self._listener is not None:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with line, contextlib.suppress(OSError):
                line.settimeout(_ANSWER_SECONDS)
                line.sendall(json.dumps(self._reply(line)).encode())

    def _reply(self, line: socket.socket) -> dict[str, Any]:
        with line.makefile("rb") as stream:
            raw = stream.readline(_LONGEST_REQUEST)
        try:
            request = json.loads(raw)
            method, arguments = request["method"], dict(request["arguments"])
        except (ValueError, TypeError, KeyError):
            return {"error": "the service was asked no question it can read"}
        if method not in ANSWERS:
            return {"error": f"the service answers no {method!r}"}
        try:
            answer = self._asked(method, arguments)
        except (VecnaError, TypeError) as error:
            return {"error": str(error), "kind": type(error).__name__}
        except (TimeoutError, CancelledError):
            return {}  # the engine is loading a model, say; whoever asked does better alone
        return {"answer": [asdict(one) for one in answer] if isinstance(answer, list) else asdict(answer)}

    def _asked(self, method: str, arguments: dict[str, Any]) -> Any:
        future = self._engine.ask(lambda vault: getattr(vault, method)(**arguments))
        try:
            return future.result(_ANSWER_SECONDS)
        finally:
            future.cancel()


def _is_answering(file: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(_CONNECT_SECONDS)
        return line.connect_ex(str(file)) == 0
