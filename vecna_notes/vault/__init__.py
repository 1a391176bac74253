"""The composition root: opens a vault's rooms, wires them, closes them. It decides nothing itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vecna_notes.vault.grouping import Grouping
from vecna_notes.vault.linking import Linking
from vecna_notes.vault.looking import Looking
from vecna_notes.vault.opened import explain_unread
from vecna_notes.vault.relating import Relating
from vecna_notes.vault.saving import Saving
from vecna_notes.vault.tending import Tending
from vecna_notes.vault.tuning import Tuning

if TYPE_CHECKING:
    from vecna_notes.vault.given import Given
    from vecna_notes.vault.handed import Handed

__all__ = ["Vault", "explain_unread"]


class Vault(Linking, Saving, Tuning, Relating, Looking, Grouping, Tending):
    """A folder of notes with its index. One process opens it to write, any number to read."""

    _given: Given | None = None
    _given_version: tuple[int, int] | None = None

    def given(self) -> Given:
        """What of it another program may see. Made anew when the index has changed."""
        from vecna_notes.vault.given import Given

        version = self.store.version()
        if self._given is None or self._given_version != version:
            self._given, self._given_version = Given(self), version
        return self._given

    def remember_handed(self, handed: Handed) -> None:
        """Raises OSError."""
        from vecna_notes.vault.handed import remember

        remember(self.store.folder, handed)

    def handed(self) -> list[Handed]:
        """What agents were given, newest first."""
        from vecna_notes.vault.handed import remembered

        return remembered(self.store.folder)
