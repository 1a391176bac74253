"""How far the index is, what it could not read and why, and the keys that tell the worker what to do."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from vecna_notes.tui.indexing import Indexing
from vecna_notes.tui.messages import Command
from vecna_notes.tui.phrases import plural
from vecna_notes.tui.places import Place
from vecna_notes.tui.screens.dialog import Question
from vecna_notes.tui.screens.paned import Paned
from vecna_notes.tui.widgets.bar import Cell
from vecna_notes.tui.widgets.indexview import IndexList, index_rows
from vecna_notes.tui.widgets.pane import Pane
from vecna_notes.tui.widgets.rowlist import RowList

REBUILD = (
    "Every note is read and embedded anew. Until that is done, words are searched alone. Your notes stay untouched."
)


class IndexScreen(Paned):
    """The seventh tab."""

    mode = "index"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "command('rescan')", "rescan"),
        Binding("p", "pause", "pause"),
        Binding("R", "rebuild", "rebuild"),
        Binding("v", "command('verify')", "verify"),
        Binding("c", "command('compact')", "compact"),
        Binding("d", "app.duplicates", "duplicates"),
        Binding("e", "app.edit", "edit", show=False),
        Binding("exclamation_mark", "answer", "answer", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.rows = IndexList(id="index")

    def compose(self) -> ComposeResult:
        yield self.header
        with Horizontal(id="body"):
            yield Pane(self.rows, id="index-pane")
        yield self.notice
        yield self.footer

    def on_mount(self) -> None:
        super().on_mount()
        self.rows.focus()
        self.notes_changed()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.notes_changed()

    def notes_changed(self) -> None:
        self.index_told(self.vecna.indexing)

    def index_told(self, indexing: Indexing) -> None:
        if not self.is_attached or not self.rows.is_attached:
            return
        status = self.vecna.status
        self.rows.show(index_rows(status, indexing, self.notice.look))
        watch = f"watching by {indexing.watch}" if indexing.watch else ""
        notes = plural(status.indexed, "note") + " can be found" if status else "no index yet"
        self.query_one("#index-pane", Pane).tell([Cell(notes, "title")], [Cell(watch, "faint")])

    def resting_notice(self) -> list[Cell]:
        news = self.vecna.indexing.news
        return [Cell(f"{self.notice.look.check} ", "good"), Cell(news, "dim")] if news else []

    @on(RowList.Chosen, "#index")
    def _problem_chosen(self) -> None:
        self.vecna.action_edit()

    def place(self) -> Place | None:
        row = self.rows.current
        return Place(row.problem.path, line=row.problem.line or 1) if row and row.problem else None

    # ── telling the worker ──────────────────────────────────────────────────────────────────────────────────────

    def action_command(self, line: str) -> None:
        if self.vecna.indexing.phase == "following":
            self.say("another window keeps this index; it alone can do that", "warn")
            return
        self.say({"rescan": "looking through the folder", "verify": "checking every note and vector"}.get(line, ""))
        self.post_message(Command(line))

    def action_pause(self) -> None:
        self.action_command("resume" if self.vecna.indexing.phase == "paused" else "pause")

    def action_rebuild(self) -> None:
        def answered(is_yes: bool | None) -> None:
            if is_yes:
                self.action_command("rebuild")

        self.app.push_screen(Question("Rebuild the index?", REBUILD, yes="rebuild", no="leave it"), answered)

    def action_answer(self) -> None:
        self.vecna.ask_pending()

    def leave(self) -> None:
        self.vecna.action_tab("search")
