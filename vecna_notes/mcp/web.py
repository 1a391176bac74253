"""The server over HTTP: on this machine only, for whoever has the token, and for no page in a browser."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any

import uvicorn
from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from vecna_notes.door import Door, bearers
from vecna_notes.mcp.clients import PATH

MOST_BYTES = 1_000_000
"""Of one request."""
AT_ONCE = 64
"""Connections."""


def serve(server: MCPServer[Any], line: socket.socket, token: str) -> None:
    """Until a signal ends it."""
    door = Door.of(line, token)
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        max_request_body_size=MOST_BYTES,
        transport_security=TransportSecuritySettings(
            allowed_hosts=list(door.hosts), allowed_origins=[f"http://{host}" for host in door.hosts]
        ),
    )
    config = uvicorn.Config(
        Guard(app, door),
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=AT_ONCE,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run(sockets=[line])


@dataclass(frozen=True, slots=True)
class Guard:
    """Answers 403 to whom the door does not let in."""

    app: ASGIApp
    door: Door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (why := self._refusal(Headers(scope=scope))):
            await PlainTextResponse(why, 403)(scope, receive, send)
        elif scope["type"] in ("http", "lifespan"):
            await self.app(scope, receive, send)

    def _refusal(self, headers: Headers) -> str:
        shown = headers.getlist("authorization")
        tokens = bearers(shown) if len(shown) == 1 else []
        return self.door.refusal(headers.getlist("host"), headers.getlist("origin"), tokens)
