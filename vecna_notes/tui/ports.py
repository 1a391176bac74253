"""What the screen asks of the rooms below it: exactly this, and nothing of how they do it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from vecna_notes.evaluate.scores import Evaluation
from vecna_notes.interfaces import Turn
from vecna_notes.types import Found, Link, Note, Passage, RelatedNote, Status

if TYPE_CHECKING:
    from vecna_notes.answer.ask import Answer, Asking
    from vecna_notes.edit import Applied, Edit, Undone
    from vecna_notes.evaluate.keeping import QueryAnswers
    from vecna_notes.insight.atlas import Map
    from vecna_notes.insight.duplicates import DuplicatePair, Verdict
    from vecna_notes.insight.resurface import Resurfaced
    from vecna_notes.insight.suggestion import Suggestion
    from vecna_notes.insight.tagging import TagSuggestion
    from vecna_notes.insight.why import Why
    from vecna_notes.search.explain import Whereabouts
    from vecna_notes.train.tuned import How, Plan, Tuned
    from vecna_notes.vault.choosing import EmbedderStatus

T = TypeVar("T")
Event = dict[str, Any]
"""One line of the worker: "event" says which kind."""


class StoredNote(Protocol):
    """A note as the index remembers it, without its text."""

    @property
    def note(self) -> Note: ...

    @property
    def modified(self) -> float:
        """Unix time of the file's last change."""


class Judgement(Protocol):
    """That a note answers a query, or (grade 0) does not, as the user said."""

    @property
    def query(self) -> str: ...

    @property
    def path(self) -> str: ...

    @property
    def grade(self) -> int: ...


class Vault(Protocol):
    """What a question may ask. Unknown notes raise NoteNotFound."""

    def search(
        self,
        query: str,
        mode: str | None = None,
        limit: int | None = None,
        more: Sequence[str] = (),
        less: Sequence[str] = (),
        rerank: bool = False,
    ) -> Found: ...

    def whereabouts(self, query: str, path: str, mode: str | None = None, limit: int | None = None) -> Whereabouts: ...

    def related(
        self,
        path: str,
        line: int | None = None,
        limit: int = 10,
        unlinked: bool = False,
        *,
        same_folder: bool | None = None,
        same_day: bool | None = None,
        tags: Sequence[str] = (),
    ) -> list[RelatedNote]: ...

    def why(self, path: str, other: str) -> Why: ...

    def status(self) -> Status: ...

    def recent(self, limit: int) -> Sequence[StoredNote]: ...

    def note(self, path: str) -> StoredNote: ...

    def text(self, path: str) -> str: ...

    def passages(self, path: str) -> list[Passage]: ...

    def links(self, path: str) -> list[Link]: ...

    def backlinks(self, path: str) -> list[Link]: ...

    def resolve_path(self, name: str) -> str: ...

    # Proposals. Only `accept`, `accept_tag` and `undo_edit` write notes, and raise EditRefused, NoteChanged or Busy.

    def suggestions(self, path: str, limit: int = 10) -> list[Suggestion]: ...

    def preview_link(self, suggestion: Suggestion) -> list[str]: ...

    def accept(self, suggestion: Suggestion) -> Applied: ...

    def dismiss(self, suggestion: Suggestion, verdict: Literal["skip", "never"]) -> None: ...

    def propose(self, suggestion: Suggestion, verdict: Literal["skip", "never"]) -> None:
        """Takes `dismiss` back."""

    def suggest_tags(self, path: str | None = None, limit: int = 20) -> list[TagSuggestion]: ...

    def preview_tag(self, suggestion: TagSuggestion) -> list[str]: ...

    def accept_tag(self, suggestion: TagSuggestion) -> Applied: ...

    def dismiss_tag(self, suggestion: TagSuggestion) -> None: ...

    def propose_tag(self, suggestion: TagSuggestion) -> None: ...

    def undo_edit(self, id: str | None = None) -> Undone | None: ...

    def edits(self) -> Sequence[Edit]:
        """What `undo_edit` could take back, newest first."""

    def resurface(self, limit: int = 5) -> list[Resurfaced]: ...

    def not_today(self, path: str) -> None: ...

    def again_today(self, path: str) -> None: ...

    def duplicates(self, verdict: Verdict | None = None, limit: int | None = None) -> list[DuplicatePair]: ...

    def dismiss_duplicate(self, path: str, other: str) -> None: ...

    def propose_duplicate(self, path: str, other: str) -> None: ...

    def judgements(self) -> Sequence[Judgement]: ...

    def judge(self, query: str, path: str, grade: int) -> None: ...

    def forget_judgement(self, query: str, path: str) -> bool: ...

    def evaluations(self, limit: int = 50) -> Sequence[Evaluation]:
        """Newest first."""

    def kept_map(self) -> tuple[Map, bool] | None:
        """The map as last drawn, and whether it is up to date; None before the first one. Quick."""

    def topic_log(self, limit: int = 100) -> Sequence[TopicEvent]:
        """Newest first."""

    # Embedders. Only the worker writes the index; what answers is remembered beside it, and so may be told here.

    @property
    def embedder_setting(self) -> str:
        """ "auto" or a name."""

    def embedders(self) -> Sequence[EmbedderStatus]: ...

    def nearest_notes(self, key: str, query: str, limit: int = 10) -> list[Passage]: ...

    def tunings(self) -> Sequence[Tuned]: ...

    def plan_tuning(self, how: How) -> Plan: ...

    def go_live(self, name: str, is_forced: bool = False) -> None: ...

    def rollback(self) -> Tuned: ...

    # Answers. Only `save_answer` writes a note, and raises EditRefused or Busy.

    def generators(self) -> Sequence[Answerer]: ...

    def keep_thread(self, thread: Sequence[Turn], done: Answer) -> None: ...

    def answer_markdown(self, done: Answer, path: str = "") -> str: ...

    def save_answer(self, done: Answer, path: str) -> Applied: ...

    def rename_topic(self, id: int, name: str) -> None: ...

    def per_query(self, id: int) -> Sequence[QueryAnswers]:
        """Raises ConfigError where that is not known of a kept evaluation."""


