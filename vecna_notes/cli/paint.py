"""Colour, links and widths on a terminal; plain text everywhere else."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

_CODES = {
    "title": "1",
    "dim": "2",
    "soft": "3",
    "meter": "36",
    "match": "1;33",
    "accent": "35",
    "good": "32",
    "warn": "33",
    "bad": "31",
    **{f"topic{number}": f"38;5;{code}" for number, code in enumerate((67, 208, 71, 167, 139, 37, 178, 211))},
}
MOST_COLUMNS = 100
_WITHOUT_LINKS = ("dumb", "linux")
"""Terminals that show the address of a link, or nothing at all."""
_BAR_CELLS = 8


@dataclass(frozen=True, slots=True)
class Paint:
    """Draws for one stream."""

    has_color: bool
    has_links: bool
    width: int
    is_ascii: bool = False
    links: str = "file"
    """As `editor.address` takes it."""

    @classmethod
    def on(cls, stream: TextIO, color: str, links: str = "file") -> Paint:
        """`color` is "auto", "always" or "never"; NO_COLOR and TERM=dumb count under auto."""
        is_tty = stream.isatty()
        is_plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        has_color = color == "always" or (color == "auto" and is_tty and not is_plain)
        width = shutil.get_terminal_size((80, 24)).columns if is_tty else 80
        encoding = (getattr(stream, "encoding", None) or "utf-8").lower()
        is_ascii = not encoding.startswith("utf") or os.environ.get("VECNA_SCREEN__GLYPHS") == "ascii"
        is_linked = has_color and is_tty and not is_plain and os.environ.get("TERM") not in _WITHOUT_LINKS
        return cls(has_color, is_linked and links != "none", min(max(width, 20), MOST_COLUMNS), is_ascii, links)

    def __call__(self, text: str, style: str) -> str:
        """`text` in a style; `text` must be safe already."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.has_color and style and text else text

    def link(self, text: str, file: Path, style: str, line: int = 1) -> str:
        """`text` that opens `file` when it is clicked, at the line where its opener knows lines."""
        if not self.has_links:
            return self(text, style)
        from vecna_notes.editor import address, line_in_file

        there = address(self.links, str(file), line_in_file(file.name, line))
        return f"\x1b]8;;{there}\x1b\\{self(text, style)}\x1b]8;;\x1b\\"

    def bar(self, share: float, cells: int = _BAR_CELLS) -> str:
        """A meter of a share in [0, 1]."""
        full = round(min(max(share, 0.0), 1.0) * cells)
        on, off = ("=", "-") if self.is_ascii else ("━", "╌")
        return self(on * full, "meter") + self(off * (cells - full), "dim")

    def glyph(self, fine: str, plain: str) -> str:
        return plain if self.is_ascii else fine


def columns(text: str) -> int:
    """Cells that `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def cut(text: str, width: int) -> str:
    """`text` in at most `width` cells, with "…" where something is missing."""
    if columns(text) <= width:
        return text
    while text and columns(text) > max(width - 1, 0):
        text = text[: -max(1, (columns(text) - width) // 2)]
    return text.rstrip() + "…"
