"""Is a saved graph still true? A manifest says what the file is, the store says which manifest it wrote last.

    h-<space>-<generation>.bin      the graph as its plugin wrote it
    h-<space>.json                  its manifest
    meta "snapshot <space>"         generation and SHA-256 of the manifest, in the database

All three must agree before a plugin may read the graph: hnswlib crashes on, or lies about, one flipped bit. That the
database names the manifest rules out graphs of another history: restored from a backup, or newer than a restored one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from pathlib import Path

import msgspec

from vecna_notes.interfaces import IndexBuilder
from vecna_notes.store import Store, VectorStamp
from vecna_notes.types import Metric, Space

_MAX_MANIFEST_BYTES = 65_536


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a snapshot is, field by field."""

    file: str
    size: int
    sha256: str
    generation: int
    count: int
    max_id: int
    checksum: int
    space: str
    dim: int
    metric: Metric
    recipe: str
    """What the plugin says its files depend on: library, version, parameters, machine."""

    @property
    def stamp(self) -> VectorStamp:
        return VectorStamp(self.count, self.max_id, self.checksum)


class Snapshots:
    """The snapshot files of one space in one folder."""

    def __init__(self, folder: Path, space: Space) -> None:
        self.folder = folder
        self.space = space
        self._name = "h-" + re.sub(r"[^\w.-]", "_", space.key)
        self.manifest_file = folder / f"{self._name}.json"
        self._meta_key = f"snapshot {space.key}"

    def file(self, generation: int) -> Path:
        return self.folder / f"{self._name}-{generation}.bin"

    def recorded(self, store: Store) -> tuple[int, str]:
        """Generation and manifest digest that the database vouches for; (0, "") when there is none."""
        record = store.meta.get(self._meta_key)
        match record:
            case {"generation": int(generation), "manifest": str(digest)}:
                return generation, digest
        return 0, ""

    def record(self, store: Store, manifest: Manifest) -> None:
        digest = hashlib.sha256(msgspec.json.encode(manifest)).hexdigest()
        store.meta.set(self._meta_key, {"generation": manifest.generation, "manifest": digest})

    def forget(self, store: Store) -> None:
        """The space needs no snapshot any more."""
        if self.recorded(store) != (0, ""):
            store.meta.set(self._meta_key, None)
        self.sweep(keep=None)

    def current(self, store: Store, builder: IndexBuilder) -> Manifest | None:
        """The manifest, if it is the one the database names, fits space and builder, and its file has its size."""
        generation, digest = self.recorded(store)
        try:
            with self.manifest_file.open("rb") as stream:
                raw = stream.read(_MAX_MANIFEST_BYTES)
            if hashlib.sha256(raw).hexdigest() != digest:
                return None
            manifest = msgspec.json.decode(raw, type=Manifest)
            size = self.file(manifest.generation).stat().st_size
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return None
        expected = (self.file(generation).name, size, generation, self.space.key, self.space.dim, self.space.metric)
        found = (manifest.file, manifest.size, manifest.generation, manifest.space, manifest.dim, manifest.metric)
        return manifest if found == expected and manifest.recipe == recipe(builder) else None

    def is_intact(self, manifest: Manifest) -> bool:
        """Whether the file's bytes are those that were written; half a second for 200 MB."""
        try:
            return sha256(self.file(manifest.generation)) == manifest.sha256
        except OSError:
            return False

    def mark_bad(self, manifest: Manifest) -> None:
        """Take away the manifest of a graph that was found bad, so that the next writer builds it anew."""
        with contextlib.suppress(OSError):
            if self.manifest_file.read_bytes() == msgspec.json.encode(manifest):
                self.manifest_file.unlink()

    def sweep(self, keep: Manifest | None) -> None:
        """Delete every other generation, and what a killed writer left half-written."""
        kept = {keep.file, self.manifest_file.name} if keep else set()
        for file in (*self.folder.glob(f"{self._name}-*"), *self.folder.glob(f"{self._name}.json*")):
            if file.name not in kept:
                with contextlib.suppress(OSError):
                    file.unlink()


def recipe(builder: IndexBuilder) -> str:
    """A builder without a `recipe` is known by its class."""
    return str(getattr(builder, "recipe", type(builder).__qualname__))


def sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Make a file, or a folder's names, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