class Engine(Protocol):
    """Answers questions in another thread."""

    root: Path
    """The folder of notes."""

    def ask(self, question: Callable[[Vault], T], topic: str = "") -> Future[T]:
        """A newer question of the same topic cancels an older one that still waits."""

    def answering(
        self, question: str, generator: str | None = None, thread: Sequence[Turn] = (), about: str = ""
    ) -> Answering:
        """An answer that comes while other questions are answered. `about` is the path of the one note to ask."""


class Answering(Protocol):
    """An answer on its way."""

    def said(self) -> AsyncIterator[Asking | str | Answer]:
        """What is asked with its evidence, the text as it comes, at last the Answer. Raises VecnaError before that."""

    def stop(self) -> None:
        """No more of it; `said` goes on to the Answer as far as it came."""


class Answerer(Protocol):
    """A generator that could answer."""

    @property
    def name(self) -> str: ...

    @property
    def summary(self) -> str: ...

    @property
    def model(self) -> str: ...

    @property
    def host(self) -> str:
        """Where it sends what it is asked; "" where nothing is sent."""

    @property
    def is_local(self) -> bool: ...

    @property
    def problem(self) -> str:
        """Why it may or can not answer, with a way out; else empty."""

    @property
    def is_default(self) -> bool: ...


class Worker(Protocol):
    """The child process that indexes."""

    async def start(self) -> None: ...

    def events(self) -> AsyncIterator[Event]: ...

    async def send(self, command: str) -> None: ...

    async def stop(self) -> None:
        """Returns within two seconds with the process gone."""


class TopicEvent(Protocol):
    """What became of a topic: born, split, merged, faded or renamed."""

    @property
    def event(self) -> str: ...

    @property
    def topic(self) -> int: ...

    @property
    def name(self) -> str: ...

    @property
    def notes(self) -> int: ...

    @property
    def other_name(self) -> str: ...

    @property
    def made(self) -> float: ...


class Surveyor(Protocol):
    """The child process that finds topics and draws the map, the last event being "ended"."""

    async def start(self) -> None: ...

    def events(self) -> AsyncIterator[Event]: ...

    async def stop(self) -> None:
        """Returns within two seconds with the process gone."""


class Evaluator(Protocol):
    """The child process that evaluates: one run at a time, the last event being "ended"."""

    async def start(self) -> None: ...

    def events(self) -> AsyncIterator[Event]: ...

    async def stop(self) -> None:
        """Returns within two seconds with the process gone."""
