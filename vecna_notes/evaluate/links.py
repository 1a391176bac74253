"""Hidden links found again: related notes measured by the links that their author wrote."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log2
from pathlib import Path
from statistics import mean

from vecna_notes.errors import ConfigError
from vecna_notes.evaluate import wording
from vecna_notes.evaluate.ground import Ground, Rooms
from vecna_notes.evaluate.mine import start_of_body
from vecna_notes.evaluate.questions import Answer, Question, Run
from vecna_notes.evaluate.run import ASKING, K, compared
from vecna_notes.evaluate.scratch import Rewritten, scratch
from vecna_notes.evaluate.systems import HELPER, KEYWORD, System, chosen, labels, usable
from vecna_notes.insight.related import related
from vecna_notes.interfaces import Report
from vecna_notes.search.recipe import standard
from vecna_notes.store import Store
from vecna_notes.types import Progress, Space, Span

ALL = "all"
MOST_LINKS = 30
"""A note that links to more is a list, not a thought."""
FEWEST_WORDS = 20
LOOKED_THROUGH = 150
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)

Pairs = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class LinkSet:
    """Links between notes, by path."""

    name: str
    hidden: Pairs
    """Those to be found again."""
    known: Pairs
    """The others."""
    is_all: bool


def read_links(file: Path, split: str, name: str) -> LinkSet:
    """A table with columns source, target, split. Raises ConfigError naming the line."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(f"{file} cannot be read: {reason.lower()}") from error
    hidden: set[tuple[str, str]] = set()
    known: set[tuple[str, str]] = set()
    splits: set[str] = set()
    for number, line in enumerate(lines, 1):
        parts = line.split("\t")
        if number == 1 or not line.strip():
            continue
        if len(parts) < 3:
            raise ConfigError(f"{file}, line {number} is not source, target and split with tabs between")
        splits.add(parts[2])
        (hidden if split in (ALL, parts[2]) else known).add((parts[0], parts[1]))
    if not hidden:
        raise ConfigError(f"{file} has no link of split {split!r}; it has {', '.join(sorted(splits)) or 'none at all'}")
    return LinkSet(name, frozenset(hidden), frozenset(known), split == ALL)


def evaluate_links(rooms: Rooms, links: LinkSet, names: Sequence[str] | None, report: Report) -> Run:
    """Each link is ranked by how near its target is to its source; notes tied to the source otherwise do not count."""
    spaces = usable(rooms.store, rooms.models)
    active = rooms.store.vectors.active()
    asked = chosen(_systems(rooms, spaces, active[1] if active else None), names)
    keys = {system.space.key for system in asked if system.space is not None}
    needed = [space for space in spaces if space.key in keys or space.embedder == HELPER]
    changed, lost = _without_links(rooms.store, links)
    with scratch(rooms, changed, needed, report) as made:
        questions, notices = _questions(made.rooms.store, links)
        if not questions:
            raise ConfigError(f"none of the links of {links.name} is between notes of this vault; is it the right one?")
        answers: dict[str, tuple[Answer, ...]] = {}
        seconds: dict[str, list[float]] = {}
        for system in asked:
            space = None if system.space is None else made.counterparts[system.space.key]
            answers[system.name], seconds[system.name] = _asked(made.ground, system.name, space, questions, report)
        done = compared(f"links:{links.name}", questions, asked, answers, seconds)
    if lost:
        notices.append(f"{lost} links could not be found in their note's text, so their words are still there")
    notices += done.evaluation.notices
    return replace(done, evaluation=replace(done.evaluation, notices=tuple(notices)))


def _systems(rooms: Rooms, spaces: Sequence[Space], active: Space | None) -> list[System]:
    named, recipe = labels(spaces), standard(rooms.settings.search, "")
    words = System(KEYWORD, "related", None, recipe, active is None)
    return [words, *(System(named[one.key], "related", one, recipe, one == active) for one in spaces)]


