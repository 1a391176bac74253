"""A vault in memory, an engine that answers on the spot or when told, a worker that plays a script."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from tests.tui.fake_answers import FakeAnswering, FakeAnswers
from tests.tui.fake_map import FakeMapped
from tests.tui.fake_models import FakeChosen
from tests.tui.fake_proposals import FakeProposals
from vecna_notes.errors import NoteNotFound, NotIndexed
from vecna_notes.evaluate.keeping import QueryAnswers
from vecna_notes.evaluate.scores import Evaluation, QueryScore, SystemScore
from vecna_notes.interfaces import Turn
from vecna_notes.search.explain import Whereabouts
from vecna_notes.tui.ports import Event, Vault
from vecna_notes.types import (
    Chunk,
    Condition,
    Found,
    Hit,
    Link,
    Note,
    NoteId,
    Passage,
    PassageId,
    Problem,
    RelatedNote,
    Signal,
    Space,
    SpaceStatus,
    Status,
    WrittenLink,
)

T = TypeVar("T")
HOSTILE_TITLE = "[/b] [@click=app.quit] \x1b]52;c;AAAA\x07"
SPACE = Space("sbert", "all-MiniLM-L6-v2", "1", 384, "cosine", "mean")
_FILTER = re.compile(r"(-?)(tag|path|before):(\S+)")
_HEADING = re.compile(r"^(#{1,6}) (.*)$")
_LINK = re.compile(r"\[\[([^\]|#]+)(?:#([^\]|]*))?(?:\|[^\]]*)?\]\]")


@dataclass(frozen=True)
class FakeStored:
    note: Note
    modified: float


@dataclass(frozen=True)
class FakeJudgement:
    query: str
    path: str
    grade: int


@dataclass
class FakeVault(FakeProposals, FakeMapped, FakeChosen, FakeAnswers):
    """Notes by path. Words are searched as substrings; "meaning" is sharing the first letters of words."""

    notes: dict[str, Note]
    modified: dict[str, float] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    is_indexed: bool = True
    searches: list[tuple[str, str | None]] = field(default_factory=list)
    steered: list[tuple[tuple[str, ...], tuple[str, ...], bool]] = field(default_factory=list)
    closeness: str = ""
    votes: dict[tuple[str, str], int] = field(default_factory=dict)
    runs: list[Evaluation] = field(default_factory=list)

    def note(self, path: str) -> FakeStored:
        if path not in self.notes:
            raise NoteNotFound(f"{path} is not in the index")
        return FakeStored(self.notes[path], self.modified.get(path, 0.0))

    def text(self, path: str) -> str:
        return self.note(path).note.text

    def recent(self, limit: int) -> Sequence[FakeStored]:
        self._check()
        return sorted(map(self.note, self.notes), key=lambda stored: -stored.modified)[:limit]

    def passages(self, path: str) -> list[Passage]:
        note = self.note(path).note
        number = list(self.notes).index(path) + 1
        return [
            Passage(PassageId(number * 100 + index), NoteId(number), path, note.title, chunk)
            for index, chunk in enumerate(_chunks(note.text))
        ]

    def search(
        self,
        query: str,
        mode: str | None = None,
        limit: int | None = None,
        more: Sequence[str] = (),
        less: Sequence[str] = (),
        rerank: bool = False,
    ) -> Found:
        self._check()
        self.searches.append((query, mode))
        self.steered.append((tuple(more), tuple(less), rerank))
        conditions = tuple(self._conditions(query))
        found = self._ranked(f"{_FILTER.sub(' ', query)} {' '.join(self.notes[path].title for path in more)}", mode)
        kept = [hit for hit in found if hit.passage.path not in less and self._is_kept(hit.passage.path, conditions)]
        hits = tuple(
            replace(hit, signals=tuple(replace(s, rank=rank) for s in _with_shares(hit, mode, rerank)))
            for rank, hit in enumerate(kept[: limit or 10], 1)
        )
        closest = () if hits or not conditions else tuple(found[:3])
        space = SPACE if mode != "keyword" else None
        return Found(
            query, hits, space, seconds=0.002, conditions=conditions, closest=closest, closeness=self.closeness
        )

    def _ranked(self, text: str, mode: str | None) -> list[Hit]:
        words = [word for word in re.findall(r"\w+", text.lower()) if len(word) > 2] or [text.lower().strip()]
        hits = [hit for path in self.notes if (hit := self._hit(path, words, mode or "hybrid")) is not None]
        return sorted(hits, key=lambda hit: -hit.score)

    def _conditions(self, query: str) -> Iterator[Condition]:
        """tag:, path: and before:, the last of which is never understood."""
        for match in _FILTER.finditer(query):
            kind: Any = "not" if match[1] else match[2]
            if match[2] == "before":
                problem = f"{match[3]} is no date: this part was read as words; write before:2024-05"
                yield Condition("before", match[0], match.span(), problem)
                continue
            condition = Condition(kind, match[0], match.span())
            removed = sum(not self._is_kept(path, (condition,)) for path in self.notes)
            yield replace(condition, removed=removed)

    def _is_kept(self, path: str, conditions: Sequence[Condition]) -> bool:
        for condition in conditions:
            match = _FILTER.fullmatch(condition.text)
            if match is None or condition.problem:
                continue
            wanted = match[3].lstrip("#")
            tags = self.notes[path].tags
            holds = wanted in path if match[2] == "path" else any(tag.startswith(wanted) for tag in tags)
            if holds == bool(match[1]):
                return False
        return True

    def whereabouts(self, query: str, path: str, mode: str | None = None, limit: int | None = None) -> Whereabouts:
        title, limit = self.note(path).note.title, limit or 10
        ranked = self._ranked(query, mode)
        rank = next((rank for rank, hit in enumerate(ranked, 1) if hit.passage.path == path), None)
        if rank is None:
            return Whereabouts(path, title, "not recalled", f"{title} holds no word of the query, and is not near.")
        hit, cut = ranked[rank - 1], ranked[:limit][-1].score
        at, said = ("shown", "is shown") if rank <= limit else ("below", f"is below the {limit} that are shown")
        return Whereabouts(path, title, at, f"{title} is number {rank} of {len(ranked)} and {said}.", rank, hit, cut)

    def judgements(self) -> list[FakeJudgement]:
        return [FakeJudgement(query, path, grade) for (query, path), grade in self.votes.items()]

    def judge(self, query: str, path: str, grade: int) -> None:
        self.votes[query, path] = grade

    def forget_judgement(self, query: str, path: str) -> bool:
        return self.votes.pop((query, path), None) is not None

    def per_query(self, id: int) -> list[QueryAnswers]:
        run = next(run for run in self.runs if run.id == id)
        return [
            QueryAnswers(
                asked.query,
                asked.kind,
                asked.expected,
                {row.system: min(asked.ndcg + (id - 1) * 0.3 * (asked.rank is not None), 1.0) for row in run.rows},
                {row.system: asked.rank and max(asked.rank // id, 1) for row in run.rows},
            )
            for asked in run.worst
        ]

    def evaluations(self, limit: int = 50) -> list[Evaluation]:
        return self.runs[:limit]

    def _hit(self, path: str, words: list[str], mode: str) -> Hit | None:
        best: Hit | None = None
        for passage in self.passages(path):
            text = passage.chunk.text.lower()
            spans = sorted({found.span() for word in words for found in re.finditer(re.escape(word), text)})
            exact = sum(word in text for word in words) / len(words)
            near = sum(word[:4] in text or word[:3] in text for word in words) / len(words)
            score = exact if mode == "keyword" else 0.35 * exact + 0.6 * near
            if score < 0.2 or (best is not None and best.score >= score):
                continue
            legs = [Signal("keyword", 1, exact)] if exact else []
            legs += [Signal("semantic", 1, near)] if mode != "keyword" and near else []
            best = Hit(passage, min(score, 1.0), tuple(legs), words=tuple(spans), decisive=_sentence(passage, spans))
        return best

    def related(
        self, path: str, line: int | None = None, limit: int = 10, unlinked: bool = False, **only: Any
    ) -> list[RelatedNote]:
        self._check()
        self.narrowed.append({"unlinked": unlinked, **only})
        passages = self.passages(path)
        source = next((p for p in reversed(passages) if p.chunk.first_line <= (line or 1)), passages[0])
        words = set(re.findall(r"\w{4,}", source.chunk.text.lower()))
        found = []
        for other in self.notes:
            if other == path:
                continue
            target = max(self.passages(other), key=lambda p: len(words & set(_words(p))))
            score = min(0.4 + len(words & set(_words(target))) / 12, 0.99)
            is_linked = any(link.target_path == other for link in self.links(path))
            if score > 0.45 and not (unlinked and is_linked):
                note = self.notes[other]
                close = "closer than most" if score > 0.5 else "nothing close"
                found.append(
                    RelatedNote(target.note_id, other, note.title, score, is_linked, source, target, (), close)
                )
        return sorted(found, key=lambda near: -near.score)[:limit]

    def links(self, path: str) -> list[Link]:
        found = []
        for number, line in enumerate(self.note(path).note.text.split("\n"), 1):
            for match in _LINK.finditer(line):
                written = WrittenLink(match[1].strip(), match[2] or "", line=number)
                target = next((p for p, note in self.notes.items() if match[1].strip() in (note.title, p[:-3])), "")
                state = "resolved" if target else "broken"
                found.append(Link(NoteId(1), NoteId(2) if target else None, written, state, path, target))
        return found

    def backlinks(self, path: str) -> list[Link]:
        return [link for other in self.notes for link in self.links(other) if link.target_path == path]

    def resolve_path(self, name: str) -> str:
        found = next((path for path, note in self.notes.items() if name in (path, note.title)), None)
        if found is None:
            raise NoteNotFound(f"no note is called {name}")
        return found

    def status(self) -> Status:
        self._check()
        chunks = sum(len(self.passages(path)) for path in self.notes)
        spaces = (
            SpaceStatus(SPACE, chunks, 0, True),
            SpaceStatus(
                Space("word2vec", "vault", "1", 100, "cosine", "idf"), chunks // 2, chunks - chunks // 2, False
            ),
        )
        links = [link for path in self.notes for link in self.links(path)]
        broken = sum(link.state == "broken" for link in links)
        skips = {".gitignore": 120, ".obsidian": 61, "vecna: false": 20}
        return Status(
            *(len(self.notes), 2, 201, len(self.problems), chunks, len(links), broken, 0),
            spaces=spaces,
            problems=self.problems,
            skips=skips,
            embedded_last_run=chunks,
            last_run=time.time(),
            store_bytes=41_200_000,
        )

    def _check(self) -> None:
        if not self.is_indexed:
            raise NotIndexed("there is no index yet; `vecna index` makes it")


def _with_shares(hit: Hit, mode: str | None, rerank: bool) -> tuple[Signal, ...]:
    """Shares that add up to the score; a hybrid search counts recency, a reranked one its ranker."""
    prior = (Signal("recency", 1, 0.4),) if mode == "hybrid" else ()
    signals = (*hit.signals, *prior, *((Signal("rerank", 1, 0.9),) if rerank else ()))
    shares = [hit.score * (0.1 if signal.leg == "recency" else 0.9 / len(hit.signals)) for signal in signals]
    return tuple(replace(signal, share=share) for signal, share in zip(signals, shares, strict=True))


def _words(passage: Passage) -> list[str]:
    return re.findall(r"\w{4,}", passage.chunk.text.lower())


def _sentence(passage: Passage, spans: list[tuple[int, int]]) -> tuple[int, int] | None:
    if not spans:
        return None
    text = passage.chunk.text
    body = text.find("\n") + 1 if text.startswith("#") else 0
    first = next((span for span in spans if span[0] >= body), None)
    if first is None:
        return None
    dot, end = text.rfind(". ", body, first[0]), text.find(". ", first[1])
    start = max(dot + 2 if dot >= 0 else body, text.rfind("\n", 0, first[0]) + 1)
    return start, (end + 1 if end > 0 else len(text.rstrip()))


def _chunks(text: str) -> list[Chunk]:
    chunks: list[Chunk] = []
    trail: tuple[str, ...] = ()
    lines, first = text.split("\n"), 0
    for index, line in enumerate([*lines, "# end"]):
        if not (found := _HEADING.match(line)):
            continue
        if index > first:
            body = "\n".join(lines[first:index]) + ("\n" if index < len(lines) else "")
            chunks.append(Chunk(body, trail, first + 1, index, body))
        first, trail = index, (*trail[: len(found[1]) - 1], found[2])
    return chunks


@dataclass
class FakeEngine:
    """Answers at once, or keeps questions until `release` when `is_held`; a newer question cancels an older one."""

    vault: FakeVault
    root: Path = Path("/notes")
    is_held: bool = False
    waiting: deque[tuple[str, Callable[[Vault], Any], Future[Any]]] = field(default_factory=deque)
    asked: list[str] = field(default_factory=list)
    answers: list[FakeAnswering] = field(default_factory=list)

    def answering(
        self, question: str, generator: str | None = None, thread: Sequence[Turn] = (), about: str = ""
    ) -> FakeAnswering:
        self.answers.append(FakeAnswering(lambda: self.vault.asked(question, generator, thread, about)))
        return self.answers[-1]

    def ask(self, question: Callable[[Vault], T], topic: str = "") -> Future[T]:
        future: Future[T] = Future()
        self.asked.append(topic)
        if self.is_held:
            self.waiting.append((topic, question, future))
        else:
            self._answer(question, future)
        return future

    def release(self, topic: str = "", count: int = 100) -> None:
        """Answer the oldest waiting questions of a topic."""
        chosen = [waiting for waiting in self.waiting if not topic or waiting[0] == topic][:count]
        for waiting in chosen:
            self.waiting.remove(waiting)
            if not waiting[2].cancelled():
                self._answer(waiting[1], waiting[2])

    def _answer(self, question: Callable[[Vault], T], future: Future[T]) -> None:
        try:
            future.set_result(question(self.vault))
        except Exception as error:
            future.set_exception(error)


@dataclass
class FakeWorker:
    """Tells a script of events, then whatever `tell` is given, until it is stopped."""

    script: Sequence[tuple[float, Event]] = ()
    sent: list[str] = field(default_factory=list)
    is_running: bool = False
    starts: int = 0
    _queue: asyncio.Queue[Event | None] = field(default_factory=asyncio.Queue)

    async def start(self) -> None:
        self.is_running = True
        self.starts += 1

    async def events(self) -> AsyncIterator[Event]:
        for delay, event in self.script:
            await asyncio.sleep(delay)
            yield event
        while (event_or_end := await self._queue.get()) is not None:
            yield event_or_end

    def tell(self, **event: Any) -> None:
        self._queue.put_nowait(event)

    async def send(self, command: str) -> None:
        self.sent.append(command)

    async def stop(self) -> None:
        self.is_running = False
        self._queue.put_nowait(None)


@dataclass
class FakeEvaluator:
    """Tells what it is given, and keeps a run in the vault when it is let to its end."""

    vault: FakeVault | None = None
    is_running: bool = False
    starts: int = 0
    _queue: asyncio.Queue[Event] = field(default_factory=asyncio.Queue)

    async def start(self) -> None:
        self.is_running = True
        self.starts += 1

    async def events(self) -> AsyncIterator[Event]:
        event: Event = {}
        while event.get("event") != "ended":
            event = await self._queue.get()
            if event == {"event": "ended", "code": 0} and self.vault is not None:
                self.vault.runs.insert(0, evaluation(len(self.vault.runs) + 1))
            yield event
        self.is_running = False

    def tell(self, **event: Any) -> None:
        self._queue.put_nowait(event)

    async def stop(self) -> None:
        if self.is_running:
            self.tell(event="ended", code=143)


def evaluation(id: int = 1, made: float | None = None, gain: float = 0.0) -> Evaluation:
    """A run over a made-up set of labels; the default gets better by `gain`."""
    kinds = {"title": 0.91, "heading": 0.72, "link": 0.48, "alias": 0.88, "label": 0.64}
    rows = (
        _scored("keyword", 0.52, 3, difference=-0.16, p=0.004),
        _scored("word2vec", 0.41, 6, difference=-0.27, p=0.0001),
        _scored("sbert", 0.63, 12, difference=-0.05, p=0.21),
        _scored("rrf:sbert", 0.66, 14, difference=-0.02, p=0.48),
        replace(_scored("hybrid:sbert", 0.68 + gain, 14), is_default=True, by_kind=kinds),
        replace(_scored("hybrid:sbert+mmr", 0.71, 21, difference=0.03, p=0.03), by_kind={**kinds, "link": 0.55}),
    )
    worst = (
        QueryScore(
            "the paper about sleep", "label", 0.0, ("bio/sleep.md",), ("study/anki.md", "pkm/reading-workflow.md"), 31
        ),
        QueryScore("how fast do I lose it", "label", 0.0, ("memory/forgetting-curve.md",), ("bio/sleep.md",)),
        QueryScore(f"{HOSTILE_TITLE} flour", "title", 0.39, ("kitchen/sourdough.md",), ("kitchen/sourdough.md",), 4),
    )
    made = time.time() - 3 * 3600 if made is None else made
    return Evaluation(id, "own", made, 10, 62, rows, worst, ("62 queries only: differences under .08 are noise",))


def _scored(system: str, ndcg: float, p95: float, **compared: Any) -> SystemScore:
    figures = (ndcg, (ndcg - 0.04, ndcg + 0.04), ndcg + 0.06, min(ndcg + 0.2, 1.0), ndcg - 0.05, p95 / 2, p95)
    return SystemScore(system, *figures, by_kind={"title": 0.8, "label": ndcg - 0.1}, **compared)


def fake_vault(now: float | None = None) -> FakeVault:
    """Some notes worth searching, and some that attack the terminal."""
    from tests.tui.notes import NOTES

    now = time.time() if now is None else now
    notes: dict[str, Note] = {}
    modified: dict[str, float] = {}
    for index, (path, title, tags, text) in enumerate(NOTES):
        notes[path] = Note(path, title, text, digest=str(index), tags=tags)
        modified[path] = now - 3600 * (1 + index**2.6)
    problems = (
        Problem("journal/2021-02-03.md", "YAML: mapping values are not allowed here; properties ignored", 3),
        Problem("scans/\x1b[31mred\udce9.md", "not UTF-8, and no other encoding fits"),
        Problem("archive/huge.md", "larger than 5 MB: read in part"),
    )
    return FakeVault(notes, modified, problems)
