"""The only hand that writes a note: one change at a time, wholly or not at all, and none over a change of its author.

A change is put into a journal before it is made, so that whatever happens the note is its old or its new self and
`undo` knows the way back. Bytes outside the change stay as they are: byte order mark, line ends, encoding, what stands
at the end. A program that saves the same note in the instant between our last look and the rename is overwritten by
the rename, as with every editor.
"""

from vecna_notes.edit.adding import check_unchanged, create, ending, preview_new
from vecna_notes.edit.journal import Edit
from vecna_notes.edit.place import check_kind, is_written
from vecna_notes.edit.splice import Change
from vecna_notes.edit.writing import Applied, Undone, apply, history, preview, undo

__all__ = [
    "Applied", "Change", "Edit", "Undone", "apply", "check_kind", "check_unchanged", "create", "ending", "history",
    "is_written", "preview", "preview_new", "undo",
]  # fmt: skip