def _without_links(store: Store, links: LinkSet) -> tuple[list[Rewritten], int]:
    """Every note that writes a hidden link, without it; and how many links could not be found."""
    found: list[Rewritten] = []
    lost = 0
    for path, id in store.notes.paths().items():
        stored, text, written = store.notes.by_id(id), store.notes.text(id), store.links.of(id)
        assert stored is not None
        body = start_of_body(text, stored.note.body_line)
        hidden = [link.written for link in written if (path, link.target_path) in links.hidden or links.is_all]
        spans = wording.find(text, hidden)
        lost += 0 if links.is_all else sum(span is None for span in spans)
        places = _inner(text) if links.is_all else [span for span in spans if span is not None]
        places = [(start, end) for start, end in places if start >= body]
        kept = tuple(link.written for link in written if link.written not in hidden)
        if places or hidden:
            found.append(Rewritten(path, replace(stored.note, text=wording.blanked(text, places), links=kept)))
    return found, lost


def _inner(text: str) -> list[Span]:
    """Links that stay in the vault, those to nowhere too."""
    return [span for span, target in wording.links_in(text) if not _SCHEME.match(target)]


def _questions(store: Store, links: LinkSet) -> tuple[list[Question], list[str]]:
    """A question a source, which is its path."""
    enough = {path for path, id in store.notes.paths().items() if len(store.notes.text(id).split()) >= FEWEST_WORDS}
    targets: dict[str, list[str]] = {}
    for source, target in sorted(links.hidden):
        if source in enough and target in enough and source != target:
            targets.setdefault(source, []).append(target)
    tied = _tied(links)
    out = frozenset(store.notes.paths().keys() - enough)
    questions = [
        Question(source, "link", dict.fromkeys(own, 1), out | (tied[source] - set(own)))
        for source, own in targets.items()
        if len(own) <= MOST_LINKS
    ]
    asked = sum(len(question.grades) for question in questions)
    return questions, [f"{asked} of {len(links.hidden)} links asked for: none of lists, and of very short notes"]


def _tied(links: LinkSet) -> Mapping[str, set[str]]:
    tied: dict[str, set[str]] = {}
    for source, target in links.hidden | links.known:
        tied.setdefault(source, set()).add(target)
        tied.setdefault(target, set()).add(source)
    return tied


def _asked(
    ground: Ground, name: str, space: Space | None, questions: Sequence[Question], report: Report
) -> tuple[tuple[Answer, ...], list[float]]:
    store, began = ground.rooms.store, time.monotonic()
    near = ground.near(space) if space else None
    answers: list[Answer] = []
    seconds: list[float] = []
    for done, question in enumerate(questions, 1):
        id, started = store.notes.paths()[question.text], time.perf_counter()
        found = related(store, near, id, None, LOOKED_THROUGH, False)
        seconds.append(time.perf_counter() - started)
        answers.append(_answer([note.path for note in found if note.path not in question.passed_over], question))
        report(Progress("index", done, len(questions), f"{ASKING} to {name}", time.monotonic() - began))
    return tuple(answers), seconds


def _answer(found: Sequence[str], question: Question) -> Answer:
    """The means over the links of the note, each by its own rank: other links of the note do not stand before it."""
    ranks = list(_ranks(found, question))
    reciprocal = mean(1 / rank for rank in ranks)
    return Answer(
        ndcg=mean(1 / log2(rank + 1) if rank <= K else 0.0 for rank in ranks),
        mrr=reciprocal,
        recall=mean(rank <= K for rank in ranks),
        map=reciprocal,
        rank=None if min(ranks) == float("inf") else int(min(ranks)),
        got=tuple(found[:K]),
    )


def _ranks(found: Sequence[str], question: Question) -> Iterator[float]:
    place, left = 1, len(question.grades)
    for path in found:
        if path in question.grades:
            left -= 1
            yield float(place)
        else:
            place += 1
    yield from [float("inf")] * left
