"""Notes worth another look: long unseen and near to what is being worked on, and one at random."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np

from vecna_notes.errors import NotIndexed
from vecna_notes.insight.gathering import Gathered, gather, note_rows
from vecna_notes.store import Store
from vecna_notes.store.kept import Feedback
from vecna_notes.store.traits import day_of
from vecna_notes.text import digest, excerpt
from vecna_notes.types import NoteId, Rows

ANCHOR = "vecna:again"
"""Where "not today" stands in the feedback; the note is both ends of the pair."""
WEEK = 7
UNSEEN = 90
"""Days after which a note counts as long unseen."""
BUNCHED = 0.6
"""When so many notes changed on one day, they were copied, and their days are those they give themselves."""
WORK, LEAST_WORK = 20, 3
"""Notes that count as this week's work, and as the last work where nothing was changed this week."""
POOL = 3
"""So many times as many notes as are shown take part in the draw of the day."""
CENTRE = 0.5
"""How much of its likeness to the whole vault a note gives up: some are near to everything."""
TITLE = 60


@dataclass(frozen=True, slots=True)
class Resurfaced:
    path: str
    title: str
    kind: Literal["near", "random"]
    why: str
    near: str
    """Path of the note worked on that it is near to; "" for the random one."""
    changed: str
    """ISO date of its last change."""


@dataclass(frozen=True, slots=True)
class _Times:
    day: dict[NoteId, date]
    verb: str
    """What happened on that day: "changed", or "written" where copying has hidden the changes."""


def resurface(store: Store, feedback: Iterable[Feedback], today: date, limit: int = 5) -> list[Resurfaced]:
    """The same all day, as long as the notes stay as they are. The last one is drawn from all long unseen."""
    times, away = _times(store), _away(feedback, today)
    paths = {id: path for path, id in store.notes.paths().items()}
    old = [id for id in _old(times, today) if paths[id] not in away]
    shown = [*_near(store, times, old, today, limit - 1)] if limit > 1 else []
    seen = {one.path for one in shown}
    left = [id for id in old if paths[id] not in seen]
    if left and limit > 0:
        drawn = min(left, key=lambda id: _draw(today, paths[id], "random"))
        why = f"drawn at random; last {times.verb} {_ago(times.day[drawn], today)}"
        shown.append(_resurfaced(store, drawn, times, "random", why, ""))
    return shown


def _near(store: Store, times: _Times, old: list[NoteId], today: date, limit: int) -> Iterable[Resurfaced]:
    try:
        gathered = gather(store)
    except NotIndexed:
        return
    rows, place = note_rows(store, gathered), {id: place for place, id in enumerate(gathered.ids)}
    work = [id for id in _work(times, today) if rows[place[id]].any()]
    old = [id for id in old if rows[place[id]].any() and id not in work]
    if not work or not old:
        return
    scores = _scores(store, gathered, rows, [place[id] for id in work], [place[id] for id in old])
    best = sorted(range(len(old)), key=lambda one: -float(scores[one].max()))[: POOL * limit]
    spread = float(np.std([scores[one].max() for one in best])) or 1.0
    luck = {one: _draw(today, gathered.paths[place[old[one]]], "near") for one in best}
    for one in sorted(best, key=lambda one: -(float(scores[one].max()) / spread + luck[one]))[:limit]:
        met = work[int(scores[one].argmax())]
        yield _resurfaced(store, old[one], times, "near", _why(store, times, old[one], met, today), _path(store, met))


def _scores(store: Store, gathered: Gathered, rows: Rows, work: list[int], old: list[int]) -> Rows:
    """A line an old note, a column a note worked on; those that are linked need no reminder."""
    centre = rows @ rows.mean(axis=0)
    scores: Rows = rows[old] @ rows[work].T - CENTRE * centre[old][:, None]
    linked = {frozenset(pair) for pair in store.links.pairs()}
    for line, one in enumerate(old):
        for column, other in enumerate(work):
            if frozenset((gathered.ids[one], gathered.ids[other])) in linked:
                scores[line, column] = -1.0
    return scores


def _times(store: Store) -> _Times:
    notes = [note for id in store.notes.paths().values() if (note := store.notes.by_id(id)) is not None]
    changed = {note.id: date.fromtimestamp(note.modified) for note in notes}
    often = Counter(changed.values()).most_common(1)
    if not often or often[0][1] < BUNCHED * len(changed):
        return _Times(changed, "changed")
    told = {note.id: day_of(note.note.path, note.note.properties) for note in notes}
    written = {id: date.fromisoformat(day) for id, day in told.items() if day is not None}
    later = {id: day for id, day in changed.items() if day != often[0][0]}
    return _Times({**written, **later}, "written")


def _old(times: _Times, today: date) -> list[NoteId]:
    """Longest unseen first."""
    old = [id for id, day in times.day.items() if day <= today - timedelta(days=UNSEEN)]
    return sorted(old, key=lambda id: (times.day[id], id))


def _work(times: _Times, today: date) -> list[NoteId]:
    """Changed within a week, the newest first; the last ones where nothing was."""
    newest = sorted((id for id, day in times.day.items() if day <= today), key=lambda id: (times.day[id], id))[::-1]
    week = [id for id in newest if times.day[id] > today - timedelta(days=WEEK)]
    return week[:WORK] or newest[:LEAST_WORK]


def _away(feedback: Iterable[Feedback], today: date) -> set[str]:
    said = (one for one in feedback if one.anchor == ANCHOR)
    return {one.source for one in said if one.verdict == "never" or date.fromtimestamp(one.made) == today}


def _why(store: Store, times: _Times, note: NoteId, met: NoteId, today: date) -> str:
    work = store.notes.by_id(met)
    title = excerpt(work.note.title, None, TITLE) if work else ""
    when = _when(times.day[met], today)
    who = f"you {times.verb} {when}" if times.verb == "changed" else f"was {times.verb} {when}"
    return f"near to “{title}”, which {who}; last {times.verb} {_ago(times.day[note], today)}"


def _resurfaced(
    store: Store, note: NoteId, times: _Times, kind: Literal["near", "random"], why: str, near: str
) -> Resurfaced:
    stored = store.notes.by_id(note)
    path, title = (stored.note.path, stored.note.title) if stored else ("", "")
    return Resurfaced(path, title, kind, why, near, times.day[note].isoformat())


def _path(store: Store, note: NoteId) -> str:
    stored = store.notes.by_id(note)
    return stored.note.path if stored else ""


def _draw(today: date, path: str, what: str) -> float:
    """In [0, 1): each note draws for itself, so that one that is put off moves no other."""
    return int(digest(f"{today.isoformat()} {what} {path}")[:8], 16) / 2**32


def _when(day: date, today: date) -> str:
    days = (today - day).days
    if days < 2:
        return ("today", "yesterday")[days]
    return f"on {day:%A}" if days < WEEK else _ago(day, today)


def _ago(day: date, today: date) -> str:
    days = (today - day).days
    for size, unit in ((365, "year"), (30, "month"), (7, "week"), (1, "day")):
        if days >= 2 * size:
            return f"{days // size} {unit}s ago"
    return "today" if days < 1 else "yesterday"
