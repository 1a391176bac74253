"""A question answered from evidence: as it comes, then whole and checked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from vecna_notes.answer.check import Sentence, check
from vecna_notes.answer.evidence import Packed, Piece
from vecna_notes.errors import GeneratorError, VecnaError
from vecna_notes.interfaces import Generator, Prompt, Turn

NOTHING = "Not in your notes."
LONGEST = 40_000
"""Characters of an answer; a generator that goes on is cut."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the notes say to a question, sentence by sentence checked against them."""

    question: str
    text: str
    sentences: tuple[Sentence, ...]
    pieces: tuple[Piece, ...]
    """The evidence; where nothing was close, what is least far."""
    is_found: bool
    """False where the notes do not speak of it, by their distance or by the word of whoever was asked."""
    generator: str
    host: str = ""
    """Where the evidence was sent to; empty when it stayed in this process."""
    notes: int = 0
    """Of the vault, all of which were searched …"""
    not_searched: int = 0
    """… but these, which are not indexed yet."""
    held_back: int = 0
    """Notes found that were kept from the one who answered."""
    notice: str = ""
    """Why this is less than asked for, in a sentence; else empty."""
    seconds: float = 0.0
    """From the question on."""

    @property
    def unsupported(self) -> int:
        """Sentences that the notes do not bear out."""
        return sum(not sentence.is_supported for sentence in self.sentences) if self.is_found else 0


@dataclass(frozen=True, slots=True)
class Asking:
    """A question with all that is needed to answer it."""

    question: str
    packed: Packed
    is_close: bool
    """Whether any note seems to speak of it."""
    generator_name: str
    generator: Generator | None
    """None where there is nothing to answer from."""
    host: str = ""
    notes: int = 0
    not_searched: int = 0
    thread: tuple[Turn, ...] = ()
    likeness: Callable[[Sequence[str]], Sequence[float]] | None = None
    notice: str = ""
    since: float = field(default_factory=time.perf_counter)
    """When the question was asked."""

    @property
    def is_answerable(self) -> bool:
        """Whether there is somebody to ask, and something to ask about."""
        return self.is_close and bool(self.packed.pieces) and self.generator is not None


def answer(asking: Asking) -> Iterator[str | Answer]:
    """The answer's text piece by piece, and at last the Answer itself. Ending early closes the generator."""
    text, notice = "", ""
    try:
        for piece in spoken(asking):
            text += piece
            yield piece
    except VecnaError as error:
        notice = cut_short(error, text)
    yield ended(asking, text, notice)


def spoken(asking: Asking) -> Iterator[str]:
    """What the generator says as it comes, from whichever thread; NOTHING where nobody is asked.

    Raises VecnaError; what was yielded before stays an answer.
    """
    if asking.is_answerable:
        yield from _generated(asking)
    else:
        yield NOTHING


def cut_short(error: VecnaError, text: str) -> str:
    """Why an answer ended with this much of it said."""
    return f"the answer was cut short: {error}" if text else str(error)


def ended(asking: Asking, text: str, notice: str = "") -> Answer:
    """All that was said, checked; `notice` says why it is not more."""
    text = text.rstrip()
    is_found = asking.is_answerable and text.strip(" *_") != NOTHING
    return Answer(
        question=asking.question,
        text=text,
        sentences=check(text, asking.packed.pieces) if is_found else (),
        pieces=asking.packed.pieces,
        is_found=is_found,
        generator=asking.generator_name,
        host=asking.host if asking.is_answerable else "",
        notes=asking.notes,
        not_searched=asking.not_searched,
        held_back=asking.packed.held_back,
        notice=notice or asking.notice,
        seconds=time.perf_counter() - asking.since,
    )


def _generated(asking: Asking) -> Iterator[str]:
    """What the generator says, at the plugin border."""
    assert asking.generator is not None
    evidence = tuple(piece.evidence for piece in asking.packed.pieces)
    prompt = Prompt(asking.question, evidence, asking.thread, asking.likeness)
    length = 0
    try:
        for piece in asking.generator.generate(prompt):
            yield piece[: LONGEST - length]
            length += len(piece)
            if length >= LONGEST:
                raise GeneratorError(f"{asking.generator_name} went on beyond {LONGEST:,} characters")
    except VecnaError:
        raise
    except Exception as error:  # the plugin border
        raise GeneratorError(f"generator {asking.generator_name!r} failed: {type(error).__name__}: {error}") from error
