"""The child of `guard`: reads one risky file after the other, with only so much memory and processor time.

Run as a program it hears one message a file on its standard input and answers on its standard output.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, BinaryIO

from vecna_notes.errors import Unreadable, VecnaError
from vecna_notes.ingest.guard import FRAME, needs_memory
from vecna_notes.interfaces import Reader
from vecna_notes.registry import Registry
from vecna_notes.text import safe_line
from vecna_notes.types import Note

_STATM = Path("/proc/self/statm")
_TIRED = 0.5
"""Share of its memory after whose use a child makes way for another."""
_MOST_FILES = 500


def main() -> None:
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-c is the parent's to hear; it ends us
    heard, answers = _private_pipes()
    setup, _ = _hear(heard) or ({}, b"")
    reading = Reading(setup)
    limit_memory(int(setup["memory"]))
    _say(answers, {"ready": True})
    for number in range(1, _MOST_FILES + 1):
        if (request := _hear(heard)) is None:
            return
        limit_time(int(setup["seconds"]))
        reply = reading.answer(*request)
        is_last = number == _MOST_FILES or "refused" in reply or _is_tired(int(setup["memory"]))
        _say(answers, {**reply, "last": is_last})
        if is_last:
            return


class Reading:
    """Makes each reader when it is first asked for."""

    def __init__(self, setup: Mapping[str, Any]) -> None:
        folder = Path(setup["plugins"]) if setup["plugins"] else None
        self._registry = Registry(folder, setup["disabled"])
        self._options: Mapping[str, dict[str, Any]] = setup["options"]
        self._memory, self._text = int(setup["memory"]), int(setup["text"])
        self._readers: dict[str, Reader] = {}

    def answer(self, request: Mapping[str, Any], data: bytes) -> dict[str, Any]:
        try:
            return {"note": asdict(self._note(request["name"], request["path"], data))}
        except MemoryError:
            return {"refused": needs_memory(self._memory)}
        except RecursionError:
            return {"refused": "too large: what it holds is nested too deep"}
        except Unreadable as error:
            return {"refused": str(error)}
        except Exception as error:  # the plugin border: whatever a reader raises is about this file
            said = str(error) if isinstance(error, VecnaError) else f"{type(error).__name__}: {error}"
            return {"failed": safe_line(f"its reader {request['name']!r} failed: {said}")}

    def _note(self, name: str, path: str, data: bytes) -> Note:
        reader = self._readers.get(name)
        if reader is None:
            reader = self._readers[name] = self._registry.reader(name, self._options.get(name, {}))
        note = reader.read(path, data)
        if not isinstance(note, Note) or note.path != path:
            raise TypeError("it returned no note of this file")
        return shortened(note, self._text)


def shortened(note: Note, most: int) -> Note:
    """The whole lines of a note that fit into `most` characters."""
    if len(note.text) <= most:
        return note
    text = note.text[: note.text.rfind("\n", 0, most) + 1 or most]
    last = text.count("\n") + 1
    problem = f"partial: the first {len(text):,} of {len(note.text):,} characters"
    links = tuple(link for link in note.links if link.line <= last)
    return replace(note, text=text, links=links, problems=(*note.problems, problem))


def limit_memory(most: int) -> None:
    """Besides what this process has already. Where the system knows no such limit, the clock is the only one."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        has = int(_STATM.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (has + most, has + most))
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_time(seconds: int) -> None:
    """From now on."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + seconds, hard))


def _is_tired(memory: int) -> bool:
    """What it holds now: the peak that the system remembers may be that of the parent it was made from."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        return int(_STATM.read_text().split()[1]) * resource.getpagesize() > _TIRED * memory
    return False


def _private_pipes() -> tuple[BinaryIO, int]:
    """The pipes to the parent, out of reach of what a reader may print or ask."""
    heard, answers = os.fdopen(os.dup(0), "rb"), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    return heard, answers


def _hear(pipe: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    head = pipe.read(FRAME.size)
    if len(head) < FRAME.size:
        return None
    size, length = FRAME.unpack(head)
    return json.loads(pipe.read(size)), pipe.read(length)


def _say(pipe: int, reply: Mapping[str, object]) -> None:
    text = json.dumps(reply).encode()
    rest = memoryview(FRAME.pack(len(text), 0) + text)
    while rest:
        rest = rest[os.write(pipe, rest) :]


if __name__ == "__main__":
    main()
