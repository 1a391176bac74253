"""The line a question is typed into."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from vecna_notes.tui.widgets.query import QueryInput


class QuestionInput(QueryInput):
    """Up brings back what was asked before; down goes into the answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "ask"),
        Binding("down,ctrl+n", "enter_list", "to the answer"),
        Binding("up", "earlier", "asked before", show=False),
    ]

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self.placeholder = "ask your notes a question"
        self._asked: list[str] = []
        self._back = 0

    def remember(self, question: str) -> None:
        """It was asked, and is no longer what is typed."""
        self._asked = [*(one for one in self._asked if one != question), question]
        self._back = 0
        self.value = ""

    def action_earlier(self) -> None:
        """The question asked before; from the first one on again the last."""
        if self._asked:
            self._back = self._back % len(self._asked) + 1
            self.value = self._asked[-self._back]
            self.action_end()
