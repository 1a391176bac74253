"""A headless Chromium, driven over its DevTools protocol, and the terminal that its page shows."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pyte

from tests.terminal import Screen

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
)  # fmt: skip
KEYS = {"Enter": (13, "\r"), "Escape": (27, ""), "Tab": (9, ""), "ArrowDown": (40, ""), "ArrowUp": (38, "")}
PATIENCE = 60


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Page:
    """One page. `requests` are all addresses it asked for, `errors` what its console complained about."""

    def __init__(self, line: aiohttp.ClientWebSocketResponse) -> None:
        self.requests: list[str] = []
        self.errors: list[str] = []
        self._line = line
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._session = ""
        self._terminal = Screen(10, 10)
        self._stream = pyte.ByteStream(self._terminal)
        self._changed = asyncio.Event()

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._terminal.display)

    async def ask(self, method: str, **parameters: Any) -> Any:
        number = next(self._numbers)
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        session = {"sessionId": self._session} if self._session else {}
        await self._line.send_json({"id": number, "method": method, "params": parameters, **session})
        return await asyncio.wait_for(future, PATIENCE)

    async def begin(self, width: int, height: int) -> None:
        target = await self.ask("Target.createTarget", url="about:blank")
        attached = await self.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Network", "Page", "Log", "Runtime"):
            await self.ask(f"{domain}.enable")
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self.ask("Emulation.setDeviceMetricsOverride", **size)

    async def open(self, address: str) -> None:
        await self.ask("Page.navigate", url=address)

    async def type(self, text: str) -> None:
        for letter in text:
            await self.ask("Input.dispatchKeyEvent", type="char", text=letter)

    async def press(self, key: str) -> None:
        code, text = KEYS[key]
        about = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        await self.ask("Input.dispatchKeyEvent", type="keyDown", text=text, **about)
        await self.ask("Input.dispatchKeyEvent", type="keyUp", **about)

    async def evaluate(self, expression: str) -> Any:
        answer = await self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        return answer["result"].get("value")

    async def until(self, is_there: Callable[[str], bool]) -> str:
        """What the terminal shows, once that holds."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not is_there(self.text):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(
                f"it never came to that; the last that was shown:\n{self.text}\n{self.errors}"
            ) from None
        return self.text

    async def seen(self, expression: str) -> None:
        """Once that holds in the page."""
        async with asyncio.timeout(PATIENCE):
            while not await self.evaluate(expression):
                await asyncio.sleep(0.05)

    async def picture(self) -> bytes:
        return base64.b64decode((await self.ask("Page.captureScreenshot", format="png"))["data"])

    async def hear(self) -> None:
        async for message in self._line:
            told = message.json()
            if future := self._waiting.pop(told.get("id"), None):
                if "error" in told:
                    future.set_exception(AssertionError(told["error"]["message"]))
                else:
                    future.set_result(told["result"])
            elif told.get("method"):
                self._heard(told["method"], told["params"])

    def _heard(self, method: str, about: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requests.append(about["url"])
        elif method == "Log.entryAdded" and about["entry"]["level"] == "error":
            self.errors.append(about["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.errors.append(str(about["exceptionDetails"]))
        elif method in ("Network.webSocketFrameReceived", "Network.webSocketFrameSent"):
            self._framed(about["response"])

    def _framed(self, frame: dict[str, Any]) -> None:
        """What is drawn comes as bytes; what the page says of its size is text."""
        if frame["opcode"] == 2:
            self._stream.feed(base64.b64decode(frame["payloadData"]))
        elif frame["payloadData"].startswith('["resize"'):
            import json

            size = json.loads(frame["payloadData"])[1]
            self._terminal.resize(size["height"], size["width"])
        self._changed.set()


@contextlib.asynccontextmanager
async def page(folder: Path, width: int = 1200, height: int = 760) -> AsyncIterator[Page]:
    program = chromium()
    assert program is not None
    with (folder / "chromium.log").open("wb") as log:
        browser = subprocess.Popen([program, *FLAGS, f"--user-data-dir={folder / 'profile'}"], stdout=log, stderr=log)
    try:
        file = folder / "profile" / "DevToolsActivePort"
        async with asyncio.timeout(PATIENCE):
            while not file.exists() or len(file.read_text().splitlines()) < 2:
                await asyncio.sleep(0.05)
        port, path = file.read_text().splitlines()
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"ws://127.0.0.1:{port}{path}", max_msg_size=0) as line,
        ):
            made = Page(line)
            hearing = asyncio.create_task(made.hear())
            await made.begin(width, height)
            yield made
            hearing.cancel()
    finally:
        browser.kill()
        browser.wait()
