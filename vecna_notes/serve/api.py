"""The JSON API: addresses below /api/, each an endpoint, asked of one engine. It only reads."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from aiohttp import web

from vecna_notes import errors
from vecna_notes.engine import Engine
from vecna_notes.errors import VecnaError
from vecna_notes.serve.asked import Asked, Parameter, Wrong, read
from vecna_notes.text import safe_text

PREFIX = "/api/"
TOKEN = "token"
AT_ONCE = 32
"""Questions that are being answered or wait."""
_STATUSES: Mapping[type[Exception], HTTPStatus] = {
    Wrong: HTTPStatus.BAD_REQUEST,
    errors.ConfigError: HTTPStatus.BAD_REQUEST,
    errors.UnknownPlugin: HTTPStatus.BAD_REQUEST,
    errors.NoteNotFound: HTTPStatus.NOT_FOUND,
    errors.Busy: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.NotIndexed: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.MissingPart: HTTPStatus.NOT_IMPLEMENTED,
}

Shape = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What an address may be asked, and who answers it, in the shape of the command's --json."""

    parameters: Mapping[str, Parameter]
    answer: Callable[[Engine, Asked], Awaitable[Shape]]


@dataclass(slots=True)
class Api:
    engine: Engine
    endpoints: Mapping[str, Endpoint]
    _running: int = field(default=0, init=False)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(PREFIX + "{name}", self.handle, allow_head=False),
            web.get(PREFIX + "{rest:.*}", self.handle, allow_head=False),
        ]

    async def handle(self, request: web.Request) -> web.Response:
        try:
            return said(await self._answer(request))
        except (Wrong, VecnaError, OSError) as error:
            return refused(_sentence(error), _status(error))

    async def _answer(self, request: web.Request) -> Shape:
        name = request.match_info.get("name", "")
        endpoint = self.endpoints.get(name)
        if endpoint is None:
            raise web.HTTPNotFound(
                text=f"nothing is here; there are {', '.join(PREFIX + one for one in self.endpoints)}"
            )
        asked = read(((key, value) for key, value in request.query.items() if key != TOKEN), endpoint.parameters)
        if self._running >= AT_ONCE:
            raise errors.Busy(f"{AT_ONCE} questions are being answered already; ask again in a moment")
        self._running += 1
        try:
            return await endpoint.answer(self.engine, asked)
        finally:
            self._running -= 1


def said(shape: Shape, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    """Pure ASCII, so that bytes that are no text arrive as escapes."""
    return web.Response(body=json.dumps(shape).encode("ascii"), status=status, content_type="application/json")


def refused(sentence: str, status: HTTPStatus) -> web.Response:
    return said({"schema": "vecna.error/1", "error": safe_text(sentence)}, status)


def _sentence(error: Exception) -> str:
    """Of the system's errors only what went wrong: not where."""
    return (error.strerror or "the system refused it").lower() if isinstance(error, OSError) else str(error)


def _status(error: Exception) -> HTTPStatus:
    kinds = (status for kind, status in _STATUSES.items() if isinstance(error, kind))
    return next(kinds, HTTPStatus.INTERNAL_SERVER_ERROR)
