"""A query cut into tokens: words, phrases, operators with their values, parentheses. Any text can be cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from vecna_notes.search.dates import read_date

TokenKind: TypeAlias = Literal["word", "phrase", "operator", "open", "close", "or"]
Operator: TypeAlias = Literal["tag", "path", "file", "before", "after", "like", "unlike", "lang", "property", "regex"]
NAMES: tuple[Operator, ...] = ("tag", "path", "file", "before", "after", "like", "unlike", "lang")
"""Operators that are written with a colon."""

QUOTES = '"“”„«»'
_NAME = re.compile(r"([A-Za-z]+):")
_PROPERTY = re.compile(
    r"\[(?P<key>\"[^\"\[\]\n]+\"|[^\"\[\]\n:]+)(?::(?P<value>(?:\[\[[^\[\]\n]*\]\]|\"[^\"\n]*\"|[^\[\]\n\"])*))?\]"
)
_NO_PROPERTY = re.compile(r"\s*(?:[xX-]|\d+|\W*)\s*")  # [x] is a task, [1] a footnote
_DATE_WORDS = 4
_SOME_DAY = date(2024, 5, 15)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the query as typed, from `start` to `end`."""

    kind: TokenKind
    start: int
    end: int
    is_negated: bool = False
    operator: Operator | None = None
    value: str = ""
    """The word, what stands between quotation marks, or the operator's value."""
    key: str = ""
    """Name of a property."""
    is_quoted: bool = False
    is_open: bool = False
    """Whether its end is missing: a quotation mark, a bracket, a slash."""


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text in order. What lies between them is white space."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        token = _Cutter(text, at).token()
        yield token
        at = token.end


@dataclass(frozen=True, slots=True)
class _Cutter:
    """Cuts the token that begins at `start`."""

    text: str
    start: int

    def token(self) -> Token:
        text, at = self.text, self.start
        if text[at] == ")":
            return Token("close", at, at + 1)
        if not self._begins_word():
            return self._phrase(at) or self._word(at)
        is_negated = text[at] == "-" and at + 1 < len(text) and text[at + 1] not in "- \t\n\r"
        body = at + is_negated
        if text[body] == "(":
            return Token("open", at, body + 1, is_negated)
        return self._phrase(body) or self._regex(body) or self._property(body) or self._named(body) or self._word(body)

    def _begins_word(self) -> bool:
        return self.start == 0 or self.text[self.start - 1].isspace() or self.text[self.start - 1] == "("

    def _phrase(self, at: int) -> Token | None:
        end = self._quote_end(at)
        if end is None or not self.text[at + 1 : end - 1].strip():
            return None
        return self._made("phrase", end, at, value=self.text[at + 1 : end - 1])

    def _quote_end(self, at: int) -> int | None:
        """Behind the closing mark of what `at` opens; any kind of mark closes any."""
        if at >= len(self.text) or self.text[at] not in QUOTES:
            return None
        closing = next((i for i in range(at + 1, len(self.text)) if self.text[i] in QUOTES), None)
        return None if closing is None or closing == at + 1 else closing + 1

    def _regex(self, at: int) -> Token | None:
        text = self.text
        if text[at] != "/" or at + 1 >= len(text) or text[at + 1].isspace() or text[at + 1] == "/":
            return None
        match = re.compile(r"(?:[^/\\]|\\.)*", re.DOTALL).match(text, at + 1)
        closing = match.end() if match else at + 1
        if closing >= len(text) or text[closing] != "/":
            return self._made("operator", self._word_end(at), at, "regex", is_open=True)
        if not self._ends_word(closing + 1):
            return None
        return self._made("operator", closing + 1, at, "regex", value=text[at + 1 : closing])

    def _property(self, at: int) -> Token | None:
        text = self.text
        if text[at] != "[" or text.startswith("[[", at):
            return None
        match = _PROPERTY.match(text, at)
        if match is None:
            is_begun = text.find("]", at) < 0 and text[at + 1 : at + 2].isalpha()
            return self._made("operator", self._word_end(at), at, "property", is_open=True) if is_begun else None
        key = match["key"].strip().strip('"').strip()
        if not self._ends_word(match.end()) or _NO_PROPERTY.fullmatch(key):
            return None
        has_value = match["value"] is not None
        return self._made("operator", match.end(), at, "property", match["value"] or "", key, is_quoted=has_value)

    def _named(self, at: int) -> Token | None:
        match = _NAME.match(self.text, at)
        if match is None:
            return None
        name = next((name for name in NAMES if name == match[1].lower()), None)
        return None if name is None else self._valued(at, match.end(), name)

    def _valued(self, at: int, value: int, name: Operator) -> Token:
        text = self.text
        if name in ("like", "unlike") and text.startswith("[[", value):
            end = text.find("]]", value)
            if end > 0 and "\n" not in text[value:end]:
                return self._made("operator", end + 2, at, name, text[value + 2 : end], is_quoted=True)
            return self._made("operator", self._word_end(at), at, name, is_open=True)
        if value < len(text) and text[value] in QUOTES:
            if (end_or_none := self._quote_end(value)) is not None:
                inner = text[value + 1 : end_or_none - 1]
                return self._made("operator", end_or_none, at, name, inner, is_quoted=True)
            return self._made("operator", value + 1, at, name, is_open=True)
        end = self._date_end(value) if name in ("before", "after") else self._word_end(value)
        return self._made("operator", end, at, name, text[value:end])

    def _date_end(self, at: int) -> int:
        """As many words as make a date, or else one."""
        ends: list[int] = []
        begin = at
        while len(ends) < _DATE_WORDS and (end := self._word_end(begin)) > begin:
            ends.append(end)
            begin = end + 1 if self.text[end : end + 1] == " " else end
            if begin == end:
                break
        dates = [end for end in ends if read_date(self.text[at:end], _SOME_DAY)]
        return dates[-1] if dates else ends[0] if ends else at

    def _word(self, at: int) -> Token:
        """To the next white space, quotation mark, or parenthesis that something before the word opened."""
        end = max(self._word_end(at), at + 1)
        value = self.text[at:end]
        if not any(character.isalnum() for character in value):
            return Token("word", self.start, end, value=self.text[self.start : end])
        return Token("or", at, end, value=value) if value == "OR" and at == self.start else self._made("word", end, at)

    def _word_end(self, at: int) -> int:
        depth = 0
        for i in range(at, len(self.text)):
            character = self.text[i]
            depth += (character == "(") - (character == ")")
            if character.isspace() or character in QUOTES or depth < 0:
                return i
        return len(self.text)

    def _ends_word(self, at: int) -> bool:
        return at >= len(self.text) or self.text[at].isspace() or self.text[at] == ")"

    def _made(
        self, kind: TokenKind, end: int, at: int, operator: Operator | None = None, value: str = "", key: str = "",
        *, is_quoted: bool = False, is_open: bool = False,
    ) -> Token:  # fmt: skip
        if kind == "word":
            value = self.text[at:end]
        return Token(kind, self.start, end, at > self.start, operator, value, key, is_quoted, is_open)
