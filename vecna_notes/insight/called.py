"""What notes are called: by their own names, and by the words that links to them stand on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal, TypeAlias

from vecna_notes.insight.linkstyle import said
from vecna_notes.insight.prose import Prose, Stem, words_of
from vecna_notes.markup import plain_line
from vecna_notes.text import STOP_WORDS, has_cjk, normalise
from vecna_notes.types import Link, NoteId

Kind: TypeAlias = Literal["title", "alias", "label"]
Key: TypeAlias = tuple[str, ...]
"""Stems of a name's words, in order."""

LONGEST = 8
"""Words of a name; longer ones are sentences that nobody repeats."""
FEWEST_LETTERS = 2
_ABBREVIATION = 5
FEW = 3
"""Notes that share a word of their titles."""
_GENERIC_WORDS = """
here there this that link links page pages post posts blog article articles docs doc documentation note notes more read
see source website site video paper book file files section chapter example part list index readme home untitled todo
misc draft inbox log about overview introduction summary references resources general other new name names default root
archive template today yesterday tomorrow
"""
GENERIC = frozenset(_GENERIC_WORDS.split())
"""Words that point to anything."""
_BRACKETED = re.compile(r"\s*\((?P<inner>[^()]+)\)\s*$")
_ARTICLE = re.compile(r"\A(?:the|an?|on)\s+", re.IGNORECASE)
_DATED = re.compile(r"[\d\W_]+$")


@dataclass(frozen=True, slots=True)
class Name:
    """A way to call a note."""

    note: NoteId
    words: str
    """As written."""
    kind: Kind
    links: int = 0
    """Links to the note that stand on these words, whatever their inflection."""


@dataclass(frozen=True, slots=True)
class Called:
    """Every name of every note, by its stems."""

    names: Mapping[Key, tuple[Name, ...]]
    unspaced: tuple[tuple[str, Name], ...]
    """Names in scripts without spaces, normalised: these are looked for as they stand."""
    longest: Mapping[str, int]
    """First stem → words of the longest name that begins with it."""
    of: Mapping[NoteId, tuple[Name, ...]]
    saying: Mapping[str, frozenset[NoteId]]
    """Stem → notes that have it in a title or alias, for stems that few have."""
    stem: Stem

    def share(self, name: Name) -> float:
        """How surely the words mean this note: its part of all notes they may mean."""
        rivals = self.names.get(self.key(name.words), (name,))
        whole = sum(_weight(rival) for rival in rivals)
        return _weight(name) / whole if whole else 1.0

    def key(self, words: str) -> Key:
        return key(words, self.stem)

    def mentions(self, prose: Prose) -> Iterator[tuple[int, int, Name]]:
        """(first word, word after the last, name) wherever a name stands; longer ones first where several begin."""
        for first, end in prose.runs:
            for i in range(first, end):
                most = min(self.longest.get(prose.words[i].stem, 0), end - i)
                for count in range(most, 0, -1):
                    stems = tuple(word.stem for word in prose.words[i : i + count])
                    for name in self.names.get(stems, ()):
                        yield i, i + count, name


def key(words: str, stem: Stem) -> Key:
    return tuple(map(stem, words_of(words)))


def called(notes: Iterable[tuple[NoteId, str, str, Sequence[str]]], links: Iterable[Link], stem: Stem) -> Called:
    """`notes` are id, path, title and aliases of each."""
    gathered = _Gathered(stem)
    for id, path, title, aliases in notes:
        for words in _variants(title):
            gathered.add(id, words, "title")
        for words in (*_variants(_stem_of(path)), _whole_stem(path)):
            gathered.add(id, words, "title")
        for alias in aliases:
            for words in _variants(alias):
                gathered.add(id, words, "alias")
    for link in links:
        if link.target is not None and link.target != link.source and not link.written.is_embed:
            gathered.count(link.target, said(link) or _stem_of(link.written.target))
    return gathered.called()


