"""Markdown as people write it, read tolerantly and in linear time: what is code, what is a comment, and what a line
says without its marks. For readers and for the splitter, so that both see the same code."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import Literal

from vecna_notes.text import sentences

Kind = Literal["fence", "code", "comment"]

WIKI_LINK = re.compile(r"(?P<embed>!?)\[\[(?P<target>[^\[\]\n|]{0,500}?)(?:\\?\|(?P<label>[^\[\]\n]{0,500}))?\]\]")
"""[[target|label]] with all its dialects; "\\|" is how "|" is written in a table."""
LINK = re.compile(
    r"(?P<embed>!?)\[(?P<label>(?:[^\[\]\n]++|!?\[[^\[\]\n]*+\](?:\([^()\n]*+\))?)*+)\]"
    r"\([ \t]*+(?:<(?P<angled>[^<>\n]*+)>|(?P<page>\[\[[^\[\]\n]*+\]\])|(?P<bare>(?:[^()\s<>]++|\([^()\s]*+\))*+))"
    r"(?:[ \t]++(?:\"[^\"\n]*+\"|'[^'\n]*+'))?[ \t]*+\)"
)
"""[label](target "title"); one level of brackets in the label, one of parentheses in the target; or Logseq's
[label]([[page]])."""

NOTE_FILE = re.compile(r"\.(?:pdf|epub|docx|x?html?|ipynb|canvas)\Z", re.IGNORECASE)
"""A link's target that is a note where such files are read, and else an attachment."""

_HIDING = re.compile(
    r"^(?P<lead>[ \t>]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)*+)(?P<fence>`{3,}+(?=[^`\n]*+$)|~{3,}+)(?P<info>[^\n]*+)"
    r"|(?P<ticks>`++)|%%|<!--",
    re.MULTILINE,
)
_NOT_QUOTED = re.compile(r"^(?![ \t]*+>)", re.MULTILINE)
_TICKS = re.compile("`+")
_NOT_NEWLINE = re.compile(r"[^\n]+")

