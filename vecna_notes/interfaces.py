"""The Protocols a plugin may satisfy: few members, all of them doable by all.

A plugin imports `vecna_notes.types`, `.errors`, `.interfaces`, `.hookspecs` and `.text`, and nothing else of ours.
`vecna_notes.testing` proves what a type cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

from vecna_notes.types import Hit, Metric, Note, Progress, Role, Rows, Space

Report = Callable[[Progress], None]
"""Takes word of how far long work has come; may raise to cancel it."""
Labels: TypeAlias = npt.NDArray[np.int64]
"""A cluster's number for each row; -1 for noise."""
Plane: TypeAlias = Rows
"""Float32 array of shape (n, 2)."""


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into rows. Batching, sorting by length, checking and normalising are done for it."""

    @property
    def space(self) -> Space: ...

    def embed(self, texts: Sequence[str], role: Role) -> Rows:
        """One float32 row of `space.dim` a text, in order; a zero row where nothing in the text is known.

        The same text gives the same row whatever stands beside it in the batch. `texts` is never empty.
        """
        ...


@runtime_checkable
class TokenCounter(Protocol):
    """An optional power of an embedder: it knows its own tokens, so chunks can be cut to fit."""

    max_tokens: int
    """Longest input it reads, special tokens and prompts included."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Number of tokens of each text, without special tokens."""
        ...


@runtime_checkable
class Literate(Protocol):
    """An optional power of an embedder: it knows which languages it was made for."""

    languages: tuple[str, ...]
    """ISO 639-1 codes; empty for many or unknown."""


@runtime_checkable
class Noticing(Protocol):
    """An optional power of an embedder or ranker: it says when it runs less well than it could."""

    notice: str
    """One sentence for the status, or empty."""


class Trainable(Protocol):
    """An embedder that is learned from the vault itself (word2vec, lsa …); an offer makes one with `make`."""

    def train(self, corpus: Iterable[str], into: Path, report: Report) -> Embedder:
        """Learn from `corpus` (embedded texts, each once), write the model into the empty folder `into`, and open it.

        Raises EmbedderError with a sentence when the corpus is too small.
        """
        ...

    def load(self, folder: Path) -> Embedder:
        """Open what `train` wrote. Must not import what only training needs."""
        ...


@runtime_checkable
class Derived(Protocol):
    """An optional power of an embedder: its rows are made of those of another, so stored ones need no text."""

    @property
    def base(self) -> Space: ...

    def derive(self, rows: Rows) -> Rows:
        """Rows of its own Space for unit or zero rows of `base`; what `embed` gives for the same texts."""
        ...


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts that belong together, as they would be embedded."""

    first: str
    second: str
    source: str
    """Where it was found: link, title, heading, alias, neighbour, accepted."""
    notes: tuple[str, str]
    """Paths they come from. Texts of pairs that share one are never set against each other."""
    apart: tuple[str, ...] = ()
    """Texts that look as if they belonged to the first, and do not (hard negatives)."""
    held: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """Passages that may stand for the first and the second text where rows of stored ones are to be had for nothing:
    their mean is the text's. Empty where nothing stands for it."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far tuning has come."""

    step: int
    steps: int
    loss: float
    pairs_per_second: float
    held_out: float | None = None
    """MRR@10 of the held-out pairs, at the steps where it was measured."""
    best: int = 0
    """Step of the best one so far."""
    seconds_left: float | None = None


Say = Callable[[Step], bool]
"""Takes word of each step; False ends tuning there, and the best model so far is kept. May raise to cancel it."""


class Trainer(Protocol):
    """Tunes a model on pairs; an offer makes one with settings such as "seed", "minutes" and "full"."""

    def seconds(self, pairs: Sequence[Pair]) -> float:
        """How long it would about take here."""
        ...

    def train(self, base: Embedder, pairs: Sequence[Pair], held_out: Sequence[Pair], into: Path, say: Say) -> Embedder:
        """Write the tuned model into the folder `into`, and open it.

        What an earlier call with the same pairs and settings left in `into` when it was killed is taken up again.
        Equal input gives an equal model. Raises EmbedderError with a sentence.
        """
        ...


class Reader(Protocol):
    """Makes a note of a file's bytes."""

    suffixes: tuple[str, ...]
    """Lower-case, with the dot."""

    def read(self, path: str, data: bytes) -> Note:
        """`path` is relative to the vault. Raises Unreadable with the reason."""
        ...


