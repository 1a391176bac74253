"""The server: its door, its headers, and how it begins and ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import signal
import socket
from collections.abc import Callable
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from vecna_notes.door import Door, bearers
from vecna_notes.serve.api import PREFIX, TOKEN, Api, refused
from vecna_notes.serve.screens import NONCE, Screens
from vecna_notes.text import safe_line

log = logging.getLogger(__name__)
LONGEST_LINE = 32_768
"""Bytes of a request's first line: a question of 2,000 characters, each as long as it can be."""
CLOSE_SECONDS = 0.5
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Ticket:
    """Good for one look at the page, so that starting a browser shows the token to nobody who lists processes."""

    def __init__(self) -> None:
        self.name = secrets.token_urlsafe(16)
        self._is_used = False

    def take(self, name: str) -> bool:
        is_good = not self._is_used and secrets.compare_digest(name.encode(), self.name.encode())
        self._is_used = self._is_used or is_good
        return is_good


def serve(line: socket.socket, door: Door, screens: Screens, api: Api, ready: Callable[[Ticket], None]) -> int:
    """Until a signal ends it; returns its number."""
    return asyncio.run(_serve(line, _app(door, screens, api, ticket := Ticket()), lambda: ready(ticket)))


async def _serve(line: socket.socket, app: web.Application, ready: Callable[[], None]) -> int:
    ended: asyncio.Queue[int] = asyncio.Queue()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, ended.put_nowait, int(number))
    runner = web.AppRunner(
        app,
        access_log=None,  # addresses hold the token …
        logger=_silent(),  # … and so may requests that cannot be read
        handler_cancellation=True,
        shutdown_timeout=CLOSE_SECONDS,
        max_line_size=LONGEST_LINE,
    )
    await runner.setup()
    try:
        await web.SockSite(runner, line).start()
        ready()
        return await ended.get()
    finally:
        await runner.cleanup()


def _silent() -> logging.Logger:
    logger = logging.Logger("requests")
    logger.disabled = True
    return logger


def _app(door: Door, screens: Screens, api: Api, ticket: Ticket) -> web.Application:
    async def handle_ticket(request: web.Request) -> web.Response:
        raise web.HTTPSeeOther(f"/?{TOKEN}={door.token}")

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if why := _refusal(request, door, ticket):
            return refused(why, HTTPStatus.FORBIDDEN)
        return await _answered(request, handler)

    app = web.Application(middlewares=[guard])
    app.add_routes([*api.routes(), web.get("/open/{ticket}", handle_ticket, allow_head=False)])
    screens.set_up(app)
    app.on_response_prepare.append(_add_headers)
    return app


def _refusal(request: web.Request, door: Door, ticket: Ticket) -> str:
    tokens = [*bearers(request.headers.getall("Authorization", [])), *request.query.getall(TOKEN, [])]
    if TOKEN in request.match_info:
        tokens.append(request.match_info[TOKEN])
    why = door.refusal(request.headers.getall("Host", []), request.headers.getall("Origin", []), [door.token])
    if why or ("ticket" in request.match_info and ticket.take(request.match_info["ticket"])):
        return why
    return door.refusal(request.headers.getall("Host", []), [], tokens)


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors as sentences: in JSON below /api/, else plain. The last net catches bugs of ours."""
    try:
        return await handler(request)
    except web.HTTPMethodNotAllowed as error:
        answer = refused("this is only read: use GET", HTTPStatus.METHOD_NOT_ALLOWED)
        answer.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        return answer
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST or not request.path.startswith(PREFIX):
            raise
        return refused(error.text or error.reason, HTTPStatus(error.status))
    except Exception as error:
        log.exception("a bug while a request was answered")
        return refused(
            f"this is a bug: {type(error).__name__}: {safe_line(str(error))}; the log has more",
            HTTPStatus.INTERNAL_SERVER_ERROR,
        )


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    response.headers["Content-Security-Policy"] = _policy(request)
    with contextlib.suppress(KeyError):
        del response.headers["Server"]


def _policy(request: web.Request) -> str:
    """Whatever a note holds, a page of ours loads nothing from elsewhere and speaks to nobody else."""
    nonce = request.get(NONCE)
    if nonce is None:
        return "default-src 'none'; frame-ancestors 'none'"
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
        f"img-src 'self' data:; connect-src 'self' ws://{request.host}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
