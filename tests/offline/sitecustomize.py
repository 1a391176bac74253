"""Refuses this process every network but its own machine.

Python imports a module of this name when it starts, wherever it finds one on its path: so tests/conftest.py puts this
folder on PYTHONPATH, and every Python that a test starts is refused the same.
"""

from __future__ import annotations

import os
import sys

_INET = (2, 10, 23, 30)
"""AF_INET, and AF_INET6 on Linux, Windows and macOS: `socket` itself is not imported by who needs none."""
_SENDING = ("socket.connect", "socket.sendto", "socket.sendmsg")
_NAMING = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
_HEARD = frozenset((*_SENDING, *_NAMING))
"""Of millions of events."""


class Offline(OSError):
    """A test tried to leave this machine."""


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook: hears of a connection, a datagram or a look-up before it is made."""
    if event not in _HEARD:
        return
    if event in _SENDING:
        sender, address = arguments[:2]
        if getattr(sender, "family", None) in _INET and isinstance(address, tuple) and not _is_here(address[0]):
            raise _refused(f"reach {address[0]}:{address[1]}")
    elif not _is_known(arguments[0]):
        raise _refused(f"look up {arguments[0]!r}")


def _is_here(host: object) -> bool:
    import ipaddress

    try:
        return host == "localhost" or ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _is_known(host: object) -> bool:
    """Whether nobody need be asked for its address: a number, or a name of this machine."""
    import ipaddress

    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        return bool(ipaddress.ip_address(str(name).partition("%")[0]))
    except ValueError:
        return False


def _refused(what: str) -> Offline:
    test = os.environ.get("PYTEST_CURRENT_TEST", "no test").removesuffix(" (call)")
    return Offline(f"tests run offline: {test} tried to {what}")


sys.addaudithook(refuse)
