"""What `vecna serve` answers over HTTP: to whoever has the token all that the command line tells, to others nothing."""

from __future__ import annotations

import asyncio
import json
import os
import random
import stat
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.serve.serving import Running, Serving

EVERYWHERE = ("/", "/api/status", "/api/search?q=bread", "/api/nothing", "/t/x/ws", "/t/x/textual.js", "/open/x", "/x")
HOSTILE = [
    "", " ", "\0", "../../etc/passwd", "/etc/passwd", "..", "~root/x", "~nobody9/x", "#0", "a" * 300, "a" * 3_000,
    "é" * 600, "日本語", "\u202e\u200b", "\x1b[2J", "'; DROP TABLE notes; --", '"', "\\", "like:[[Diary]]", "tag:",
    "path:..", "/(a+)+$/", "/[/", "before:never", "(((((", "OR OR", "-", "NEAR(", "*", "1e5", "-1", "0", "9" * 40,
    "%00", "%ff%fe", "<script>alert(1)</script>", "Bread.md:1", "Bread\n.md", "file:///etc/passwd", "😀" * 1_999,
]  # fmt: skip


async def test_the_page_is_ours_alone(running: Running) -> None:
    status, page = await running.get(f"/?token={running.token}", token="")
    assert status == 200 and f"ws://127.0.0.1:{running.port}/t/{running.token}/ws" in page
    assert "//" not in page.replace(f"ws://127.0.0.1:{running.port}", "").replace("// cells", "")  # nothing from afar
    for name in ("textual.js", "xterm.css", "mono.ttf", "mono-italic.ttf"):
        if name in ("textual.js", "xterm.css"):
            assert (await running.get(f"/t/{running.token}/{name}", token=""))[0] == 200
        assert (await running.get(f"/t/{'x' * 43}/{name}", token=""))[0] == 403
    assert (await running.get(f"/t/{running.token}/server.py", token=""))[0] == 404


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_without_the_token_nothing_is_told(running: Running, path: str) -> None:
    mark = "&" if "?" in path else "?"
    for shown in ("", "wrong", running.token + "x", "é"):
        for method in ("GET", "POST", "HEAD", "OPTIONS"):
            assert (await running.get(path, token=shown, method=method))[0] == 403
        assert (await running.get(f"{path}{mark}token={quote(shown)}", token=""))[0] == 403
    assert (await running.get(f"{path}{mark}token=wrong"))[0] == 403  # beside the right one


