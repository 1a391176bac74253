"""One thread that owns one read-only Vault and answers questions, so that no face ever waits or shares a connection."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar, cast

from vecna_notes.config import Configuration, Folders
from vecna_notes.vault import Vault

T = TypeVar("T")
Question = Callable[[Vault], T]


@dataclass(slots=True)
class _Asked:
    question: Question[Any]
    topic: str
    future: Future[Any] = field(default_factory=Future)


class Engine:
    """Answers questions about one vault, in the order asked. Use it in a `with`.

    The vault is opened by the first question, and again when its index appears or is replaced; until there is one,
    every answer is the NotIndexed error.
    """

    def __init__(self, root: Path, folders: Folders, configuration: Configuration) -> None:
        self.root = root
        self._open = partial(Vault.open, root, folders, configuration)
        self._asked: deque[_Asked] = deque()
        self._changed = threading.Condition()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def ask(self, question: Question[T], topic: str = "") -> Future[T]:
        """A future of the answer. A newer question of the same topic cancels an older one that still waits."""
        asked = _Asked(question, topic)
        with self._changed:
            if self._is_closing:
                asked.future.cancel()
                return asked.future
            if topic:
                self._drop(topic)
            self._asked.append(asked)
            self._changed.notify()
        return cast("Future[T]", asked.future)

    def close(self) -> None:
        """Cancel what waits, finish what runs, close the vault, end the thread."""
        with self._changed:
            self._is_closing = True
            for asked in self._asked:
                asked.future.cancel()
            self._asked.clear()
            self._changed.notify()
        self._thread.join()

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _drop(self, topic: str) -> None:
        for older in [asked for asked in self._asked if asked.topic == topic]:
            older.future.cancel()
            self._asked.remove(older)

    def _run(self) -> None:
        vault: Vault | None = None
        try:
            while (asked := self._next()) is not None:
                if not asked.future.set_running_or_notify_cancel():
                    continue
                vault = self._answer(asked, vault)
        finally:
            if vault is not None:
                vault.close()

    def _next(self) -> _Asked | None:
        with self._changed:
            self._changed.wait_for(lambda: self._asked or self._is_closing)
            return self._asked.popleft() if self._asked else None

    def _answer(self, asked: _Asked, vault: Vault | None) -> Vault | None:
        try:
            if vault is not None and vault.is_replaced:
                vault.close()
                vault = None
            vault = vault or self._open()
            asked.future.set_result(asked.question(vault))
        except Exception as error:  # a question that fails must not end the thread that answers the others
            asked.future.set_exception(error)
        return vault
