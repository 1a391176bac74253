"""Texts inside texts: where a phrase is said, a text without it, and the sentence around a link. Pure functions.

A phrase is found whatever stands between its words, and whatever their case and accents: "Rye bread" is said by
"rye-bread", "[[Rye|bread]]" and "RYE\\nBREAD".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from urllib.parse import unquote

from vecna_notes.markup import LINK, WIKI_LINK, plain_line
from vecna_notes.text import STOP_WORDS, has_cjk, sentences, terms
from vecna_notes.types import Span, WrittenLink

_OPERATORS = re.compile(r"[\"“”„«»\[\](){}<>/\\|:]|(?<!\S)-+")
_COMMANDS = re.compile(r"\b(?:OR|AND|NOT)\b")
_OPENS = re.compile(r"[ \t]*(?:(?:[-*+]|\d{1,9}[.)]|#{1,6})[ \t]|[>|])")
_UNSAID = re.compile(r"\{\{|<%|\$\{")
"""What a template leaves to be filled in."""
_CALENDAR_WORDS = """
january february march april may june july august september october november december monday tuesday wednesday thursday
friday saturday sunday jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun day
week weekly daily monthly journal am pm st nd rd th
"""
_CALENDAR = frozenset(_CALENDAR_WORDS.split())


def asked(text: str) -> str:
    """A text as a query: its words in order, without what the query language would obey."""
    line = plain_line(text)
    if not any(character.isspace() for character in line):
        line = re.sub(r"[-_.]+", " ", line)
    return " ".join(_COMMANDS.sub(lambda match: match.group().lower(), _OPERATORS.sub(" ", line)).split())


def content(text: str) -> list[str]:
    """The words of a text that mean something: no function words, numbers or dates."""
    words = (match.group().lower() for match in terms(text))
    return [
        word
        for word in words
        if word not in STOP_WORDS
        and word not in _CALENDAR
        and (len(word) > 2 or has_cjk(word))
        and not word[0].isdigit()
    ]


def is_template(text: str) -> bool:
    return _UNSAID.search(text) is not None


def says(text: str, phrase: str) -> bool:
    """Whether a text says the phrase."""
    pattern = _pattern(phrase)
    return pattern is not None and pattern.search(_folded(text)) is not None


def without(text: str, phrases: Iterable[str]) -> str:
    """The text with a space wherever it said one of the phrases, until it says none."""
    for phrase in phrases:
        pattern = _pattern(phrase)
        while pattern is not None and (found := list(pattern.finditer(_folded(text)))):
            text = blanked(text, [match.span() for match in found])
    return text


def blanked(text: str, spans: Iterable[Span]) -> str:
    """The text with each of the spans made one space, its line ends kept so that line numbers stay."""
    parts: list[str] = []
    place = 0
    for start, end in sorted(spans):
        if start >= place:
            parts += (text[place:start], " ", "\n" * text.count("\n", start, end))
        place = max(place, end)
    return "".join(parts) + text[place:]


def find(text: str, links: Sequence[WrittenLink]) -> list[Span | None]:
    """Where each link of a note stands in its text; None for one that cannot be told."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    taken: set[Span] = set()
    spans: list[Span | None] = []
    for link in links:
        here = _on_line(text, starts, link.line) if link.line <= len(starts) else []
        span = next((span for span, target in here if target == link.target and span not in taken), None)
        if span is not None:
            taken.add(span)
        spans.append(span)
    return spans


def links_in(text: str) -> list[tuple[Span, str]]:
    """Every link that a text writes, with the target as written; those that lead out of the vault too."""
    found = [(match.span(), _target(match)) for pattern in (LINK, WIKI_LINK) for match in pattern.finditer(text)]
    return sorted(found)


def sentence(text: str, span: Span) -> Span:
    """The sentence around a span: never beyond its paragraph, list point or table row."""
    start, end = paragraph(text, span)
    for first, last in sentences(text[start:end]):
        if start + first <= span[0] and span[1] <= start + last:
            return start + first, start + last
    return start, end


def paragraph(text: str, span: Span) -> Span:
    """The paragraph, list point or table row around a span."""
    start = text.rfind("\n", 0, span[0]) + 1
    while start and not _OPENS.match(text, start):
        above = text.rfind("\n", 0, start - 1) + 1
        if not text[above:start].strip():
            break
        start = above
    end = _line_end(text, span[1])
    while end < len(text) and text[end + 1 : _line_end(text, end + 1)].strip() and not _OPENS.match(text, end + 1):
        end = _line_end(text, end + 1)
    return start, end


def _line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _on_line(text: str, starts: Sequence[int], line: int) -> Iterator[tuple[Span, str]]:
    start = starts[line - 1]
    for (first, last), target in links_in(text[start : _line_end(text, start)]):
        yield (start + first, start + last), target


def _target(match: re.Match[str]) -> str:
    if match.re is WIKI_LINK:
        target = match["target"].partition("#")[0].strip().removesuffix("\\")
        return target or " ".join((match["label"] or "").split())
    if page := WIKI_LINK.fullmatch(match["page"] or ""):
        return _target(page)
    written = (match["angled"] or match["bare"] or "").strip()
    return unquote(written.partition("#")[0].partition("?")[0]).strip()


@lru_cache(maxsize=1_000)
def _pattern(phrase: str) -> re.Pattern[str] | None:
    words = [match.group() for match in re.finditer(r"[^\W_]+", _folded(phrase))]
    return re.compile(r"(?<![^\W_])" + r"[\W_]+".join(map(re.escape, words)) + r"(?![^\W_])") if words else None


def _folded(text: str) -> str:
    """Lower case without accents, character for character."""
    return text.lower() if text.isascii() else "".join(map(_base, text))


@lru_cache(maxsize=4_000)
def _base(character: str) -> str:
    base = unicodedata.normalize("NFD", character)[0].lower()
    return base if len(base) == 1 else character
