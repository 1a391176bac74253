"""What lies over the Map screen: the topic log, the name of a topic, where to write the map."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from vecna_notes.text import safe_line
from vecna_notes.tui.glyphs import Glyphs
from vecna_notes.tui.phrases import age, plural
from vecna_notes.tui.ports import TopicEvent
from vecna_notes.tui.screens.panel import Panel, PanelRow, gap, prose
from vecna_notes.tui.widgets.bar import Bar, Cell

PICTURES = {"svg": "a picture that scales", "png": "a picture of pixels", "html": "a page to pan, zoom and search in"}


def told(events: Sequence[TopicEvent]) -> Panel:
    """What became of topics, newest first."""
    return Panel([Cell("what became of topics", "title")], partial(_told_rows, events))


def as_file(folder: Path, name: str) -> Panel:
    """How to write the map; the answer is the file's kind."""
    return Panel([Cell("write the map as a file", "title")], partial(_file_rows, folder, name), "write")


class TopicName(ModalScreen["str | None"]):
    """A name for a topic; an empty one gives it back the name that was found for it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "leave it")]

    def __init__(self, name: str) -> None:
        super().__init__()
        self._topic = safe_line(name)
        self.box = Input(self._topic, id="topic-name", compact=True, select_on_focus=True)
        self._head, self._foot = Bar(classes="panel-title"), Bar(classes="panel-keys")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield self._head
            yield self.box
            yield self._foot

    def on_mount(self) -> None:
        self.box.cursor_blink = False
        self._head.show([Cell("a name for ", "dim"), Cell(self._topic, "title")])
        keys = (("enter", "it keeps this name; an empty one gives back its own"), ("esc", "leave it"))
        self._foot.show([cell for key, does in keys for cell in (Cell(key, "key"), Cell(f" {does}   ", "dim"))])
        self.box.focus()

    @on(Input.Submitted, "#topic-name")
    def _named(self) -> None:
        self.dismiss(safe_line(self.box.value).strip())

    def action_close(self) -> None:
        self.dismiss(None)


def _told_rows(events: Sequence[TopicEvent], width: int, look: Glyphs) -> list[PanelRow]:
    if not events:
        return prose("none", "nothing has happened yet; topics are told of when notes come, go and change", width)
    now, rows = time.time(), []
    for number, one in enumerate(events):
        when = age(one.made, now)
        left = (_sign(one.event, look), (f"{safe_line(one.name)} ", "title"), (_sentence(one), "dim"))
        rows.append(PanelRow(f"event-{number}", left, ((f" {when}", "faint"),)))
    return rows


def _sign(event: str, look: Glyphs) -> tuple[str, str]:
    signs = {"born": (look.check, "good"), "faded": (look.cross, "bad"), "renamed": (look.to, "dim")}
    sign, inks = signs.get(event, (look.both_ways, "meter"))
    return f"{sign} ", inks


def _sentence(one: TopicEvent) -> str:
    notes, other = plural(one.notes, "note"), safe_line(one.other_name)
    return {
        "born": f"is new: {notes}",
        "split": f"came out of {other}: {notes}",
        "merged": f"went into {other}: {notes}",
        "faded": f"is no more: it held {notes}",
        "renamed": f"was called {other}",
    }.get(one.event, safe_line(one.event))


def _file_rows(folder: Path, name: str, width: int, look: Glyphs) -> list[PanelRow]:
    rows = [
        PanelRow(kind, ((f"{safe_line(name)}.{kind:<5}", "title"), (says, "dim")), value=kind)
        for kind, says in PICTURES.items()
    ]
    return [*rows, gap("folder"), *prose("folder", f"into {safe_line(str(folder))}", width, "faint")]
