"""The words of every note, weighed by how rare they are: what a vault's own vocabulary says of likeness (TF-IDF, after
Salton and Buckley 1988), for names and terms that no embedder knows."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath
from zlib import crc32

import numpy as np
import numpy.typing as npt

from vecna_notes.config import open_private
from vecna_notes.store import Store
from vecna_notes.text import STOP_WORDS, digest, terms
from vecna_notes.types import NoteId, Rows

Ints = npt.NDArray[np.int64]
CACHE = "lexicon.npz"
TITLE_TIMES = 3
"""How often a note says its title, besides its text."""
OLD = 0.02
"""Share of notes that may be other than in the cache: they are counted by whoever asks."""
MOST_TERMS = 1_000
"""Of one note, those it says most often."""
_ENDINGS = ("ing", "ed", "es", "s", "ly")
_SEPARATORS = re.compile(r"[._\-/]+")


@dataclass(frozen=True, slots=True)
class Counted:
    """How often a note says each term."""

    version: str
    terms: Ints
    """Ascending."""
    times: Rows


@dataclass(frozen=True, slots=True)
class Weighed:
    """A text as a unit vector over the lexicon's terms."""

    terms: Ints
    """Places among the lexicon's terms, ascending."""
    weights: Rows


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Every note as a unit vector of TF-IDF weights, by note and by term."""

    notes: tuple[NoteId, ...]
    terms: Ints
    """Hashes, ascending."""
    idf: Rows
    starts: Ints
    """Of each note's part of `places` and `weights`."""
    places: Ints
    weights: Rows

    @cached_property
    def row_of(self) -> dict[NoteId, int]:
        return {note: row for row, note in enumerate(self.notes)}

    @cached_property
    def _by_term(self) -> tuple[Ints, Ints, Rows]:
        """Start of each term's part, and the rows and weights of the notes that hold it."""
        order = np.argsort(self.places, kind="stable")
        rows = np.repeat(np.arange(len(self.notes)), np.diff(self.starts))
        starts = np.searchsorted(self.places[order], np.arange(len(self.terms) + 1))
        return starts, rows[order], self.weights[order]

    def of(self, row: int) -> Weighed:
        part = slice(self.starts[row], self.starts[row + 1])
        return Weighed(self.places[part], self.weights[part])

    def weigh(self, text: str, title: str = "") -> Weighed:
        """Any text; words that no note holds are left out."""
        counted = count(text, title)
        found = np.searchsorted(self.terms, counted.terms)
        found[found == len(self.terms)] = 0
        known = self.terms[found] == counted.terms if len(self.terms) else np.zeros(0, dtype=np.bool_)
        places = found[known]
        return Weighed(places, _unit((1 + np.log(counted.times[known])) * self.idf[places]))

    def alike(self, asked: Weighed) -> Rows:
        """Cosine of a text with every note, in the order of `notes`."""
        starts, rows, weights = self._by_term
        spans = [(starts[place], starts[place + 1]) for place in asked.terms]
        if not spans:
            return np.zeros(len(self.notes), dtype=np.float32)
        held = np.concatenate([rows[a:b] for a, b in spans])
        times = np.repeat(asked.weights, [b - a for a, b in spans])
        gained = np.concatenate([weights[a:b] for a, b in spans]) * times
        return np.bincount(held, gained, minlength=len(self.notes)).astype(np.float32)

    def rarities(self, hashes: Ints) -> Rows:
        """Idf of terms by their hashes; words that no note holds are the rarest."""
        if not len(self.terms):
            return np.ones(len(hashes), dtype=np.float32)
        places = np.minimum(np.searchsorted(self.terms, hashes), len(self.terms) - 1)
        rarest = np.float32(np.log(1 + len(self.notes)) + 1)
        return np.where(self.terms[places] == hashes, self.idf[places], rarest).astype(np.float32)

    def holders(self, term: int) -> int:
        """Notes that hold a term."""
        starts, _, _ = self._by_term
        place = int(np.searchsorted(self.terms, term))
        is_known = place < len(self.terms) and self.terms[place] == term
        return int(starts[place + 1] - starts[place]) if is_known else 0


def lexicon(store: Store, known: Mapping[NoteId, Counted]) -> Lexicon:
    """From what `counted` gives, and the notes' titles."""
    titles = {id: f"{title} {spoken_path(path)}" for id, path, title, _ in store.notes.names()}
    notes = tuple(sorted(note for note in known if note in titles))
    rows = [_with_title(known[note], titles[note]) for note in notes]
    if not rows:
        return Lexicon((), *_NOTHING)
    starts = np.cumsum([0, *(len(row[0]) for row in rows)])
    held = np.concatenate([row[0] for row in rows])
    unique, places, holders = np.unique(held, return_inverse=True, return_counts=True)
    idf = (np.log((1 + len(notes)) / (1 + holders)) + 1).astype(np.float32)
    weights = ((1 + np.log(np.concatenate([row[1] for row in rows]))) * idf[places]).astype(np.float32)
    owner = np.repeat(np.arange(len(notes)), np.diff(starts))
    lengths = np.sqrt(np.bincount(owner, weights**2, minlength=len(notes)))
    weights /= np.maximum(lengths, 1e-9)[owner]
    return Lexicon(notes, unique, idf, starts, places, weights.astype(np.float32))


