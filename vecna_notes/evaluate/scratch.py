"""An index of its own for one evaluation, in which what is asked is not written any more.

It starts as a copy, so that every text that did not change keeps its vector. Changed notes are cut anew as if their
author had never written what is asked; embedders that learned from the vault learn again from what is left, since
they would still know which words stood beside a name that is gone.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vecna_notes.errors import StoreError
from vecna_notes.evaluate.ground import Ground, Rooms
from vecna_notes.ingest.embed import fill
from vecna_notes.ingest.resolve import resolver
from vecna_notes.interfaces import Embedder, Report
from vecna_notes.models import Models
from vecna_notes.nearest import write_snapshot
from vecna_notes.store import Store
from vecna_notes.store.opening import FILE
from vecna_notes.types import Chunk, Note, NoteId, Progress, Space

Clean = Callable[[Chunk], Chunk]
_PREFIX = "vecna-eval-"
OLD_SECONDS = 600
"""Age from which on a copy that nobody has open was left by a process that was killed."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A note as it is indexed for an evaluation. `note.path` may be another than before."""

    path: str
    note: Note
    clean: Clean = lambda chunk: chunk
    """What is done to its chunks once they are cut."""


@dataclass(frozen=True, slots=True)
class Scratch:
    """A copy of an index that may be written."""

    rooms: Rooms
    counterparts: dict[str, Space]
    """Key of a Space in the vault → its Space here; another one where an embedder had to learn anew."""
    ground: Ground


@contextlib.contextmanager
def scratch(
    rooms: Rooms,
    rewritten: Sequence[Rewritten],
    spaces: Sequence[Space],
    report: Report,
    opened: Sequence[Embedder] = (),
) -> Iterator[Scratch]:
    """The index of `rooms` with these notes rewritten, complete in the counterparts of `spaces`; gone afterwards.

    Embedders of these spaces that are `opened` are not opened again.
    """
    sweep()
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        _copy(rooms.store, folder)
        with Store.open_writer(folder) as store:
            models = Models(store, rooms.models.registry, rooms.models.options, folder / "models", rooms.models.tuned)
            own = replace(rooms, store=store, models=models)
            _rewrite(own, rewritten, report)
            known = {embedder.space.key: embedder for embedder in opened}
            made = Scratch(own, {}, Ground(own, known, renamed={one.note.path: one.path for one in rewritten}))
            _fill(made, rooms, spaces, report)
            yield made


def sweep() -> None:
    """Remove copies that were left: they hold what the notes say."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > OLD_SECONDS and Store.writer(folder) is None:
                shutil.rmtree(folder)


def _copy(store: Store, folder: Path) -> None:
    source = f"{(store.folder / FILE).resolve().as_uri()}?mode=ro"
    try:
        with (
            contextlib.closing(sqlite3.connect(source, uri=True)) as old,
            contextlib.closing(sqlite3.connect(folder / FILE)) as new,
        ):
            old.backup(new)
    except sqlite3.Error as error:
        raise StoreError(f"{store.folder / FILE} could not be copied to {folder}: {error}; is there space?") from error


def _rewrite(rooms: Rooms, rewritten: Sequence[Rewritten], report: Report) -> None:
    """Links keep pointing where they did: their targets are looked up by the names from before."""
    store, started = rooms.store, time.monotonic()
    names = list(store.notes.names())
    before = {id: path for id, path, _title, _aliases in names}
    with store.transaction():
        for done, one in enumerate(rewritten, 1):
            _save(rooms, one)
            report(Progress("read", done, len(rewritten), one.path, time.monotonic() - started))
        resolve = resolver(names)
        ids = store.notes.paths()
        store.links.resolve(
            (id, *resolve(written, before[ids[source]])) for id, source, written in store.links.written()
        )


def _save(rooms: Rooms, one: Rewritten) -> NoteId:
    store = rooms.store
    stored = store.notes.by_path(one.path)
    assert stored is not None  # it was mined from this very index
    if one.note.path != one.path:
        store.notes.move(one.path, one.note.path, one.note, stored.stamp)
    chunks = rooms.cutter.cut(one.note)[: rooms.settings.index.max_chunks]
    return store.notes.save(one.note, [one.clean(chunk) for chunk in chunks], stored.stamp)


def _fill(made: Scratch, vault: Rooms, spaces: Sequence[Space], report: Report) -> None:
    store, wanted = made.rooms.store, {space.key for space in spaces}
    _drop_others(vault, store, wanted)
    active = vault.store.vectors.active()
    for space in spaces:
        embedder = made.ground.embedders.get(space.key) or _embedder(made.rooms, vault, space, report)
        with store.transaction():
            id = store.vectors.space(embedder.space)
            if active is not None and active[1].key == space.key:
                store.vectors.activate(id)
        _embed(store, embedder, report)
        made.counterparts[space.key] = embedder.space
        made.ground.embedders[embedder.space.key] = embedder
        exact_below = made.rooms.settings.index.exact_below
        write_snapshot(store, id, embedder.space, made.rooms.builder, store.folder, exact_below)


def _drop_others(vault: Rooms, store: Store, wanted: set[str]) -> None:
    """Spaces nobody asks for, and those that know what was said before."""
    with store.transaction():
        for id, space in store.vectors.spaces():
            if space.key not in wanted or vault.models.is_trained(space.embedder):
                store.vectors.drop_space(id)


def _embedder(own: Rooms, vault: Rooms, space: Space, report: Report) -> Embedder:
    if not vault.models.is_trained(space.embedder):
        return vault.models.open(space)
    made = own.models.registry.embedder(space.embedder, own.models.options(space.embedder))
    if isinstance(made, Embedder):
        return made
    texts = list(own.store.passages.texts())
    embedder = own.models.train(space.embedder, made, texts, report)
    own.models.record(space.embedder, embedder, len(texts))
    return embedder


def _embed(store: Store, embedder: Embedder, report: Report) -> None:
    id, started, done = store.vectors.space(embedder.space), time.monotonic(), 0
    total = store.vectors.missing_count(id)
    for count in fill(store, id, embedder):
        done += count
        report(Progress("embed", done, max(total, done), embedder.space.embedder, time.monotonic() - started))
