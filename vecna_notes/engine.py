"""One thread that owns one read-only Vault and answers questions, so that no face ever waits or shares a connection."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, cast

from vecna_notes.config import Configuration, Folders
from vecna_notes.errors import VecnaError
from vecna_notes.vault import Vault

if TYPE_CHECKING:  # whoever only searches does without this room
    from vecna_notes.answer.ask import Answer, Asking
    from vecna_notes.interfaces import Turn

T = TypeVar("T")
Question = Callable[[Vault], T]
STOPPED = "stopped; what was said until then is kept"


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

    def answering(
        self, question: str, generator: str | None = None, thread: Sequence[Turn] = (), about: str = ""
    ) -> Answering:
        """The answer to a question, as `Vault.ask` has it, while other questions are answered."""
        return Answering(self, lambda vault: vault.asked(question, generator, thread, about))

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


class Answering:
    """An answer on its way: evidence is found in the engine's thread, the generator speaks in one of its own.

    So a model that takes minutes holds up nothing else. What the generator asks of the vault, and the check of what
    it said, are questions to the engine like any other.
    """

    def __init__(self, engine: Engine, asked: Question[Asking]) -> None:
        self._engine = engine
        self._asked = asked
        self._is_stopped = threading.Event()
        self._heard: asyncio.Queue[str | VecnaError | None] = asyncio.Queue()
        """What the generator said; None at its end."""

    async def said(self) -> AsyncIterator[Asking | str | Answer]:
        """What is asked with its evidence, then the answer's text as it comes, at last the Answer, checked.

        Raises VecnaError where there is nobody to ask. Leaving early stops the generator.
        """
        from vecna_notes.answer.ask import cut_short, ended

        asked = await self._ask(self._asked)
        yield asked
        text = ""
        try:
            if not self._is_stopped.is_set():
                self._begin(asked)
            async for piece in self._pieces():
                text += piece
                yield piece
            notice = STOPPED if self._is_stopped.is_set() else ""
        except VecnaError as error:
            notice = cut_short(error, text)
        finally:
            self._is_stopped.set()
        yield await self._ask(lambda _vault: ended(asked, text, notice))

    def stop(self) -> None:
        """No more of it; `said` goes on to the Answer as far as it came. Safe to call at any time.

        The generator is closed with its next piece, which nobody waits for.
        """
        self._is_stopped.set()
        self._heard.put_nowait(None)

    async def _ask(self, question: Question[T]) -> T:
        return await asyncio.wrap_future(self._engine.ask(question))

    async def _pieces(self) -> AsyncIterator[str]:
        """Raises what the generator raised. What came meanwhile comes at once."""
        while True:
            heard = [await self._heard.get()]
            while not self._heard.empty():
                heard.append(self._heard.get_nowait())
            if text := "".join(one for one in heard if isinstance(one, str)):
                yield text
            if self._is_stopped.is_set() or not isinstance(heard[-1], str):
                break
        if isinstance(heard[-1], VecnaError):
            raise heard[-1]

    def _begin(self, asked: Asking) -> None:
        apart = replace(asked, likeness=self._from_afar(asked.likeness)) if asked.likeness else asked
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._speak, args=(apart, loop), name="answer", daemon=True).start()

    def _from_afar(self, likeness: Callable[[Sequence[str]], Sequence[float]]) -> Any:
        return lambda texts: self._engine.ask(lambda _vault: likeness(texts)).result()

    def _speak(self, asked: Asking, loop: asyncio.AbstractEventLoop) -> None:
        """In its own thread."""
        from vecna_notes.answer.ask import spoken

        def tell(said: str | VecnaError | None) -> None:
            with suppress(RuntimeError):  # the loop was closed meanwhile: nobody listens
                if not self._is_stopped.is_set():
                    loop.call_soon_threadsafe(self._heard.put_nowait, said)

        end: VecnaError | None = None
        try:
            with closing(cast("Any", spoken(asked))) as pieces:
                for piece in pieces:
                    tell(piece)
                    if self._is_stopped.is_set():
                        break
        except VecnaError as error:
            end = error
        tell(end)
