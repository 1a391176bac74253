"""What lies over the screens: a question, the keys of a pane, letters to jump by."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from vecna_notes.text import safe_text
from vecna_notes.tui.widgets.bar import Bar, Cell
from vecna_notes.tui.widgets.footer import key_name

LETTERS = "asdfghjklwertyuio"


class Question(ModalScreen[bool]):
    """Yes or no. Nothing happens on enter: the answer is a letter or a click."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "yes"),
        Binding("n,escape,q", "answer(False)", "no"),
    ]

    def __init__(self, title: str, text: str, yes: str = "yes", no: str = "no") -> None:
        super().__init__()
        self._title, self._text, self._yes, self._no = title, text, yes, no
        self._answers = Bar(id="answers")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content(safe_text(self._title)), classes="dialog-title", markup=False)
            yield Static(Content(safe_text(self._text)), classes="dialog-text", markup=False)
            yield self._answers

    def on_mount(self) -> None:
        yes = [Cell("y", "key", "screen.answer(True)"), Cell(f" {self._yes}", "", "screen.answer(True)")]
        no = [Cell("n", "key", "screen.answer(False)"), Cell(f" {self._no}", "", "screen.answer(False)")]
        self._answers.show([*yes, Cell("     "), *no])

    def action_answer(self, is_yes: bool) -> None:
        self.dismiss(is_yes)


class Keys(ModalScreen[None]):
    """The keys that work here, the focused pane's first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss", "close"),
        Binding("j,down", "scroll(2)", show=False),
        Binding("k,up", "scroll(-2)", show=False),
    ]

    def __init__(self, groups: list[tuple[str, list[tuple[str, str]]]]) -> None:
        super().__init__()
        self._groups = groups

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog keys") as scroll:
            scroll.can_focus = False
            for title, rows in self._groups:
                yield Static(Content(title), classes="dialog-title", markup=False)
                for key, description in rows:
                    yield Static(Content.assemble((f"{key:>14}", "$accent bold"), f"   {description}"), markup=False)

    def action_scroll(self, rows: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=rows, animate=False)

    async def action_dismiss(self, result: None = None) -> None:
        self.dismiss(result)

    @classmethod
    def of(cls, bindings: dict[str, list[Binding]]) -> Keys:
        """`bindings` by group name."""
        groups = []
        for title, known in bindings.items():
            rows: dict[str, tuple[str, str]] = {}
            for binding in known:
                if binding.description and binding.action != "screen.copy_text":
                    before = rows[binding.action][0] + "  " if binding.action in rows else ""
                    rows[binding.action] = (before + key_name(binding.key), binding.description)
            if rows:
                groups.append((title, list(rows.values())))
        return cls(groups)


class Jump(ModalScreen[Widget]):
    """A letter over every pane; pressing it goes there."""

    def __init__(self, targets: list[Widget]) -> None:
        super().__init__(classes="jump")
        self._targets = dict(zip(LETTERS, targets, strict=False))

    def compose(self) -> ComposeResult:
        for letter, target in self._targets.items():
            label = Static(Content(f" {letter} "), classes="jump-letter", markup=False)
            label.styles.offset = (target.region.x, target.region.y)
            yield label

    def on_key(self, event: events.Key) -> None:
        event.stop()
        self.dismiss(self._targets.get(event.key))

    def on_click(self) -> None:
        self.dismiss(None)
