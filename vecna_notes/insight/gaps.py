"""What a vault's links leave open: links that lead nowhere, notes nobody links to, pairs that belong together."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from vecna_notes.insight.linkstyle import Target, in_table, written
from vecna_notes.insight.lore import Lore
from vecna_notes.insight.prose import start_of
from vecna_notes.markup import LINK, WIKI_LINK
from vecna_notes.text import normalise
from vecna_notes.types import Link, NoteId, RelatedNote, Span

Near = Callable[[str], list[RelatedNote]]
"""Notes near a note, given by path, that it does not link to; best first."""

NEAREST = 3
CUTOFF = 0.72
"""Likeness of two names (Ratcliff and Obershelp) from which one may be a slip for the other."""
SURE = 0.8
MARGIN = 0.05
"""How much nearer than the next it must be."""
LOOKED = 10
"""Nearest notes of each that may belong to it."""
FAR = 3
"""Links between two notes from which they are far apart."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A link to a note that is not there, or to several."""

    source: str
    line: int
    written: str
    """The target as written."""
    state: str
    near: tuple[str, ...]
    """Paths of notes whose names are like it, nearest first."""
    fix: str
    """The link as it should read, where one name is near enough to be meant; else ""."""
    span: Span | None
    """Where the link stands in the note's text."""
    digest: str


@dataclass(frozen=True, slots=True)
class Orphan:
    """A note that no other links to."""

    path: str
    title: str
    links: int
    """Links it writes itself."""
    home: str
    """Path of the note that could best link to it; "" when nothing is near."""
    home_title: str
    score: float


@dataclass(frozen=True, slots=True)
class Missing:
    """Two notes that speak of the same and are not linked, nor near by links."""

    one: str
    other: str
    one_title: str
    other_title: str
    score: float
    distance: int | None
    """Links from one to the other; None for more than `FAR`, or no way at all."""
    one_text: str
    """The passages that meet."""
    other_text: str
    one_line: int
    other_line: int


def broken(lore: Lore) -> list[Broken]:
    """In order of path and line."""
    names, found = _names(lore), list[Broken]()
    for source, links in _unresolved(lore).items():
        stored = lore.store.notes.by_id(source)
        assert stored is not None
        text = lore.store.notes.text(source)
        taken: set[Span] = set()
        for link in links:
            span = next((span for span in _spans(text, link) if span not in taken), None)
            taken |= {span} if span else set()
            near = _nearest(names, link.written.target)
            fix = _fix(lore, link, near, in_table(text, span[0])) if span and link.state == "broken" else ""
            paths = tuple(lore.notes[note][0] for note, _likeness in near)
            found.append(
                Broken(
                    link.source_path,
                    link.written.line,
                    link.written.target,
                    link.state,
                    paths,
                    fix,
                    span,
                    stored.note.digest,
                )
            )
    return sorted(found, key=lambda one: (one.source, one.line))


def _unresolved(lore: Lore) -> Mapping[NoteId, Sequence[Link]]:
    links: dict[NoteId, list[Link]] = {}
    for link in lore.store.links.all():
        if link.state != "resolved" and link.written.target:
            links.setdefault(link.source, []).append(link)
    return links


def _spans(text: str, link: Link) -> Iterator[Span]:
    """Where links on its line have its target; not of what is embedded, whose form is another."""
    start = start_of(text, link.written.line)
    end = text.find("\n", start)
    for pattern in (WIKI_LINK, LINK) if not link.written.is_embed else ():
        for match in pattern.finditer(text, start, len(text) if end < 0 else end):
            inside = match["target"] if pattern is WIKI_LINK else match["angled"] or match["bare"] or ""
            if unquote(inside.partition("#")[0]).strip().rstrip("\\") == link.written.target:
                yield match.span()


def _names(lore: Lore) -> dict[str, NoteId]:
    names: dict[str, NoteId] = {}
    for id, (path, title) in lore.notes.items():
        bare = path.rpartition(".")[0] or path
        for name in (bare, bare.rpartition("/")[2], title):
            names.setdefault(normalise(name), id)
    return names


def _nearest(names: dict[str, NoteId], target: str) -> list[tuple[NoteId, float]]:
    asked = normalise(target.removesuffix(".md"))
    best: dict[NoteId, float] = {}
    for words in dict.fromkeys((asked, asked.rpartition("/")[2])):
        for name in difflib.get_close_matches(words, names, n=2 * NEAREST, cutoff=CUTOFF):
            likeness = difflib.SequenceMatcher(None, words, name).ratio()
            best[names[name]] = max(likeness, best.get(names[name], 0.0))
    return sorted(best.items(), key=lambda one: (-one[1], one[0]))[:NEAREST]


def _fix(lore: Lore, link: Link, near: list[tuple[NoteId, float]], is_in_table: bool) -> str:
    """Only where one name is much nearer than the next."""
    if not near or near[0][1] < SURE or (len(near) > 1 and near[1][1] > near[0][1] - MARGIN):
        return ""
    note = near[0][0]
    words = link.written.label or link.written.target.rpartition("/")[2]
    target = Target(note, lore.notes[note][0], link.written.heading)
    return written(lore.style, lore.resolve, link.source_path, words, target, is_in_table) or ""


def orphans(lore: Lore, near: Near, limit: int) -> list[Orphan]:
    """Notes nobody links to, those with the nearest home first."""
    alone = sorted(path for id, (path, _title) in lore.notes.items() if not lore.web.into.get(id))
    ids = {path: id for id, (path, _title) in lore.notes.items()}
    found: list[Orphan] = []
    for path in alone:
        title, links = lore.notes[ids[path]][1], len(lore.web.out.get(ids[path], ()))
        home = next(iter(near(path)), None)
        where = (home.path, home.title, home.score) if home else ("", "", 0.0)
        found.append(Orphan(path, title, links, *where))
    return sorted(found, key=lambda one: (-one.score, one.path))[:limit]


def missing(lore: Lore, near: Near, limit: int) -> list[Missing]:
    """Pairs, best first: each is among the nearest of the other, so that no note that is near to everything counts."""
    ids = {path: id for id, (path, _title) in lore.notes.items()}
    ranks: dict[tuple[str, str], tuple[int, RelatedNote]] = {}
    for path in sorted(ids):
        for rank, one in enumerate(near(path)[:LOOKED], 1):
            if not lore.web.around(ids[path]) & {one.note_id}:
                ranks[path, one.path] = rank, one
    pairs = (_pair(lore, ids, one, other, ranks) for one, other in ranks if one < other and (other, one) in ranks)
    found = [pair for pair in pairs if pair is not None]
    return sorted(found, key=lambda pair: (-pair.score, pair.one, pair.other))[:limit]


def _pair(
    lore: Lore,
    ids: dict[str, NoteId],
    one: str,
    other: str,
    ranks: dict[tuple[str, str], tuple[int, RelatedNote]],
) -> Missing | None:
    distance = lore.web.distance(ids[one], ids[other], FAR)
    if distance is not None and distance < FAR:
        return None
    (there, forth), (back, _) = ranks[one, other], ranks[other, one]
    return Missing(
        one=one,
        other=other,
        one_title=lore.notes[ids[one]][1],
        other_title=lore.notes[ids[other]][1],
        score=round(forth.score * (1 / there + 1 / back) / 2, 6),
        distance=distance,
        one_text=forth.source.chunk.text,
        other_text=forth.target.chunk.text,
        one_line=forth.source.chunk.first_line,
        other_line=forth.target.chunk.first_line,
    )
