"""A real store of small notes, one passage a paragraph, with vectors of the fake embedder."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fakes import HashEmbedder
from vecna_notes import embedding
from vecna_notes.config import Folders, SearchSettings, load
from vecna_notes.nearest import Nearest
from vecna_notes.search import Searcher
from vecna_notes.store import Store
from vecna_notes.text import digest
from vecna_notes.types import Chunk, FileStamp, Note

MakeSearcher = Callable[..., Searcher]


def save(store: Store, notes: Mapping[str, str]) -> None:
    """`notes` is path → text; a first line "# Title" is the title, "alias: x" lines are aliases."""
    for path, text in notes.items():
        first, _, body = text.partition("\n") if text.startswith("# ") else ("", "", text)
        title = first.removeprefix("# ") or Path(path).stem
        aliases = tuple(line[7:] for line in body.split("\n") if line.startswith("alias: "))
        paragraphs = [piece for piece in body.split("\n\n") if piece.strip()]
        chunks = [Chunk(piece, (), i, i, f"{first}\n{piece}") for i, piece in enumerate(paragraphs, 1)]
        store.notes.save(Note(path, title, text, digest(text), aliases=aliases), chunks, FileStamp(1, 1, 1, 1))


def embed_missing(store: Store, embedder: HashEmbedder, limit: int = 10_000) -> None:
    with store.transaction():
        space = store.vectors.space(embedder.space)
        missing = store.vectors.missing(space, limit)
        if missing:
            rows = embedding.embed(embedder, [text for _, text in missing], "note")
            store.vectors.save(space, [key for key, _ in missing], rows)
        store.vectors.activate(space)


@pytest.fixture
def settings() -> SearchSettings:
    return load(Folders.standard()).settings.search


@pytest.fixture
def searcher(tmp_path: Path, settings: SearchSettings) -> Iterator[MakeSearcher]:
    """searcher({path: text}, vectors=True) → a Searcher over a vault of these notes."""
    numbers = itertools.count()
    with ExitStack() as opened:

        def make(notes: Mapping[str, str], vectors: bool | int = True, fusion: str = "weighted") -> Searcher:
            store = opened.enter_context(Store.open_writer(tmp_path / f"index{next(numbers)}"))
            embedder = HashEmbedder(dim=128)
            with store.transaction():
                save(store, notes)
            chosen = type(settings)(
                **{**{f: getattr(settings, f) for f in settings.__struct_fields__}, "fusion": fusion}
            )
            if not vectors:
                return Searcher(store, None, None, chosen)
            embed_missing(store, embedder, 10_000 if vectors is True else vectors)
            space = store.vectors.space(embedder.space)
            nearest = Nearest.open(store, space, embedder.space, None, store.folder, 10_000)
            return Searcher(store, nearest, lambda query: embedding.embed(embedder, [query], "query"), chosen)

        yield make
