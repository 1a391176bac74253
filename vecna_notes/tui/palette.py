"""What the command palette finds: notes by their titles, and everything the screen can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from vecna_notes.errors import VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui import asking
from vecna_notes.tui.messages import OpenNote
from vecna_notes.tui.phrases import folder
from vecna_notes.tui.places import Place

if TYPE_CHECKING:
    from vecna_notes.tui.app import VecnaApp

MOST_NOTES = 20_000
SHOWN_NOTES = 12


class Notes(Provider):
    """Fuzzy search over the titles of all notes."""

    async def startup(self) -> None:
        self._notes: list[tuple[str, str, str]] = []
        try:
            stored = await cast("VecnaApp", self.app).answer(asking.latest(MOST_NOTES), "palette")
        except VecnaError:
            return
        self._notes = [(safe_line(known.note.title), folder(known.note.path), known.note.path) for known in stored]

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        likely = [note for note in self._notes if _is_likely(query.casefold(), note[0].casefold())]
        scored = [(matcher.match(title), title, place, path) for title, place, path in likely[:2000]]
        scored.sort(key=lambda row: -row[0])
        for score, title, place, path in scored[:SHOWN_NOTES]:
            if score > 0:
                yield Hit(score, _shown(matcher.highlight(title), place), self._opener(title, path), text=title)

    async def discover(self) -> Hits:
        for title, place, path in self._notes[:5]:
            yield DiscoveryHit(_shown(Content(title), place), self._opener(title, path), text=title)

    def _opener(self, title: str, path: str) -> Callable[[], object]:
        return partial(self.app.post_message, OpenNote(Place(path, title)))


class Expected(Notes):
    """The same notes, to ask what became of one in a search."""

    def _opener(self, title: str, path: str) -> Callable[[], object]:
        return partial(cast("VecnaApp", self.app).ask_where, path)


class Commands(Provider):
    """Every action by a name, so that each has a way without its key."""

    def _commands(self) -> Iterator[tuple[str, str]]:
        yield "Search", "app.tab('search')"
        yield "Note", "app.tab('note')"
        yield "Map: topics, and notes that are near each other", "app.tab('map')"
        yield "Map: write it as SVG, PNG or HTML", "app.on('map', 'export')"
        yield "Map: what the last search found", "app.on('map', 'hits')"
        yield "Topics: what became of them", "app.on('map', 'history')"
        yield "Topics: rename the chosen one", "app.on('map', 'rename')"
        yield "Ask: a question to these notes", "app.tab('ask')"
        yield "Ask about the chosen note", "app.on('search', 'ask')"
        yield "Ask: choose who answers", "app.on('ask', 'generator')"
        yield "Ask: begin a new conversation", "app.on('ask', 'anew')"
        yield "Ask: copy the answer with its sources", "app.on('ask', 'copy')"
        yield "Ask: save the answer as a note", "app.on('ask', 'save')"
        yield "Ask: hide what has no support, or show it", "app.on('ask', 'hide')"
        yield "Ask: ask all notes again, not one", "app.on('ask', 'everywhere')"
        yield "Models: which embedder answers, and what was tuned", "app.tab('models')"
        yield "Train: tune the embedder on these notes", "app.on('models', 'train')"
        yield "Roll back: the embedder before the tuned one", "app.on('models', 'rollback')"
        yield "Compare one query in several embedders", "app.on('models', 'compare')"
        yield "Eval: how well search does on these notes", "app.tab('eval')"
        yield "Index", "app.tab('index')"
        yield "Search mode: hybrid, semantic, keyword", "app.on('search', 'next_mode')"
        yield "Why not: what became of a note you expected", "app.expected"
        yield "Explain why this note was found", "app.on('search', 'explain')"
        yield "Filters of this search", "app.on('search', 'chips')"
        yield "More like this note", "app.on('search', 'steer', 'more')"
        yield "Less like this note", "app.on('search', 'steer', 'less')"
        yield "Rerank: read the best hits together with the query", "app.on('search', 'rerank')"
        yield "This note answers the query", "app.on('search', 'vote')"
        yield "Duplicates: notes that may be one too many", "app.duplicates"
        yield "Suggestions: links this note could have", "app.on('note', 'offers')"
        yield "Suggestions: tags that would fit this note", "app.on('note', 'tags')"
        yield "Accept: write the chosen link or tag into the note", "app.on('note', 'accept')"
        yield "Skip the chosen suggestion", "app.on('note', 'skip')"
        yield "Never suggest the chosen target for this note", "app.on('note', 'never')"
        yield "Peek at the note a suggestion leads to", "app.on('note', 'peek')"
        yield "Undo: take back what was written into a note last", "app.on('note', 'undo')"
        yield "Related: choose which notes are shown", "app.on('note', 'narrow')"
        yield "Related: hide notes that are linked already", "app.on('note', 'hide_linked')"
        yield "Why: what the chosen related note has to do with this one", "screen.why"
        yield "Not today: put the chosen note off until tomorrow", "app.on('search', 'put_off')"
        yield "Edit this note", "app.edit"
        yield "Open this note in Obsidian", "app.obsidian"
        yield "Copy a link to this note", "app.copy_link"
        yield "Copy path and line", "app.copy_place"
        yield "Zoom this pane", "screen.zoom"
        yield "Keys of this pane", "app.keys"
        yield "Change the theme", "app.change_theme"
        yield "Rescan the folder", "app.command('rescan')"
        yield "Verify the index", "app.command('verify')"
        yield "Compact the index", "app.command('compact')"
        yield "Quit", "app.quit"

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, action in self._commands():
            if (score := matcher.match(name)) > 0:
                yield Hit(score, Content(" ") + matcher.highlight(name), self._runner(action), text=name)

    async def discover(self) -> Hits:
        for name, action in self._commands():
            yield DiscoveryHit(Content(f" {name}"), self._runner(action), text=name)

    def _runner(self, action: str) -> Callable[[], object]:
        return partial(self.app.call_next, self.app.run_action, action, self.screen)


def _shown(title: Content, place: str) -> Content:
    return Content.assemble(" ", title, ("  " + place, "dim"))


def _is_likely(query: str, title: str) -> bool:
    """Whether the letters of the query come in this order: cheap, so that the real matcher sees few titles."""
    place = 0
    for letter in query:
        if letter == " ":
            continue
        place = title.find(letter, place) + 1
        if not place:
            return False
    return True
