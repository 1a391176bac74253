"""Fixtures every room may use."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.offline import sitecustomize  # from here on this process reaches no other machine

OFFLINE = Path(sitecustomize.__file__).parent
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_configure() -> None:
    """A run in the background of a script ignores ctrl-c, and so would every process that it starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    _keep_children_offline()


def _keep_children_offline() -> None:
    """Through the one way that reaches every Python a test may start."""
    others = [folder for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder]
    if str(OFFLINE) not in others:
        os.environ["PYTHONPATH"] = os.pathsep.join([str(OFFLINE), *others])


@pytest.fixture(autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the developer's own config and data."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("VECNA_CONFIG", str(home / "config" / "config.toml"))
    monkeypatch.setenv("VECNA_DATA_DIR", str(home / "data"))
    monkeypatch.setenv("LLM_USER_PATH", str(home / "llm"))
    for name in ("VECNA_VAULT", "VECNA_EDITOR"):
        monkeypatch.delenv(name, raising=False)


def shared(name: str) -> Path:
    """A test collection, or a skip that names it."""
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"test collection {name!r} is not here ({folder.parent.parent.name}/data/{name})")
    return folder
