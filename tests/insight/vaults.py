"""Small vaults of real Markdown, read, cut and resolved as the indexer does it, without vectors."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from vecna_plugins.readers.markdown import Markdown

from vecna_notes.ingest.resolve import resolver
from vecna_notes.ingest.split import split
from vecna_notes.insight.lore import Lore, lore
from vecna_notes.insight.narrow import Only
from vecna_notes.insight.related import related_notes
from vecna_notes.insight.relations import Relations
from vecna_notes.insight.suggest import suggest
from vecna_notes.insight.suggestion import Suggestion
from vecna_notes.store import Store
from vecna_notes.store.kept import Feedback
from vecna_notes.text import estimate_tokens
from vecna_notes.types import FileStamp


@dataclass(frozen=True)
class Small:
    store: Store
    root: Path

    @property
    def lore(self) -> Lore:
        return lore(self.store, self.root, resolver(self.store.notes.names()))

    def suggest(self, path: str, feedback: tuple[Feedback, ...] = (), limit: int = 20) -> list[Suggestion]:
        id = self.store.notes.paths()[path]
        near = related_notes(Relations(self.store, None), id, None, 80, Only(unlinked=True))
        return suggest(self.lore, id, near, feedback, limit)

    def save(self, notes: Mapping[str, str]) -> None:
        with self.store.transaction():
            for path, text in notes.items():
                note = Markdown().read(path, text.encode("utf-8", "surrogatepass"))
                self.store.notes.save(note, split(note, estimate_tokens, 200), FileStamp(1, 1, 1, 1))
            resolve = resolver(self.store.notes.names())
            self.store.links.resolve(
                (id, *resolve(link, source)) for id, source, link in list(self.store.links.written())
            )


MakeSmall = Callable[[Mapping[str, str]], Small]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[MakeSmall]:
    """small({path: text}) → an index of these notes."""
    numbers = itertools.count()
    with ExitStack() as opened:

        def make(notes: Mapping[str, str]) -> Small:
            root = tmp_path / f"vault{next(numbers)}"
            root.mkdir()
            made = Small(opened.enter_context(Store.open_writer(root / "index")), root)
            made.save(notes)
            return made

        yield make
