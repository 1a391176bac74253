"""Over HTTP the vault is for this machine, for who has the token, and for no page in a browser."""

from __future__ import annotations

import json
import socket
import stat
from collections.abc import Iterator

import httpx2
import pytest

from tests.mcp.served import Served

ASKED = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}


@pytest.fixture(scope="module")
def server(served: Served) -> Iterator[tuple[str, str]]:
    with served.http() as running:
        yield running


def headers(token: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream", **more}


def test_whoever_has_the_token_is_answered(server: tuple[str, str]) -> None:
    address, token = server
    for more in (
        {},
        {"Origin": address.removesuffix("/mcp")},
        {"Host": address.split("/")[2].replace("127.0.0.1", "localhost")},
    ):
        assert httpx2.post(address, json=ASKED, headers=headers(token, **more)).status_code == 200


@pytest.mark.parametrize(
    "forged",
    [
        {"Authorization": ""},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic {token}"},
        {"Authorization": "Bearer {token}x"},
        {"Host": "evil.example"},
        {"Host": "evil.example:{port}"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:{port}.evil.example"},
        {"Host": "localhost:1"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Origin": "http://127.0.0.1:{port}.evil.example"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_what_is_forged_is_forbidden(server: tuple[str, str], forged: dict[str, str], method: str) -> None:
    address, token = server
    port = address.split(":")[2].split("/")[0]
    told = {name: value.format(token=token, port=port) for name, value in forged.items()}
    answer = httpx2.request(method, address, json=ASKED, headers={**headers(token), **told})
    assert answer.status_code == 403 and "access-control" not in str(answer.headers).lower()


def test_without_a_token_nothing_is_answered_anywhere(server: tuple[str, str]) -> None:
    for path in ("", "/", "/docs", "/.well-known/oauth-protected-resource"):
        assert httpx2.get(server[0] + path).status_code == 403


def test_a_request_has_a_limit(server: tuple[str, str]) -> None:
    address, token = server
    asked = {**ASKED, "params": {"x": "y" * 2_000_000}}
    assert httpx2.post(address, json=asked, headers=headers(token)).status_code == 413


def test_only_this_machine_reaches_it(server: tuple[str, str]) -> None:
    port = int(server[0].split(":")[2].split("/")[0])
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as line:  # were it on every address, this one would be taken
        line.bind(("127.0.0.2", port))


def test_the_token_is_kept_for_its_user_alone(served: Served, server: tuple[str, str]) -> None:
    file = served.home.folder / "data" / "mcp-token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    printed = served.home.vecna("--vault", str(served.root), "mcp", "--http", "--print-config", "cursor").stdout
    assert json.loads(printed)["mcpServers"]["vecna-notes"]["headers"] == {"Authorization": f"Bearer {server[1]}"}


def test_a_port_that_is_taken_is_told(served: Served, server: tuple[str, str]) -> None:
    port = server[0].split(":")[2].split("/")[0]
    done = served.home.vecna("--vault", str(served.root), "mcp", "--port", port)
    assert done.returncode == 3 and "--port" in done.stderr and "Traceback" not in done.stderr
