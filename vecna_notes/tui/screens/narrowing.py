"""The panel that says which related notes are shown; a choice acts at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from vecna_notes.text import safe_line
from vecna_notes.tui.glyphs import Glyphs
from vecna_notes.tui.proposals import Narrowed
from vecna_notes.tui.screens.panel import Panel, PanelRow
from vecna_notes.tui.widgets.bar import Cell

MOST_TAGS = 8


def narrowing(now: Callable[[], Narrowed], change: Callable[[str], None], tags: Sequence[str]) -> Panel:
    """`now` tells what is chosen, `change` is told what somebody toggles: see `Narrowed.toggled`."""
    title = [Cell("which related notes are shown", "title")]
    return Panel(title, partial(_rows, now, tags), "change", pick=change)


def _rows(now: Callable[[], Narrowed], tags: Sequence[str], width: int, look: Glyphs) -> list[PanelRow]:
    chosen = now()
    folder = {None: "any folder", False: "of other folders only", True: "of the same folder only"}[chosen.same_folder]
    day = {None: "of any day", False: "of other days only", True: "of the same day only"}[chosen.same_day]
    rows = [
        _row("unlinked", "linked or not" if not chosen.unlinked else "not linked yet", chosen.unlinked, look),
        _row("folder", folder, chosen.same_folder is not None, look),
        _row("day", day, chosen.same_day is not None, look),
    ]
    return rows + [_row(f"#{tag}", f"with the tag #{tag}", tag in chosen.tags, look) for tag in tags[:MOST_TAGS]]


def _row(key: str, says: str, is_on: bool, look: Glyphs) -> PanelRow:
    sign = look.done if is_on else look.todo
    inks = "bright" if is_on else "text"
    return PanelRow(key, ((f"{sign} ", "good" if is_on else "faint"), (safe_line(says), inks)), value=key)
