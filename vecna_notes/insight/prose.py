"""A note's text as words among which a link may be put: nothing that is code, a heading, or a link already."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

from vecna_notes.markup import LINK, WIKI_LINK, hidden
from vecna_notes.text import STOP_WORDS, normalise
from vecna_notes.types import Span

Stem: TypeAlias = Callable[[str], str]
TAKEN = "\0"
"""Stands for each character where no link may be put."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_NOT_NEWLINE = re.compile(r"[^\n]")
_TAKEN = (
    re.compile(r"^[ \t>]*#{1,6}(?:[ \t][^\n]*)?$", re.MULTILINE),
    re.compile(r"^(?=[ \t]*\S)(?![ \t]*(?:[-*+>|]|\d+[.)])[ \t])[^\n]+\n[ \t]*(?:=+|-+)[ \t]*$", re.MULTILINE),
    re.compile(r"^ {0,3}\[[^\]\n]+\]:[^\n]*$", re.MULTILINE),
    re.compile(r"\$\$[^$]{1,5000}\$\$|(?<![\\$\w])\$(?=[^\s$])[^$\n]{1,500}(?<=[^\s\\])\$(?!\d)"),
    re.compile(r"\\\(.{1,500}?\\\)|\\\[.{1,2000}?\\\]", re.DOTALL),
    re.compile(r"<(?P<tag>a|pre|code|script|style|svg|math|button|h[1-6])\b[^<>]*>.{0,20000}?</(?P=tag)>", re.I | re.S),
    re.compile(r"</?[A-Za-z][^<>\n]*>|<[^<>\s]+[@:][^<>\s]+>"),
    LINK,
    WIKI_LINK,
    re.compile(r"!?\[[^\[\]\n]*\]"),
    re.compile(r"\b(?:[a-z][a-z0-9+.-]*:)?//[^\s<>]+|\bwww\.[^\s<>]+|\bmailto:\S+|\S+@\S+\.\w+", re.IGNORECASE),
    re.compile(r"(?<![\w&])[#@](?=[^\s#])[^\s,;:!?()\[\]]+"),
    re.compile(r"(?:^|[ \t])\^[A-Za-z0-9-]+[ \t]*$", re.MULTILINE),
    re.compile(r"\{\{.{0,500}?\}\}|\{%.{0,500}?%\}|<%.{0,500}?%>", re.DOTALL),
    re.compile(r"^[ \t]*(?:[-*+][ \t]+)?[\w-]+::", re.MULTILINE),
    re.compile(
        r"(?:[\w.~-]*/){2,}[\w.~-]+|[\w-]+(?:\.[\w-]+)*\.(?:md|py|js|ts|json|ya?ml|html?|css|sh|png|jpe?g|pdf)\b"
    ),
)
"""In the order in which they are taken."""
_INDENTED = re.compile(r"(?: {4}|\t)[ \t]*\S")
_POINT = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)")
_JOINT = re.compile(r"['’]?[ \t]{1,3}|[-‐‑–/.:&+'’]|[ \t]?[-–&/:][ \t]?|,[ \t]")
"""What may stand between two words of one name."""


@dataclass(frozen=True, slots=True)
class Word:
    start: int
    end: int
    text: str
    """Normalised."""
    stem: str

    @property
    def is_content(self) -> bool:
        return self.text not in STOP_WORDS and len(self.text) > 1


@dataclass(frozen=True)
class Prose:
    """Words with their places in the note's text."""

    text: str
    free: str
    """The text, TAKEN where no link may be put; character for character."""
    stem: Stem

    @cached_property
    def words(self) -> list[Word]:
        found = ((match.start(), match.end(), normalise(match.group())) for match in _WORD.finditer(self.free))
        return [Word(start, end, word, self.stem(word)) for start, end, word in found]

    @cached_property
    def runs(self) -> list[Span]:
        """Stretches of words in one line with nothing but joints between, as half-open ranges of `words`."""
        runs: list[Span] = []
        start = 0
        for i in range(1, len(self.words) + 1):
            if i == len(self.words) or not self._is_joint(self.words[i - 1].end, self.words[i].start):
                runs.append((start, i))
                start = i
        return runs

    @cached_property
    def places(self) -> dict[str, list[tuple[int, int]]]:
        """Stem of a content word → each (its place in `words`, the end of its run)."""
        places: dict[str, list[tuple[int, int]]] = {}
        for first, end in self.runs:
            for i in range(first, end):
                if self.words[i].is_content:
                    places.setdefault(self.words[i].stem, []).append((i, end))
        return places

    def _is_joint(self, end: int, start: int) -> bool:
        return _JOINT.fullmatch(self.free, end, start) is not None


def read(text: str, body_line: int, stem: Stem) -> Prose:
    return Prose(text, free(text, body_line), stem)


def free(text: str, body_line: int = 1) -> str:
    """The text with TAKEN wherever no link may be put; line ends stay."""
    body = start_of(text, body_line)
    left = _taken(text, [(0, body), *((span.start, span.end) for span in hidden(text) if span.end > body)])
    left = _taken(left, list(_indented(left)))
    for pattern in _TAKEN:
        left = pattern.sub(_blank, left)
    return left


def words_of(text: str) -> list[str]:
    """Normalised, in order."""
    return [normalise(match.group()) for match in _WORD.finditer(text)]


def start_of(text: str, line: int) -> int:
    """Where a line begins, 1-based; the end for one the text does not have."""
    place = 0
    for _ in range(line - 1):
        place = text.find("\n", place) + 1
        if place == 0:
            return len(text)
    return place


def _taken(text: str, spans: list[Span]) -> str:
    parts: list[str] = []
    place = 0
    for start, end in spans:
        start = max(start, place)
        if end > start:
            parts += (text[place:start], _NOT_NEWLINE.sub(TAKEN, text[start:end]))
            place = end
    return "".join(parts) + text[place:]


def _blank(match: re.Match[str]) -> str:
    return _NOT_NEWLINE.sub(TAKEN, match.group())


def _indented(text: str) -> Iterator[Span]:
    """Code as four columns of white space make it; inside a list these are its points' paragraphs."""
    place, in_list, is_open = 0, False, True
    for line in text.splitlines(keepends=True):
        bare = line.rstrip("\n")
        if _INDENTED.match(bare):
            if is_open and not in_list:
                yield place, place + len(bare)
        elif bare.strip():
            in_list = _POINT.match(bare) is not None or (in_list and bare[:1] in " \t")
            is_open = False
        else:
            is_open = True
        place += len(line)


# ── stems ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_LONGEST = 40
_IST = 9
"""From this length on "reductionist" goes with "reductionism", whose end the stemmer takes off."""
_SNOWBALL = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip


def stemmer(language: str) -> Stem:
    """Of a language by its code; English where there is none for it."""
    return _stemmer(_SNOWBALL.get(language, "english"))


@lru_cache(maxsize=4)
def _stemmer(name: str) -> Stem:
    import snowballstemmer

    snowball: Any = snowballstemmer.stemmer(name)

    @lru_cache(maxsize=200_000)
    def stem(word: str) -> str:
        if word in STOP_WORDS or len(word) > _LONGEST:
            return word
        stemmed = str(snowball.stemWord(word))
        return stemmed[:-3] if stemmed.endswith("ist") and len(stemmed) >= _IST else stemmed

    return stem
