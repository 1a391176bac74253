"""Named places where a test may make the program fail: VECNA_FAULT="name:nth:action".

`action` is raise, kill (SIGKILL) or delay (a second); `nth` counts from 1. Several faults are separated by commas.
In production a fault point costs one look-up in an empty dictionary.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass


class Fault(Exception):
    """The failure a test asked for."""


@dataclass
class _Armed:
    nth: int
    action: str
    hits: int = 0


_armed: dict[str, _Armed] = {}


def arm(faults: str) -> None:
    """Replace all armed faults by those of `faults`; "" disarms."""
    _armed.clear()
    for fault in filter(None, faults.split(",")):
        name, nth, action = fault.split(":")
        _armed[name] = _Armed(int(nth), action)


def reach(name: str) -> None:
    """Mark a place by name; fails there if that was asked for."""
    armed = _armed.get(name)
    if armed is None:
        return
    armed.hits += 1
    if armed.hits != armed.nth:
        return
    if armed.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if armed.action == "delay":
        time.sleep(1)
        return
    raise Fault(f"fault point {name!r} was reached for the {armed.nth}. time")


arm(os.environ.get("VECNA_FAULT", ""))
