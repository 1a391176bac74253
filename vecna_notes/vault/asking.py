"""A vault asked a question: the evidence found, held back where it must be, and handed to a generator."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from vecna_notes import embedding
from vecna_notes.errors import ConfigError, VecnaError
from vecna_notes.interfaces import Embedder, Generator, Sending, Turn
from vecna_notes.text import STOP_WORDS, estimate_tokens, terms
from vecna_notes.types import Found, Rows, similarity
from vecna_notes.vault.searching import Searching

if TYPE_CHECKING:  # whoever only searches does without this room
    from vecna_notes.answer.ask import Answer
    from vecna_notes.answer.ask import Asking as Asked
    from vecna_notes.answer.evidence import Packed

FOUND = 24
"""Notes that evidence is taken from."""
FEW_WORDS = 5
"""A question of fewer words that mean something may follow up the one before it."""
HARDLY_ANY = 2
_GOING_ON_LIST = "and but so or then also why und aber oder dann auch warum et mais ou alors aussi pourquoi"
_GOING_ON = frozenset(_GOING_ON_LIST.split())
_LEANING_LIST = (
    "it its that this those these they them their he him his she her there one ones else same other others more"
)
_LEANING = frozenset(_LEANING_LIST.split())
"""Words that point to what was said before."""
SENTENCES = 5_000
"""Rows of sentences that are kept."""
THREAD = "ask.thread"
"""Fact: the questions asked last and their answers, oldest first."""
TURNS = 4
SENT = "sent"
"""Fact: what was given to other programs, oldest first."""
REMEMBERED = 500
LOCAL = ("127.0.0.1", "localhost", "::1", "[::1]")


@dataclass(frozen=True, slots=True)
class Sent:
    """That passages of notes, and a question, were given to another program."""

    made: float
    host: str
    generator: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answerer:
    """A generator that could answer, as configured."""

    name: str
    summary: str
    model: str = ""
    host: str = ""
    """Where it sends what it is asked; "" where nothing is sent."""
    is_local: bool = True
    problem: str = ""
    """Why it may or can not answer, with a way out; else empty."""
    is_default: bool = False


class Asking(Searching):
    """Questions answered from the notes, with citations."""

    @cached_property
    def _sentences(self) -> dict[str, tuple[str, Rows]]:
        """Their rows, each with the key of its Space."""
        return {}

    def ask(
        self, question: str, generator: str | None = None, thread: Sequence[Turn] = (), about: str = ""
    ) -> Iterator[str | Answer]:
        """The answer as it comes, then the Answer, checked. Raises as `asked` does."""
        from vecna_notes.answer.ask import answer

        yield from answer(self.asked(question, generator, thread, about))

    def asked(self, question: str, generator: str | None = None, thread: Sequence[Turn] = (), about: str = "") -> Asked:
        """All that is needed to answer a question; nothing but `likeness` looks into the vault from then on.

        `generator` None takes the settings'; `about` is the path of the one note to answer from. Raises ConfigError
        for a generator that would send notes to a machine the user has not named.
        """
        from vecna_notes.answer.ask import Asking as Asked

        since, name = time.perf_counter(), generator or self.settings.answer.generator
        made = self.registry.generator(name, self._generator_options(name))
        host = self._allowed(name, made)
        for query in searches(question, thread):
            found = self._found(query, about)
            if found.hits and not found.closeness:
                break
        counts, packed = self.store.files.counts(), self._packed(found, is_sent=bool(host))
        asked = Asked(
            question=question,
            packed=packed,
            is_close=bool(found.hits) and (bool(about) or not found.closeness),
            generator_name=name,
            generator=made,
            host=host,
            notes=counts.get("indexed", 0),
            not_searched=counts.get("waiting", 0),
            thread=tuple(turn for turn in thread if turn.host or not host),
            likeness=self._likeness(question, found),
            notice=_all_held(packed, name) or found.notice,
            since=since,
        )
        if host and asked.is_answerable:
            self._note_sent(asked)
        return asked

    def _found(self, query: str, about: str) -> Found:
        """A note that was named is searched whether or not it is close."""
        if not about:
            return self.search(query, limit=FOUND, rerank=bool(self.settings.search.ranker))
        named = "" if set(about) & set('"“”„«»') else f'path:"{about}" '
        found = self.search(f"{named}{query}", limit=FOUND)
        return replace(found, hits=tuple(hit for hit in found.hits if hit.passage.path == about))

    def generators(self) -> list[Answerer]:
        """Who could answer, by name."""
        return [self._answerer(row.offer.name, row.offer.summary) for row in self.registry.offers("generators")]

    def answerer(self) -> Answerer:
        """The one that is configured."""
        return self._answerer(self.settings.answer.generator)

    def _answerer(self, name: str, summary: str = "") -> Answerer:
        """Why not, too: what is not installed, or would send notes to a machine that was not named."""
        options, host, problem = self._generator_options(name), "", ""
        try:
            problem = self.registry.missing("generators", name)
            made = None if problem else self.registry.generator(name, options)
            host = made.host if isinstance(made, Sending) else ""
            if made is not None:
                self._allowed(name, made)
        except VecnaError as error:
            problem = str(error)
        is_default = name == self.settings.answer.generator
        return Answerer(name, summary, str(options.get("model", "")), host, is_here(host), problem, is_default)

    def answer(self, question: str, generator: str | None = None, thread: Sequence[Turn] = ()) -> Answer:
        """The same for whoever waits for the whole of it."""
        from vecna_notes.answer.ask import Answer

        *_said, done = self.ask(question, generator, thread)
        assert isinstance(done, Answer)
        return done

    def thread(self) -> list[Turn]:
        """The questions that were asked last, and their answers."""
        return [Turn(*turn) for turn in self.store.kept.fact(THREAD) or ()]

    def keep_thread(self, thread: Sequence[Turn], done: Answer) -> None:
        """Remember an answer, so that a question can follow it up."""
        turns = [*thread, Turn(done.question, done.text, done.host)][-TURNS:]
        self.store.kept.set_fact(THREAD, [[turn.question, turn.answer, turn.host] for turn in turns])

    def sent(self) -> list[Sent]:
        """What was given to other programs, newest first."""
        return [
            Sent(made, host, by, tuple(paths)) for made, host, by, paths in reversed(self.store.kept.fact(SENT) or [])
        ]

    def _note_sent(self, asked: Asked) -> None:
        paths = list(dict.fromkeys(piece.passage.path for piece in asked.packed.pieces))
        known = self.store.kept.fact(SENT) or []
        self.store.kept.set_fact(SENT, [*known, [time.time(), asked.host, asked.generator_name, paths]][-REMEMBERED:])

    def evidence(self, question: str, room: int | None = None) -> tuple[Found, Packed]:
        """What an answer to the question would stand on, within `room` tokens."""
        found = self.search(question, limit=FOUND)
        return found, self._packed(found, is_sent=False, room=room)

    def _packed(self, found: Found, is_sent: bool, room: int | None = None) -> Packed:
        from vecna_notes.answer.evidence import pack
        from vecna_notes.answer.private import Private

        held = Private(self.store, self.settings.answer.exclude) if is_sent else None
        return pack(self.store, found, room or self.settings.answer.tokens, estimate_tokens, held)

    def _likeness(self, question: str, found: Found) -> Any:
        """How near texts are to the question; None where no model can say."""
        asked = self._embed_query(question) if found.space else None
        if asked is None or self._semantic is None or self._semantic.embedder is None:
            return None
        embedder = self._semantic.embedder

        def likeness(texts: Sequence[str]) -> Sequence[float]:
            rows = self._rows_of(texts, embedder)
            return [float(one) for one in similarity(asked.rows, rows, asked.space.metric)[0]]

        return likeness

    def _rows_of(self, texts: Sequence[str], embedder: Embedder) -> Rows:
        """Sentences of the same passages are asked about again and again."""
        known = self._sentences
        if len(known) > SENTENCES or next(iter(known.values()), (embedder.space.key,))[0] != embedder.space.key:
            known.clear()
        if new := [text for text in dict.fromkeys(texts) if text not in known]:
            rows = embedding.embed(embedder, new, "note").rows
            known.update((text, (embedder.space.key, row)) for text, row in zip(new, rows, strict=True))
        return np.stack([known[text][1] for text in texts])

    def _generator_options(self, name: str) -> dict[str, Any]:
        return self.settings.generators.get(name, {}) | self._means()

    def _allowed(self, name: str, generator: Generator) -> str:
        """Where it sends what it is asked, if it may; "" where nothing is sent."""
        host = generator.host if isinstance(generator, Sending) else ""
        bare = _bare(host)
        if not is_here(host) and bare.lower() not in map(str.lower, self.settings.answer.hosts):
            raise ConfigError(
                f"{name} would send your question and passages of your notes to {bare}; if you want that, write "
                f'answer.hosts = ["{bare}"] into your config (`vecna config edit`)'
            )
        return host


def is_here(host: str) -> bool:
    """Whether what is sent there stays on this machine."""
    return not host or _bare(host).lower() in LOCAL


def _bare(host: str) -> str:
    """Without its port."""
    return host.rsplit(":", 1)[0] if host.count(":") == 1 or host.startswith("[") else host


def _all_held(packed: Packed, generator: str) -> str:
    if packed.pieces or not packed.held_back:
        return ""
    return f"what your notes say of it is held back from {generator}; `--generator extractive` keeps it in this process"


def searches(question: str, thread: Sequence[Turn]) -> list[str]:
    """What is searched for, one after the other until something close is found.

    A question that leans on the one before it is read together with that; one of hardly any words, if it says
    nothing by itself.
    """
    words = [match.group().lower() for match in terms(question)]
    meaning = sum(word not in STOP_WORDS for word in words)
    if not thread or meaning >= FEW_WORDS:
        return [question]
    together = f"{thread[-1].question} {question}"
    if words and (words[0] in _GOING_ON or set(words) & _LEANING):
        return [together]
    return [question, together] if meaning <= HARDLY_ANY else [question]
