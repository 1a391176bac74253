"""What a worker says to the child that tunes for it: "pause", "resume" and "stop", each a line on stdin."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Self, TextIO

NICE = 10
"""How far a child steps back behind whatever the user does meanwhile."""


class Orders:
    """Without a parent nobody orders anything."""

    def __init__(self) -> None:
        self._may_run = threading.Event()
        self._may_run.set()
        self._is_stopping = False
        self._is_alone = False

    @classmethod
    def heard(cls) -> Self:
        """Of a child: hears its parent from now on, and lets everybody else go first."""
        orders = cls()
        os.nice(NICE)
        threading.Thread(target=orders._listen, args=(sys.stdin,), name="orders", daemon=True).start()
        return orders

    def go_on(self) -> bool:
        """Whether to go on; waits while it is told to. Ends the process in good order when its parent is gone."""
        self._may_run.wait()
        if self._is_alone:
            from vecna_notes.worker_process import Terminated

            raise Terminated(signal.SIGTERM)
        return not self._is_stopping

    def _listen(self, stdin: TextIO) -> None:
        for line in stdin:
            order = line.strip()
            if order == "pause":
                self._may_run.clear()
            elif order in ("resume", "stop"):
                self._is_stopping = self._is_stopping or order == "stop"
                self._may_run.set()
        self._is_alone = True
        self._may_run.set()
