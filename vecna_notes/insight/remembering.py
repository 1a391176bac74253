"""The groups of now given the identities of the last time: ids, names and colours stay, and what changed is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from vecna_notes.insight.memory import Change, changes, matched
from vecna_notes.insight.naming_topics import name_of
from vecna_notes.store.kept_topics import GROUP, PART, TOPIC, KeptTopic, TopicEvent, TopicStatus

SLOTS = 32
"""Eight colours in four shapes."""


@dataclass(frozen=True, slots=True)
class Found:
    """A group as it was found, before it is known which one it is."""

    level: int
    top: int | None
    """Index of its topic among the groups found; None for a topic."""
    members: tuple[str, ...]
    terms: tuple[str, ...]


def remembered(known: Sequence[KeptTopic], found: Sequence[Found]) -> tuple[list[KeptTopic], list[TopicEvent]]:
    """All topics from now on, faded ones among them, and what is to be told. Topics come before parts in `found`."""
    tops = [one for one in found if one.level == TOPIC]
    inner = [one for one in found if one.level != TOPIC]
    ids = _Ids(known)
    fresh_tops, gone_tops, told = _continued(known, tops, (TOPIC,), ids)
    fresh_tops = _painted(_named(fresh_tops, {}))
    parents = {index: topic.id for index, topic in enumerate(fresh_tops)}
    fresh_inner, gone_inner, _ = _continued(known, inner, (PART, GROUP), ids)
    above = {topic.id: topic for topic in fresh_tops}
    placed = [
        replace(one, parent=parents[group.top], slot=above[parents[group.top]].slot)
        for one, group in zip(fresh_inner, inner, strict=True)
        if group.top is not None
    ]
    named = _named(placed, above)
    named_now = {one.id: one for one in (*fresh_tops, *gone_tops)}
    kept = [one for one in gone_inner if one.given]  # what the user named may come back; other parts are many
    return [*fresh_tops, *named, *gone_tops, *kept], [_event(change, named_now) for change in told]


class _Ids:
    """Hands out ids that no topic ever had."""

    def __init__(self, known: Iterable[KeptTopic]) -> None:
        self._last = max((one.id for one in known), default=0)

    def next(self) -> int:
        self._last += 1
        return self._last


@dataclass(frozen=True, slots=True)
class _Told:
    change: Change
    topic: int
    other: int | None


def _continued(
    known: Sequence[KeptTopic], found: Sequence[Found], at: tuple[int, ...], ids: _Ids
) -> tuple[list[KeptTopic], list[KeptTopic], list[_Told]]:
    """The groups of some levels with their ids, those of the past that are no more, and what happened.

    What is new looks among the faded ones, too: a topic that comes back has its old name.
    """
    past = [one for one in known if one.level in at]
    live = [one for one in past if one.status != "faded"]
    asleep = [one for one in past if one.status == "faded"]
    old, new = [frozenset(one.members) for one in live], [frozenset(one.members) for one in found]
    same = matched(old, new)
    told = changes(old, new, same)
    woken = _woken(asleep, new, [change.new for change in told if change.new is not None and change.event == "born"])
    which = {j: live[i] for j, i in same.items()} | woken
    status: dict[int, TopicStatus] = {change.new: change.event for change in told if change.new is not None}
    fresh = [_fresh(group, which.get(j), status.get(j, "kept"), ids) for j, group in enumerate(found)]
    gone = [replace(one, status="faded") for i, one in enumerate(live) if i not in same.values()]
    gone += [one for one in asleep if one.id not in {one.id for one in woken.values()}]
    return fresh, gone, list(_told(told, live, fresh))


def _woken(asleep: Sequence[KeptTopic], new: Sequence[frozenset[str]], born: Sequence[int]) -> dict[int, KeptTopic]:
    same = matched([frozenset(one.members) for one in asleep], [new[j] for j in born])
    return {born[j]: asleep[i] for j, i in same.items()}


def _fresh(group: Found, was: KeptTopic | None, status: TopicStatus, ids: _Ids) -> KeptTopic:
    if was is None:
        return KeptTopic(ids.next(), group.level, None, "", "", -1, status, group.terms, group.members)
    return replace(was, level=group.level, parent=None, status=status, terms=group.terms, members=group.members)


def _told(told: Iterable[Change], live: Sequence[KeptTopic], fresh: Sequence[KeptTopic]) -> Iterator[_Told]:
    for change in told:
        if change.event in ("born", "split"):
            assert change.new is not None
            yield _Told(change, fresh[change.new].id, None if change.old is None else live[change.old].id)
        else:
            assert change.old is not None
            yield _Told(change, live[change.old].id, None if change.new is None else fresh[change.new].id)


def _named(fresh: Sequence[KeptTopic], above: Mapping[int, KeptTopic]) -> list[KeptTopic]:
    """Names that still fit stay; the others are found, each different from all others."""
    taken = {one.given or one.name for one in fresh if one.given or _still_fits(one)}
    named = []
    for one in fresh:
        if not one.given and not _still_fits(one) and one.level != GROUP:
            parent = above.get(one.parent or 0)
            one = replace(one, name=name_of(one.terms, taken, parent.terms[:2] if parent else ()))
            taken.add(one.name)
        named.append(one)
    return named


def _still_fits(one: KeptTopic) -> bool:
    """Whether a name that was found has a word among the best terms yet."""
    words = {word for term in one.terms for word in term.split()}
    return bool(one.name) and bool(words & set(one.name.replace(" & ", " ").split()))


def _painted(fresh: Sequence[KeptTopic]) -> list[KeptTopic]:
    """A new topic gets the first colour that none has; the largest first, so that they differ most."""
    free = [slot for slot in range(SLOTS) if slot not in {one.slot for one in fresh}]
    painted = {one.id: one for one in fresh}
    for number, one in enumerate(sorted((o for o in fresh if o.slot < 0), key=lambda o: (-len(o.members), o.id))):
        painted[one.id] = replace(one, slot=free[number] if number < len(free) else number % SLOTS)
    return [painted[one.id] for one in fresh]


def _event(told: _Told, named: Mapping[int, KeptTopic]) -> TopicEvent:
    one, other = named[told.topic], named.get(told.other or 0)
    beside = (other.id, _name(other)) if other else (None, "")
    return TopicEvent(told.change.event, one.id, _name(one), len(one.members), *beside)


def _name(one: KeptTopic) -> str:
    return one.given or one.name
