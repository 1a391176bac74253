"""The first line: where we are, and how fresh the index is."""

from __future__ import annotations

from vecna_notes.tui.glyphs import Glyphs
from vecna_notes.tui.indexing import Indexing
from vecna_notes.tui.phrases import plural
from vecna_notes.tui.widgets.bar import Bar, Cell

TABS = (
    *(("search", "1", "Search"), ("note", "2", "Note"), ("map", "3", "Map"), ("ask", "4", "Ask")),
    *(("models", "5", "Models"), ("eval", "6", "Eval"), ("index", "7", "Index")),
)
"""Numbers belong to screens for good."""


class Header(Bar):
    """Tabs at the left, the state of the index at the right."""

    def tell(self, mode: str, vault: str, indexing: Indexing, space: str, tuning: str = "") -> None:
        is_wide = self.app.size.width >= 100
        name = [Cell("vecna  ", "bright bold")] if is_wide else []
        left = [Cell(f" {self.look.logo} ", "accent"), *name, Cell(vault, "dim"), Cell("    " if is_wide else "  ")]
        for tab, key, label in TABS:
            is_here = tab == mode
            left.append(Cell(f" {key} ", "accent bold tab" if is_here else "faint", f"app.tab('{tab}')"))
            left.append(Cell(f"{label} ", "bright bold tab" if is_here else "dim", f"app.tab('{tab}')"))
        room = self.app.size.width - sum(len(cell.text) for cell in left) - 1
        sign, ink, link, words = _state(indexing, self.look, space, is_wide, tuning)
        said = next((one for one in words if len(sign) + 1 + len(one) < room), "")  # the tabs are what is needed
        self.show(left, [Cell(f"{sign} " if said else sign, ink, link), Cell(said, "dim", link), Cell(" ")])


def _state(
    indexing: Indexing, look: Glyphs, space: str, is_wide: bool, tuning: str
) -> tuple[str, str, str, tuple[str, ...]]:
    """Its sign, ink and link, and what can be said of it, the longest first."""
    if tuning:
        words = tuning if is_wide else tuning.removeprefix("tuning ")
        return look.dot, "warn", "app.tab('models')", (words,)
    sign, ink, phase = _phase(indexing, look)
    phase = phase if is_wide or indexing.phase != "synced" else ""
    count = "" if indexing.notes is None else plural(indexing.notes, "note") if is_wide else f"{indexing.notes:,}"
    parts = [part for part in (phase, count, space if is_wide else "") if part]
    join = f" {look.middot} ".join
    return sign, ink, "app.tab('index')", tuple(join(parts[:most]) for most in range(len(parts), 0, -1))


def _phase(indexing: Indexing, look: Glyphs) -> tuple[str, str, str]:
    if indexing.error:
        return look.warning, "bad", "see Index"
    if indexing.question:
        return look.warning, "warn", "asks, see Index"
    stage = indexing.running
    share = f" {stage.share:.0%}" if stage and stage.total else ""
    words = {"scan": "scanning", "read": "reading", "train": "training", "embed": "embedding", "index": "indexing"}
    working = f"{words.get(stage.name, stage.name)}{share}" if stage else "indexing"
    return {
        "starting": (look.ring, "faint", "starting"),
        "working": (look.dot, "warn", working),
        "synced": (look.dot, "good", "synced"),
        "paused": (look.ring, "warn", "paused"),
        "following": (look.dot, "meter", "following"),
        "stopped": (look.ring, "faint", "not watching"),
    }[indexing.phase]
