"""Hidden links found again: related notes measured by the links that their author wrote."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log2
from pathlib import Path
from statistics import mean

from vecna_notes.errors import ConfigError
from vecna_notes.evaluate import wording
from vecna_notes.evaluate.ground import Rooms
from vecna_notes.evaluate.mine import start_of_body
from vecna_notes.evaluate.questions import Answer, Question, Run
from vecna_notes.evaluate.run import ASKING, K, compared
from vecna_notes.evaluate.scratch import Rewritten, Scratch, scratch
from vecna_notes.evaluate.systems import System, chosen, labels, usable
from vecna_notes.insight.relations import ALL as EVERY
from vecna_notes.insight.relations import ALONE, LEARNED, Relations, Shares, asked
from vecna_notes.interfaces import Report
from vecna_notes.search.recipe import standard
from vecna_notes.store import Store
from vecna_notes.types import Link, NoteId, Progress, Space, Span

ALL, TRAIN = "all", "train"
MOST_LINKS = 30
"""A note that links to more is a list, not a thought."""
FEWEST_WORDS = 20
LOOKED_THROUGH = 150
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)

Pairs = frozenset[tuple[str, str]]
Way = tuple[System, Shares]


@dataclass(frozen=True, slots=True)
class LinkSet:
    """Links between notes, by path."""

    name: str
    hidden: Pairs
    """Those to be found again."""
    known: Pairs
    """Those that stay written; no other link of the vault does."""
    rest: Pairs
    """The others."""

    @property
    def is_all(self) -> bool:
        """Whether no link stays."""
        return not self.known

    @property
    def every(self) -> Pairs:
        return self.hidden | self.known | self.rest


def read_links(file: Path, split: str, name: str, is_alone: bool = False) -> LinkSet:
    """A table with columns source, target, split. Links of "train" stay known, or where these are asked for, others.

    With `is_alone` none stays. Raises ConfigError naming the line.
    """
    splits: dict[str, set[tuple[str, str]]] = {}
    for number, line in enumerate(_lines(file), 1):
        parts = line.split("\t")
        if number == 1 or not line.strip():
            continue
        if len(parts) < 3:
            raise ConfigError(f"{file}, line {number} is not source, target and split with tabs between")
        splits.setdefault(parts[2], set()).add((parts[0], parts[1]))
    every = frozenset[tuple[str, str]]().union(*splits.values())
    hidden = every if split == ALL else frozenset(splits.get(split, ()))
    if not hidden:
        raise ConfigError(f"{file} has no link of split {split!r}; it has {', '.join(sorted(splits)) or 'none at all'}")
    kept = splits.get(TRAIN, frozenset()) if split != TRAIN else every
    known = frozenset() if is_alone else frozenset(kept) - hidden
    return LinkSet(name, hidden, known, every - hidden - known)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(f"{file} cannot be read: {reason.lower()}") from error


def evaluate_links(rooms: Rooms, links: LinkSet, names: Sequence[str] | None, report: Report) -> Run:
    """Each link is ranked by how near its target is to its source; notes tied to the source otherwise do not count."""
    spaces = usable(rooms.store, rooms.models)
    active = rooms.store.vectors.active()
    ways = _ways(rooms, spaces, active[1] if active else None, bool(links.known))
    asked = chosen([system for system, _ in ways], names)
    keys = {system.space.key for system in asked if system.space is not None}
    if any(system.is_default for system in asked):
        keys |= {space.key for space in spaces if space.embedder in LEARNED}
    changed, lost = _without_links(rooms.store, links)
    with scratch(rooms, changed, [space for space in spaces if space.key in keys], report) as made:
        questions, notices = _questions(made.rooms.store, links)
        if not questions:
            raise ConfigError(f"none of the links of {links.name} is between notes of this vault; is it the right one?")
        done = _compared(made, links, [way for way in ways if way[0] in asked], questions, report)
    if lost:
        notices.append(f"{lost} links could not be found in their note's text, so their words are still there")
    notices += done.evaluation.notices
    return replace(done, evaluation=replace(done.evaluation, notices=tuple(notices)))


def _compared(made: Scratch, links: LinkSet, ways: Sequence[Way], questions: Sequence[Question], report: Report) -> Run:
    answers: dict[str, tuple[Answer, ...]] = {}
    seconds: dict[str, list[float]] = {}
    relations, every = Relations(made.rooms.store, None), frozenset(made.rooms.store.notes.paths().values())
    for system, shares in ways:
        space = None if system.space is None else made.counterparts[system.space.key]
        notes = every if shares.meaning and not system.is_default else None  # vectors alone shall miss none
        relations = relations.renewed(made.ground.near(space) if space else None, len(notes or ()))
        answers[system.name], seconds[system.name] = _asked(relations, system.name, shares, questions, notes, report)
    return compared(f"links:{links.name}", questions, [system for system, _ in ways], answers, seconds)


def _ways(rooms: Rooms, spaces: Sequence[Space], active: Space | None, has_graph: bool) -> list[Way]:
    """Each voice alone, and all together, as `vecna related` asks them."""
    named, recipe = labels(spaces), standard(rooms.settings.search, "")

    def way(name: str, space: Space | None, shares: Shares, is_default: bool = False) -> Way:
        return System(name, "related", space, recipe, is_default), shares

    found = [way("tfidf", None, replace(ALONE, words=1.0))]
    found += [way(named[one.key], one, replace(ALONE, meaning=1.0, by="mean")) for one in spaces]
    if active is not None and active.key in named:
        found.append(way(f"{named[active.key]}:passages", active, replace(ALONE, meaning=1.0, by="best")))
    if has_graph:
        found.append(way("graph", None, replace(ALONE, common=EVERY.common, popular=EVERY.popular)))
    return [*found, way("related", active, EVERY if has_graph else EVERY.without_graph(), True)]


def _without_links(store: Store, links: LinkSet) -> tuple[list[Rewritten], int]:
    """Every note that writes a link which is not known, without it; and how many links could not be found."""
    found: list[Rewritten] = []
    lost = 0
    for path, id in store.notes.paths().items():
        stored, text, written = store.notes.by_id(id), store.notes.text(id), store.links.of(id)
        assert stored is not None
        body = start_of_body(text, stored.note.body_line)
        hidden = [link.written for link in written if links.is_all or _is_unknown(link, links)]
        spans = wording.find(text, hidden)
        lost += 0 if links.is_all else sum(span is None for span in spans)
        places = _inner(text) if links.is_all else [span for span in spans if span is not None]
        places = [(start, end) for start, end in places if start >= body]
        kept = tuple(link.written for link in written if link.written not in hidden)
        if places or hidden:
            found.append(Rewritten(path, replace(stored.note, text=wording.blanked(text, places), links=kept)))
    return found, lost


def _is_unknown(link: Link, links: LinkSet) -> bool:
    """A link to another note that should not stay."""
    pair = link.source_path, link.target_path
    return link.target not in (None, link.source) and pair not in links.known


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
    written = Counter(source for source, target in links.every if source in enough and target in enough)
    out = frozenset(store.notes.paths().keys() - enough)
    questions = [
        Question(source, "link", dict.fromkeys(own, 1), out | (tied[source] - set(own)))
        for source, own in targets.items()
        if written[source] <= MOST_LINKS
    ]
    asked = sum(len(question.grades) for question in questions)
    return questions, [f"{asked} of {len(links.hidden)} links asked for: none of lists, and of very short notes"]


def _tied(links: LinkSet) -> Mapping[str, set[str]]:
    tied: dict[str, set[str]] = {}
    for source, target in links.every:
        tied.setdefault(source, set()).add(target)
        tied.setdefault(target, set()).add(source)
    return tied


def _asked(
    relations: Relations,
    name: str,
    shares: Shares,
    questions: Sequence[Question],
    notes: frozenset[NoteId] | None,
    report: Report,
) -> tuple[tuple[Answer, ...], list[float]]:
    store, began = relations.store, time.monotonic()
    ids = store.notes.paths()
    paths = {id: path for path, id in ids.items()}
    answers: list[Answer] = []
    seconds: list[float] = []
    for done, question in enumerate(questions, 1):
        started = time.perf_counter()
        passages = store.passages.of_note(ids[question.text])
        near = relations.near(asked(passages), LOOKED_THROUGH, shares, notes) if passages else []
        seconds.append(time.perf_counter() - started)
        found = (paths[one.note] for one in near)
        answers.append(_answer([path for path in found if path not in question.passed_over], question))
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
