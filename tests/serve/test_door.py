"""Who is let in, and where what is served listens."""

from __future__ import annotations

import socket

import pytest

from vecna_notes.door import Door, bearers, is_loopback, listening

DOOR = Door(("127.0.0.1:80", "localhost:80"), "secret", 80)
ANYWHERE = Door(("0.0.0.0:80", "box:80"), "secret", 80, has_any_address=True)


@pytest.mark.parametrize("host", ["127.0.0.1:80", "localhost:80", "LocalHost:80"])
def test_our_own_names_are_let_in(host: str) -> None:
    assert DOOR.refusal([host], [f"http://{host}"], ["secret"]) == ""


@pytest.mark.parametrize(
    ("hosts", "origins", "tokens"),
    [
        ([], [], ["secret"]),
        (["evil.example:80"], [], ["secret"]),
        (["127.0.0.1"], [], ["secret"]),
        (["127.0.0.1:80", "127.0.0.1:80"], [], ["secret"]),
        (["127.0.0.1:80"], ["http://evil.example"], ["secret"]),
        (["127.0.0.1:80"], ["null"], ["secret"]),
        (["127.0.0.1:80"], ["https://127.0.0.1:80"], ["secret"]),
        (["127.0.0.1:80"], ["http://127.0.0.1:80", "http://evil.example"], ["secret"]),
        (["127.0.0.1:80"], [], []),
        (["127.0.0.1:80"], [], [""]),
        (["127.0.0.1:80"], [], ["secret", "wrong"]),
        (["127.0.0.1:80"], [], ["sécret\udcff"]),
    ],
)
def test_all_else_is_not(hosts: list[str], origins: list[str], tokens: list[str]) -> None:
    assert DOOR.refusal(hosts, origins, tokens).startswith("forbidden: ")


def test_on_every_address_addresses_are_ours_and_foreign_names_are_not() -> None:
    assert not ANYWHERE.refusal(["192.168.1.7:80"], ["http://192.168.1.7:80"], ["secret"])
    assert not ANYWHERE.refusal(["[fe80::1]:80"], [], ["secret"])
    for host in ("evil.example:80", "192.168.1.7:81", "192.168.1.7", "1.2.3.4.evil.example:80"):
        assert ANYWHERE.refusal([host], [], ["secret"])


def test_a_token_of_another_kind_is_a_wrong_one() -> None:
    assert bearers(["Bearer x", "Basic x", "bearer x", ""]) == ["x", "", "", ""]


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        *[("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True)],
        *[("0.0.0.0", False), ("::", False), ("192.168.1.7", False), ("127.0.0.1.evil.example", False), ("", False)],
    ],
)
def test_what_only_this_machine_reaches(host: str, is_here: bool) -> None:
    assert is_loopback(host) is is_here


def test_a_door_knows_its_address() -> None:
    with listening(0) as line:
        port = line.getsockname()[1]
        assert Door.of(line, "x").hosts == (f"127.0.0.1:{port}", f"localhost:{port}")
        with socket.socket() as other:  # were it on every address, this one would be taken
            other.bind(("127.0.0.2", port))
        with pytest.raises(OSError):
            listening(port)
