"""Questions whose answers the vault itself knows: a title, a heading, an alias, or the sentence around a link.

Each stands for one note, and no note answers two of them, so that a note never loses more than one of its names.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vecna_notes.evaluate import wording
from vecna_notes.evaluate.questions import Question
from vecna_notes.markup import blank, heading_text, hidden
from vecna_notes.store import Store
from vecna_notes.text import has_cjk, normalise, terms
from vecna_notes.types import NoteId, Span, WrittenLink

KINDS = ("title", "heading", "link", "alias")
FEWEST_WORDS = 20
"""A note that says less is nothing to be found by."""
LONGEST_NAME = 12
"""Words of a title, heading or alias that anybody would type."""
SENTENCE_WORDS = (5, 40)
"""Words with a meaning that a link's sentence must still have without the link, and words it may have in all."""
RARE = 3
"""A name of one word counts when so few passages at most say it."""
SENTENCES_PER_NOTE = 2
MOST_PASSAGES = 8
"""A longer note lends no title: every passage of it would be embedded again."""
HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(?P<said>\S[^\n]*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mined:
    """A question, and what must not be indexed while it is asked."""

    question: Question
    note: str
    """Path of the note that it was taken from."""
    phrase: str = ""
    """A name of that note, wherever the note says it."""
    place: Span | None = None
    """A sentence, as characters of the note's text."""
    link: WrittenLink | None = None
    """The link in that sentence."""


def mine(store: Store, limit: int, seed: int = 0, left_out: frozenset[str] = frozenset()) -> list[Mined]:
    """At most `limit` questions, of every kind about as many; the same ones for the same vault and seed.

    Notes `left_out` keep all their names, and answer no question.
    """
    rng = random.Random(seed)
    look = _Look(store, left_out)
    turns = [look.titles(rng), look.headings(rng), look.links(rng), look.aliases(rng)]
    found: list[Mined] = []
    while turns and len(found) < limit:
        for kind in tuple(turns):
            one = next(kind, None)
            if one is None:
                turns.remove(kind)
            elif len(found) < limit:
                found.append(one)
    return found


@dataclass(frozen=True, slots=True)
class _Known:
    """A note as it is looked through."""

    id: NoteId
    path: str
    title: str
    aliases: tuple[str, ...]
    headings: tuple[str, ...]
    body: int
    """Where its body starts, in characters."""
    passages: int

    @property
    def names(self) -> tuple[str, ...]:
        return self.title, *self.aliases, *self.headings


class _Look:
    """Walks the notes in random order, once for each kind of question."""

    def __init__(self, store: Store, left_out: frozenset[str]) -> None:
        self._store = store
        self._used = set(left_out)
        self._notes = {note.path: note for note in _known(store)}
        self._holders = Counter(name for note in self._notes.values() for name in set(map(_key, note.names)))

    def titles(self, rng: random.Random) -> Iterator[Mined]:
        for note in self._shuffled(rng):
            if note.passages <= MOST_PASSAGES:
                yield from self._named("title", note, [note.title])

    def headings(self, rng: random.Random) -> Iterator[Mined]:
        for note in self._shuffled(rng):
            own = [heading for heading in note.headings if _key(heading) != _key(note.title)]
            rng.shuffle(own)
            yield from self._named("heading", note, own)

    def aliases(self, rng: random.Random) -> Iterator[Mined]:
        for note in self._shuffled(rng):
            if note.passages <= MOST_PASSAGES:
                yield from self._named("alias", note, [name for name in note.aliases if _key(name) != _key(note.title)])

    def links(self, rng: random.Random) -> Iterator[Mined]:
        for note in self._shuffled(rng):
            yield from self._linking(note, rng)

    def _shuffled(self, rng: random.Random) -> list[_Known]:
        notes = [self._notes[path] for path in sorted(self._notes)]
        rng.shuffle(notes)
        return notes

    def _named(self, kind: str, note: _Known, names: Sequence[str]) -> Iterator[Mined]:
        """At most one question, of the first name that means this note and no other."""
        if note.path in self._used:
            return
        for name in names:
            if self._is_telling(name) and self._says_enough(note, name):
                self._used.add(note.path)
                yield Mined(Question(wording.asked(name), kind, {note.path: 1}), note.path, name)
                return

    def _is_telling(self, name: str) -> bool:
        if self._holders[_key(name)] != 1 or wording.is_template(name) or "/" in name:
            return False
        words = wording.content(wording.asked(name))
        if len(words) == 1 and not (has_cjk(words[0]) and len(words[0]) > 3):
            return len(words[0]) > 3 and self._store.keywords.frequency(words)[words[0]] <= RARE
        return bool(words) and len(list(terms(name))) <= LONGEST_NAME

    def _says_enough(self, note: _Known, name: str = "") -> bool:
        text = self._store.notes.text(note.id)[note.body :]
        rest = wording.without(text, [name]) if name else text
        return not wording.is_template(text) and len(wording.content(rest[:20_000])) >= FEWEST_WORDS

    def _linking(self, note: _Known, rng: random.Random) -> Iterator[Mined]:
        """Questions of a few of its links, to notes that answer no other question."""
        links = [link for link in self._store.links.of(note.id) if link.target not in (None, note.id)]
        links = [link for link in links if not link.written.is_embed]
        if not links:
            return
        text = self._store.notes.text(note.id)
        spans = wording.find(text, [link.written for link in links])
        order = [i for i, span in enumerate(spans) if span is not None and span[0] >= note.body]
        rng.shuffle(order)
        sentences: list[Span] = []
        for i in order:
            target, span = links[i].target_path, spans[i]
            if span is None or target in self._used or target not in self._notes:
                continue
            place = wording.sentence(text, span)
            query = _around(text, span, place)
            if query and place not in sentences and self._can_answer(target, query):
                self._used.add(target)
                sentences.append(place)
                asked = Question(query, "link", {target: 1}, frozenset({note.path}))
                yield Mined(asked, note.path, place=place, link=links[i].written)
            if len(sentences) == SENTENCES_PER_NOTE:
                return

    def _can_answer(self, path: str, query: str) -> bool:
        note = self._notes[path]
        return self._says_enough(note) and not wording.says(self._store.notes.text(note.id), query)


def _around(text: str, link: Span, place: Span) -> str:
    """The sentence without its link; "" where it says too little, or writes another link."""
    if len(wording.links_in(text[slice(*place)])) != 1:
        return ""
    query = wording.asked(text[place[0] : link[0]] + " " + text[link[1] : place[1]])
    fewest, most = SENTENCE_WORDS
    is_fit = len(wording.content(query)) >= fewest and len(list(terms(query))) <= most
    return query if is_fit and not wording.is_template(query) else ""


def _known(store: Store) -> Iterator[_Known]:
    for id, path, title, aliases in store.notes.names():
        stored = store.notes.by_id(id)
        if stored is None:
            continue
        text = store.notes.text(id)
        body = start_of_body(text, stored.note.body_line)
        yield _Known(id, path, title, aliases, tuple(_headings(text[body:])), body, stored.chunk_count)


def start_of_body(text: str, line: int) -> int:
    """Where a line starts, in characters."""
    place = 0
    for _ in range(line - 1):
        place = text.find("\n", place) + 1
        if place == 0:
            return len(text)
    return place


def _headings(body: str) -> Iterator[str]:
    if "#" not in body:
        return
    for match in HEADING.finditer(blank(body, hidden(body), "fence", "comment")):
        yield heading_text(body[slice(*match.span("said"))])


def _key(name: str) -> str:
    return " ".join(normalise(name).split())
