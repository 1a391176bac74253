"""What Search, Note and Index have in common: header, panes, one line for news, footer, and how to move among panes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from vecna_notes.errors import VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui import proposals
from vecna_notes.tui.indexing import Indexing
from vecna_notes.tui.places import Place
from vecna_notes.tui.widgets.bar import Bar, Cell
from vecna_notes.tui.widgets.footer import Footer
from vecna_notes.tui.widgets.header import Header
from vecna_notes.tui.widgets.pane import Pane

if TYPE_CHECKING:
    from vecna_notes.tui.app import VecnaApp

WIDE = 100
ROOMY = 150


class Paned(Screen[None]):
    """One of the tabs. Subclasses compose `#body` between the header and the notice line."""

    AUTO_FOCUS = None
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide"), (ROOMY, "-roomy")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (12, "-low"), (30, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "next_pane", "next pane", show=False),
        Binding("shift+tab", "previous_pane", "previous pane", show=False),
        Binding("z", "zoom", "zoom this pane", show=False),
        Binding("escape", "outward", "back", show=False),
    ]
    mode = ""

    def __init__(self) -> None:
        super().__init__()
        self.header = Header(id="header")
        self.notice = Bar(id="notice")
        self.footer = Footer(id="footer")
        self._news: tuple[str, str] = ("", "")

    @property
    def vecna(self) -> VecnaApp:
        return cast("VecnaApp", self.app)

    # ── what subclasses say ─────────────────────────────────────────────────────────────────────────────────────

    def place(self) -> Place | None:
        """The note and line under the cursor: what e, o, y and Y act on."""
        return None

    def notes_changed(self) -> None:
        """The index is different: show what is new without moving what is read."""

    def index_told(self, indexing: Indexing) -> None:
        """The worker said something."""

    def heard(self, event: Mapping[str, Any]) -> None:
        """One event of the worker, as it comes."""

    # ── lines at the edges ──────────────────────────────────────────────────────────────────────────────────────

    def on_mount(self) -> None:
        self.watch(self, "focused", self._focus_moved, init=False)
        self.tell_edges()

    def on_screen_resume(self) -> None:
        self.tell_edges()

    def on_resize(self) -> None:
        self.call_after_refresh(self.tell_edges)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A question that failed in a way nobody foresaw is a sentence too, not the end."""
        if event.state is WorkerState.ERROR:
            error = event.worker.error
            self.say(safe_line(f"unexpected: {type(error).__name__}: {error}"), "bad")

    def _focus_moved(self) -> None:
        self.call_after_refresh(self.tell_edges)

    def tell_edges(self) -> None:
        """Draw header, notice and footer anew where they changed."""
        if not self.is_attached:
            return
        app = self.vecna
        self.header.tell(self.mode, app.vault_name, app.indexing, app.space_name, app.training.short)
        self.footer.tell(self)
        self._tell_notice()

    def say(self, text: str, inks: str = "dim") -> None:
        """One sentence on the notice line; empty clears it. `text` must be safe."""
        self._news = (text, inks)
        self._tell_notice()

    def resting_notice(self) -> list[Cell]:
        """What the notice line shows when there is nothing to say."""
        return []

    def _tell_notice(self) -> None:
        text, inks = self._news
        look = self.notice.look
        signs = {"bad": look.cross, "warn": look.warning, "good": look.check}
        if text:
            self.notice.show([Cell(f" {signs.get(inks, look.middot)} ", inks), Cell(text, inks)])
        elif self.vecna.indexing.error:
            self.notice.show([Cell(f" {look.cross} ", "bad"), Cell(self.vecna.indexing.error, "bad")])
        else:
            self.notice.show([Cell(" "), *self.resting_notice()])

    # ── two notes ───────────────────────────────────────────────────────────────────────────────────────────────

    @work(exclusive=True, group="why", exit_on_error=False)
    async def ask_why(self, path: str, other: str) -> None:
        """Show what two notes have to do with each other."""
        from vecna_notes.tui.screens.meeting import meeting_panel

        try:
            meeting = await self.vecna.answer(proposals.why(path, other), "why")
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return

        def answered(answer: tuple[str, str] | None) -> None:
            if answer is not None and answer[1]:
                line, _, opened = answer[1].partition(":")
                self.vecna.open_place(Place(opened, line=int(line)))

        self.app.push_screen(meeting_panel(meeting), answered)

    # ── panes ───────────────────────────────────────────────────────────────────────────────────────────────────

    def panes(self) -> list[Pane]:
        """Those in view, in reading order."""
        return [pane for pane in self.query(Pane) if pane.display and pane.region.area]

    def action_next_pane(self) -> None:
        self.focus_next()

    def action_previous_pane(self) -> None:
        self.focus_previous()

    def action_zoom(self) -> None:
        """The focused pane alone, and back."""
        if self.has_class("-zoom"):
            self.unzoom()
            return
        pane = next((pane for pane in self.query(Pane) if pane.is_focused), None)
        if pane is not None:
            pane.add_class("-zoomed")
            if isinstance(pane.parent, Vertical):
                pane.parent.add_class("-zoomed")
            self.add_class("-zoom")

    def unzoom(self) -> bool:
        """True if there was a zoomed pane."""
        if not self.has_class("-zoom"):
            return False
        self.remove_class("-zoom")
        self.query(".-zoomed").remove_class("-zoomed")
        return True

    def action_outward(self) -> None:
        """Esc: one layer out."""
        if not self.unzoom():
            self.leave()

    def leave(self) -> None:
        """What esc does when nothing is zoomed."""