_MARKS = re.compile(
    r"^(?:[ \t]*+(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t])|\#{1,6}(?=[ \t])))*+[ \t]*+"
    r"(?:\[[ xX/>-]\](?=[ \t]))?(?:\[![\w-]++\][+-]?)?[ \t]*+",
    re.MULTILINE,
)
_RULED = re.compile(r"^[|:\-+=*_ \t>]++$", re.MULTILINE)
_FOOTNOTE = re.compile(r"\[\^[^\]\[\s]++\]:?")
_TAGGED = re.compile(r"</?[A-Za-z][^<>\n]*+>")
_URL = re.compile(r"\b(?:https?|ftp)://(?:www\.)?([^\s<>()\[\]?#\"'`]{0,80})[^\s<>()\[\]\"'`]*+")
_BLOCK_ID = re.compile(r"(?:^|[ \t])\^[A-Za-z0-9-]++[ \t]*+$", re.MULTILINE)
_EMPHASIS = re.compile(r"\*++|_++")
_MARKED = re.compile(r"==(?:(?=\S)|(?<=\S==))")
_STRUCK = re.compile(r"~~")
_HASH = re.compile(r"#(?<![\w&/#]#)(?=[^\W\d]|\[\[)")
BLOCK_REFERENCE = re.compile(r"\(\((?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\)\)")
"""Logseq's ((id)) of a block."""
_CURLY = re.compile(r"\{\{[^{}\n]*+\}\}|\{%[^{}%\n]*+%\}")
_NOISE = re.compile(r"^(?:id|collapsed|background-color|logseq\.[\w.-]++):: [^\n]*+$", re.MULTILINE)
_FIELD = re.compile(r"(?<=\w)::(?=[ \t])")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,31});")
_MINIFIED = re.compile(r"[!-~]{200,}+")
_SPACES = re.compile(r"[ \t]{2,}+")
_OPENS = re.compile(r"[ \t>]*+(?:(?:[-*+]|\d{1,9}[.)]|\#{1,6})[ \t]|\|)|[ \t]*+$")
_HEADING = re.compile(r"[ \t>]*+\#{1,6}[ \t]")
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|bmp|avif|mp[34]|webm|mov|wav|ogg|m4a|pdf)(?:$|#)", re.IGNORECASE)
_FILE_NAME = re.compile(r"(?:dendron://)?[\w-]+(?:[./][\w-]+)+(?:#[^\s]*)?\Z")


@dataclass(frozen=True, slots=True)
class Hidden:
    """A half-open range of characters that is no prose."""

    start: int
    end: int
    kind: Kind
    info: str = ""
    """The word after the opening of a fence, "python", lower case."""


def hidden(text: str) -> list[Hidden]:
    """Fences, inline code and comments of a text, in order and without overlap; a fence never closed runs to the end.

    A fence spans whole lines, from its opening line to its closing one, both included.
    """
    if "`" not in text and "~~~" not in text and "%%" not in text and "<!--" not in text:
        return []
    return list(_Scanner(text))


class _Scanner:
    """Walks once over a text; each way to look ahead is made so that no character is looked at again and again."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._twins: dict[int, int] | None = None
        self._hopeless: set[str] = set()

    def __iter__(self) -> Iterator[Hidden]:
        place = 0
        while match := _HIDING.search(self._text, place):
            found = self._found(match)
            if found is not None:
                yield found
            place = found.end if found is not None else match.end()

    def _found(self, match: re.Match[str]) -> Hidden | None:
        if match["fence"]:
            return self._fence(match)
        if match["ticks"]:
            return self._code(match)
        return self._comment(match.start(), "-->" if match.group() == "<!--" else "%%", match.end())

    def _fence(self, match: re.Match[str]) -> Hidden:
        mark = match["fence"]
        closing = _closing(mark[0], len(mark)).search(self._text, match.end())
        end = closing.end() if closing else len(self._text)
        if ">" in match["lead"] and (unquoted := _NOT_QUOTED.search(self._text, match.end(), end)):
            end = unquoted.start() - 1
        words = match["info"].strip(" \t{}.").split()
        return Hidden(match.start(), max(end, match.end()), "fence", words[0].lower() if words else "")

    def _code(self, match: re.Match[str]) -> Hidden | None:
        if self._twins is None:
            self._twins = _twins(self._text)
        twin = self._twins.get(match.start())
        if twin is None or self._text.find("\n\n", match.end(), twin) >= 0:
            return None
        return Hidden(match.start(), twin + len(match["ticks"]), "code")

    def _comment(self, start: int, closing: str, after: int) -> Hidden | None:
        end = -1 if closing in self._hopeless else self._text.find(closing, after)
        if end < 0:
            self._hopeless.add(closing)
            return None
        return Hidden(start, end + len(closing), "comment")


@lru_cache(maxsize=32)
def _closing(character: str, count: int) -> re.Pattern[str]:
    return re.compile(rf"^[ \t>]*+{re.escape(character)}{{{count},}}+[ \t]*+$", re.MULTILINE)


def _twins(text: str) -> dict[int, int]:
    """For each run of backticks the start of the next run of the same length."""
    twins: dict[int, int] = {}
    latest: dict[int, int] = {}
    for run in _TICKS.finditer(text):
        length = run.end() - run.start()
        if length in latest:
            twins[latest[length]] = run.start()
        latest[length] = run.start()
    return twins


def blank(text: str, spans: Collection[Hidden], *kinds: Kind) -> str:
    """The text with the spans of these kinds turned to spaces; length and lines stay."""
    parts: list[str] = []
    place = 0
    for span in spans:
        if span.kind in kinds:
            parts += (text[place : span.start], spaces(text[span.start : span.end]))
            place = span.end
    return "".join(parts) + text[place:] if parts else text


def spaces(text: str) -> str:
    """As many spaces as the text has characters, on as many lines."""
    return _NOT_NEWLINE.sub(lambda match: " " * len(match.group()), text)


def plain(text: str) -> str:
    """What each line says without its marks: links become labels, headings, lists, tables, tags and emphasis lose
    theirs, addresses lose their queries. Comments must be blank already. The lines stay the same in number."""
    text = _without_links(text)
    text = _MARKS.sub("", text)
    text = _RULED.sub("", text)
    for sign, pattern, replacement in _CLEANING:
        if sign in text:
            text = pattern.sub(replacement, text)
    if "*" in text or "_" in text:
        text = _EMPHASIS.sub(_emphasis, text)
    text = _ESCAPED.sub(r"\1", text) if "\\" in text else text
    if "&" in text:
        text = _ENTITY.sub(_entity, text)
    return _SPACES.sub(" ", _MINIFIED.sub(" ", text).replace("`", "").replace("|", " "))


_CLEANING = (
    ("](", re.compile(r"!?\[([^\[\]\n]*)\]\([^()\n]*\)"), r"\1"),
    ("[^", _FOOTNOTE, ""),
    ("<", re.compile(r"<((?:https?|ftp|mailto):[^<>\s]*+)>"), r" \1 "),
    ("<", _TAGGED, " "),
    ("://", _URL, r"\1"),
    (" ^", _BLOCK_ID, ""),
    ("^", _BLOCK_ID, ""),
    ("{", _CURLY, ""),
    ("((", BLOCK_REFERENCE, ""),
    ("::", _NOISE, ""),
    ("::", _FIELD, ":"),
    ("=", _MARKED, ""),
    ("~~", _STRUCK, ""),
    ("#", _HASH, ""),
)


def statements(text: str) -> list[tuple[int, int]]:
    """Half-open ranges of what a text says, sentence by sentence, marks at a line's start left out.

    A point of a list and a row of a table stand for themselves; headings, code and comments say nothing.
    """
    seen = blank(text, hidden(text), "fence", "comment")
    spans: list[tuple[int, int]] = []
    for start, end in _blocks(seen):
        marks = _MARKS.match(seen, start, end)
        start = marks.end() if marks else start
        spans += [(start + a, start + b) for a, b in sentences(seen[start:end])]
    return [(a, b) for a, b in spans if any(map(str.isalnum, seen[a:b]))]


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Paragraphs, points of lists and rows of tables; headings are left out."""
    start = place = 0
    for line in [*text.splitlines(keepends=True), ""]:
        is_heading = _HEADING.match(text, start) is not None
        if is_heading or _OPENS.match(line):
            if not is_heading and place > start:
                yield start, place
            start = place if line.strip() else place + len(line)
        place += len(line)


def plain_line(text: str) -> str:
    """One short text, a heading or a label, without its marks."""
    return " ".join(plain(text).split())


def heading_text(written: str) -> str:
    """The words of a heading's line, without its marks, closing hashes and block id."""
    bare = written.strip().lstrip("#")
    closed = bare.rstrip("#")
    return plain_line(closed if closed != bare and closed[-1:] in (" ", "\t", "") else bare)


def _without_links(text: str) -> str:
    if "](" in text:
        text = LINK.sub(_label, text)
    if "[[" in text:
        text = WIKI_LINK.sub(_wiki_label, text)
    return text


def _label(match: re.Match[str]) -> str:
    label = match["label"]
    if match["embed"]:
        return label.split("|")[0]
    return LINK.sub(_label, label) if "](" in label else label


def _wiki_label(match: re.Match[str]) -> str:
    target, label = match["target"], match["label"]
    if match["embed"] and _PICTURE.search(target):
        return ""
    if label and not match["embed"] and not (_FILE_NAME.match(label) and not _FILE_NAME.match(target)):
        return label
    name, _, heading = target.partition("#")
    return name.rpartition("/")[2].removesuffix(".md") or heading.lstrip("^")


def _emphasis(match: re.Match[str]) -> str:
    """Stars and underscores go where they touch a word from outside; 2 * 3, snake_case and \\* stay."""
    run, text = match.group(), match.string
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    is_inside = run[0] == "_" and (before + after).isalnum() and bool(before and after)
    is_alone = (not before or before.isspace()) and (not after or after.isspace())
    return run if is_inside or is_alone or before == "\\" else ""


def _entity(match: re.Match[str]) -> str:
    character = unescape(match.group())
    return character if character.isprintable() else " "
