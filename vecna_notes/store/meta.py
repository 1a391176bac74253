"""Small facts about the index itself."""

from __future__ import annotations

import json
from typing import Any

from vecna_notes.store.connection import Connection


class Meta:
    """JSON values by name."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def get(self, key: str, default: Any = None) -> Any:
        value = self._db.value("SELECT value FROM meta WHERE key = ?", (key,))
        return default if value is None else json.loads(value)

    def set(self, key: str, value: object) -> None:
        """None forgets the key."""
        with self._db.transaction():
            if value is None:
                self._db.run("DELETE FROM meta WHERE key = ?", (key,))
            else:
                self._db.run("INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)", (key, json.dumps(value)))
