"""The first minute: where the notes are, and how meaning is computed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Input

from vecna_notes.errors import VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui.phrases import plural, shown_path
from vecna_notes.tui.pieces import Pieces, apart, pad
from vecna_notes.tui.welcome import Candidate, Choice, FirstRun, Meaning
from vecna_notes.tui.widgets.bar import Bar, Cell
from vecna_notes.tui.widgets.footer import Footer
from vecna_notes.tui.widgets.query import QueryInput
from vecna_notes.tui.widgets.rowlist import RowList

if TYPE_CHECKING:
    from vecna_notes.tui.app import VecnaApp


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """A line to choose."""

    key: str
    name: str
    middle: str
    right: str
    note: str = ""
    candidate: Candidate | None = None
    meaning: Meaning | None = None
    is_heading: bool = False


class ChoiceList(RowList[ChoiceRow]):
    """Three columns."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", "begin")]

    def paint(self, row: ChoiceRow, width: int, is_current: bool) -> list[Pieces]:
        name = pad(
            [(row.name, "bright bold" if is_current else "title")], 26 if row.candidate or not row.meaning else 12
        )
        right: Pieces = [(row.right, "dim")]
        left: Pieces = [*name, (f" {row.middle}", "text" if is_current else "dim")]
        return [apart(left, right, width - 1, self.look.ellipsis)]


class FirstRunScreen(Screen[None]):
    """Two short lists; enter begins."""

    AUTO_FOCUS = "#folders"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "next question"),
        Binding("s", "sample", "sample vault"),
        Binding("escape", "outward", "quit"),
    ]

    def __init__(self, first_run: FirstRun) -> None:
        super().__init__()
        self._first_run = first_run
        self.folders = ChoiceList(id="folders", is_led=True)
        self.meanings = ChoiceList(id="meanings", is_led=True)
        self.other = QueryInput(id="other")
        self.other.placeholder = "a folder, such as ~/notes"
        self.notice = Bar(id="notice")
        self.footer = Footer(id="footer")
        self._lines = [Bar(classes="line") for _ in range(5)]

    @property
    def vecna(self) -> VecnaApp:
        return cast("VecnaApp", self.app)

    def compose(self) -> ComposeResult:
        logo, where, how, local, untouched = self._lines
        with Vertical(id="welcome"):
            yield logo
            yield where
            yield self.folders
            yield self.other
            yield how
            yield self.meanings
            yield local
            yield untouched
        yield self.notice
        yield self.footer

    def on_mount(self) -> None:
        look = self.notice.look
        logo, where, how, local, untouched = self._lines
        name = [Cell(f" {look.logo}  ", "accent"), Cell("vecna-notes", "bright bold")]
        logo.show(name, [Cell("find your way in your own notes ", "dim")])
        where.show([Cell(" Where are your notes?", "title")])
        how.show([Cell(" How should meaning be computed?", "title")], [Cell("nothing leaves this computer ", "dim")])
        local.show([])
        untouched.show([Cell(" Your notes stay untouched: the index lives elsewhere, in the data folder.", "dim")])
        self.other.display = False
        self.folders.show(list(self._folder_rows()), afresh=True)
        self.meanings.show([_meaning_row(meaning) for meaning in self._first_run.meanings], afresh=True)
        self.folders.styles.height = min(len(self.folders.rows), 8)
        self.meanings.styles.height = max(len(self.meanings.rows), 1)
        self.watch(self, "focused", self._tell_footer, init=False)
        self.call_after_refresh(self._tell_footer)

    def _folder_rows(self) -> list[ChoiceRow]:
        rows = [_folder_row(candidate) for candidate in self._first_run.candidates]
        if self._first_run.sample_count:
            count = plural(self._first_run.sample_count, "note")
            rows.append(ChoiceRow("sample", "Try the sample vault", count, "no setup, some seconds"))
        return [*rows, ChoiceRow("other", f"Other folder{self.notice.look.ellipsis}", "", "")]

    def _tell_footer(self) -> None:
        self.footer.tell(self)

    def on_resize(self) -> None:
        self.call_after_refresh(self._tell_footer)

    # ── choosing ────────────────────────────────────────────────────────────────────────────────────────────────

    @on(RowList.Chosen, "#folders")
    def _folder_chosen(self) -> None:
        row = self.folders.current
        if row is not None and row.key == "other":
            self.other.display = True
            self.other.focus()
        elif row is not None:
            self._begin(row.candidate.folder if row.candidate else None)

    @on(RowList.Moved, "#meanings")
    def _meaning_moved(self) -> None:
        row = self.meanings.current
        if row is not None and row.note:
            self._say(row.note)
        else:
            self.notice.show([])

    @on(RowList.Chosen, "#meanings")
    def _meaning_chosen(self) -> None:
        self._folder_chosen()

    @on(Input.Submitted, "#other")
    def _typed(self) -> None:
        if typed := self.other.value.strip():
            self._begin(Path(typed).expanduser())

    def action_sample(self) -> None:
        if self._first_run.sample_count:
            self._begin(None)

    def action_outward(self) -> None:
        if self.other.display:
            self.other.display = False
            self.folders.focus()
        else:
            self.app.exit(0)

    def _begin(self, folder: Path | None) -> None:
        row = self.meanings.current
        meaning = row.meaning if row else None
        if meaning is not None and meaning.missing:
            self._say(f"not installed yet: {meaning.missing}")
            return
        try:
            begun = self._first_run.begin(Choice(folder, meaning.embedder if meaning else "auto"))
        except VecnaError as error:
            self._say(str(error))
            return
        self.vecna.begin(begun)

    def _say(self, text: str) -> None:
        self.notice.show([Cell(f" {self.notice.look.warning} ", "warn"), Cell(safe_line(text), "warn")])


def _folder_row(candidate: Candidate) -> ChoiceRow:
    home = str(Path.home())
    folder = str(candidate.folder)
    name = f"~{folder[len(home) :]}" if folder.startswith(home + "/") else folder
    kind = safe_line(candidate.kind)
    return ChoiceRow(folder, shown_path(name), plural(candidate.count, "note"), kind, candidate=candidate)


def _meaning_row(meaning: Meaning) -> ChoiceRow:
    cost = f"{meaning.cost}   {meaning.time}"
    note = f"not installed yet: {meaning.missing}" if meaning.missing else ""
    return ChoiceRow(meaning.embedder, meaning.name, meaning.summary, cost, note, meaning=meaning)
