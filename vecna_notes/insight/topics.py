"""What a vault is about: topics with names, colours and parts that stay as they are while notes come and go."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vecna_notes.errors import ConfigError
from vecna_notes.insight.clusters import Levels, central, levels
from vecna_notes.insight.gathering import Gathered, gather, note_rows
from vecna_notes.insight.naming_topics import Said, distinctive, said
from vecna_notes.insight.remembering import Found, remembered
from vecna_notes.interfaces import Labels, Report
from vecna_notes.store import Store
from vecna_notes.store.kept_topics import GROUP, PART, TOPIC, KeptTopic, TopicEvent, TopicRun, TopicStatus
from vecna_notes.surveying import NOISE, CheckedClusterer
from vecna_notes.text import safe_line
from vecna_notes.types import Progress, Rows

LEAST = 3
"""Notes that make a topic, or a part of one."""
GROWN = 0.25
"""By what share a vault has grown, or shrunk, when topics are looked for anew."""
READ_PASSAGES = 3
"""Passages of a note that are read to name its topic."""
MakeClusterer = Callable[[], CheckedClusterer]


@dataclass(frozen=True, slots=True)
class Topic:
    id: int
    """Stays with the topic, as do its name and its colour."""
    name: str
    status: TopicStatus
    slot: int
    """Number of its colour and shape."""
    terms: tuple[str, ...]
    notes: tuple[str, ...]
    """Paths, the most central first; those of its parts among them."""
    parts: tuple[Topic, ...] = ()
    """Largest first; not every note needs to be in one."""
    is_renamed: bool = False


@dataclass(frozen=True, slots=True)
class Topics:
    """All topics, largest first, and the notes that are in none."""

    clusterer: str
    space: str
    """Key of the Space."""
    topics: tuple[Topic, ...]
    noise: tuple[str, ...]
    made: float
    """Unix time of when they were looked for."""

    def of(self) -> dict[str, Topic]:
        """The topic of each note that has one."""
        return {path: topic for topic in self.topics for path in topic.notes}

    def topic(self, id: int) -> Topic:
        """A topic or a part. Raises ConfigError."""
        for topic in self.topics:
            for one in (topic, *topic.parts):
                if one.id == id:
                    return one
        raise ConfigError(f"there is no topic {id}; `vecna topics` lists them")


def topics(
    store: Store, name: str, make: MakeClusterer, report: Report, refresh: bool = False, keep: bool = True
) -> Topics:
    """Topics as remembered, or found again when notes, Space or clusterer have changed since.

    `refresh` looks anew at everything; `keep=False` only looks, and changes no memory.
    """
    gathered, run = gather(store), store.kept.topics.last_run()
    known, digest, count = store.kept.topics.all(), gathered.digest, len(gathered.paths)
    if not refresh and run is not None and (run.digest, run.clusterer) == (digest, name):
        return _shown(gathered, known, run)
    clusterer, started = make(), time.time()
    report(Progress("cluster", 0, count, name))
    rows = note_rows(store, gathered)
    last = None if refresh or run is None or _has_grown(run, count) else run
    labels = levels(clusterer, rows, _before(gathered, known, last) if last else None)
    fresh, events = remembered(known, _found(store, gathered, rows, labels))
    looked_at = last.looked_at if last else count
    now = TopicRun(0, started, digest, name, gathered.space.key, labels.is_grouped, looked_at)
    report(Progress("cluster", count, count, name, time.time() - started))
    if keep and not store.kept.topics.replace(fresh, events, now, run):
        fresh, now = store.kept.topics.all(), store.kept.topics.last_run() or now  # another process was quicker
    return _shown(gathered, fresh, now)


def kept_topics(store: Store, name: str) -> tuple[Topics, bool] | None:
    """Topics as last found, without looking again, and whether they are those of the notes as they are now."""
    gathered, run = gather(store), store.kept.topics.last_run()
    if run is None:
        return None
    return _shown(gathered, store.kept.topics.all(), run), (run.digest, run.clusterer) == (gathered.digest, name)


def rename_topic(store: Store, id: int, name: str) -> None:
    """Give a topic a name of the user's, which it keeps; "" gives it back its own."""
    if not store.kept.topics.rename(id, safe_line(name)):
        raise ConfigError(f"there is no topic {id}; `vecna topics` lists them")


