"""A large index without hours of embedding: real text in the store, random unit rows in the sbert Space."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from vecna_notes.config import Folders, load
from vecna_notes.demo import files
from vecna_notes.ingest.split import split
from vecna_notes.text import digest, estimate_tokens
from vecna_notes.types import FileStamp, Note, Vectors
from vecna_notes.vault import Vault

CHUNKS_PER_NOTE = 10


def build(root: Path, chunks: int) -> None:
    """Fill the index of the vault `root` (which stays an empty folder) with `chunks` passages, sbert active."""
    root.mkdir(parents=True, exist_ok=True)
    folders = Folders.standard()
    rng = np.random.default_rng(1)
    with Vault.open(root, folders, load(folders), write=True) as vault:
        store = vault.store
        embedder = vault.registry.embedder("sbert", vault.embedder_options("sbert"))
        with store.transaction():
            space = store.vectors.space(embedder.space)  # type: ignore[union-attr]
        for group in _notes(chunks):
            with store.transaction():
                for note in group:
                    store.notes.save(note, split(note, estimate_tokens, 200), FileStamp(1, 1, 1, 1))
        while missing := store.vectors.missing(space, 2048):
            rows = rng.standard_normal((len(missing), embedder.space.dim), dtype=np.float32)  # type: ignore[union-attr]
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            with store.transaction():
                store.vectors.save(space, [key for key, _ in missing], Vectors(embedder.space, rows))  # type: ignore[union-attr]
        with store.transaction():
            store.vectors.activate(space)
        vault.settle(lambda progress: None, 0)


def _notes(chunks: int) -> Iterator[list[Note]]:
    words = _words()
    rng = random.Random(2)
    made = 0
    while made < chunks:
        group = []
        for _ in range(min(50, (chunks - made + CHUNKS_PER_NOTE - 1) // CHUNKS_PER_NOTE)):
            group.append(_note(made // CHUNKS_PER_NOTE, words, rng))
            made += CHUNKS_PER_NOTE
        yield group


def _note(number: int, words: list[str], rng: random.Random) -> Note:
    sections = [
        f"## {' '.join(rng.choices(words, k=3))}\n\n{' '.join(rng.choices(words, k=110))}.\n\n"
        for _ in range(CHUNKS_PER_NOTE)
    ]
    title = " ".join(rng.choices(words, k=3))
    text = f"# {title}\n\n" + "".join(sections)
    return Note(f"{number // 100}/{number}.md", title, text, digest(text), own_title=title)


def _words() -> list[str]:
    """The demo vault's words as often as they occur there, so that common words are common."""
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in sorted(files().rglob("*.md"))]
    return " ".join(texts).split()
