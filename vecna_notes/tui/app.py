"""The screen: it draws and asks. Answers come from an engine, news from a worker; both belong to whoever runs it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

from textual import on, work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import CommandPalette, Provider
from textual.screen import Screen
from textual.widget import Widget

from vecna_notes.config import ScreenSettings
from vecna_notes.errors import NotIndexed, VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui import palette
from vecna_notes.tui.editing import edit, page_of
from vecna_notes.tui.glyphs import glyphs
from vecna_notes.tui.indexing import Indexing
from vecna_notes.tui.messages import Command, OpenNote
from vecna_notes.tui.phrases import short_space_name
from vecna_notes.tui.places import Place
from vecna_notes.tui.ports import Engine, Evaluator, Surveyor, Vault, Worker
from vecna_notes.tui.screens.ask import AskScreen
from vecna_notes.tui.screens.dialog import Jump, Keys, Question
from vecna_notes.tui.screens.duplicates import DuplicatesScreen
from vecna_notes.tui.screens.evaluation import EvalScreen
from vecna_notes.tui.screens.first_run import FirstRunScreen
from vecna_notes.tui.screens.index import IndexScreen
from vecna_notes.tui.screens.map import MapScreen
from vecna_notes.tui.screens.models import ModelsScreen
from vecna_notes.tui.screens.note import NoteScreen
from vecna_notes.tui.screens.paned import Paned
from vecna_notes.tui.screens.search import SearchScreen
from vecna_notes.tui.themes import THEMES, VECNA_DARK, meanings
from vecna_notes.tui.training import Training, outcome
from vecna_notes.tui.welcome import Begun, FirstRun
from vecna_notes.tui.widgets.header import TABS
from vecna_notes.tui.widgets.inked import INK_CLASSES
from vecna_notes.types import Status

T = TypeVar("T")
TELL_SECONDS = 0.1
"""At most so often does news of the worker reach a screen."""
REFRESH_SECONDS = 1.0
FOLLOW_SECONDS = 3.0
_NEED_A_VAULT = frozenset(
    {"tab", "focus_query", "palette", "jump", "command_palette", "edit", "command", "expected", "duplicates", "on"}
)


class VecnaApp(App[int]):
    """One vault on screen. Without an engine it starts with the first run, whose choice brings one."""

    TITLE = "vecna-notes"
    CSS_PATH = "vecna.tcss"
    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {palette.Notes, palette.Commands}
    COMMAND_PALETTE_BINDING = "ctrl+backslash"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        "search": SearchScreen,
        "note": NoteScreen,
        "map": MapScreen,
        "ask": AskScreen,
        "models": ModelsScreen,
        "eval": EvalScreen,
        "index": IndexScreen,
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"tab('{tab}')", label, show=False) for tab, key, label in TABS),
        Binding("slash", "focus_query", "search"),
        Binding("colon,ctrl+p", "palette", "commands"),
        Binding("f,ctrl+o", "jump", "jump"),
        Binding("question_mark,f1", "keys", "help"),
        Binding("q", "quit", "quit", show=False),
    ]

    def __init__(
        self,
        engine: Engine | None,
        worker: Worker | None,
        settings: ScreenSettings,
        vault_name: str,
        first_run: FirstRun | None = None,
        evaluator: Evaluator | None = None,
        surveyor: Surveyor | None = None,
    ) -> None:
        super().__init__()
        self.engine = engine
        self.worker = worker
        self.evaluator = evaluator
        self.surveyor = surveyor
        self.settings = settings
        self.vault_name = safe_line(vault_name)
        self.glyphs = glyphs(settings.glyphs)
        self.indexing = Indexing()
        self.training = Training()
        self.space_name = ""
        self.status: Status | None = None
        """As last answered; None while there is no index."""
        self.searched = ""
        """The query that was last answered."""
        self._first_run = first_run
        self._is_telling = False
        self._is_refreshing = False
        self._seen_generation = 0
        self._asked_question = ""
        self.animation_level = "none"
        for theme in THEMES:
            self.register_theme(theme)
        self.set_class(settings.glyphs == "ascii", "-ascii")

    # ── looks ───────────────────────────────────────────────────────────────────────────────────────────────────

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return meanings(self.current_theme)

    def on_mount(self) -> None:
        is_known = self.settings.theme in self.available_themes
        self.theme = self.settings.theme if is_known else VECNA_DARK.name
        if self._first_run is not None:
            self.push_screen(FirstRunScreen(self._first_run))
        else:
            self._start()

    def begin(self, begun: Begun) -> None:
        """The first run is over."""
        self.engine, self.worker = begun.engine, begun.worker
        self.evaluator, self.surveyor = begun.evaluator, begun.surveyor
        self.vault_name = safe_line(begun.vault_name)
        self._start()

    def _start(self) -> None:
        self.switch_mode("search")
        self._listen()
        self.set_interval(FOLLOW_SECONDS, self._follow)
        self._ask_status()

    # ── the engine ──────────────────────────────────────────────────────────────────────────────────────────────

    async def answer(self, question: Callable[[Vault], T], topic: str = "") -> T:
        """What the vault answers. Cancelled when a newer question of the same topic overtakes it."""
        if self.engine is None:
            raise NotIndexed("no vault is open; choose one first")
        return await asyncio.wrap_future(self.engine.ask(question, topic))

    @work(exclusive=True, group="app-status", exit_on_error=False)
    async def _ask_status(self) -> None:
        """How many notes there are, which space answers, and whether that has changed without the worker saying so."""
        try:
            status = await self.answer(lambda vault: vault.status(), "app-status")
        except VecnaError:
            return
        active = next((space for space in status.spaces if space.is_active), None)
        name = short_space_name(active.space) if active else ""
        is_other = self.status is not None and (name != self.space_name or self._is_followed_change(status))
        self.status, self.space_name = status, name
        generation = self.indexing.generation + is_other
        self.indexing = replace(self.indexing, notes=status.indexed, generation=generation)
        self._tell_soon()

    def _is_followed_change(self, status: Status) -> bool:
        return (
            self.indexing.phase == "following" and self.status is not None and self.status.last_run != status.last_run
        )

    def _follow(self) -> None:
        """Look for what nobody announces: another window's writes, and a space that became ready meanwhile."""
        if self.indexing.phase in ("following", "working"):
            self._ask_status()

    # ── the worker ──────────────────────────────────────────────────────────────────────────────────────────────

    @work(exclusive=True, group="worker", exit_on_error=False)
    async def _listen(self) -> None:
        if self.worker is None:
            return
        try:
            await self.worker.start()
        except OSError as error:
            self._hear({"event": "error", "text": f"the indexer cannot be started: {error}"})
            return
        async for event in self.worker.events():
            self._hear(event)

    def _hear(self, event: dict[str, object]) -> None:
        was_training = self.training.is_running
        self.indexing, self.training = self.indexing.after(event), self.training.after(event)
        for screen in self._tabs():
            screen.heard(event)
        if was_training and not self.training.is_running:
            self._say(*outcome(self.training, event))
        self._tell_soon()

    def _tell_soon(self) -> None:
        """Gather what comes within a tenth of a second."""
        if not self._is_telling:
            self._is_telling = True
            self.set_timer(TELL_SECONDS, self._tell)

    def _tell(self) -> None:
        self._is_telling = False
        for screen in self._tabs():
            screen.index_told(self.indexing)
            screen.tell_edges()
        if self.indexing.generation != self._seen_generation and not self._is_refreshing:
            self._is_refreshing = True
            self.set_timer(REFRESH_SECONDS if self._seen_generation else 0.05, self._refresh_notes)
        if self.indexing.question and self.indexing.question != self._asked_question:
            self.ask_pending()

    def _refresh_notes(self) -> None:
        self._is_refreshing = False
        self._seen_generation = self.indexing.generation
        self._ask_status()
        for screen in self._tabs():
            screen.notes_changed()

    def _tabs(self) -> list[Paned]:
        """The tab in view; the others catch up when they are shown."""
        stack = self.screen_stack
        return [screen for screen in stack if isinstance(screen, Paned)]

    def ask_pending(self) -> None:
        """Put the worker's question to the person at the keyboard."""
        question = self.indexing.question
        self._asked_question = question
        if not question or isinstance(self.screen, Question):
            return

        def answered(is_yes: bool | None) -> None:
            self.post_message(Command("yes" if is_yes else "no"))
            if is_yes:
                self.indexing = replace(self.indexing, question="")

        self.push_screen(Question("Remove these notes from the index?", question, "remove them", "keep them"), answered)

    @on(Command)
    async def _send(self, message: Command) -> None:
        if self.worker is None:
            return
        if self.indexing.phase == "stopped" and message.line in ("rescan", "rebuild"):
            self.indexing = Indexing(generation=self.indexing.generation, notes=self.indexing.notes)
            self._listen()
        else:
            await self.worker.send(message.line)

    # ── tuning ──────────────────────────────────────────────────────────────────────────────────────────────────

    def begin_training(self, settings: dict[str, object]) -> None:
        """By the worker, in a process of its own."""
        self.training = Training("starting", time.monotonic(), settings)
        self.post_message(Command(f"train {json.dumps(settings)}"))

    def order_training(self, order: str) -> None:
        """ "pause", "resume" or "stop"."""
        self.training = self.training.said(order)
        self.post_message(Command(f"train {order}"))

    # ── actions ─────────────────────────────────────────────────────────────────────────────────────────────────

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a vault there is nothing to search, open or command."""
        return self.engine is not None or action not in _NEED_A_VAULT

    def action_tab(self, mode: str) -> None:
        if self.engine is not None and self.current_mode != mode:
            self.switch_mode(mode)

    async def search_for(self, query: str) -> None:
        """That query on the Search screen."""
        await self.switch_mode("search")
        if isinstance(self.screen, SearchScreen):
            self.screen.search_for(query)

    def open_place(self, place: Place) -> None:
        self.post_message(OpenNote(place))

    @on(OpenNote)
    async def _open_note(self, message: OpenNote) -> None:
        await self.switch_mode("note")
        if isinstance(self.screen, NoteScreen):
            self.screen.open(message.place, message.heading)

    async def action_focus_query(self) -> None:
        if self.engine is None:
            return
        await self.switch_mode("search")
        if isinstance(self.screen, SearchScreen):
            self.screen.focus_query()

    async def action_on(self, mode: str, action: str, *arguments: str) -> None:
        """Run an action of one of the tabs, from wherever we are."""
        await self.switch_mode(mode)
        await self.run_action(("screen", action, arguments), self.screen)

    def action_expected(self) -> None:
        """Choose a note, to ask what became of it in this search."""
        self.push_screen(CommandPalette([palette.Expected], placeholder="which note did you expect?"))

    async def ask_where(self, path: str) -> None:
        await self.switch_mode("search")
        if isinstance(self.screen, SearchScreen):
            self.screen.ask_where(path)

    def action_duplicates(self) -> None:
        """Notes that may be one too many, over whatever is shown."""
        if self.engine is not None and not isinstance(self.screen, DuplicatesScreen):
            self.push_screen(DuplicatesScreen())

    def action_palette(self) -> None:
        self.action_command_palette()

    def action_command(self, line: str) -> None:
        self.post_message(Command(line))

    def action_keys(self) -> None:
        groups: dict[str, list[Binding]] = {}
        for active in self.screen.active_bindings.values():
            name = {True: "everywhere"}.get(
                active.node is self, "this screen" if active.node is self.screen else "this pane"
            )
            groups.setdefault(name, []).append(active.binding)
        self.push_screen(Keys.of(groups))

    def action_jump(self) -> None:
        screen = self.screen
        if not isinstance(screen, Paned):
            return
        targets: list[Widget] = [pane.content for pane in screen.panes()]
        if isinstance(screen, SearchScreen):
            targets.insert(0, screen.query_input)

        def chosen(target: Widget | None) -> None:
            if target is not None:
                target.focus()

        self.push_screen(Jump(targets), chosen)

    # ── this note ───────────────────────────────────────────────────────────────────────────────────────────────

    def _place(self) -> Place | None:
        screen = self.screen
        return screen.place() if isinstance(screen, Paned) else None

    def _say(self, text: str, inks: str = "dim") -> None:
        if isinstance(self.screen, Paned):
            self.screen.say(safe_line(text), inks)

    @work(exclusive=True, group="edit", exit_on_error=False)
    async def action_edit(self) -> None:
        if (place := self._place()) is None or self.engine is None:
            return
        page = await self.answer(page_of(place))
        said = await edit(self, (self.engine.root / place.path).absolute(), place.line, self.settings, page)
        if said:
            self._say(said, "bad")
        self.action_command("rescan")

    def action_obsidian(self) -> None:
        if (place := self._place()) is not None and self.engine is not None:
            self.open_url(place.obsidian(self.engine.root.absolute()))
            self._say("asked Obsidian to open it")

    def action_copy_link(self) -> None:
        if (place := self._place()) is not None:
            self._copy(place.wikilink)

    def action_copy_place(self) -> None:
        if (place := self._place()) is not None:
            self._copy(f"{place.path}:{place.line}")

    def _copy(self, text: str) -> None:
        self.copy_to_clipboard(safe_line(text))
        self._say(f"copied {text}", "good")
