"""An open vault: its folder, its store, its plugins and settings. What every other part of a vault stands on."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from vecna_notes.config import Configuration, Folders, Settings
from vecna_notes.errors import NoteNotFound, VaultNotFound
from vecna_notes.interfaces import IndexBuilder, Report
from vecna_notes.models import Models
from vecna_notes.registry import Registry
from vecna_notes.store import Store, StoredNote

CHOICE = "embedder"
"""Meta key: the embedder chosen for this vault by `vecna embedders use`, before the configured one."""
CHOSEN_OPTIONS = "embedder.options"
"""Meta key: options chosen with it (a model, leave to download), by embedder."""
LAST_RUN = "last_run"
"""Meta key: what the last run of the indexer did."""
TUNED = "tuned"
"""Folder of the models that were tuned on this vault."""
EXACT = "exact"


class Opened:
    """Owns the store, and closes it."""

    def __init__(self, root: Path, folders: Folders, configuration: Configuration, store: Store) -> None:
        self.root = root
        self.folders = folders
        self.configuration = configuration
        self.store = store
        self.report: Report | None = None
        """Whom to tell of long work that a plugin has to do first, where somebody listens."""

    @classmethod
    def open(cls, root: Path, folders: Folders, configuration: Configuration, write: bool = False) -> Self:
        """Raises VaultNotFound (to write), NotIndexed (to read), Busy when another process writes."""
        if write and not root.is_dir():
            raise VaultNotFound(f"there is no folder {root}; name your notes folder: vecna index FOLDER")
        folder = folders.vault(root)
        store = Store.open_writer(folder) if write else Store.open_reader(folder)
        vault = cls(root, folders, configuration, store)
        if write:
            with store.transaction():
                store.meta.set("root", str(root.resolve()))
        return vault

    @staticmethod
    def writer(root: Path, folders: Folders) -> int | None:
        """Process that writes the vault's index at this moment, or None."""
        return Store.writer(folders.vault(root))

    @staticmethod
    def database() -> tuple[str, list[str]]:
        """The version of this machine's SQLite, and what it lacks that an index needs."""
        return Store.database()

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_replaced(self) -> bool:
        """Whether the index on disk is another file than the one this vault has open."""
        return self.store.is_replaced()

    @property
    def settings(self) -> Settings:
        return self.configuration.settings

    @cached_property
    def registry(self) -> Registry:
        return Registry(self.folders.plugins, self.settings.plugins.disabled)

    @cached_property
    def models(self) -> Models:
        folder = self.store.folder
        return Models(self.store, self.registry, self.embedder_options, folder / "models", folder / TUNED)

    @property
    def embedder_setting(self) -> str:
        """ "auto" or a name: this vault's own choice, else the configured one."""
        chosen = self.store.meta.get(CHOICE)
        return chosen if isinstance(chosen, str) else self.settings.index.embedder

    def embedder_options(self, name: str) -> dict[str, Any]:
        """What an embedder is made with: its own settings, the folder for models, the number of threads."""
        own = {**self.settings.embedders.get(name, {}), **self._chosen_options().get(name, {})}
        return own | self._means()

    def ranker_options(self, name: str) -> dict[str, Any]:
        """What a ranker is made with."""
        return self.settings.rankers.get(name, {}) | self._means()

    def reader_options(self, name: str) -> dict[str, Any]:
        """What a reader is made with."""
        return self.settings.readers.get(name, {})

    def _means(self) -> dict[str, Any]:
        """What every plugin that runs a model is given, beside its own settings."""
        told = {} if self.report is None else {"report": self.report}
        return {"cache": self.folders.cache, "threads": self.settings.index.threads, **told}

    def _chosen_options(self) -> dict[str, dict[str, Any]]:
        return self.store.meta.get(CHOSEN_OPTIONS) or {}

    def _index_builder(self) -> IndexBuilder | None:
        name = self.settings.index.index
        if name == EXACT or self.registry.missing("indexes", name):
            return None
        return self.registry.index_builder(name, {"threads": self.settings.index.threads})

    def _known(self, path: str) -> StoredNote:
        note = self.store.notes.by_path(path)
        if note is None:
            raise NoteNotFound(f"{path} is not in the index; `vecna index --explain {path}` tells why")
        return note

    def explain(self, path: str) -> str:
        """Which rule keeps a file in or out, or what became of it, in one sentence."""
        record = self.store.files.all().get(path)
        readers = self.registry.readers(self.reader_options, self.settings.files.skip).values()
        if not any(path.lower().endswith(reader.suffixes) for reader in readers) and (self.root / path).is_file():
            return f"{path} is not indexed: no reader for this kind of file; `vecna plugins` lists those there are"
        if record is None or why_ignored(self.root, self.settings, path):
            return explain_unread(self.root, self.settings, path)
        return f"{path} is {record.state}" + (f": {record.reason}" if record.reason else "")


def explain_unread(root: Path, settings: Settings, path: str) -> str:
    """Which rule keeps a file in or out, for one that no index knows."""
    if why := why_ignored(root, settings, path):
        return f"{path} is not indexed: {why}"
    if not (root / path).exists():
        return f"there is no {path} in {root}"
    return f"{path} is not ignored, and not indexed yet; `vecna index` reads it"


def why_ignored(root: Path, settings: Settings, path: str) -> str:
    from vecna_notes.ingest.ignore import Rules

    return Rules.load(root, settings.index).why(path) or ""
