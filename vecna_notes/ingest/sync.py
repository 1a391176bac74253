"""The chain for text: scan → compare → read → split → save → resolve links. Vectors follow in `ladder`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vecna_notes.config import IndexSettings
from vecna_notes.errors import MassRemoval, VaultNotFound
from vecna_notes.ingest.changes import Changes, compare
from vecna_notes.ingest.ignore import Rules
from vecna_notes.ingest.language import name_languages
from vecna_notes.ingest.read import read
from vecna_notes.ingest.resolve import resolver
from vecna_notes.ingest.save import Cut, Untouched, Work, drop, mark_waiting, save
from vecna_notes.ingest.scan import scan
from vecna_notes.ingest.split import split
from vecna_notes.interfaces import Reader, Report
from vecna_notes.store import Store
from vecna_notes.types import Chunk, Failed, FileRecord, Note, Progress

READING = 2
"""Raise when reading or splitting changes, so that every vault is read anew."""
CUT = "cut"
"""Meta key: how the stored chunks were cut; when it changes, every note is cut anew."""


@dataclass(frozen=True, slots=True)
class Cutter:
    """How notes become chunks: the token counter of the best embedder, and a name for it."""

    count_tokens: Callable[[Sequence[str]], list[int]]
    name: str
    max_tokens: int
    boilerplate: frozenset[str] = frozenset()
    """Lines that are not embedded, by their masks. Chunks begin and end where they do without it."""

    @property
    def key(self) -> str:
        return f"{READING}/{self.name}/{self.max_tokens}"

    def cut(self, note: Note) -> list[Chunk]:
        return split(note, self.count_tokens, self.max_tokens, self.boilerplate)


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one look at the folder changed."""

    added: int = 0
    changed: int = 0
    moved: int = 0
    removed: int = 0
    skipped: int = 0
    failed: int = 0
    paths: tuple[str, ...] = ()
    """Notes that are new or different, newest first."""
    seconds: float = 0.0

    @property
    def is_quiet(self) -> bool:
        """Nothing a search could notice has changed."""
        return not (self.added or self.changed or self.moved or self.removed)


@dataclass(frozen=True, slots=True)
class Sync:
    """Brings the store's notes up to date with the folder."""

    root: Path
    store: Store
    readers: Sequence[Reader]
    cutter: Cutter
    settings: IndexSettings

    def run(
        self, report: Report, subtree: str = "", *, is_deep: bool = False, allow_removal: bool = False
    ) -> SyncReport:
        """Look at the folder below `subtree`; `is_deep` hashes every file instead of trusting its stamp.

        Raises VaultNotFound when the folder is not there. Raises MassRemoval when very many notes are gone and
        `allow_removal` is false; everything but the removal is done and kept by then.
        """
        started = time.monotonic()
        is_recut = self.store.meta.get(CUT) != self.cutter.key
        known = self.store.files.all()
        changes = self._look(known, report, "" if is_recut else subtree, is_deep or is_recut)
        vanished = {known[path].digest: path for path in changes.vanished if known[path].digest}
        outcomes: Counter[str] = Counter()
        paths: list[str] = []
        work = self._read(changes, {} if is_recut else known, report)
        for path, outcome in save(self.store, work, vanished):
            outcomes[outcome] += 1
            if outcome in ("added", "changed", "moved"):
                paths.append(path)
        if is_recut:
            self.store.meta.set(CUT, self.cutter.key)
        name_languages(self.store)
        removed, refusal = self._remove(changes, known, allow_removal)
        if paths or removed:
            resolve_links(self.store)
        if refusal is not None:
            raise refusal
        counts = {key: outcomes[key] for key in ("added", "changed", "moved", "skipped", "failed")}
        return SyncReport(**counts, removed=removed, paths=tuple(paths), seconds=time.monotonic() - started)

    def _look(self, known: Mapping[str, FileRecord], report: Report, subtree: str, is_deep: bool) -> Changes:
        if not self.root.is_dir():
            raise VaultNotFound(
                f"{self.root} is not there, so nothing was removed from its index; is its disk mounted?"
            )
        report(Progress("scan", 0))
        suffixes = frozenset(suffix for reader in self.readers for suffix in reader.suffixes)
        found = scan(self.root, Rules.load(self.root, self.settings), suffixes, subtree)
        report(Progress("scan", len(found.files), len(found.files)))
        changes = compare(found, known, subtree, is_deep)
        mark_waiting(self.store, changes.to_read, known)
        return changes

    def _read(self, changes: Changes, known: Mapping[str, FileRecord], report: Report) -> Iterator[Work]:
        total, started = len(changes.to_read), time.monotonic()
        for done, path in enumerate(changes.to_read, 1):
            if (piece := self._read_one(path, known.get(path))) is not None:
                yield piece
            report(Progress("read", done, total, path, time.monotonic() - started))

    def _read_one(self, path: str, record: FileRecord | None) -> Work | None:
        reading = read(self.root, path, self.readers, int(self.settings.max_file_mb * 1_000_000))
        if reading is None or isinstance(reading, Failed):
            return reading
        if record is not None and record.digest == reading.note.digest and self.store.notes.by_path(path) is not None:
            return Untouched(path, record.digest, reading.stamp)
        chunks, most = self.cutter.cut(reading.note), self.settings.max_chunks
        if len(chunks) > most:
            partial = f"partial: the first {most:,} of {len(chunks):,} passages are indexed"
            note = replace(reading.note, problems=(*reading.note.problems, partial))
            reading, chunks = replace(reading, note=note), chunks[:most]
        return Cut(reading, tuple(chunks))

    def _remove(
        self, changes: Changes, known: Mapping[str, FileRecord], is_allowed: bool
    ) -> tuple[int, MassRemoval | None]:
        here = self.store.notes.paths()
        gone = [path for path in changes.vanished if path in here]
        limit = max(self.settings.removal_count, self.settings.removal_share * len(here))
        if len(gone) > limit and not is_allowed:
            drop(self.store, changes, [path for path in changes.vanished if path not in here])
            return len(changes.excluded), MassRemoval(
                f"{len(gone)} of {len(here)} notes are gone from {self.root}; they stay in the index until you say so: "
                "`vecna index --yes` removes them"
            )
        drop(self.store, changes, changes.vanished)
        return len(gone) + len(changes.excluded), None


def resolve_links(store: Store) -> None:
    """Find the target of every written link anew, since any note's name may have come or gone."""
    resolve = resolver(store.notes.names())
    with store.transaction():
        store.links.resolve((id, *resolve(written, source)) for id, source, written in store.links.written())
