"""The screen in a browser: the page, what it loads from here, and a socket for each tab."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp_jinja2
import jinja2
import textual_serve
from aiohttp import web
from textual_serve.server import Server, to_int

from vecna_notes.serve.tab import Tab

log = logging.getLogger(__name__)
TABS = 8
"""Each is a process, with a model of its own."""
MOST_BYTES = 1_000_000
"""Of one message from a tab."""
SMALLEST, FONT, GREATEST = 8, 16, 48
"""Of the font, in pixels."""
NONCE = "nonce"
_STATIC = Path(textual_serve.__file__).parent / "static"
FILES: Mapping[str, Path] = {
    "textual.js": _STATIC / "js" / "textual.js",
    "xterm.css": _STATIC / "css" / "xterm.css",
    "mono.ttf": _STATIC / "fonts" / "RobotoMono-VariableFont_wght.ttf",
    "mono-italic.ttf": _STATIC / "fonts" / "RobotoMono-Italic-VariableFont_wght.ttf",
}
"""All that a page loads: nothing comes from another machine."""


class Screens(Server):
    """`arguments` start the screen; it gets the `environment` on top of our own."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], title: str, token: str) -> None:
        super().__init__(" ".join(arguments), title=title, templates_path=Path(__file__).parent)
        self._arguments = arguments
        self._environment = environment
        self._token = token
        self._tabs: set[Tab] = set()

    def set_up(self, app: web.Application) -> None:
        """Everything that a page loads has the token in its path, since no header can be given there."""
        aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader(self.templates_path))
        app.add_routes(
            [
                web.get("/", self.handle_index, allow_head=False),
                web.get("/t/{token}/ws", self.handle_websocket, allow_head=False),
                web.get("/t/{token}/{file}", self.handle_file, allow_head=False),
            ]
        )
        app.on_shutdown.append(self.on_shutdown)

    async def on_shutdown(self, app: web.Application) -> None:
        await asyncio.gather(*(tab.stop() for tab in self._tabs))

    async def handle_index(self, request: web.Request) -> web.Response:
        self._check_room()
        size = to_int(request.query.get("fontsize", ""), FONT)
        context = {
            "title": self.title,
            "base": f"t/{self._token}/",
            "socket": f"ws://{request.host}/t/{self._token}/ws",
            "font_size": min(max(size, SMALLEST), GREATEST),
            "nonce": request.setdefault(NONCE, secrets.token_urlsafe(16)),
        }
        return aiohttp_jinja2.render_template("page.html", request, context)

    def _check_room(self) -> None:
        if len(self._tabs) >= TABS:
            raise web.HTTPServiceUnavailable(text=f"{TABS} tabs are open already; close one, and try again")

    async def handle_file(self, request: web.Request) -> web.StreamResponse:
        file = FILES.get(request.match_info["file"])
        if file is None:
            raise web.HTTPNotFound(text="nothing is here")
        return web.FileResponse(file)

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """A tab's screen runs for as long as its socket is open."""
        self._check_room()
        line = web.WebSocketResponse(heartbeat=15, max_msg_size=MOST_BYTES)
        tab = Tab(
            self._arguments,
            self._environment,
            write_bytes=line.send_bytes,
            write_str=line.send_str,
            close=line.close,
            download_manager=self.download_manager,
        )
        self._tabs.add(tab)
        try:
            await line.prepare(request)
            await tab.start(to_int(request.query.get("width", ""), 80), to_int(request.query.get("height", ""), 24))
            await self._process_messages(line, tab)
        except (ConnectionError, ValueError, TypeError, LookupError, AssertionError) as error:
            log.warning("a tab was closed: %r", error)  # it broke off, or said what no page of ours says
        finally:
            tab.stopping().add_done_callback(lambda _ended: self._tabs.discard(tab))
            await tab.stop()
        return line
