"""A question on the Ask screen with what came of it so far, and the questions that put it to a vault."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vecna_notes.interfaces import Turn
from vecna_notes.text import safe_text
from vecna_notes.tui.glyphs import Glyphs
from vecna_notes.tui.pieces import Piece, Pieces, plain
from vecna_notes.tui.wrap import wrap

if TYPE_CHECKING:
    from vecna_notes.answer.ask import Answer, Asking
    from vecna_notes.answer.check import Sentence
    from vecna_notes.edit import Applied
    from vecna_notes.tui.ports import Answerer, Vault

TURNS = 4
"""Questions before that a generator is told of."""
_NUMBERS = re.compile(r"\[\d{1,3}(?:\s*[,;]\s*\d{1,3})*\]")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer, as far as it has come."""

    question: str
    about: str = ""
    """Path of the one note that is asked; else empty."""
    asked: Asking | None = None
    """None while evidence is looked for."""
    text: str = ""
    done: Answer | None = None
    """None until the answer has been checked."""
    problem: str = ""
    """Why nobody could be asked, as a sentence."""

    @property
    def is_running(self) -> bool:
        return self.done is None and not self.problem

    @property
    def turn(self) -> Turn | None:
        done = self.done
        return Turn(done.question, done.text, done.host) if done is not None else None


def thread(before: Sequence[Exchange]) -> list[Turn]:
    """What a question may follow up."""
    return [turn for one in before if (turn := one.turn) is not None][-TURNS:]


def numbers(text: str) -> frozenset[int]:
    """Of the sources that a text names."""
    return frozenset(int(one) for match in _NUMBERS.findall(text) for one in re.findall(r"\d+", match))


# ── questions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def answerers() -> Callable[[Vault], Sequence[Answerer]]:
    return lambda vault: vault.generators()


def keep(before: Sequence[Turn], done: Answer) -> Callable[[Vault], None]:
    """So that `vecna ask -f` goes on from here."""
    return lambda vault: vault.keep_thread(before, done)


def as_markdown(done: Answer) -> Callable[[Vault], str]:
    return lambda vault: vault.answer_markdown(done)


def save(done: Answer, path: str) -> Callable[[Vault], Applied]:
    return lambda vault: vault.save_answer(done, path)


# ── lines ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def answer_lines(exchange: Exchange, hides: bool, width: int, look: Glyphs) -> list[Pieces]:
    """The question, and what was said to it with its doubtful sentences marked, or left out."""
    lines = list(_hung([(f"{look.prompt} ", "accent bold")], [(_safe(exchange.question), "bright")], width))
    quotes = {ord("“"): look.quote, ord("”"): look.unquote}
    said = [(text.translate(quotes), inks) for text, inks in _said(exchange, hides, look)]
    if exchange.is_running:
        said.append((f" {look.full}", "accent"))
    lines += [[], *([("  ", ""), *line] for line in flow(said, max(width - 2, 1)))]
    if warning := _warning(exchange, hides, look):
        lines += [[], *_hung([(f"{look.warning} ", "warn")], warning, width)]
    return lines


def flow(pieces: Sequence[Piece], width: int) -> Iterator[Pieces]:
    """Pieces that may hold line ends, over lines of at most `width` cells."""
    for line in _lines(pieces):
        for start, end in wrap(plain(line), width):
            yield _cut(line, start, end)


def _hung(lead: Pieces, pieces: Pieces, width: int) -> Iterator[Pieces]:
    """Under a sign of two cells."""
    for number, line in enumerate(flow(pieces, max(width - 2, 1))):
        yield [*(lead if not number else [("  ", "")]), *line]


def _said(exchange: Exchange, hides: bool, look: Glyphs) -> Pieces:
    done = exchange.done
    if exchange.problem:
        return [(_safe(exchange.problem), "bad")]
    if done is None:
        return _numbered(exchange.text, "text")
    if not done.is_found:
        return [(_safe(done.text), "bright")]
    if not done.text:
        return [("nothing was said", "dim")]
    return _checked(done.text, done.sentences, hides, look)


def _checked(text: str, sentences: Sequence[Sentence], hides: bool, look: Glyphs) -> Pieces:
    pieces: Pieces = []
    place = 0
    for one in sentences:
        pieces += _numbered(text[place : one.start], "text")
        if one.is_supported:
            pieces += _numbered(text[one.start : one.end], "text")
        elif not hides:
            pieces += _numbered(text[one.start : one.end], "doubt")
            pieces.append((f" {look.warning}", "warn"))
        place = one.end
    return [*pieces, *_numbered(text[place:], "text")]


def _numbered(text: str, inks: str) -> Pieces:
    """With the numbers of sources in an ink of their own."""
    pieces: Pieces = []
    place = 0
    for match in _NUMBERS.finditer(text):
        pieces += [(_safe(text[place : match.start()]), inks), (match.group(), "meter" if inks == "text" else inks)]
        place = match.end()
    return [*pieces, (_safe(text[place:]), inks)]


def _warning(exchange: Exchange, hides: bool, look: Glyphs) -> Pieces:
    done = exchange.done
    if done is None or not done.unsupported:
        return []
    said = "1 sentence has" if done.unsupported == 1 else f"{done.unsupported} sentences have"
    what = "hidden" if hides else "dim, underlined"
    does = "show" if hides else "hide"
    return [(f"{said} no support in your notes ({what})   ", "dim"), ("c", "key"), (f" {does}", "dim")]


def _lines(pieces: Sequence[Piece]) -> Iterator[Pieces]:
    line: Pieces = []
    for text, inks in pieces:
        first, *others = text.split("\n")
        line.append((first, inks))
        for other in others:
            yield line
            line = [(other, inks)]
    yield line


def _cut(line: Sequence[Piece], start: int, end: int) -> Pieces:
    kept: Pieces = []
    place = 0
    for text, inks in line:
        if part := text[max(start - place, 0) : max(end - place, 0)]:
            kept.append((part, inks))
        place += len(text)
    return kept


def _safe(text: str) -> str:
    return safe_text(text).replace("\t", "    ")