@dataclass(slots=True)
class _Gathered:
    stem: Stem
    found: dict[Key, dict[NoteId, Name]] = field(default_factory=dict)
    unspaced: list[tuple[str, Name]] = field(default_factory=list)
    labels: dict[Key, Counter[NoteId]] = field(default_factory=dict)
    written: dict[Key, str] = field(default_factory=dict)

    def add(self, note: NoteId, words: str, kind: Kind) -> None:
        if has_cjk(words):
            self.unspaced.append((normalise(words), Name(note, words, kind)))
            return
        stems = key(words, self.stem)
        if is_telling(words) and 0 < len(stems) <= LONGEST:
            name = Name(note, words, kind)
            self.found.setdefault(stems, {}).setdefault(note, name)
            if is_capitals(words):  # whose plural no stemmer knows
                self.found.setdefault(key(f"{words}s", self.stem), {}).setdefault(note, name)

    def count(self, note: NoteId, label: str) -> None:
        label = _ARTICLE.sub("", plain_line(label), count=1)
        stems = key(label, self.stem)
        if 0 < len(stems) <= LONGEST and is_telling(label):
            self.labels.setdefault(stems, Counter())[note] += 1
            self.written.setdefault(stems, label)

    def called(self) -> Called:
        for stems, notes in self.labels.items():
            own = self.found.setdefault(stems, {})
            for note, links in notes.items():
                name = own.get(note, Name(note, self.written[stems], "label"))
                own[note] = Name(note, name.words, name.kind, links)
        longest: dict[str, int] = {}
        of: dict[NoteId, list[Name]] = {}
        saying: dict[str, set[NoteId]] = {}
        for stems, own in self.found.items():
            longest[stems[0]] = max(longest.get(stems[0], 0), len(stems))
            for name in own.values():
                of.setdefault(name.note, []).append(name)
                for stem in stems if name.kind != "label" else ():
                    saying.setdefault(stem, set()).add(name.note)
        names = {stems: tuple(own.values()) for stems, own in self.found.items()}
        return Called(
            names=names,
            unspaced=tuple(self.unspaced),
            longest=longest,
            of={note: tuple(own) for note, own in of.items()},
            saying={stem: frozenset(notes) for stem, notes in saying.items() if len(notes) <= FEW},
            stem=self.stem,
        )


def is_telling(words: str) -> bool:
    """Whether words can point to one note: not a stop word, a number, a date or a word for anything."""
    content = [word for word in words_of(words) if word not in STOP_WORDS and word not in GENERIC]
    return any(len(word) >= FEWEST_LETTERS and not _DATED.fullmatch(word) for word in content)


def is_capitals(words: str) -> bool:
    """Whether a name is an abbreviation, which is not the same in small letters."""
    return words.isupper() and len(words) <= _ABBREVIATION


def _variants(name: str) -> Iterator[str]:
    """A name, without what stands in brackets after it, what stands there, and without its article."""
    yield name
    bare = name
    if bracketed := _BRACKETED.search(name):
        bare = name[: bracketed.start()]
        yield bare
        yield bracketed["inner"]
    if article := _ARTICLE.match(bare):
        yield bare[article.end() :]
    if ": " in bare:
        yield bare.partition(": ")[0]


def _stem_of(path: str) -> str:
    """The last part of a file's name, as words; of Dendron's a.b.c the last."""
    stem = PurePosixPath(path).name.removesuffix(".md").removesuffix(".markdown").partition("#")[0]
    if "." in stem and " " not in stem:
        stem = stem.rpartition(".")[2]
    return stem if " " in stem else re.sub(r"[-_]+", " ", stem)


def _whole_stem(path: str) -> str:
    """Dendron's a.b.c as it stands."""
    return path.rpartition("/")[2].rpartition(".")[0]


def _weight(name: Name) -> float:
    return name.links + (1.0 if name.kind != "label" else 0.0)
