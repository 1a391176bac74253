"""Answers as Markdown with links in the vault's own style, and kept as notes when somebody says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vecna_notes.errors import EditRefused
from vecna_notes.text import safe_line
from vecna_notes.vault.asking import Asking
from vecna_notes.vault.opened import why_ignored

if TYPE_CHECKING:  # whoever only searches does without these rooms
    from vecna_notes.answer.ask import Answer
    from vecna_notes.answer.evidence import Piece
    from vecna_notes.edit import Applied

WRITTEN = (".md", ".markdown")


class Saving(Asking):
    """What becomes of an answer."""

    def answer_markdown(self, done: Answer, path: str = "") -> str:
        """The answer with its sources, for the note at `path`, or to be put anywhere."""
        from vecna_notes.answer.markdown import as_markdown
        from vecna_notes.ingest.resolve import resolver
        from vecna_notes.insight.linkstyle import Target, can_be_label, style_of, written

        style = style_of(self.root, self.store.links.all())
        resolve = resolver(self.store.notes.names())

        def link(piece: Piece) -> str:
            passage = piece.passage
            title = safe_line(passage.title)
            words = title if can_be_label(title) else "note"
            target = Target(passage.note_id, passage.path)
            return written(style, resolve, path, words, target, in_table=False) or safe_line(passage.path)

        return as_markdown(done, link)

    def save_answer(self, done: Answer, path: str) -> Applied:
        """Write it as a new note; ".md" is added where it is missing, and `undo_edit` takes it away again.

        Raises EditRefused where a note of that name is there, or would not be indexed, and Busy; then nothing was
        written.
        """
        from vecna_notes import edit

        path = path if path.lower().endswith(WRITTEN) else f"{path}.md"
        if why := why_ignored(self.root, self.settings, path):
            raise EditRefused(f"{safe_line(path)} would not be indexed: {why}; nothing was written")
        return edit.create(self.root, self.store.folder, path, self.answer_markdown(done, path))
