"""Whatever is sent, the server answers in JSON and goes on; no traceback, no private word, nothing written."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from typing import Any

import httpx2

from tests.mcp.served import CANARY, EVERY_TOOL, WRITING, Served, soak

REQUESTS = 100_000 if soak() else 2_000
AT_ONCE = 50
INITIALIZE = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "fuzz", "version": "1"},
}
HOSTILE: list[Any] = [
    "", " ", "\0", "../../etc/passwd", "/etc/passwd", "..", "~root/x", "#0", "#-1", "#" + "9" * 30,
    "Bread.md/..", "[[", "]]",
    "%2e%2e%2f", "a" * 300, "a" * 3_000, "é" * 600, "日本語", "\u202e\u200b", "\x1b[2J",
    "'; DROP TABLE notes; --", '"', "\\",
    "like:[[Diary]]", "unlike:Diary", "tag:", "path:..", "/(a+)+$/", "/[/", "before:never", "(((((", "OR OR",
    "-", "NEAR(", "*",
    f"tag:{CANARY}", f'"{CANARY}"', "[private:true]", "lang:xx", "0-00000000", "10-abcdef12", "99999999999-x",
    None, True, -1, 0,
    1, 10**30, 1.5, float(2**70), [], {}, ["x"], {"x": "y"}, [[[[]]]], "[" * 500, "{" * 500, "2024-13-45",
    "0000-00-00",
]  # fmt: skip
METHODS = ["tools/call"] * 12 + ["resources/read"] * 3 + [
    "prompts/get", "tools/list", "resources/list", "resources/templates/list", "prompts/list", "ping",
    "completion/complete",
    "logging/setLevel", "resources/subscribe", "server/discover", "subscriptions/listen", "initialize",
    "nothing", "", "tools/",
]  # fmt: skip
URIS = ["note://Bread.md", "note://../x", "note://", "note:///etc/passwd", "note://%00", "note://Diary.md",
        "vault://overview",
        "vault://tags", "vault://topic/1", "vault://topic/", "vault://topic/%2e", "vault://",
        "file:///etc/passwd", "x"]  # fmt: skip
LINES = [b"", b"{", b"[]", b"null", b"42", b'"x"', b"{}", b"\xff\xfe\x00", b'{"jsonrpc":"2.0"}',
         b'{"jsonrpc":"1.0","id":1}',
         b'{"jsonrpc":"2.0","id":null,"method":"ping"}', b"[" * 2_000, b'{"a":' * 2_000,
         b'{"jsonrpc":"2.0","id":1,"result":{}}',
         b'{"jsonrpc":"2.0","method":"tools/call"}', b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}',
         b'{"jsonrpc":"2.0","id":{},"method":"ping"}', b'{"jsonrpc":"2.0","id":1e400,"method":"ping"}']  # fmt: skip


def arguments(rng: random.Random, given: dict[str, Any]) -> Any:
    """Those of a good call, some of them spoilt."""
    made = dict(given)
    names = [*made, "limit", "cursor", "folder", "tag", "since", "mode", "detail", "section", "start_line",
             "max_lines", "text",
             "ref", "dry_run", "if_hash", "max_tokens", "extra", ""]  # fmt: skip
    for _ in range(rng.randrange(4)):
        made[rng.choice(names)] = rng.choice(HOSTILE)
    if rng.random() < 0.1 and made:
        del made[rng.choice(list(made))]
    return rng.choice(HOSTILE) if rng.random() < 0.03 else made


def request(rng: random.Random, id: int) -> dict[str, Any]:
    method = rng.choice(METHODS)
    name, given = rng.choice((*EVERY_TOOL, *WRITING, ("", {}), ("__init__", {})))
    params: Any = {"name": name, "arguments": arguments(rng, given)}
    if method == "resources/read" or rng.random() < 0.02:
        params = {"uri": rng.choice((*URIS, *HOSTILE))}
    if method == "prompts/get":
        params = {"name": rng.choice(["research", "link_this_note", "weekly_review", "x"]), "arguments": rng.choice(
            [{}, {"question": "x"}, {"ref": "Bread"}, {"since": "\0"}, {"x": "y"}, None, []])}  # fmt: skip
    if rng.random() < 0.03:
        params = rng.choice(HOSTILE)
    asked = {"jsonrpc": "2.0", "id": id, "method": method, "params": params}
    if rng.random() < 0.02:
        del asked[rng.choice(list(asked))]
    return asked


class Wire:
    """The protocol as bytes."""

    def __init__(self, served: Served, *options: str) -> None:
        self.child = subprocess.Popen(
            [sys.executable, *served.command(*options)],
            env=served.home.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.ask([], {"jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": INITIALIZE})
        self._write([b'{"jsonrpc":"2.0","method":"notifications/initialized"}'])

    def ask(self, lines: list[bytes], last: dict[str, Any]) -> list[dict[str, Any]]:
        """Send all, and read until the last is answered."""
        self._write([*lines, json.dumps(last).encode()])
        said: list[dict[str, Any]] = []
        assert self.child.stdout is not None
        while not said or said[-1].get("id") != last["id"]:
            line = self.child.stdout.readline()
            assert line, self.child.communicate()[1].decode()[-2_000:]
            said.append(json.loads(line))
            assert said[-1]["jsonrpc"] == "2.0"
        return said

    def _write(self, lines: list[bytes]) -> None:
        assert self.child.stdin is not None
        self.child.stdin.write(b"".join(line + b"\n" for line in lines))
        self.child.stdin.flush()

    def end(self) -> str:
        """What it said on stderr."""
        _out, err = self.child.communicate(timeout=60)
        assert self.child.returncode == 0
        return err.decode()


def test_whatever_is_sent_is_answered(served: Served) -> None:
    rng, before = random.Random(7), {file: file.read_bytes() for file in served.root.rglob("*") if file.is_file()}
    wire, said = Wire(served), list[dict[str, Any]]()
    for batch in range(REQUESTS // AT_ONCE):
        lines = [
            rng.choice(LINES) if rng.random() < 0.05 else json.dumps(request(rng, batch * AT_ONCE + i)).encode()
            for i in range(AT_ONCE)
        ]
        said += wire.ask(lines, {"jsonrpc": "2.0", "id": f"last-{batch}", "method": "tools/list"})
        assert "result" in said[-1]
        if len(said) > 5_000:
            _check(said)
            said.clear()
    call = {"name": "read_note", "arguments": {"ref": "Bread"}}
    assert "oven" in str(wire.ask([], {"jsonrpc": "2.0", "id": "end", "method": "tools/call", "params": call}))
    _check(said)
    assert "Traceback" not in wire.end() + served.log and "unexpected exception" not in served.log
    assert {file: file.read_bytes() for file in served.root.rglob("*") if file.is_file()} == before


def _check(said: list[dict[str, Any]]) -> None:
    """The canary comes back only where it was asked for; no answer is a bug of ours."""
    for one in said:
        told = json.dumps(one.get("result", {}).get("structuredContent", {}), ensure_ascii=False)
        assert CANARY not in told and "Diary.md" not in told
        assert one.get("error", {}).get("code") not in (0, -32603), one


def test_whatever_is_posted_is_answered(served: Served) -> None:
    rng = random.Random(8)
    with served.http() as (address, token), httpx2.Client(timeout=60) as line:
        for id in range(max(REQUESTS // 100, 200)):
            headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
            for name in ("Accept", "Content-Type", "Mcp-Session-Id", "Mcp-Protocol-Version", "Last-Event-Id"):
                if rng.random() < 0.1:
                    headers[name] = rng.choice(["", "x", "text/html", "2025-06-18", "9" * 3_000, "*/*"])
            body = rng.choice(LINES) if rng.random() < 0.1 else json.dumps(request(rng, id)).encode()
            method = rng.choice(["POST"] * 9 + ["PUT", "DELETE", "HEAD"])
            headers.setdefault("Content-Type", "application/json")
            answer = line.request(method, address, content=body, headers=headers)
            assert answer.status_code < 500, (answer.text, body)
            assert "Diary.md" not in answer.text or b"Diary" in body
    assert "Traceback" not in served.log and "unexpected exception" not in served.log
