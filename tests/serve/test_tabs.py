"""The screen in a browser, as its page speaks to it: a process for each tab, which never outlives it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pyte
import pytest

from tests.serve.serving import Running, Serving
from tests.terminal import Screen
from vecna_notes.serve.screens import TABS

PATIENCE = 60


class Tab:
    """What a page does, without the page."""

    def __init__(self, line: aiohttp.ClientWebSocketResponse) -> None:
        self.line = line
        self.raw = b""
        self._screen = Screen(120, 36)
        self._stream = pyte.ByteStream(self._screen)

    @property
    def text(self) -> str:
        return "\n".join(self._screen.display)

    async def press(self, keys: str) -> None:
        await self.line.send_json(["stdin", keys])

    async def until(self, is_there: Callable[[str], bool]) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not is_there(self.text):
                    message = await self.line.receive()
                    if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
                        break
                    if message.type == aiohttp.WSMsgType.BINARY:
                        self.raw += message.data
                        self._stream.feed(message.data)
        assert is_there(self.text), self.text

    def break_off(self) -> None:
        """As when a browser crashes: without a word."""
        transport = self.line._writer.transport
        assert transport is not None
        transport.abort()

    async def ended(self) -> None:
        async with asyncio.timeout(PATIENCE):
            async for _message in self.line:
                pass


@contextlib.asynccontextmanager
async def tab(running: Running, **headers: str) -> AsyncIterator[Tab]:
    address = f"{running.origin.replace('http', 'ws')}/t/{running.token}/ws?width=120&height=36"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(address, headers=headers or {"Origin": running.origin}, max_msg_size=0) as line,
    ):
        yield Tab(line)


async def gone(serving: Serving, left: set[int]) -> None:
    """Once no process but those is left."""
    async with asyncio.timeout(PATIENCE):
        while serving.processes() - left:
            await asyncio.sleep(0.05)


def is_open(text: str) -> bool:
    return "search by words or meaning" in text and "synced" in text


@pytest.mark.parametrize("path", ["/t/{token}x/ws", "/t/x/ws", "/ws", "/t/{token}/ws?token=wrong"])
async def test_a_socket_needs_the_token(running: Running, path: str) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(running.origin + path.format(token=running.token))
    assert refused.value.status == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:{port}"])
async def test_no_other_page_gets_a_socket(running: Running, origin: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with tab(running, Origin=origin.format(port=running.port)):
            pass
    assert refused.value.status == 403


async def test_two_tabs_search_and_a_closed_one_takes_its_processes_along(serving: Serving) -> None:
    with serving.running() as running:
        alone = serving.processes()
        async with tab(running) as first, tab(running) as second:
            await asyncio.gather(
                *(one.until(lambda text: "search by words or meaning" in text) for one in (first, second))
            )
            for one, query in ((first, "levain"), (second, "ferry")):
                await one.press(query)
            await first.until(lambda text: "A levain is flour" in text)
            await second.until(lambda text: "The ferry to the island" in text)
            assert len(serving.processes() - alone) >= 2
        await gone(serving, alone)


async def test_there_are_only_so_many_tabs_and_one_that_broke_off_makes_room(serving: Serving) -> None:
    with serving.running() as running:
        alone = serving.processes()
        async with contextlib.AsyncExitStack() as opened:
            tabs = [await opened.enter_async_context(tab(running)) for _ in range(TABS)]
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await opened.enter_async_context(tab(running))
            assert refused.value.status == 503
            assert await running.get("/") == (503, f"{TABS} tabs are open already; close one, and try again")
            for one in tabs:
                one.break_off()
            await gone(serving, alone)
            await opened.enter_async_context(tab(running))


async def test_quitting_the_screen_closes_its_tab(serving: Serving, running: Running) -> None:
    async with tab(running) as one:
        await one.until(is_open)
        await one.press("\x1b")
        await one.press("\x11")
        await one.ended()


async def test_an_editor_that_needs_a_terminal_is_not_started(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VECNA_EDITOR", "vim")
    with serving.running() as running:
        async with tab(running) as one:
            await one.until(is_open)
            await one.press("levain")
            await one.until(lambda text: "A levain is flour" in text)
            await one.press("\r")
            await one.until(lambda text: "e edit" in text)
            await one.press("e")
            await one.until(lambda text: "vim needs a terminal, not a browser: copied Levain.md:" in text)
            assert b"\x1b]52;c;" in one.raw  # copied by the browser's terminal


async def test_what_a_plugin_prints_disturbs_no_screen(tmp_path: Path) -> None:
    noise = "import os; print('noise'); os.write(1, b'D\\xff\\xff\\xff\\xffnoise')"
    noisy = Serving.made(tmp_path, lambda source: source.replace("rows = np.zeros", f"{noise}; rows = np.zeros"))
    with noisy.running() as running:
        async with tab(running) as one:
            await one.until(is_open)
            await one.press("flour of a kind")
            await one.until(lambda text: "hybrid" in text and "meaning" in text and "A levain is flour" in text)
            await one.press(" and water")
            await one.until(lambda text: "flour of a kind and water" in text)
            assert "noise" not in one.text
    assert "noise" in noisy.log


@pytest.mark.parametrize("said", ["x", "[]", '["stdin", 7]', '["resize", {"width": "x", "height": []}]'])
async def test_what_no_page_says_ends_that_tab_only(serving: Serving, running: Running, said: str) -> None:
    async with tab(running) as one:
        await one.line.send_str(said)
        await one.ended()
    assert (await running.get("/api/status"))[0] == 200


async def test_a_size_has_limits(running: Running) -> None:
    async with tab(running) as one:
        await one.until(is_open)
        await one.line.send_str(json.dumps(["resize", {"width": 10**9, "height": -5}]))
        await one.line.send_str(json.dumps(["resize", {"width": 120, "height": 36}]))
        await one.press("levain")
        await one.until(lambda text: "A levain is flour" in text)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, -9)]
)
async def test_however_it_ends_nothing_is_left(serving: Serving, number: int, code: int) -> None:
    before = serving.processes()
    with serving.running() as running:
        async with tab(running) as one:
            await one.until(is_open)
            assert len(serving.processes() - before) >= 2
            running.process.send_signal(number)
            await one.ended()
        assert running.process.wait(timeout=20) == code
        await gone(serving, before)
