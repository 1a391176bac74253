"""Search: words and meaning, fused."""

from vecna_notes.search.find import MODES, Searcher

__all__ = ["MODES", "Searcher"]
