"""An answer that comes as told, word by word, over what the fake vault holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from vecna_notes.answer.ask import Answer, Asking, cut_short, ended
from vecna_notes.answer.evidence import Packed, Piece
from vecna_notes.answer.markdown import as_markdown
from vecna_notes.edit import Applied
from vecna_notes.errors import ConfigError, EditRefused, VecnaError
from vecna_notes.interfaces import Prompt, Turn
from vecna_notes.types import Note, Passage
from vecna_notes.vault.asking import Answerer

REFUSED = (
    "cloud would send your question and passages of your notes to api.example.com; if you want that, write "
    'answer.hosts = ["api.example.com"] into your config (`vecna config edit`)'
)
ANSWERERS = (
    Answerer("cloud", "a model elsewhere", "big-1", "api.example.com", False, REFUSED),
    Answerer("extractive", "the sentences of your notes that answer best, quoted", is_default=True),
    Answerer("openai", "a model behind an OpenAI-style address", "qwen3:8b", "127.0.0.1:11434"),
)


class Silent:
    """Its words come from the test."""

    def generate(self, prompt: Prompt) -> Any:
        raise AssertionError("the fake engine speaks itself")


@dataclass
class FakeAnswering:
    """`tell` speaks; "" ends it, an error breaks it off."""

    asking: Callable[[], Asking]
    is_stopped: bool = False
    _heard: asyncio.Queue[str | VecnaError] = field(default_factory=asyncio.Queue)

    async def said(self) -> AsyncIterator[Asking | str | Answer]:
        asking = self.asking()
        yield asking
        text, notice = "", ""
        while asking.is_answerable and (piece := await self._heard.get()):
            if isinstance(piece, VecnaError):
                notice = cut_short(piece, text)
                break
            text += piece
            yield piece
        if self.is_stopped:
            notice = "stopped; what was said until then is kept"
        yield ended(asking, text if asking.is_answerable else "Not in your notes.", notice)

    def tell(self, *said: str | VecnaError) -> None:
        for one in said:
            self._heard.put_nowait(one)

    def stop(self) -> None:
        self.is_stopped = True
        self._heard.put_nowait("")


@dataclass(kw_only=True)
class FakeAnswers:
    """What a vault knows of answers. `search`, `passages` and `notes` are the fake vault's own."""

    notes: dict[str, Note] = field(default_factory=dict)
    is_close: bool = True
    held_back: int = 0
    kept: list[tuple[Sequence[Turn], Answer]] = field(default_factory=list)
    questions: list[tuple[str, str | None, int, str]] = field(default_factory=list)
    """Question, generator, length of the thread, the one note asked."""

    def asked(self, question: str, generator: str | None, thread: Sequence[Turn], about: str) -> Asking:
        self.questions.append((question, generator, len(thread), about))
        one = next(one for one in ANSWERERS if one.name == (generator or "extractive"))
        if one.problem:
            raise ConfigError(one.problem)
        found = self.search(question, limit=4).hits  # type: ignore[attr-defined]
        hits = [hit for hit in found if about in ("", hit.passage.path)]
        pieces = tuple(_piece(hit.passage, number, hit.score) for number, hit in enumerate(hits, 1))
        packed = Packed(pieces, sum(piece.tokens for piece in pieces), self.held_back)
        host, notes = one.host, len(self.notes)
        return Asking(question, packed, self.is_close, one.name, Silent(), host, notes, 2, tuple(thread))

    def generators(self) -> Sequence[Answerer]:
        return ANSWERERS

    def keep_thread(self, thread: Sequence[Turn], done: Answer) -> None:
        self.kept.append((thread, done))

    def answer_markdown(self, done: Answer, path: str = "") -> str:
        return as_markdown(done, lambda piece: f"[[{piece.passage.title}]]")

    def save_answer(self, done: Answer, path: str) -> Applied:
        if path in self.notes:
            raise EditRefused(f"{path} is there already; it is left as it is")
        self.notes[path] = Note(path, done.question, self.answer_markdown(done), digest=path)
        return Applied("saved-1", path, path)


def _piece(passage: Passage, number: int, score: float) -> Piece:
    chunk = passage.chunk
    return Piece(number, passage, chunk.text, chunk.first_line, chunk.last_line, score, 40)
