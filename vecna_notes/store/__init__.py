"""The truth: the only SQL in the project."""

from vecna_notes.store.connection import Connection
from vecna_notes.store.links import LinkId
from vecna_notes.store.notes import StoredNote
from vecna_notes.store.store import Store
from vecna_notes.store.vectors import StoredRows, VectorStamp

__all__ = ["Connection", "LinkId", "Store", "StoredNote", "StoredRows", "VectorStamp"]
