"""The composition root: opens a vault's rooms, wires them, closes them. It decides nothing itself."""

from vecna_notes.vault.looking import Looking
from vecna_notes.vault.opened import explain_unread
from vecna_notes.vault.searching import Searching
from vecna_notes.vault.upkeep import Upkeep

__all__ = ["Vault", "explain_unread"]


class Vault(Searching, Looking, Upkeep):
    """A folder of notes with its index. One process opens it to write, any number to read."""
