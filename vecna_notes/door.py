"""The door of what is served on a port: which address it listens on, and whom it lets in."""

from __future__ import annotations

import hmac
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass

HOST = "127.0.0.1"
"""This machine, and no other."""


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listening(port: int, host: str = HOST) -> socket.socket:
    """A socket that listens at that address. Raises OSError where it cannot be had, such as a port that is taken."""
    host = HOST if host.lower() == "localhost" else host
    family, _kind, _protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    line = socket.socket(family, socket.SOCK_STREAM)
    try:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        line.bind(address)
        line.listen()
    except OSError:
        line.close()
        raise
    return line


@dataclass(frozen=True, slots=True)
class Door:
    """Lets in whoever has the token, calls the server by a name of its own, and comes from no foreign page."""

    hosts: tuple[str, ...]
    """Values of Host that are our own; a foreign one means that a name in the DNS was bent to this machine."""
    token: str
    port: int = 0
    has_any_address: bool = False
    """Whether any address is our own, since it listens on all. The DNS bends names, not addresses."""

    @classmethod
    def of(cls, line: socket.socket, token: str) -> Door:
        host, port = line.getsockname()[:2]
        address = ipaddress.ip_address(host)
        names = ["localhost"] if address.is_loopback or address.is_unspecified else []
        names += [] if address.is_loopback else [socket.gethostname().lower()]
        shown = f"[{host}]" if address.version == 6 else host
        return cls(tuple(f"{name}:{port}" for name in (shown, *names)), token, port, address.is_unspecified)

    def refusal(self, hosts: Sequence[str], origins: Sequence[str], tokens: Sequence[str]) -> str:
        """Why not, or "". Given are the values of both headers, and every token that was shown."""
        if len(hosts) != 1 or not self._is_ours(hosts[0].lower()):
            return "forbidden: this Host is not served"
        if not all(self._is_our_page(origin.lower()) for origin in origins):
            return "forbidden: this Origin is not served"
        if not tokens or not all(self._is_token(one) for one in tokens):
            return "forbidden: the token is missing or wrong"
        return ""

    def _is_token(self, shown: str) -> bool:
        return hmac.compare_digest(shown.encode("utf-8", "surrogatepass"), self.token.encode())

    def _is_our_page(self, origin: str) -> bool:
        return origin.startswith("http://") and self._is_ours(origin.removeprefix("http://"))

    def _is_ours(self, host: str) -> bool:
        return host in self.hosts or (self.has_any_address and self._is_address(host))

    def _is_address(self, host: str) -> bool:
        name, _colon, port = host.rpartition(":")
        try:
            ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
        except ValueError:
            return False
        return port == str(self.port)


def bearers(authorizations: Sequence[str]) -> list[str]:
    """The tokens that such headers show; one of another kind shows a wrong one."""
    return [one[7:] if one.startswith("Bearer ") else "" for one in authorizations]
