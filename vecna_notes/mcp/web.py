"""The server over HTTP: on this machine only, for whoever has the token, and for no page in a browser."""

from __future__ import annotations

import hmac
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import uvicorn
from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from vecna_notes.mcp.clients import HOST, PATH

MOST_BYTES = 1_000_000
"""Of one request."""
AT_ONCE = 64
"""Connections."""


def listening(port: int) -> socket.socket:
    """A socket that only this machine reaches. Raises OSError where the port is taken."""
    line = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        line.bind((HOST, port))
        line.listen()
    except OSError:
        line.close()
        raise
    return line


def serve(server: MCPServer[Any], line: socket.socket, token: str) -> None:
    """Until a signal ends it."""
    hosts = names(line.getsockname()[1])
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        max_request_body_size=MOST_BYTES,
        transport_security=TransportSecuritySettings(
            allowed_hosts=list(hosts), allowed_origins=[f"http://{host}" for host in hosts]
        ),
    )
    config = uvicorn.Config(
        Guard(app, hosts, token),
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=AT_ONCE,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run(sockets=[line])


def names(port: int) -> tuple[str, ...]:
    """What a client on this machine may call the server."""
    return f"{HOST}:{port}", f"localhost:{port}"


@dataclass(frozen=True, slots=True)
class Guard:
    """Answers 403 to whoever has no token, calls the server by a name that is not its own, or comes from a page."""

    app: ASGIApp
    hosts: Sequence[str]
    token: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (why := self._refusal(Headers(scope=scope))):
            await PlainTextResponse(why, 403)(scope, receive, send)
        elif scope["type"] in ("http", "lifespan"):
            await self.app(scope, receive, send)

    def _refusal(self, headers: Headers) -> str:
        if [one.lower() for one in headers.getlist("host")] not in [[host] for host in self.hosts]:
            return "forbidden: this Host is not served"
        if any(one.lower() not in [f"http://{host}" for host in self.hosts] for one in headers.getlist("origin")):
            return "forbidden: this Origin is not served"
        given = headers.getlist("authorization")
        if len(given) != 1 or not hmac.compare_digest(given[0].encode(), f"Bearer {self.token}".encode()):
            return "forbidden: the token is missing or wrong"
        return ""
