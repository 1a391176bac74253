"""The tools that write, offered only with --allow-write. None deletes; each can be taken back by the user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from vecna_notes.mcp import shapes
from vecna_notes.mcp.asking import Asking
from vecna_notes.mcp.reading import NoteRef

Content = Annotated[str, Field(min_length=1, max_length=200_000)]
IfHash = Annotated[
    str, Field(max_length=64, description="hash of the note as you read it; another one refuses the change")
]
DryRun = Annotated[bool, Field(description="true only shows the change; false writes it")]


@dataclass(frozen=True, slots=True)
class Writing:
    ask: Asking

    async def create_note(
        self,
        path: Annotated[str, Field(min_length=1, max_length=500, description="Relative to the vault, ends in .md")],
        text: Content,
        dry_run: DryRun = True,
    ) -> shapes.WriteResult:
        """Make a new note in a folder that is there. Refuses a path at which anything is already."""
        return await self.ask(lambda given: shapes.written(path, "", given.create(path, text, dry_run)))

    async def append_to_note(
        self, ref: NoteRef, text: Content, if_hash: IfHash = "", dry_run: DryRun = True
    ) -> shapes.WriteResult:
        """Add lines at the end of a note. Writing needs if_hash."""
        return await self.ask(
            lambda given: shapes.written(given.note(ref).note.path, if_hash, given.append(ref, text, if_hash, dry_run))
        )

    async def apply_link(
        self,
        ref: NoteRef,
        suggestion: Annotated[str, Field(max_length=40, description="id of a suggestion of suggest_links")],
        if_hash: IfHash = "",
        dry_run: DryRun = True,
    ) -> shapes.WriteResult:
        """Write a link that suggest_links suggested, at the words it named. Writing needs if_hash."""
        return await self.ask(
            lambda given: shapes.written(
                given.note(ref).note.path, if_hash, given.link(ref, suggestion, if_hash, dry_run)
            )
        )