def topic_log(store: Store, limit: int = 100) -> list[TopicEvent]:
    """What became of topics, newest first."""
    return store.kept.topics.events(limit)


def _has_grown(run: TopicRun, count: int) -> bool:
    """Whether so many notes came or went that what was found before would hide what is there now."""
    return abs(count - run.looked_at) > GROWN * run.looked_at


def _before(gathered: Gathered, known: Sequence[KeptTopic], run: TopicRun) -> Levels:
    """The levels of the last time, as far as its notes are still there."""
    live = [one for one in known if one.status != "faded"]
    tops, inner = ([one for one in live if (one.level == TOPIC) == is_top] for is_top in (True, False))
    return Levels(_labels(gathered, tops), _labels(gathered, inner), run.is_grouped)


def _labels(gathered: Gathered, groups: Sequence[KeptTopic]) -> Labels:
    place = {path: label for label, group in enumerate(groups) for path in group.members}
    return np.array([place.get(path, NOISE) for path in gathered.paths], dtype=np.int64)


def _found(store: Store, gathered: Gathered, rows: Rows, labels: Levels) -> list[Found]:
    """Topics, then their parts; each with its notes, terms and place."""
    tops = [members for members in _members(labels.topics) if len(members) >= LEAST]
    inner: list[tuple[int, Labels]] = []
    if labels.has_parts:
        top_of = {int(row): number for number, members in enumerate(tops) for row in members}
        inner = [(top_of[int(m[0])], m) for m in _members(labels.parts) if int(m[0]) in top_of]
    shown = [members for _, members in inner if len(members) >= LEAST]
    words = _words(store, gathered)
    terms = iter((*_terms(words, tops), *_terms(words, shown)))

    def found(level: int, top: int | None, members: Labels) -> Found:
        ordered = central(rows, members)
        best = () if level == GROUP else next(terms) or (gathered.titles[ordered[0]],)
        return Found(level, top, tuple(gathered.paths[i] for i in ordered), best)

    whole = [found(TOPIC, None, members) for members in tops]
    return whole + [found(PART if len(members) >= LEAST else GROUP, top, members) for top, members in inner]


def _terms(words: Sequence[Said], groups: Sequence[Labels]) -> list[tuple[str, ...]]:
    return distinctive([[words[i] for i in members] for members in groups])


def _members(labels: Labels) -> Iterator[Labels]:
    for label in range(int(labels.max(initial=NOISE)) + 1):
        yield np.flatnonzero(labels == label)


def _words(store: Store, gathered: Gathered) -> list[Said]:
    first = {note: ids[:READ_PASSAGES] for note, ids in store.passages.ids_of(gathered.ids).items()}
    texts = store.passages.embedded([id for ids in first.values() for id in ids])
    return [
        said(title, "\n".join(texts.get(one, "") for one in first.get(id, ())))
        for id, title in zip(gathered.ids, gathered.titles, strict=True)
    ]


def _shown(gathered: Gathered, known: Sequence[KeptTopic], run: TopicRun) -> Topics:
    live = [one for one in known if one.status != "faded" and one.level != GROUP]
    tops = [one for one in live if one.level == TOPIC]
    parts: dict[int | None, list[Topic]] = {}
    for one in live:
        if one.level == PART:
            parts.setdefault(one.parent, []).append(_topic(one, ()))
    held = {path for one in tops for path in one.members}
    listed = _by_size(_topic(one, _by_size(parts.get(one.id, ()))) for one in tops)
    noise = tuple(path for path in gathered.paths if path not in held)
    return Topics(run.clusterer, run.space, listed, noise, run.made)


def _topic(one: KeptTopic, parts: tuple[Topic, ...]) -> Topic:
    return Topic(one.id, one.given or one.name, one.status, one.slot, one.terms, one.members, parts, bool(one.given))


def _by_size(found: Iterator[Topic] | Sequence[Topic]) -> tuple[Topic, ...]:
    return tuple(sorted(found, key=lambda one: (-len(one.notes), one.id)))
