"""A vault tended: notes that are one too many, tags that fit, notes worth another look."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from vecna_notes.vault.meaning import Meaning

if TYPE_CHECKING:  # whoever only searches does without these rooms
    from datetime import date

    from vecna_notes.edit import Applied, Change
    from vecna_notes.insight.duplicates import Compared, DuplicatePair, Verdict
    from vecna_notes.insight.resurface import Resurfaced
    from vecna_notes.insight.tagging import Tag, Tagger, TagReport, TagSuggestion


class Tending(Meaning):
    """Proposes, and remembers what was decided. Nothing but `accept_tag` writes a note."""

    _compared: Compared | None = None
    _tagger: Tagger | None = None
    _compared_version: int | None = None
    _tagger_version: int | None = None

    def duplicates(self, verdict: Verdict | None = None, limit: int | None = None) -> list[DuplicatePair]:
        """The surest first; without a verdict, copies and rewrites. Looks at every note."""
        wanted = ("same text", "rewritten") if verdict is None else (verdict,)
        found = self._comparison().pairs(self.store.kept.verdicts())
        return [one for one in found if one.verdict in wanted][:limit]

    def compare(self, path: str, other: str) -> DuplicatePair:
        """Any two notes."""
        compared = self._comparison()
        return compared.pair(*(compared.place[self._known(one).note.path] for one in (path, other)))

    def dismiss_duplicate(self, path: str, other: str) -> None:
        """The two are not one too many: the pair is not proposed again."""
        from vecna_notes.insight.duplicates import ANCHOR

        one, two = sorted((self._known(path).note.path, self._known(other).note.path))
        self.store.kept.judge_pair(one, two, "never", ANCHOR)

    def propose_duplicate(self, path: str, other: str) -> None:
        """Take `dismiss_duplicate` back."""
        from vecna_notes.insight.duplicates import ANCHOR

        one, two = sorted((self._known(path).note.path, self._known(other).note.path))
        self.store.kept.forget_pair(one, two, ANCHOR)

    def tags(self) -> list[Tag]:
        from vecna_notes.insight.tagging import tags

        return tags(self.store)

    def suggest_tags(self, path: str | None = None, limit: int = 20) -> list[TagSuggestion]:
        """For a note, or for the whole vault: the surest first. What was refused or accepted is left out."""
        from vecna_notes.insight.tagging import ANCHOR

        known = None if path is None else self._known(path).note.path
        said = {(one.source, one.anchor) for one in self.store.kept.verdicts(known) if one.anchor.startswith(ANCHOR)}
        found = self._tagging().suggest(known, limit + len(said))
        return [one for one in found if (one.path, ANCHOR + one.tag.casefold()) not in said][:limit]

    def preview_tag(self, suggestion: TagSuggestion) -> list[str]:
        """The unified diff as the file is now. Raises NoteChanged, EditRefused."""
        from vecna_notes import edit

        return edit.preview(self.root, self.store.folder, self._tagged(suggestion))

    def accept_tag(self, suggestion: TagSuggestion) -> Applied:
        """Write the tag into its note. Raises NoteChanged, EditRefused, Busy; then nothing was written."""
        from vecna_notes import edit

        applied = edit.apply(self.root, self.store.folder, self._tagged(suggestion))
        self._said_of_tag(suggestion, "accept")
        return applied

    def dismiss_tag(self, suggestion: TagSuggestion) -> None:
        """The tag is not suggested for this note again."""
        self._said_of_tag(suggestion, "never")

    def propose_tag(self, suggestion: TagSuggestion) -> None:
        """Take `dismiss_tag` back."""
        from vecna_notes.insight.tagging import ANCHOR

        self.store.kept.forget_pair(suggestion.path, suggestion.path, ANCHOR + suggestion.tag.casefold())

    def _said_of_tag(self, suggestion: TagSuggestion, verdict: Literal["accept", "never"]) -> None:
        from vecna_notes.insight.tagging import ANCHOR

        self.store.kept.judge_pair(suggestion.path, suggestion.path, verdict, ANCHOR + suggestion.tag.casefold())

    def _tagged(self, suggestion: TagSuggestion) -> Change:
        """The first place after whose change the note is read as before, with the tag."""
        from vecna_notes import edit
        from vecna_notes.errors import EditRefused
        from vecna_notes.ingest.read import understood
        from vecna_notes.insight.tagging import ANCHOR
        from vecna_notes.insight.tagplace import is_only_tagged, places

        edit.check_kind(suggestion.path)
        note = self._known(suggestion.path)
        path, text, tag = note.note.path, self.store.notes.text(note.id), suggestion.tag
        readers = list(self.registry.readers(self.reader_options, self.settings.files.skip).values())
        before = understood(path, text, readers)
        for (start, end), new in places(text, note.note.body_line, tag) if before else ():
            after = understood(path, text[:start] + new + text[end:], readers)
            if before and after and is_only_tagged(before, after, tag):
                key = json.dumps([ANCHOR + tag.casefold(), path])
                return edit.Change(path, note.note.digest, (start, end), new, f"the tag #{tag}", key)
        raise EditRefused(f"there is no sure place for #{tag} in {path}; write it by hand")

    def tag_report(self) -> TagReport:
        """How often suggestions were right on notes held out."""
        return self._tagging().report()

    def resurface(self, limit: int = 5, today: date | None = None) -> list[Resurfaced]:
        """Long unseen notes near to this week's work, then one at random; the same all day."""
        from datetime import date

        from vecna_notes.insight.resurface import resurface

        return resurface(self.store, self.store.kept.verdicts(), today or date.today(), limit)

    def again_today(self, path: str) -> None:
        """Take `not_today` back."""
        from vecna_notes.insight.resurface import ANCHOR

        known = self._known(path).note.path
        self.store.kept.forget_pair(known, known, ANCHOR)

    def not_today(self, path: str) -> None:
        """Do not resurface a note until tomorrow."""
        from vecna_notes.insight.resurface import ANCHOR

        known = self._known(path).note.path
        self.store.kept.judge_pair(known, known, "not today", ANCHOR)

    def _comparison(self) -> Compared:
        """Made anew when the index has changed."""
        from vecna_notes.insight.duplicates import compared

        version = self.store.data_version()
        if self._compared is None or self._compared_version != version:
            semantic = self._refreshed()
            self._compared = compared(self.store, semantic.nearest if semantic else None)
            self._compared_version = version
        return self._compared

    def _tagging(self) -> Tagger:
        from vecna_notes.insight.tagging import Tagger

        version = self.store.data_version()
        if self._tagger is None or self._tagger_version != version:
            self._tagger, self._tagger_version = Tagger(self.store), version
        return self._tagger