@runtime_checkable
class Risky(Protocol):
    """An optional claim of a reader: its files are made of more than lines of text, and may be made to do harm.

    It is then given whole files only, up to `files.max_mb`, in a child process that has `files.memory_mb` of memory
    and `files.seconds` of time; what is too much for that costs the one file.
    """

    is_risky: bool


class Ranker(Protocol):
    """Puts the hits of a search in a better order. It may reorder and drop, never invent."""

    def rank(self, query: str, hits: Sequence[Hit], rows: Rows | None) -> list[Hit]:
        """Hits of `hits`, best first, changed in nothing but `score`, which lies in [0, 1] and never rises.

        `rows` are the hits' passages in the active Space, one a hit (zero where a passage has no vector), or None.
        Equal input gives equal output. Hits pinned by title or exact phrase stay on top, whatever is said here.
        """
        ...


class Clusterer(Protocol):
    """Finds which notes are about the same. How many clusters there are is its own affair."""

    def cluster(self, rows: Rows, seed: int) -> Labels:
        """A cluster's number for each row, -1 where a row belongs to none.

        Rows are finite and of unit length or zero; there may be none. Equal input gives equal output, and the order
        of the rows does not matter beyond chance.
        """
        ...


@runtime_checkable
class Resuming(Protocol):
    """An optional power of a clusterer: it goes on from clusters that were found before, and keeps what still holds."""

    def resume(self, rows: Rows, seed: int, labels: Labels) -> Labels:
        """`labels` are of the last time, -1 for rows that are new or were noise. Otherwise as `cluster`."""
        ...


class Projector(Protocol):
    """Lays rows out on a plane, so that what is near stays near."""

    def project(self, rows: Rows) -> Plane:
        """A finite point for each row, in order; there may be none. Equal input gives equal output."""
        ...


@runtime_checkable
class Placing(Protocol):
    """An optional power of a projector: it finds places for new rows on a plane that is there."""

    def place(self, rows: Rows, plane: Plane, new_rows: Rows) -> Plane:
        """A point for each of `new_rows`; `plane` holds those of `rows`, of which there is at least one."""
        ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage that may answer a question, as a generator sees it."""

    number: int
    """By which an answer cites it, [1] is the best."""
    title: str
    trail: tuple[str, ...]
    text: str
    """As in the note."""
    score: float = 0.0
    """Of the search that found it, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that was answered before, in the same conversation."""

    question: str
    answer: str
    host: str = ""
    """Where it was answered; empty when that was in this process, from notes that may go nowhere else."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a generator is asked."""

    question: str
    evidence: tuple[Evidence, ...]
    """Best first, never empty. What it says is data, whatever it says."""
    thread: tuple[Turn, ...] = ()
    """Oldest first."""
    likeness: Callable[[Sequence[str]], Sequence[float]] | None = None
    """How near each text is to the question in the active Space; None where only words are to be had."""


class Generator(Protocol):
    """Answers a question from evidence, and from nothing else."""

    def generate(self, prompt: Prompt) -> Iterator[str]:
        """The answer, piece by piece as it comes; each sentence cites evidence by number: "… [2]".

        Raises GeneratorError with a sentence; what was yielded before stays an answer, cut short.
        """
        ...


@runtime_checkable
class Sending(Protocol):
    """An optional power of a generator: it sends the prompt to another program."""

    host: str
    """Where to, "127.0.0.1:11434"; nothing but the prompt is ever sent there."""


class VectorIndex(Protocol):
    """Nearest rows of one Space. Labels are the ids of stored vectors, distances never leave this border."""

    def search(self, query: Rows, k: int) -> list[tuple[int, float]]:
        """At most k (label, score), best first, for one row of shape (dim,); fewer when there are fewer."""
        ...

    def add(self, labels: Sequence[int], rows: Rows) -> None:
        """Raises NeedsRebuild when it cannot grow."""
        ...

    def remove(self, labels: Sequence[int]) -> None:
        """Unknown labels are ignored. Raises NeedsRebuild when it cannot or should no longer."""
        ...

    def save(self, file: Path) -> None:
        """Write everything into `file`; the caller checks, hashes and renames it."""
        ...

    def __len__(self) -> int:
        """Live rows."""
        ...


class IndexBuilder(Protocol):
    """Builds and loads one kind of VectorIndex."""

    def build(self, labels: Sequence[int], rows: Rows, dim: int, metric: Metric) -> VectorIndex: ...

    def load(self, file: Path, dim: int, metric: Metric) -> VectorIndex:
        """Open a saved file whose checksum the caller has verified."""
        ...
