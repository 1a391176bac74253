"""A vault looked at: its notes, their texts and links, and how far the index is."""

from __future__ import annotations

from collections.abc import Iterator

from vecna_notes.store import StoredNote
from vecna_notes.types import (
    Link,
    Passage,
    Problem,
    SpaceStatus,
    Status,
)
from vecna_notes.vault.meaning import Meaning
from vecna_notes.vault.opened import LAST_RUN


class Looking(Meaning):
    """What is there."""

    def status(self) -> Status:
        """What is indexed, what is not, and why."""
        counts, links = self.store.files.counts(), self.store.links.counts()
        last = self.store.meta.get(LAST_RUN) or {}
        failed = [record for record in self.store.files.all().values() if record.state == "failed"]
        problems = [*self.store.notes.problems(), *(Problem(record.path, record.reason) for record in failed)]
        return Status(
            indexed=counts.get("indexed", 0),
            waiting=counts.get("waiting", 0),
            skipped=counts.get("skipped", 0),
            failed=counts.get("failed", 0),
            chunks=self.store.passages.count(),
            links=sum(links.values()),
            broken_links=links.get("broken", 0),
            ambiguous_links=links.get("ambiguous", 0),
            spaces=tuple(self._space_statuses()),
            problems=tuple(problems),
            skips=self.store.files.skip_reasons(),
            embedded_last_run=int(last.get("embedded", 0)),
            last_run=last.get("finished"),
            store_bytes=self.store.size(),
            notices=(
                *self.configuration.ignored,
                *self.store.notices,
                *self.models.notices(),
                *last.get("notices", ()),
            ),
        )

    def _space_statuses(self) -> Iterator[SpaceStatus]:
        active = self.store.vectors.active()
        for id, space in self.store.vectors.spaces():
            missing, count = self.store.vectors.missing_count(id), self.store.vectors.count(id)
            yield SpaceStatus(space, count, missing, active is not None and active[0] == id)

    def recent(self, limit: int) -> list[StoredNote]:
        """Notes by the time of their last change, newest first."""
        return self.store.notes.recent(limit)

    def note(self, path: str) -> StoredNote:
        return self._known(path)

    def text(self, path: str) -> str:
        """A note's text as it was last indexed."""
        return self.store.notes.text(self._known(path).id)

    def passages(self, path: str) -> list[Passage]:
        return self.store.passages.of_note(self._known(path).id)

    def links(self, path: str) -> list[Link]:
        """Links written in a note."""
        return self.store.links.of(self._known(path).id)

    def backlinks(self, path: str) -> list[Link]:
        """Links that other notes write to it."""
        return self.store.links.to(self._known(path).id)

    def resolve_path(self, name: str) -> str:
        """The path of a note given by path, file, title or alias. Raises NoteNotFound naming near ones."""
        from vecna_notes.insight.naming import find_note

        return find_note(self.store, self.root, name)
