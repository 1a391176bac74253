"""Word2Vec (Mikolov et al. 2013) learned from the vault itself; a text is the weighted mean of its words.

What makes it work on a few hundred notes (docs/benchmarks.md): words are stemmed and stop words taken out before
training; the window is wide; vectors start from the words' latent semantics instead of noise, so that a few epochs are
enough, and keep something of that start; a word too rare to train gets the mean of the texts it stands in; words weigh
by their rarity (IDF, or SIF as Arora et al. 2017 have it); and the direction all texts share is taken out.
"""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Embedder, Report, Trainable
from vecna_notes.types import Progress, Rows

from . import bags
from .latent import Latent, latent
from .settings import choice, missing_modules, whole

NAME = "word2vec"
SUMMARY = "word vectors learned from your notes in under a minute"
SEED = 1
WORDS_TRAINED = 300_000
"""Words times epochs. From a latent start, more only costs time."""
ANCHOR = 0.5
"""How much of its start stays in a trained vector: it keeps apart what few texts could only blur (+.03 nDCG)."""
MOST_EPOCHS = 30
MANY_TEXTS = 20
"""From this many texts on, words said only once are placed by their company instead of trained."""
MOST_RARE_WORDS = 50_000
RATES = {"skip-gram": 0.025, "cbow": 0.005}
"""Learning rates; CBOW moves every word of a wide window at once, and from a good start needs small steps."""
SIF = 1e-3
_REPORT_EVERY = 200


@hookimpl
def vecna_embedders() -> list[Offer[Embedder | Trainable]]:
    needed = ("gensim", "sklearn", "snowballstemmer")
    return [Offer(NAME, SUMMARY, Word2Vec, missing=lambda: missing_modules(NAME, *needed))]


class Word2Vec:
    """Options: "algorithm", "weighting", "dim", "window"."""

    def __init__(self, options: Options) -> None:
        self._algorithm = choice(NAME, options, "algorithm", ("skip-gram", "cbow"))
        self._weighting = choice(NAME, options, "weighting", ("idf", "sif", "mean"))
        self._dim = whole(NAME, options, "dim", 200, least=2)
        self._window = whole(NAME, options, "window", 40, least=1)

    def train(self, corpus: Iterable[str], into: Path, report: Report) -> Embedder:
        texts = bags.corpus_words(corpus, NAME)
        trained = self._train_words(texts, report)
        table = _finished(trained, texts, self._weighting)
        settings = {"weighting": self._weighting, "window": self._window}
        bags.save(into, table, NAME, f"{self._algorithm}-{self._dim}", settings)
        return self.load(into)

    def load(self, folder: Path) -> Embedder:
        return bags.load(folder, NAME)

    def _train_words(self, texts: list[list[str]], report: Report) -> dict[str, Rows]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from gensim.models import Word2Vec as Gensim
        watch = _Watch(texts, _epochs(texts), report)
        model: Any = Gensim(
            vector_size=self._dim,
            window=self._window,
            sg=int(self._algorithm == "skip-gram"),
            min_count=2 if len(texts) >= MANY_TEXTS else 1,
            alpha=RATES[self._algorithm],
            negative=5,
            sample=1e-3,
            seed=SEED,
            workers=1,  # more would be faster, and never give the same vectors twice
        )
        model.build_vocab(texts)
        start = latent(texts, self._dim)
        _begin(model, start)
        model.train(watch, total_examples=len(texts), epochs=watch.epochs)
        watch.end()
        return _anchored(dict(zip(model.wv.index_to_key, model.wv.vectors, strict=True)), start)


def _epochs(texts: Sequence[Sequence[str]]) -> int:
    return max(1, min(MOST_EPOCHS, round(WORDS_TRAINED / sum(map(len, texts)))))


def _begin(model: Any, start: Latent) -> None:
    """Every word begins where latent semantics puts it, at length one; words it left out begin as gensim has them."""
    for word, place in zip(start.words, bags.unit(start.vectors), strict=True):
        if (id := model.wv.key_to_index.get(word)) is not None:
            model.wv.vectors[id] = _widened(place, model.vector_size)


