"""A scripted server that speaks OpenAI's chat protocol on loopback, well or badly, and keeps what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Script = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]


@dataclass
class Server:
    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def heard(self) -> str:
        """Everything that reached it, as text."""
        return json.dumps(self.requests, ensure_ascii=False)


@contextmanager
def serving(script: Script) -> Iterator[Server]:
    server = Server("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.requests.append(body)
            server.headers.append(dict(self.headers))
            try:
                script(self, body)
            except OSError:
                return  # whoever asked has gone

        def log_message(self, format: str, *arguments: object) -> None:
            return

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{httpd.server_port}/v1"
    try:
        yield server
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def event(text: str) -> bytes:
    return b"data: " + json.dumps({"choices": [{"delta": {"content": text}}]}).encode() + b"\n\n"


def begin(handler: BaseHTTPRequestHandler, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()


def saying(*pieces: str, is_whole: bool = True) -> Script:
    """Streams an answer; cut short where not whole."""

    def script(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        begin(handler, Content_Type="text/event-stream")
        for piece in pieces:
            handler.wfile.write(b": still here\n\n" + event(piece))
            handler.wfile.flush()
        if is_whole:
            handler.wfile.write(b"data: [DONE]\n\n")

    return script


def refusing(status: int, said: str = "", **headers: str) -> Script:
    def script(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        begin(handler, status, **headers)
        handler.wfile.write(said.encode())

    return script


def sending(raw: bytes) -> Script:
    def script(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        begin(handler)
        handler.wfile.write(raw)

    return script


def dripping(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    """Never ends."""
    begin(handler, Content_Type="text/event-stream")
    while True:
        handler.wfile.write(event("and so on "))
        handler.wfile.flush()
