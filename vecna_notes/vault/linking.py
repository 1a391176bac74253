"""A vault's links: those it could have, those that lead nowhere, and the hand that writes them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vecna_notes.types import NoteId, RelatedNote
from vecna_notes.vault.measuring import Measuring
from vecna_notes.vault.relating import Relating

if TYPE_CHECKING:  # whoever only searches does without these rooms
    from vecna_notes.edit import Applied, Change, Edit, Undone
    from vecna_notes.evaluate.suggested import Restored
    from vecna_notes.insight.gaps import Broken, Missing, Orphan
    from vecna_notes.insight.lore import Lore
    from vecna_notes.insight.suggestion import Suggestion
    from vecna_notes.interfaces import Report

NEAR = 80
"""Related notes that are asked for."""


class Linking(Measuring, Relating):
    """Suggestions, and what became of them."""

    _lore: Lore | None = None
    _lore_version: tuple[int, int] | None = None

    def suggestions(self, path: str, limit: int = 10) -> list[Suggestion]:
        """Links that a note could have, best first; what was refused or accepted before is left out."""
        from vecna_notes.insight.suggest import suggest

        note = self._known(path)
        feedback = self.store.kept.verdicts(path)
        return suggest(self._gathered(), note.id, self.related(path, None, NEAR, unlinked=True), feedback, limit)

    def suggestions_for(self, text: str, hidden: Collection[NoteId] = (), limit: int = 10) -> list[Suggestion]:
        """Links that a text could have which is no note, to others than the `hidden`."""
        from vecna_notes.insight.suggest import suggest_for

        return suggest_for(self._gathered(), text, hidden, limit)

    def all_suggestions(self, each: int = 3) -> Iterator[tuple[int, int, list[Suggestion]]]:
        """Of every note in turn: how many are done, of how many, and the best of this one."""
        paths = sorted(self.store.notes.paths())
        for done, path in enumerate(paths, 1):
            yield done, len(paths), self.suggestions(path, each)

    def preview_link(self, suggestion: Suggestion) -> list[str]:
        """The unified diff as the file is now. Raises NoteChanged, EditRefused."""
        from vecna_notes import edit

        return edit.preview(self.root, self.store.folder, _change(suggestion))

    def accept(self, suggestion: Suggestion) -> Applied:
        """Write the link. Raises NoteChanged, EditRefused, Busy; then nothing was written."""
        from vecna_notes import edit

        applied = edit.apply(self.root, self.store.folder, _change(suggestion))
        self.store.kept.judge_pair(suggestion.source, suggestion.target, "accept", suggestion.anchor)
        return applied

    def dismiss(self, suggestion: Suggestion, verdict: Literal["skip", "never"]) -> None:
        """`skip` leaves out these words for this target, `never` any words for it in this note."""
        anchor = "" if verdict == "never" else suggestion.anchor
        self.store.kept.judge_pair(suggestion.source, suggestion.target, verdict, anchor)

    def propose(self, suggestion: Suggestion, verdict: Literal["skip", "never"]) -> None:
        """Take `dismiss` back."""
        anchor = "" if verdict == "never" else suggestion.anchor
        self.store.kept.forget_pair(suggestion.source, suggestion.target, anchor)

    def undo_edit(self, id: str | None = None) -> Undone | None:
        """Take back the last link that was written, or the edit named; None when there is none.

        Raises NoteChanged when its note changed since, and EditRefused.
        """
        from vecna_notes import edit

        undone = edit.undo(self.root, self.store.folder, id)
        if undone is not None and undone.key:
            anchor, target = json.loads(undone.key)
            self.store.kept.forget_pair(undone.path, target, anchor)
        return undone

    def edits(self) -> list[Edit]:
        """What was written and can be taken back, newest first."""
        from vecna_notes import edit

        return edit.history(self.store.folder)

    def broken_links(self) -> list[Broken]:
        """Links to no note, or to several, with names near to what they say."""
        from vecna_notes.insight.gaps import broken

        return broken(self._gathered())

    def mend(self, broken: Broken) -> Applied:
        """Write a broken link as `fix` has it. Raises as `accept` does."""
        from vecna_notes import edit
        from vecna_notes.errors import EditRefused

        if broken.span is None or not broken.fix:
            raise EditRefused(f"no note is near enough to {broken.written!r} to be meant; mend it by hand")
        about = f"a mended link to {broken.near[0]}"
        change = edit.Change(broken.source, broken.digest, broken.span, broken.fix, about)
        return edit.apply(self.root, self.store.folder, change)

    def orphans(self, limit: int = 100) -> list[Orphan]:
        """Notes that no other links to, with the note that could."""
        from vecna_notes.insight.gaps import orphans

        return orphans(self._gathered(), lambda path: self._near(path, 1), limit)

    def missing_links(self, limit: int = 20) -> list[Missing]:
        """Pairs of notes near in meaning and far apart by links, best first. Looks at every note."""
        from vecna_notes.insight.gaps import LOOKED, missing

        return missing(self._gathered(), lambda path: self._near(path, LOOKED), limit)

    def check_suggestions(self, hidden: int, seed: int, file: Path | None, split: str, report: Report) -> Restored:
        """Hide links of this vault, of `file` where one is given, in a copy of its index, and count what comes back."""
        from vecna_notes.evaluate.links import read_links
        from vecna_notes.evaluate.suggested import restore

        pairs = read_links(file, split, self.root.name).hidden if file else None
        return restore(self._rooms(), self.root, pairs, hidden, seed, report)

    def _near(self, path: str, limit: int) -> list[RelatedNote]:
        """Related notes without a link either way; meaning, words and names speak, so links do not decide."""
        from vecna_notes.insight.narrow import Only
        from vecna_notes.insight.related import related_notes
        from vecna_notes.insight.relations import ALL

        only, shares = Only(unlinked=True), ALL.without_graph()
        return related_notes(self._relations(), self._known(path).id, None, limit, only, shares)

    def _gathered(self) -> Lore:
        """Made anew when the index has changed."""
        from vecna_notes.ingest.resolve import resolver
        from vecna_notes.insight.lore import lore

        version = self.store.version()
        if self._lore is None or self._lore_version != version:
            self._lore = lore(self.store, self.root, resolver(self.store.notes.names()))
            self._lore_version = version
        return self._lore


def _change(suggestion: Suggestion) -> Change:
    from vecna_notes import edit

    return edit.Change(
        path=suggestion.source,
        digest=suggestion.digest,
        span=suggestion.span,
        new=suggestion.new,
        about=f"the link to {suggestion.title}",
        key=json.dumps([suggestion.anchor, suggestion.target]),
    )