_NOTHING = (
    np.zeros(0, dtype=np.int64),
    np.zeros(0, dtype=np.float32),
    np.zeros(1, dtype=np.int64),
    np.zeros(0, dtype=np.int64),
    np.zeros(0, dtype=np.float32),
)


def counted(store: Store, before: Mapping[NoteId, Counted] | None = None) -> dict[NoteId, Counted]:
    """What every note says, counted; those that have not changed are taken from `before`, else from the cache."""
    kept = dict(before) if before is not None else _load(store.folder / CACHE)
    versions = _versions(store)
    fresh = [note for note, version in versions.items() if note not in kept or kept[note].version != version]
    for note, text in store.passages.said_by(fresh):
        kept[note] = count(text, version=versions[note])
    return {note: kept[note] for note in versions if note in kept}


def keep(store: Store) -> None:
    """Write the cache if it has grown old. Whoever finds none counts anew."""
    before, versions = _load(store.folder / CACHE), _versions(store)
    changed = sum(note not in before or before[note].version != version for note, version in versions.items())
    if changed > OLD * len(versions) or not before:
        _write(store.folder / CACHE, counted(store, before))


def _write(file: Path, known: Mapping[NoteId, Counted]) -> None:
    fresh = file.with_name(f".{file.name}")
    rows = list(known.values())
    with open_private(fresh) as stream:
        np.savez(
            stream,
            notes=np.array(list(known), dtype=np.int64),
            versions=np.array([row.version for row in rows], dtype=np.str_),
            ends=np.cumsum([len(row.terms) for row in rows], dtype=np.int64),
            terms=np.concatenate([row.terms for row in rows] or [_NOTHING[0]]),
            times=np.concatenate([row.times for row in rows] or [_NOTHING[1]]),
        )
    fresh.replace(file)


def _load(file: Path) -> dict[NoteId, Counted]:
    try:
        with np.load(file, allow_pickle=False) as kept:
            notes, versions, ends = kept["notes"].tolist(), kept["versions"].tolist(), kept["ends"][:-1]
            rows = zip(versions, np.split(kept["terms"], ends), np.split(kept["times"], ends), strict=True)
            return {NoteId(note): Counted(*row) for note, row in zip(notes, rows, strict=True)}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return {}


def _versions(store: Store) -> dict[NoteId, str]:
    """A name for what each note says."""
    parts: dict[NoteId, list[str]] = {}
    for note, said in store.passages.digests():
        parts.setdefault(note, []).append(said)
    return {note: digest("".join(said)) for note, said in parts.items()}


# ── words ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def count(text: str, title: str = "", version: str = "") -> Counted:
    found = Counter(content(text))
    for word in content(title):
        found[word] += TITLE_TIMES
    most = found.most_common(MOST_TERMS)
    hashes = np.fromiter((hashed(word) for word, _ in most), dtype=np.int64, count=len(most))
    times = np.fromiter((times for _, times in most), dtype=np.float32, count=len(most))
    hashes, first = np.unique(hashes, return_index=True)
    return Counted(version, hashes, times[first])


def content(text: str) -> Iterator[str]:
    """The words that mean something, without their endings, in order."""
    for match in terms(text.lower()):
        word = match.group()
        if len(word) > 1 and word not in STOP_WORDS:
            yield stem(word)


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """A word without its ending, roughly: as good here as a full stemmer, and 20 times as fast."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4 and not word.endswith("ss"):
            return word[: -len(ending)]
    return word


@lru_cache(maxsize=200_000)
def hashed(word: str) -> int:
    return crc32(word.encode("utf-8", "surrogatepass"))


def spoken_path(path: str) -> str:
    """A file's name as words."""
    return _SEPARATORS.sub(" ", PurePosixPath(path).stem)


def _with_title(counted: Counted, title: str) -> tuple[Ints, Rows]:
    words = sorted({hashed(word) for word in content(title)})
    if not words:
        return counted.terms, counted.times
    added = np.array(words, dtype=np.int64)
    hashes = np.concatenate([counted.terms, added])
    times = np.concatenate([counted.times, np.full(len(added), TITLE_TIMES, dtype=np.float32)])
    unique, places = np.unique(hashes, return_inverse=True)
    return unique, np.bincount(places, times).astype(np.float32)


def _unit(weights: npt.NDArray[np.floating]) -> Rows:
    length = float(np.sqrt((weights**2).sum()))
    return np.asarray(weights / length if length > 0 else weights, dtype=np.float32)
