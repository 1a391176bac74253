"""A vault tended: notes that are one too many, tags that fit, notes worth another look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vecna_notes.vault.meaning import Meaning

if TYPE_CHECKING:  # whoever only searches does without these rooms
    from datetime import date

    from vecna_notes.insight.duplicates import Compared, DuplicatePair, Verdict
    from vecna_notes.insight.resurface import Resurfaced
    from vecna_notes.insight.tagging import Tag, Tagger, TagReport, TagSuggestion


class Tending(Meaning):
    """Proposes, and remembers what was decided; no note is written."""

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

    def tags(self) -> list[Tag]:
        from vecna_notes.insight.tagging import tags

        return tags(self.store)

    def suggest_tags(self, path: str | None = None, limit: int = 20) -> list[TagSuggestion]:
        """For a note, or for the whole vault: the surest first."""
        return self._tagging().suggest(None if path is None else self._known(path).note.path, limit)

    def tag_report(self) -> TagReport:
        """How often suggestions were right on notes held out."""
        return self._tagging().report()

    def resurface(self, limit: int = 5, today: date | None = None) -> list[Resurfaced]:
        """Long unseen notes near to this week's work, then one at random; the same all day."""
        from datetime import date

        from vecna_notes.insight.resurface import resurface

        return resurface(self.store, self.store.kept.verdicts(), today or date.today(), limit)

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