@pytest.mark.parametrize(
    "forged",
    [
        {"Authorization": "Basic {token}"},
        {"Host": "evil.example"},
        {"Host": "evil.example:{port}"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:{port}.evil.example"},
        {"Host": "localhost:1"},
        {"Host": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "https://127.0.0.1:{port}"},
    ],
)
async def test_what_is_forged_is_forbidden(running: Running, forged: dict[str, str]) -> None:
    told = {name: value.format(token=running.token, port=running.port) for name, value in forged.items()}
    for path in ("/", "/api/status", f"/t/{running.token}/textual.js", f"/t/{running.token}/ws", "/x"):
        assert (await running.get(path, **told))[0] == 403


async def test_our_own_names_and_pages_are_answered(running: Running) -> None:
    for told in ({}, {"Host": f"localhost:{running.port}"}, {"Origin": running.origin}):
        assert (await running.get("/api/status", **told))[0] == 200


@pytest.mark.parametrize(
    ("asked", "command"),
    [
        ("search?q=levain&limit=2&mode=keyword", ("search", "levain", "-n", "2", "--mode", "keyword")),
        ("search?q=zanzibarquokka", ("search", "zanzibarquokka")),
        ("related?ref=Levain&limit=3", ("related", "Levain", "-n", "3")),
        ("related?ref=Bread.md&line=9", ("related", "Bread.md:9")),
        ("ask?q=what+do+I+feed+the+levain+with", ("ask", "what do I feed the levain with")),
        ("ask?q=where+is+the+zanzibarquokka&generator=extractive", ("ask", "where is the zanzibarquokka")),
        ("status", ("status",)),
    ],
)
async def test_the_answers_are_those_of_the_commands(
    serving: Serving, running: Running, asked: str, command: tuple[str, ...]
) -> None:
    status, answer = await running.get(f"/api/{asked}")
    name, *words = command
    done = serving.home.vecna(name, "--vault", str(serving.root), "--json", *words)
    assert status == 200 and settled(answer) == settled(json.loads(done.stdout))


def settled(answer: dict[str, Any]) -> dict[str, Any]:
    """Without how long it took and how large the index is at the moment."""
    return {key: value for key, value in answer.items() if key not in ("seconds", "bytes")}


async def test_a_note_comes_with_its_text_and_links(running: Running) -> None:
    status, note = await running.get("/api/note?ref=loaf")
    assert status == 200 and note["schema"] == "vecna.note/1" and note["path"] == "Bread.md"
    assert note["text"].endswith("over night.\n") and note["tags"] == ["baking"]
    assert [(one["source"], one["line"], one["state"]) for one in note["backlinks"]] == [("Levain.md", 6, "resolved")]


async def test_what_is_private_is_the_users_own(running: Running) -> None:
    _status, note = await running.get("/api/note?ref=Diary")
    assert "zanzibarquokka" in note["text"]


@pytest.mark.parametrize(
    ("asked", "status", "sentence"),
    [
        ("search", 400, "q is missing"),
        ("search?query=bread", 400, "there is no parameter 'query'"),
        ("search?q=x&limit=many", 400, "limit is a number from 1 to 200, not 'many'"),
        ("search?q=x&mode=all", 400, "mode is hybrid, semantic or keyword, not 'all'"),
        ("search?q=" + "x" * 2_001, 400, "q is longer than 2,000 characters"),
        ("note?ref=Bred", 404, "did you mean Bread.md?"),
        ("note?ref=../../etc/passwd", 404, "no note is called"),
        ("ask?q=x&generator=sphinx", 400, "sphinx"),
        ("status?x=1", 400, "there is no parameter 'x'"),
        ("write", 404, "nothing is here; there are /api/search"),
        ("search/x", 404, "nothing is here"),
    ],
)
async def test_errors_are_sentences(running: Running, asked: str, status: int, sentence: str) -> None:
    got, answer = await running.get(f"/api/{asked}")
    assert got == status and answer["schema"] == "vecna.error/1" and sentence in answer["error"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_it_only_reads(running: Running, method: str) -> None:
    assert (await running.get("/api/note?ref=Bread", method=method))[0] == 405
    assert (await running.get("/", method=method))[0] == 405


async def test_hostile_requests_are_answered_in_json(serving: Serving, running: Running) -> None:
    rng = random.Random(7)
    names = {"search": ("q", "limit", "mode"), "related": ("ref", "line", "limit"), "note": ("ref",)}
    names |= {"ask": ("q", "generator"), "status": (), "x": ("q",), "../note": ("ref",), "\udcff": ("q",)}

    async def ask() -> None:
        name = rng.choice(list(names))
        given = [(key, rng.choice(HOSTILE)) for key in names[name] if rng.random() < 0.9]
        given += [(rng.choice(HOSTILE), rng.choice(HOSTILE))] * (rng.random() < 0.1)
        status, answer = await running.get(f"/api/{quote(name, errors='replace')}?{urlencode(given)}")
        assert status in (200, 400, 404, 503), answer
        assert isinstance(answer, dict) == (status != 404 or name != "../note"), answer

    for _ in range(30):
        await asyncio.gather(*(ask() for _ in range(20)))
    assert "Traceback" not in serving.log


async def test_bytes_that_are_no_text_are_no_token(running: Running) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write(f"GET /api/status HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\nAuthorization: Bearer ".encode())
    writer.write(b"\xff\xfe\r\nConnection: close\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 403")
    writer.close()


@pytest.mark.parametrize(
    "sent",
    [
        "GET /api/status?token={token} HTTP/9.9\r\n\r\n",
        "G\0T /?token={token} HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /?token={token}" + "x" * 40_000 + " HTTP/1.1\r\n\r\n",
        "GET http://[::1:{token} HTTP/1.1\r\n\r\n",
        "GET /api/status?token={token} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "\0" * 100_000,
    ],
)
async def test_what_is_no_request_is_refused_and_no_token_is_logged(
    serving: Serving, running: Running, sent: str
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write(sent.format(token=running.token, port=running.port).encode())
    assert b" 400 " in (await reader.readline())
    writer.close()
    assert running.token not in serving.log and "Traceback" not in serving.log


async def test_the_browser_is_given_an_address_that_is_good_once(
    serving: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "browser").write_text(f"#!/bin/sh\necho $1 > {tmp_path}/part && mv {tmp_path}/part {tmp_path}/opened\n")
    (tmp_path / "browser").chmod(0o700)
    monkeypatch.setenv("BROWSER", f"{tmp_path}/browser %s")
    with serving.running("--open") as told:
        while not (tmp_path / "opened").exists():
            await asyncio.sleep(0.05)
        opened = (tmp_path / "opened").read_text().strip()
        assert opened.startswith(f"{told.origin}/open/") and told.token not in opened
        ticket = opened.removeprefix(told.origin)
        assert (await told.get("/open/guessed", token=""))[0] == 403
        assert (await told.get(ticket, token="", Host="evil.example"))[0] == 403
        assert (await told.get(ticket, token=""))[0] == 303
        assert (await told.get(ticket, token=""))[0] == 403


def test_the_token_is_kept_for_its_user_alone_until_a_new_one_is_wanted(serving: Serving) -> None:
    file = serving.home.folder / "data" / "serve-token"
    with serving.running() as first:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600 and file.read_text() == first.token
    with serving.running() as second, serving.running("--new-token") as third:
        assert first.token == second.token != third.token == file.read_text()


def test_a_port_that_is_taken_is_told(serving: Serving, running: Running) -> None:
    done = serving.home.vecna("serve", str(serving.root), "--port", str(running.port))
    assert done.returncode == 3 and "address already in use; choose another: --port" in done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "some.where"])
def test_other_machines_are_let_in_only_when_that_is_said(serving: Serving, host: str) -> None:
    done = serving.home.vecna("serve", str(serving.root), "--port", "0", "--host", host)
    assert done.returncode == 2 and "--allow-remote" in done.stderr and not done.stdout


async def test_other_machines_need_the_token_too(serving: Serving) -> None:
    with serving.running("--host", "0.0.0.0", "--allow-remote") as remote:
        assert (await remote.get("/", token=""))[0] == 403
        assert (await remote.get("/api/status", Host=f"evil.example:{remote.port}"))[0] == 403
        assert (await remote.get("/api/status", Host=f"192.168.1.7:{remote.port}"))[0] == 200
        remote.process.terminate()
        assert "pass unencrypted" in remote.process.communicate()[1]


async def test_without_an_index_it_says_what_to_do(serving: Serving, tmp_path: Path) -> None:
    with serving.running(root=tmp_path) as empty:
        status, answer = await empty.get("/api/search?q=x")
        assert status == 503 and "vecna index" in answer["error"]


async def test_a_vaults_name_is_shown_and_no_more(serving: Serving, tmp_path: Path) -> None:
    root = tmp_path / os.fsdecode(b"caf\xe9 <script>")
    root.mkdir()
    with serving.running(root=root) as hostile:
        status, page = await hostile.get("/")
        assert status == 200 and "<title>caf� &lt;script&gt;" in page


def test_a_warm_server_answers_the_command_line(serving: Serving, running: Running) -> None:
    assert (next((serving.home.folder / "data").rglob("engine.sock"))).is_socket()
