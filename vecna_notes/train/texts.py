"""What is made of a note to learn from: each note's passages, and its texts without the names they would give away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from vecna_notes.evaluate import wording
from vecna_notes.evaluate.mine import HEADING, start_of_body
from vecna_notes.ingest.boilerplate import is_date
from vecna_notes.markup import blank, heading_text, hidden, plain
from vecna_notes.store import Store
from vecna_notes.text import has_cjk, normalise, terms
from vecna_notes.types import Link, NoteId, Passage, Span

LONGEST = 400
"""Characters of a text that is no stored passage: it has to be embedded, and its beginning says what it is about."""
MOST_READ = 4 * LONGEST
"""Characters of which that is left when names and what is not said are gone."""
FEWEST_WORDS = 5
"""Words with a meaning that a text must have to be learned from."""
LONGEST_NAME = 12
"""Words of a name that anybody would type."""
AROUND = 200
"""Characters on each side of a link."""
MOST_PASSAGES = 24
"""Of a note that stand for the whole of it, evenly chosen."""


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    text: str
    """As written, up to the next heading of any level."""
    passage: str
    """The passage it stands in or begins in, as it is embedded."""


@dataclass(eq=False)
class Told:
    """A note as pairs are made of it."""

    id: NoteId
    path: str
    title: str
    own_title: str
    aliases: tuple[str, ...]
    text: str
    body: int
    """Where its body starts, in characters."""
    passages: Sequence[Passage]
    hidden_lines: frozenset[int]
    """That write a link to another note which nothing may be learned from."""

    @cached_property
    def first(self) -> str:
        """Its first passage that says something, as it is embedded; "" where none does."""
        return next((said for passage in self.passages if says_enough(said := passage.chunk.embedded)), "")

    @cached_property
    def whole(self) -> tuple[str, ...]:
        """Passages that stand for all of it, but those in which a link is hidden; there may be none."""
        chunks = [passage.chunk for passage in self.passages if passage.chunk.embedded]
        said = [
            chunk.embedded
            for chunk in chunks
            if not any(chunk.first_line <= line <= chunk.last_line for line in self.hidden_lines)
        ]
        return tuple(said[:: max(1, -(-len(said) // MOST_PASSAGES))])

    @cached_property
    def shown(self) -> str:
        """Its text without code and comments, place for place."""
        return blank(self.text, hidden(self.text), "fence", "comment")

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """In order; what stands above the first heading is none."""
        found = list(HEADING.finditer(self.shown, self.body)) if "#" in self.text else []
        ends = [*(match.start() for match in found), len(self.shown)][1:]
        return tuple(
            Section(heading_text(match["said"]), self.shown[match.end() : end], self._passage(match.start()))
            for match, end in zip(found, ends, strict=True)
        )

    def _passage(self, place: int) -> str:
        line = self.text.count("\n", 0, place) + 1
        chunks = (passage.chunk for passage in self.passages)
        return next((chunk.embedded for chunk in chunks if chunk.first_line <= line <= chunk.last_line), "")

    def said(self, section: Section) -> str:
        """A section under the note's own title, without its heading; "" where it says too little."""
        left = without(plain(section.text[:MOST_READ]), section.heading)
        return "\n".join(filter(None, (self.own_title, left))) if left else ""

    def around(self, link: Span) -> str:
        """The passage around a link, without the link, under the note's own title; "" where it says too little."""
        start, end = wording.paragraph(self.shown, link)
        start, end = max(start, link[0] - AROUND, self.body), min(end, link[1] + AROUND)
        said = _line(self.shown[start : link[0]] + " " + self.shown[link[1] : end])
        return "\n".join(filter(None, (self.own_title, said))) if says_enough(said) else ""


def told(store: Store, hidden: Iterable[Link]) -> list[Told]:
    """Every note, by path; links that are `hidden` are not learned from."""
    lines: dict[str, set[int]] = {}
    for link in hidden:
        lines.setdefault(link.source_path, set()).add(link.written.line)
    return sorted(_each(store, lines), key=lambda note: note.path)


def _each(store: Store, hidden: Mapping[str, Collection[int]]) -> Iterator[Told]:
    for id, path, title, aliases in store.notes.names():
        stored = store.notes.by_id(id)
        if stored is None:
            continue
        text = store.notes.text(id)
        body = start_of_body(text, stored.note.body_line)
        passages, lines = store.passages.of_note(id), frozenset(hidden.get(path, ()))
        yield Told(id, path, title, stored.note.own_title, aliases, text, body, passages, lines)


def nameless(store: Store, most: int) -> list[tuple[str, str]]:
    """Paths of evenly chosen notes, and of each its first text without its names."""
    names = list(store.notes.names())
    found: list[tuple[str, str]] = []
    for id, path, title, aliases in names[:: max(1, -(-len(names) // most))]:
        said = (passage.chunk.embedded for passage in store.passages.of_note(id))
        left = without(next(filter(says_enough, said), ""), title, *aliases)
        found += [(path, left)] if left else []
    return found


class Names:
    """Which names of a vault tell one note from the others."""

    def __init__(self, notes: Sequence[Told]) -> None:
        self._called = Counter(name for note in notes for name in {_key(name) for name in (note.title, *note.aliases)})
        self._headed = Counter(name for note in notes for name in {_key(section.heading) for section in note.sections})

    def tells_section(self, name: str) -> bool:
        """Whether one note alone has a heading of that name, and no other note is called so."""
        return self._headed[_key(name)] == 1 and not self._called[_key(name)] and _is_telling(name)

    def tells(self, name: str) -> bool:
        """Whether one note alone is called so."""
        return self._called[_key(name)] == 1 and _is_telling(name)


def _is_telling(name: str) -> bool:
    if wording.is_template(name) or "/" in name or is_date(name):
        return False
    words = wording.content(wording.asked(name))
    if len(words) == 1 and not (has_cjk(words[0]) and len(words[0]) > 3):
        return len(words[0]) > 3
    return bool(words) and len(list(terms(name))) <= LONGEST_NAME


def without(said: str, *phrases: str) -> str:
    """The text without its names, cut where it is long; "" where too little is left."""
    lines = (" ".join(line.split()) for line in wording.without(said[:MOST_READ], phrases).split("\n"))
    left = cut("\n".join(line for line in lines if any(map(str.isalnum, line))))
    return left if says_enough(left) and not wording.is_template(left) else ""


def cut(said: str) -> str:
    return said if len(said) <= LONGEST else said[:LONGEST].rpartition(" ")[0] or said[:LONGEST]


def says_enough(said: str) -> bool:
    return len(wording.content(said[:2_000])) >= FEWEST_WORDS


def _line(text: str) -> str:
    return " ".join(plain(text).split())


def _key(name: str) -> str:
    return " ".join(normalise(name).split())
