"""What can be done with an answer: copied, or written down as a note when somebody says so."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import work

from vecna_notes.errors import VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui import conversation
from vecna_notes.tui.conversation import Exchange
from vecna_notes.tui.screens.paned import Paned
from vecna_notes.tui.screens.typed import Typed

if TYPE_CHECKING:
    from vecna_notes.answer.ask import Answer


class Taking(Paned):
    """Subclasses say which answer is in view."""

    def __init__(self) -> None:
        super().__init__()
        self.saved = ""
        """Id of the edit that wrote the last note; empty once that is taken back."""

    @property
    def exchange(self) -> Exchange | None:
        """The one in view."""
        return None

    def _whole(self) -> Answer | None:
        """The answer in view, if it is all there."""
        done = self.exchange.done if self.exchange is not None else None
        if done is None:
            self.say("there is no whole answer yet")
        return done

    def action_copy(self) -> None:
        if (done := self._whole()) is not None:
            self._copy(done)

    @work(exclusive=True, group="write", exit_on_error=False)
    async def _copy(self, done: Answer) -> None:
        try:
            text = await self.vecna.answer(conversation.as_markdown(done), "copy")
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return
        self.app.copy_to_clipboard(text)
        self.say("copied the answer with its sources", "good")

    def action_save(self) -> None:
        """As a new note, under a name that can still be changed."""
        from vecna_notes.answer.markdown import note_name

        if (done := self._whole()) is not None:
            dialog = Typed("save this answer as a note", note_name(done.question), "write it")
            self.app.push_screen(dialog, partial(self._named, done))

    def _named(self, done: Answer, path: str | None) -> None:
        if path:
            self._save(done, path)

    @work(exclusive=True, group="write", exit_on_error=False)
    async def _save(self, done: Answer, path: str) -> None:
        try:
            applied = await self.vecna.answer(conversation.save(done, path), "save")
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return
        self.saved = applied.id
        self.say(safe_line(f"wrote {applied.path}; u takes it back"), "good")
        self.vecna.action_command("rescan")

    @work(exclusive=True, group="write", exit_on_error=False)
    async def action_undo(self) -> None:
        """Take away the note that was written here last."""
        if not self.saved:
            self.say("no answer was saved as a note just now")
            return
        id = self.saved
        try:
            undone = await self.vecna.answer(lambda vault: vault.undo_edit(id), "undo")
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return
        self.saved = ""
        said = f"took {undone.path} away again" if undone else "it was gone already"
        self.say(safe_line(said), "good")
        self.vecna.action_command("rescan")
