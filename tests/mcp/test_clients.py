"""What `--print-config` prints is what a client can start."""

from __future__ import annotations

import json
import tomllib

import pytest

from tests.mcp.served import Served
from vecna_notes.cli.mcp import CLIENTS
from vecna_notes.mcp import clients


def test_each_client_has_a_place() -> None:
    assert set(CLIENTS) == set(clients.CLIENTS)


@pytest.mark.parametrize("client", CLIENTS)
def test_what_is_printed_starts_a_server(served: Served, client: str) -> None:
    done = served.home.vecna("--vault", str(served.root), "mcp", "--allow-write", "--print-config", client)
    assert done.returncode == 0 and "belongs into" in done.stderr
    read = tomllib.loads if client == "codex" else json.loads
    (servers,) = read(done.stdout).values()
    entry = servers["vecna-notes"]
    assert entry["args"][-4:] == ["--vault", str(served.root), "mcp", "--allow-write"]
    assert entry["env"]["VECNA_DATA_DIR"] == str(served.home.folder / "data")


def test_a_program_that_has_no_place_for_a_token_is_told(served: Served) -> None:
    done = served.home.vecna("--vault", str(served.root), "mcp", "--http", "--print-config", "claude")
    assert done.returncode == 2 and "--http" in done.stderr
