"""How questions are answered that are too many, wrong in themselves, or asked by somebody who has left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any, cast

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from vecna_notes import errors
from vecna_notes.engine import Engine
from vecna_notes.serve.api import AT_ONCE, Api, Endpoint
from vecna_notes.serve.asked import Asked, Parameter


@asynccontextmanager
async def asking(answer: Any) -> AsyncIterator[Any]:
    api = Api(cast("Engine", None), {"x": Endpoint({"q": Parameter()}, answer)})
    app = web.Application()
    app.add_routes(api.routes())
    async with TestServer(app) as server, TestClient(server) as client:
        yield client


async def test_so_many_at_once_and_no_more() -> None:
    go_on = asyncio.Event()

    async def answer(_engine: Engine, _asked: Asked) -> dict[str, Any]:
        await go_on.wait()
        return {}

    async with asking(answer) as client:
        waiting = [asyncio.create_task(client.get("/api/x")) for _ in range(AT_ONCE + 3)]
        early = [(await one).status for one in islice(asyncio.as_completed(waiting), 3)]
        go_on.set()
        statuses = sorted([(await one).status for one in waiting])
        assert early == [503] * 3 and statuses == [200] * AT_ONCE + [503] * 3
        assert (await client.get("/api/x")).status == 200


async def test_each_error_has_its_status_and_says_no_more_than_it_should() -> None:
    kinds = {
        "ConfigError": (errors.ConfigError("choose another"), 400, "choose another"),
        "NotIndexed": (errors.NotIndexed("index it first"), 503, "index it first"),
        "MissingPart": (errors.MissingPart("install it"), 501, "install it"),
        "StoreError": (errors.StoreError("it is broken \x1b[2J"), 500, "it is broken"),
        "OSError": (OSError(13, "Permission denied", "/home/somebody/secret"), 500, "permission denied"),
    }

    async def answer(_engine: Engine, asked: Asked) -> dict[str, Any]:
        raise kinds[asked.texts["q"]][0]

    async with asking(answer) as client:
        for name, (_error, status, sentence) in kinds.items():
            got = await client.get("/api/x", params={"q": name})
            said = (await got.json())["error"]
            assert got.status == status and sentence in said and "/home" not in said and "\x1b" not in said
