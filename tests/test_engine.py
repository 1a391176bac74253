from __future__ import annotations

import stat
import threading
import time
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any, ClassVar

import pytest

from vecna_notes import engine as engine_module
from vecna_notes import service
from vecna_notes.config import Configuration, Folders, load
from vecna_notes.engine import Engine
from vecna_notes.errors import NotIndexed, VecnaError
from vecna_notes.types import Found


class FakeVault:
    """Counts how often it is opened and closed; answers searches with the query."""

    opened: ClassVar[list[FakeVault]] = []

    def __init__(self) -> None:
        self.is_replaced = False
        self.is_closed = False
        self.thread = threading.get_ident()
        FakeVault.opened.append(self)

    def search(self, query: str, mode: str | None = None, limit: int | None = None) -> Found:
        if query == "slow":
            time.sleep(0.5)
        if query == "none":
            raise NotIndexed("there is no index yet")
        if query == "fail":
            raise VecnaError("no such thing; try another")
        return Found(f"{query}/{mode}/{limit}", ())

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def configuration(tmp_path: Path) -> tuple[Folders, Configuration]:
    folders = Folders(tmp_path / "config.toml", tmp_path / "data")
    return folders, load(folders)


@pytest.fixture
def engine(tmp_path: Path, configuration: tuple[Folders, Configuration], monkeypatch: pytest.MonkeyPatch) -> Any:
    FakeVault.opened = []
    monkeypatch.setattr(engine_module.Vault, "open", lambda *_: FakeVault())
    with Engine(tmp_path, *configuration) as engine:
        yield engine


def test_questions_are_answered_by_one_thread_that_is_not_ours(engine: Engine) -> None:
    threads = {engine.ask(lambda vault: threading.get_ident()).result() for _ in range(5)}
    assert len(threads) == 1
    assert threads != {threading.get_ident()}
    assert len(FakeVault.opened) == 1
    assert FakeVault.opened[0].thread in threads


def test_a_newer_question_of_a_topic_cancels_the_older_that_waits(engine: Engine) -> None:
    gate, running = threading.Event(), threading.Event()
    first = engine.ask(lambda vault: (running.set(), gate.wait())[1], "search")
    running.wait()
    stale = engine.ask(lambda vault: "stale", "search")
    other = engine.ask(lambda vault: "other", "related")
    fresh = engine.ask(lambda vault: "fresh", "search")
    gate.set()
    assert first.result() is True
    assert (other.result(), fresh.result()) == ("other", "fresh")
    with pytest.raises(CancelledError):
        stale.result()


def test_a_question_that_fails_leaves_the_engine_answering(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError):
        engine.ask(lambda vault: 1 / 0).result()
    assert engine.ask(lambda vault: "alive").result() == "alive"


def test_a_replaced_index_is_opened_anew(engine: Engine) -> None:
    engine.ask(lambda vault: None).result()
    FakeVault.opened[0].is_replaced = True
    engine.ask(lambda vault: None).result()
    assert [vault.is_closed for vault in FakeVault.opened] == [True, False]


def test_without_an_index_every_answer_says_so_until_there_is_one(
    tmp_path: Path, configuration: tuple[Folders, Configuration]
) -> None:
    with Engine(tmp_path, *configuration) as engine, pytest.raises(NotIndexed):
        engine.ask(lambda vault: vault.status()).result()


def test_closing_cancels_what_waits_and_leaves_no_thread(
    tmp_path: Path, configuration: tuple[Folders, Configuration], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module.Vault, "open", lambda *_: FakeVault())
    before = threading.active_count()
    engine = Engine(tmp_path, *configuration)
    gate, running = threading.Event(), threading.Event()
    engine.ask(lambda vault: (running.set(), gate.wait(1)))
    running.wait()
    waiting = engine.ask(lambda vault: "never")
    gate.set()
    engine.close()
    assert threading.active_count() == before
    assert waiting.cancelled() or waiting.result() == "never"
    assert engine.ask(lambda vault: "late").cancelled()


def test_the_service_answers_what_the_vault_would(engine: Engine, tmp_path: Path) -> None:
    with service.Service(engine, tmp_path):
        file = tmp_path / "engine.sock"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert service.ask(tmp_path, "search", query="é [[x]]", mode="hybrid", limit=3) == Found("é [[x]]/hybrid/3", ())
        with pytest.raises(VecnaError, match="try another"):
            service.ask(tmp_path, "search", query="fail")
        with pytest.raises(VecnaError, match="answers no 'close'"):
            service.ask(tmp_path, "close")
    assert not file.exists()
    assert service.ask(tmp_path, "search", query="x") is None


def test_the_service_keeps_kinds_of_errors_and_gives_up_when_it_takes_long(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with service.Service(engine, tmp_path):
        with pytest.raises(NotIndexed):
            service.ask(tmp_path, "search", query="none")
        monkeypatch.setattr(service, "_ANSWER_SECONDS", 0.1)
        assert service.ask(tmp_path, "search", query="slow") is None
        assert service.ask(tmp_path, "search", query="x" * 100_000) is None


def test_a_stale_socket_is_taken_over_and_a_live_one_is_not(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "engine.sock").touch()
    with service.Service(engine, tmp_path):
        with service.Service(engine, tmp_path):
            pass
        assert service.ask(tmp_path, "search", query="x") == Found("x/None/None", ())


def test_garbage_on_the_socket_does_not_end_the_service(engine: Engine, tmp_path: Path) -> None:
    import socket

    with service.Service(engine, tmp_path):
        for garbage in (b"\n", b"{}\n", b"[1]\n", b"\xff\n", b'{"method": "search", "arguments": {"x": 1}}\n', b""):
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(5)
                line.connect(str(tmp_path / "engine.sock"))
                line.sendall(garbage)
                line.shutdown(socket.SHUT_WR)
                line.recv(1000)
        assert service.ask(tmp_path, "search", query="x") == Found("x/None/None", ())
