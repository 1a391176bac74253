"""The composition root: opens a vault's rooms, wires them, closes them. It decides nothing itself."""

from vecna_notes.vault.asking import Asking
from vecna_notes.vault.grouping import Grouping
from vecna_notes.vault.linking import Linking
from vecna_notes.vault.looking import Looking
from vecna_notes.vault.opened import explain_unread
from vecna_notes.vault.relating import Relating
from vecna_notes.vault.tending import Tending
from vecna_notes.vault.tuning import Tuning

__all__ = ["Vault", "explain_unread"]


class Vault(Linking, Asking, Tuning, Relating, Looking, Grouping, Tending):
    """A folder of notes with its index. One process opens it to write, any number to read."""
