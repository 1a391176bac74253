"""The last line: the keys of the pane that has the focus, then those that work everywhere."""

from __future__ import annotations

from typing import Any

from rich.cells import cell_len
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Input

from vecna_notes.tui.widgets.bar import Bar, Cell

EVERYWHERE = ("focus_query", "jump", "palette", "keys")
_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "exclamation_mark": "!",
    "f1": "F1",
    "plus": "+",
    "minus": "-",
    "full_stop": ".",
    "comma": ",",
}


def key_name(key: str) -> str:
    """A key as a person writes it: the first of several."""
    first = key.split(",")[0]
    return _NAMES.get(first, first)


class Footer(Bar):
    """As many keys as fit, the pane's own first."""

    def tell(self, screen: Screen[Any]) -> None:
        own: list[Binding] = []
        everywhere: list[Binding] = []
        for active in screen.active_bindings.values():
            binding = active.binding
            if not binding.show or not binding.description or not active.enabled:
                continue
            if _action(binding) == "focus_query" and isinstance(screen.focused, Input):
                continue
            target = everywhere if _action(binding) in EVERYWHERE else own
            if all(_action(binding) != _action(known) for known in target):
                target.append(binding)
        self._fill(own, sorted(everywhere, key=lambda binding: EVERYWHERE.index(_action(binding))))

    def _fill(self, own: list[Binding], everywhere: list[Binding]) -> None:
        room = self.size.width - 2
        right = [cell for binding in everywhere for cell in _cells(binding)]
        left: list[Cell] = [Cell(" ")]
        while right and _width(right) > room * (0.5 if room >= 96 else 0.3):
            right = right[3:]
        for binding in own:
            cells = _cells(binding)
            if _width([*left, *cells, *right]) > room:
                break
            left += cells
        self.show(left, right)


def _cells(binding: Binding) -> list[Cell]:
    action = binding.action
    return [
        Cell(key_name(binding.key_display or binding.key), "key", action),
        Cell(f" {binding.description}", "dim", action),
        Cell("  ", "", ""),
    ]


def _width(cells: list[Cell]) -> int:
    return sum(cell_len(cell.text) for cell in cells)


def _action(binding: Binding) -> str:
    return binding.action.rpartition(".")[2]
