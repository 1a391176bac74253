"""What the Map screen knows of the process that finds topics and lays notes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from vecna_notes.text import safe_line

NAMES = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}
LONG = 2_000
"""From so many notes on, laying them out takes long enough to say so."""


@dataclass(frozen=True, slots=True)
class Surveying:
    """The child process as the screen knows it."""

    is_running: bool = False
    words: str = "starting"
    """What it does now, safe."""
    done: int = 0
    total: int | None = None
    error: str = ""

    @property
    def share(self) -> float | None:
        """None while nobody can know."""
        return self.done / self.total if self.total and 0 < self.done < self.total else None

    def after(self, event: Mapping[str, Any]) -> Surveying:
        """The state once `event` was heard; unknown kinds change nothing."""
        kind = event.get("event")
        if kind == "progress":
            total = event.get("total")
            return replace(
                self,
                words=_words(str(event.get("stage") or ""), str(event.get("label") or "")),
                done=int(event.get("done") or 0),
                total=int(total) if total is not None else None,
            )
        if kind == "error":
            return replace(self, error=safe_line(str(event.get("text") or "the map cannot be drawn")))
        if kind == "ended":
            code = event.get("code")
            error = self.error or (f"the map cannot be drawn (code {code}); vecna map says why" if code else "")
            return Surveying(error=error)
        return self


def shown_projector(name: str) -> str:
    """As people write it."""
    return NAMES.get(name, safe_line(name))


def _words(stage: str, label: str) -> str:
    if stage == "cluster":
        return "finding topics"
    return f"laying notes out by {shown_projector(label)}" if stage == "draw" else safe_line(f"{stage} {label}")
