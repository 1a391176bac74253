"""The embedders of a vault, rung by rung: each is trained if need be, filled, and takes over when it is complete."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Event

from vecna_notes.errors import VecnaError
from vecna_notes.ingest.embed import fill, fill_derived
from vecna_notes.interfaces import Derived, Embedder, Report, Trainable
from vecna_notes.models import Models
from vecna_notes.store import Store
from vecna_notes.types import Progress, Space, SpaceId

_POLL_SECONDS = 0.1


class Stopped(Exception):
    """Raised inside training when nobody waits for it any more."""


@dataclass(slots=True)
class Ladder:
    """Fills every wanted Space of a vault and keeps the best complete one active."""

    store: Store
    models: Models
    setting: str
    """"auto" or one embedder's name."""
    report: Report
    prepare: Callable[[SpaceId, Space], object] = lambda _id, _space: None
    """Called with a complete Space just before it becomes active."""
    notices: list[str] = field(default_factory=list)
    """Rungs that could not be climbed, in sentences."""
    _opened: dict[str, Embedder] = field(default_factory=dict)

    def climb(self) -> Generator[int, None, None]:
        """Yields after each window the number of texts embedded (0 while training); stop it between any two.

        Raises a VecnaError when the one embedder that was asked for cannot be had; under "auto", and of a tuned model,
        that is a notice.
        """
        wanted = self.models.wanted(self.setting)
        for name in self._pressing_first(wanted):
            try:
                yield from self._climb_one(name)
            except VecnaError as error:
                if name == self.setting:
                    raise
                self._notice(f"{name}: {error}")
            self._activate_best(wanted)
        self._drop_outgrown()

    def opened(self, space: Space) -> Embedder | None:
        """The embedder of a space, if it was opened to climb."""
        found = self._opened.get(space.embedder)
        return found if found is not None and found.space.key == space.key else None

    def _pressing_first(self, wanted: tuple[str, ...]) -> list[str]:
        """The active embedder first, so that a saved note is found by meaning at once."""
        active = self.store.vectors.active()
        return sorted(wanted, key=lambda name: active is None or name != active[1].embedder)

    def _climb_one(self, name: str) -> Iterator[int]:
        embedder = yield from self._obtain(name)
        with self.store.transaction():
            space = self.store.vectors.space(embedder.space)
        base = (yield from self._fill_base(embedder)) if isinstance(embedder, Derived) else None
        windows = fill(self.store, space, embedder)
        made = windows if base is None else fill_derived(self.store, space, embedder, base)
        yield from self._told(made, embedder.space, space)

    def _fill_base(self, embedder: Derived) -> Generator[int, None, SpaceId | None]:
        """The Space that rows of `embedder` are made from, complete; None when nothing can be embedded into it."""
        with self.store.transaction():
            space = self.store.vectors.space(embedder.base)
        if self.store.vectors.missing_count(space):
            try:
                base = self.opened(embedder.base) or self.models.open(embedder.base)
            except VecnaError:
                return None
            yield from self._told(fill(self.store, space, base), embedder.base, space)
        return space

    def _told(self, windows: Iterator[int], space: Space, id: SpaceId) -> Iterator[int]:
        total, done, timed, spent = self.store.vectors.missing_count(id), 0, 0, 0.0
        started = since = time.monotonic()
        for count in windows:
            if done:  # the first window loads the model, too
                timed, spent = timed + count, spent + time.monotonic() - since
            done += count
            self.report(Progress("embed", done, max(total, done), space.embedder, time.monotonic() - started))
            yield count
            since = time.monotonic()  # what whoever listens does meanwhile is not the embedder's
        self.models.timed(space, timed, spent)

    def _obtain(self, name: str) -> Generator[int, None, Embedder]:
        if name in self._opened and self.models.is_current(self._opened[name]):
            return self._opened[name]
        found = self.models.current(name)
        embedder = found if isinstance(found, Embedder) else (yield from self._train(name, found))
        self.models.remember(embedder)
        self._opened[name] = embedder
        return embedder

    def _train(self, name: str, trainable: Trainable) -> Generator[int, None, Embedder]:
        """Train beside the caller, who goes on saving notes between our yields."""
        texts = list(self.store.passages.texts())
        stopped = Event()

        def report(progress: Progress) -> None:
            if stopped.is_set():
                raise Stopped
            self.report(progress)

        with ThreadPoolExecutor(1, thread_name_prefix="train") as pool:
            future = pool.submit(self.models.train, name, trainable, texts, report)
            try:
                while not wait([future], _POLL_SECONDS).done:
                    yield 0
            finally:
                stopped.set()
            embedder = future.result()
        self.models.record(name, embedder, len(texts))
        return embedder

    def _activate_best(self, wanted: tuple[str, ...]) -> None:
        """Switch to the best embedder whose Space holds every text; searches see it whole or not at all."""
        spaces = {space.embedder: (id, space) for id, space in self.store.vectors.spaces() if self._is_current(space)}
        for name in reversed(wanted):  # each rung answers later than the one before, and better
            if name in spaces and not self.store.vectors.missing_count(spaces[name][0]):
                id = spaces[name][0]
                active = self.store.vectors.active()
                if active is None or active[0] != id:
                    self.prepare(id, spaces[name][1])
                    with self.store.transaction():
                        self.store.vectors.activate(id)
                return

    def _is_current(self, space: Space) -> bool:
        return space.embedder in self._opened and self._opened[space.embedder].space.key == space.key

    def _drop_outgrown(self) -> None:
        """A model that was trained anew leaves its old Space behind; nobody can ask for that one again."""
        active = self.store.vectors.active()
        for id, space in self.store.vectors.spaces():
            is_old = self.models.is_trained(space.embedder) and not self._is_current(space)
            if is_old and space.embedder in self._opened and (active is None or active[0] != id):
                with self.store.transaction():
                    self.store.vectors.drop_space(id)
                self.models.remove(space)

    def _notice(self, sentence: str) -> None:
        if sentence not in self.notices:
            self.notices.append(sentence)