def _anchored(trained: dict[str, Rows], start: Latent) -> dict[str, Rows]:
    """Trained vectors pulled towards where they began, both of mean length one."""
    length = _mean_length(np.stack(list(trained.values())))
    anchors = dict(zip(start.words, ANCHOR * start.vectors / _mean_length(start.vectors), strict=True))
    nowhere = np.zeros(start.vectors.shape[1], dtype=np.float32)
    return {
        word: vector / length + _widened(anchors.get(word, nowhere), len(vector)) for word, vector in trained.items()
    }


def _mean_length(rows: Rows) -> float:
    return float(np.linalg.norm(rows, axis=1).mean())


def _widened(row: Rows, dim: int) -> Rows:
    """A small vault has fewer latent dimensions than the model; the rest is zero."""
    return np.pad(row, (0, dim - len(row)))


@dataclass(slots=True)
class _Watch:
    """Hands the texts to gensim's threads and says how far they are.

    gensim never ends when its feeding thread raises; so what `report` raises to cancel waits for `end`, and until then
    there is simply no more text.
    """

    texts: Sequence[list[str]]
    epochs: int
    report: Report
    done: int = 0
    started: float = field(default_factory=time.monotonic)
    cancelled: Exception | None = None

    def __iter__(self) -> Iterator[list[str]]:
        for text in self.texts:
            if self.done % _REPORT_EVERY == 0:
                self._tell()
            if self.cancelled is not None:
                return
            self.done += 1
            yield text

    def end(self) -> None:
        if self.cancelled is not None:
            raise self.cancelled
        self._tell()

    def _tell(self) -> None:
        total = len(self.texts) * self.epochs
        try:
            self.report(Progress("train", self.done, total, NAME, time.monotonic() - self.started))
        except Exception as error:
            self.cancelled = error


def _finished(trained: dict[str, Rows], texts: Sequence[Sequence[str]], weighting: str) -> bags.WordTable:
    """The table of trained words and, unless the plain mean is asked for, of rare ones placed by their company."""
    table = _table(trained, texts, weighting)
    if weighting == "mean":
        return table
    common = _common(bags.rows_of(table, texts))
    company = _company(bags.rows_of(replace(table, common=common), texts), texts, set(trained))
    return replace(_table(trained | company, texts, weighting), common=common)


def _table(vectors: Mapping[str, Rows], texts: Sequence[Sequence[str]], weighting: str) -> bags.WordTable:
    rows = np.stack(list(vectors.values())).astype(np.float16)
    nothing = np.empty((0, rows.shape[1]), dtype=np.float32)
    return bags.WordTable(tuple(vectors), rows, _weights(tuple(vectors), texts, weighting), nothing, is_sublinear=False)


def _weights(known: Sequence[str], texts: Sequence[Sequence[str]], weighting: str) -> Rows:
    if weighting == "mean":
        return np.ones(len(known), dtype=np.float32)
    if weighting == "sif":
        times = Counter(word for text in texts for word in text)
        shares = np.array([times[word] for word in known]) / times.total()
        return np.asarray(SIF / (SIF + shares), dtype=np.float32)
    holders = Counter(word for text in texts for word in set(text))
    rarity = np.log((1 + len(texts)) / (1 + np.array([holders[word] for word in known]))) + 1
    return np.asarray(rarity, dtype=np.float32)


def _common(rows: Rows) -> Rows:
    """The first principal direction of the texts, uncentred, of shape (1, dim)."""
    _, directions = np.linalg.eigh(rows.T @ rows)
    return np.ascontiguousarray(directions[:, -1:].T, dtype=np.float32)


def _company(rows: Rows, texts: Sequence[Sequence[str]], known: Collection[str]) -> dict[str, Rows]:
    """The mean of the texts around each word that was too rare to train (in short what Khodak et al. 2018 induce)."""
    holders: dict[str, list[int]] = {}
    for i, text in enumerate(texts):
        for word in dict.fromkeys(text):
            if word not in known:
                holders.setdefault(word, []).append(i)
    often = sorted(holders, key=lambda word: (-len(holders[word]), word))[:MOST_RARE_WORDS]
    return {word: rows[holders[word]].mean(0) for word in often}
