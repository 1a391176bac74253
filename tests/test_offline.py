"""No test leaves this machine, nor does any process that a test starts."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from tests.vaults import python_path

FAR = ("192.0.2.1", 80)
"""An address that is nobody's (RFC 5737)."""


def test_connections_datagrams_and_names_of_others_are_refused() -> None:
    with socket.socket() as stream, pytest.raises(OSError, match=r"test_offline.*192\.0\.2\.1:80"):
        stream.connect(FAR)
    with socket.socket(type=socket.SOCK_DGRAM) as letters, pytest.raises(OSError, match=r"offline.*192\.0\.2\.1"):
        letters.sendto(b"x", FAR)
    with socket.socket(socket.AF_INET6) as stream, pytest.raises(OSError, match="offline"):
        stream.connect(("2001:db8::1", 80))
    for look_up in (socket.gethostbyname, lambda name: socket.getaddrinfo(name, 443)):
        with pytest.raises(OSError, match=r"offline.*look up 'example\.org'"):
            look_up("example.org")


def test_this_machine_may_be_spoken_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as stream:
        stream.sendall(b"x")
    one, other = socket.socketpair()
    with one, other:
        one.sendall(b"x")


@pytest.mark.parametrize("flags", [(), ("-B",)])
def test_so_it_is_in_every_python_that_a_test_starts(flags: tuple[str, ...]) -> None:
    probe = f"import socket; socket.create_connection({FAR!r}, 5)"
    done = subprocess.run([sys.executable, *flags, "-c", probe], capture_output=True, text=True, timeout=60)
    assert done.returncode and "tests run offline: " in done.stderr and "test_so_it_is_in_every_python" in done.stderr


def test_a_path_of_ones_own_keeps_it() -> None:
    probe = "import sitecustomize; print(sitecustomize.refuse)"
    done = subprocess.run(
        [sys.executable, "-c", probe], env=os.environ | python_path("/srv"), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
