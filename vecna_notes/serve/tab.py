"""One tab of a browser: the screen in a process of its own, and what passes between the two."""

from __future__ import annotations

import asyncio
import contextlib
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from textual_serve.app_service import AppService

DRIVER = "vecna_notes.tui.browser:BrowserDriver"
QUIT_SECONDS = 0.9
"""How long a screen may take to end when its tab is closed, before it is told more firmly."""
TERMINATE_SECONDS = 0.6
WIDEST, HIGHEST = 500, 200
SCHEMES = ("http", "https", "mailto", "obsidian")
"""Of addresses that a screen may have its browser open."""


class Tab(AppService):
    """Ends its process for certain: by asking, then insisting."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], **connection: Any) -> None:
        super().__init__(" ".join(arguments), **connection)
        self._arguments = arguments
        self._environment = environment
        self._stopping: asyncio.Task[None] | None = None

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """Without a shell, and out of reach of the ctrl-c that is meant for the server."""
        own = self._build_environment(*_size(width, height))
        self._process = process = await asyncio.create_subprocess_exec(
            *self._arguments,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env={**own, **self._environment, "TEXTUAL_DRIVER": DRIVER},
            start_new_session=True,
        )
        assert process.stdin is not None
        self._stdin = process.stdin
        return process

    async def run(self) -> None:
        """Until the screen ends; the tab learns of it, however that came about."""
        await super().run()
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self.remote_close()

    async def stop(self) -> None:
        await asyncio.shield(self.stopping())

    def stopping(self) -> asyncio.Task[None]:
        """Its end, begun by now; that whoever waits for it is cancelled does not keep it from coming."""
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop())
        return self._stopping

    async def _stop(self) -> None:
        if self._task is None or self._process is None:
            return
        await self.send_meta({"type": "quit"})
        await _ended(self._process)
        await self._task

    async def set_terminal_size(self, width: int, height: int) -> None:
        await super().set_terminal_size(*_size(width, height))

    async def on_meta(self, data: bytes) -> None:
        """Files are not delivered this way, and of addresses only those of known kinds."""
        meta = json.loads(data)
        if meta["type"] == "exit" or (meta["type"] == "open_url" and urlsplit(meta["url"]).scheme in SCHEMES):
            await super().on_meta(data)


async def _ended(process: Process) -> None:
    """Wait for it, then insist."""
    for insist, seconds in ((None, QUIT_SECONDS), (process.terminate, TERMINATE_SECONDS), (process.kill, None)):
        with contextlib.suppress(ProcessLookupError):
            if insist is not None:
                insist()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(process.wait(), seconds)
            return


def _size(width: int, height: int) -> tuple[int, int]:
    return min(max(int(width), 1), WIDEST), min(max(int(height), 1), HIGHEST)
