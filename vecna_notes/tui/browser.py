"""The screen's end of a tab: Textual's driver for browsers, made to end with its server."""

from __future__ import annotations

import contextlib
import os
from functools import partial
from typing import Any

from textual import messages
from textual.app import App
from textual.drivers.web_driver import WebDriver


class BrowserDriver(WebDriver):
    """Without a server there is nobody to draw for."""

    def __init__(self, app: App[Any], **how: Any) -> None:
        super().__init__(app, **how)
        self._write = partial(self._written)

    def run_input_thread(self) -> None:
        """A server that is gone says nothing more."""
        super().run_input_thread()
        self._app.post_message(messages.ExitApp())

    def _written(self, packet: bytes) -> int:
        """All of it, or nothing where nobody reads any more."""
        left = memoryview(packet)
        with contextlib.suppress(BrokenPipeError):
            while left:
                left = left[os.write(self.fileno, left) :]
        return len(packet)
