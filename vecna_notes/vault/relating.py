"""A vault's notes beside each other: which are near, why, and which lines say nothing of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vecna_notes.types import NoteId, RelatedNote
from vecna_notes.vault.meaning import Meaning

if TYPE_CHECKING:  # whoever only searches does without these rooms
    from vecna_notes.ingest.boilerplate import Repeated
    from vecna_notes.ingest.recut import Decided
    from vecna_notes.insight.closeness import Scale
    from vecna_notes.insight.relations import Relations
    from vecna_notes.insight.why import Why


class Relating(Meaning):
    """Related notes, and what is left out of what is embedded."""

    _related: Relations | None = None
    _related_version: tuple[int, int] | None = None

    def related(
        self,
        path: str,
        line: int | None = None,
        limit: int = 10,
        unlinked: bool = False,
        *,
        same_folder: bool | None = None,
        same_day: bool | None = None,
        tags: Sequence[str] = (),
        without: frozenset[NoteId] = frozenset(),
    ) -> list[RelatedNote]:
        """Notes near to a note, or to the passage at one of its lines.

        `same_folder` and `same_day` ask for notes of the same (True) or of others (False); a note must have all `tags`.
        """
        from vecna_notes.insight.narrow import Only
        from vecna_notes.insight.related import related_notes

        only = Only(unlinked, same_folder, same_day, tuple(tags), without)
        return related_notes(self._relations(), self._known(path).id, line, limit, only, scale=self._scale())

    def why(self, path: str, other: str) -> Why:
        """What two notes have to do with each other."""
        from vecna_notes.insight.closeness import scale
        from vecna_notes.insight.why import why

        relations = self._relations()
        return why(relations, self._scale() or scale(relations), self._known(path), self._known(other))

    def _scale(self) -> Scale | None:
        from vecna_notes.insight.closeness import kept

        semantic = self._refreshed()
        return kept(self.store, semantic.space if semantic else None)

    def _relations(self) -> Relations:
        """Made anew when the index has changed."""
        from vecna_notes.insight.relations import Relations

        semantic, version = self._refreshed(), self.store.version()
        nearest = semantic.nearest if semantic else None
        if self._related is None:
            self._related = Relations(self.store, nearest)
        elif version != self._related_version or self._related.nearest is not nearest:
            self._related = self._related.renewed(nearest)
        self._related_version = version
        return self._related

    # ── boilerplate ─────────────────────────────────────────────────────────────────────────────────────────────

    def boilerplate(self) -> tuple[list[Repeated], Decided]:
        """The lines that many notes repeat, those of most notes first, and what the user said about them."""
        from vecna_notes.ingest.recut import decided, found

        return found(self.store), decided(self.store)

    def decide_boilerplate(self, what: Decided) -> None:
        """Any process may; the next run of the indexer cuts the notes that it concerns anew."""
        from vecna_notes.ingest.recut import decide

        decide(self.store, what)
