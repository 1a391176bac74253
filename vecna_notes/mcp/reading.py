"""The tools that only read. What an agent is told of each is its docstring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from vecna_notes.errors import ConfigError
from vecna_notes.mcp import shapes
from vecna_notes.mcp.asking import LAST, Asking, cursor_at, narrowed, place_of
from vecna_notes.vault.given import Given

if TYPE_CHECKING:
    from vecna_notes.store import StoredNote

MOST = 25
LINES = 400
CHARACTERS = 40_000
"""Of one answer of read_note."""
NAMES = 50
"""Folders, tags and topics of an overview."""

Query = Annotated[
    str, Field(max_length=2_000, description='Words, or a query: "phrase", -word, tag:, path:, before:, after:')
]
Question = Annotated[str, Field(min_length=1, max_length=2_000)]
NoteRef = Annotated[str, Field(max_length=500, description="'#id', path, title or alias of a note")]
Text = Annotated[str, Field(max_length=50_000, description="A text that is no note yet; in place of ref")]
Limit = Annotated[int, Field(ge=1, le=MOST)]
Folder = Annotated[str, Field(max_length=500, description="Only notes below this folder")]
Tag = Annotated[str, Field(max_length=200, description="Only notes with this tag, or one below it")]
Since = Annotated[str, Field(max_length=10, description="Only notes of this day or later, 2024-05-31")]
Cursor = Annotated[str, Field(max_length=40, description="next_cursor of the answer before")]


@dataclass(frozen=True, slots=True)
class Reading:
    ask: Asking

    async def search_notes(
        self,
        query: Query,
        mode: Literal["hybrid", "semantic", "keyword"] = "hybrid",
        limit: Limit = 10,
        folder: Folder = "",
        tag: Tag = "",
        since: Since = "",
        detail: Literal["concise", "full"] = "concise",
        cursor: Cursor = "",
    ) -> shapes.SearchResult:
        """Find notes by meaning and by word, best first, each with its best passage and what spoke for it.

        An empty query lists the newest notes that the filters leave. detail=full gives whole passages.
        """

        def answer(given: Given) -> shapes.SearchResult:
            asked = (query, mode, folder, tag, since)
            first = place_of(cursor, *asked)
            found = given.search(query, mode, min(first + limit + 1, LAST), narrowed(folder, tag, since))
            hits = found.hits[first : first + limit]
            return shapes.SearchResult(
                hits=[shapes.found(hit, detail == "full") for hit in hits],
                closeness=found.closeness,
                notice=shapes.line(found.notice),
                next_cursor=cursor_at(first + limit, len(found.hits), *asked),
                held_back=given.held_back,
            )

        return await self.ask(answer)

    async def gather_context(
        self, question: Question, max_tokens: Annotated[int, Field(ge=50, le=8_000)] = 1_500
    ) -> shapes.Context:
        """Gather the passages that answer a question, without repetition, each with a number to cite it by.

        The answer is yours to write: cite as [1], and say so where closeness is 'nothing close'.
        """

        def answer(given: Given) -> shapes.Context:
            found, packed = given.evidence(question, max_tokens)
            passages = [shapes.evidence(piece) for piece in packed.pieces]
            return shapes.Context(passages, packed.tokens, found.closeness, len(given.listed()), given.held_back)

        return await self.ask(answer)

    async def read_note(
        self,
        ref: NoteRef,
        section: Annotated[str, Field(max_length=500, description="Only the section under this heading")] = "",
        start_line: Annotated[int, Field(ge=1, le=10**9)] = 1,
        max_lines: Annotated[int, Field(ge=1, le=LINES)] = 200,
    ) -> shapes.NoteText:
        """Read a note, or a part of it, as it was last indexed. A name that no note has returns near ones."""

        def answer(given: Given) -> shapes.NoteText:
            note = given.note(ref)
            text, held = given.lines(note)
            first, last = given.section(note, section) if section else (1, len(text))
            first = max(first, start_line)
            return _note_text(note, text, held, first, min(last, first + max_lines - 1), last)

        return await self.ask(answer)

    async def related_notes(
        self,
        ref: NoteRef = "",
        text: Text = "",
        limit: Limit = 10,
        exclude_linked: bool = False,
    ) -> shapes.RelatedResult:
        """Show notes near in meaning to a note or a text, and the notes it is linked with, either way."""

        def answer(given: Given) -> shapes.RelatedResult:
            if _only_one(ref, text) == "text":
                near = [shapes.near_text(hit) for hit in given.near_text(text, limit).hits]
                return shapes.RelatedResult(near, [], [], given.held_back)
            around = given.neighbourhood(ref, limit, exclude_linked)
            links, backlinks = ([shapes.named(one) for one in side] for side in (around.links, around.backlinks))
            return shapes.RelatedResult([shapes.near(one) for one in around.near], links, backlinks, given.held_back)

        return await self.ask(answer)

    async def suggest_links(self, ref: NoteRef = "", text: Text = "", limit: Limit = 10) -> shapes.SuggestResult:
        """Suggest links that a note or a text could have: the words, the target and the reason. Writes nothing."""

        def answer(given: Given) -> shapes.SuggestResult:
            if _only_one(ref, text) == "text":
                found, hash_ = given.suggestions_for(text, limit), ""
            else:
                found, hash_ = given.suggestions(ref, limit), given.note(ref).note.digest
            return shapes.SuggestResult([shapes.suggested(one, given.note(one.target)) for one in found], hash_)

        return await self.ask(answer)

    async def list_notes(
        self,
        folder: Folder = "",
        tag: Tag = "",
        since: Since = "",
        limit: Annotated[int, Field(ge=1, le=100)] = 50,
        cursor: Cursor = "",
    ) -> shapes.ListResult:
        """List notes, the last changed first."""

        def answer(given: Given) -> shapes.ListResult:
            asked = (folder, tag, since)
            first = place_of(cursor, *asked)
            notes = given.listed(narrowed(*asked))
            return shapes.ListResult(
                notes=[shapes.listed(one) for one in notes[first : first + limit]],
                total=len(notes),
                next_cursor=cursor_at(first + limit, len(notes), *asked),
                held_back=given.held_back,
            )

        return await self.ask(answer)

    async def vault_overview(self) -> shapes.OverviewResult:
        """Say what the vault holds: counts, folders, tags, topics, the embedder, and how fresh the index is."""
        return await self.ask(lambda given: shapes.overview(given.overview(), NAMES))


def _note_text(note: StoredNote, text: list[str], held: int, first: int, last: int, end: int) -> shapes.NoteText:
    """Lines `first` to `last` of a part that ends with line `end`, as far as there is room for them."""
    room, shown = CHARACTERS, list[str]()
    for line in text[first - 1 : last]:
        if shown and len(line) > room:
            break
        shown.append(line if len(line) <= room else line[:room] + " [cut: the line is too long]")
        room -= len(line) + 1
    after = first + len(shown)
    return shapes.NoteText(
        ref=f"#{note.id}",
        path=shapes.clean(note.note.path),
        title=shapes.line(note.note.title),
        tags=[shapes.line(tag) for tag in note.note.tags],
        modified=shapes.day(note.modified),
        hash=note.note.digest,
        lines=[first, after - 1],
        total_lines=len(text),
        text=shapes.delimited("\n".join(shown)),
        next_line=after if shown and after <= end else None,
        held_back_lines=held,
    )


def _only_one(ref: str, text: str) -> Literal["ref", "text"]:
    if bool(ref.strip()) == bool(text.strip()):
        raise ConfigError("give either ref, a note, or text")
    return "ref" if ref.strip() else "text"
