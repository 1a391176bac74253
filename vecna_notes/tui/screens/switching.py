"""What changes which embedder answers: choose one, roll back, remove one; and the sentences for what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from textual import work

from vecna_notes.errors import VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui import comparing
from vecna_notes.tui.comparing import Model
from vecna_notes.tui.messages import Command
from vecna_notes.tui.phrases import size
from vecna_notes.tui.screens.dialog import Question
from vecna_notes.tui.screens.paned import Paned

FORCED = "It answers until you roll back, and `vecna status` repeats why the gate was against it."
KEPT = {
    "following": "another window keeps this index; it alone can do that",
    "stopped": "the indexer is not running; r on the Index screen starts it again",
}


class Switching(Paned):
    """Subclasses say which model is under the cursor."""

    def __init__(self) -> None:
        super().__init__()
        self.models: list[Model] = []
        self._wanted: dict[str, Any] = {}
        """What the worker was last asked to use."""

    @property
    def model(self) -> Model | None:
        return None

    def look_again(self, chosen: str = "") -> None:
        """Show what there is by now, with the cursor on the model called `chosen`."""

    def why_no_worker(self) -> str:
        """Why the worker cannot be told anything, or ""."""
        return KEPT.get(self.vecna.indexing.phase, "" if self.vecna.worker is not None else KEPT["stopped"])

    def heard(self, event: Mapping[str, Any]) -> None:
        kind = event.get("event")
        if kind == "live":
            name = next((model.name for model in self.models if model.key == event.get("space")), "")
            self.say(f"{safe_line(str(event.get('name') or name or 'another embedder'))} answers now", "good")
        elif kind == "unused":
            self._unused(safe_line(str(event.get("text") or "it cannot be used")), event.get("fetch"))

    def _unused(self, why: str, fetch: int | None) -> None:
        if fetch is None:
            self.say(why, "bad")
            return
        text = f"{why} Fetch {size(int(fetch))} from the hub?"
        self.app.push_screen(Question("Fetch this model?", text, "fetch it", "leave it"), self._fetch)

    def _fetch(self, is_wanted: bool | None) -> None:
        if is_wanted:
            options = {**(self._wanted.get("options") or {}), "download": True}
            self._use({**self._wanted, "options": options}, "fetching it")

    # ── choosing ────────────────────────────────────────────────────────────────────────────────────────────────

    def activate(self, model: Model) -> None:
        """Let it answer as soon as it is complete; until then the one before does."""
        if model.tuned is not None:
            self._activate_tuned(model)
        elif model.status is not None and model.status.lacks:
            self.say(safe_line(model.status.lacks), "warn")
        elif model.is_chosen and (model.is_active or model.status is None):
            self.say(f"{model.name} is chosen already")
        else:
            options = dict(model.status.options or {}) if model.status else {}
            name = model.status.name if model.status else model.name
            now = "" if model.is_ready else "; what answers now goes on until its vectors are complete"
            self._use({"name": name, "options": options}, f"{model.name} it is{now}")

    def _activate_tuned(self, model: Model) -> None:
        tuned = model.tuned
        assert tuned is not None
        if tuned.is_live:
            self.say(
                f"{model.name} answers already" if model.is_active else f"{model.name} answers when it is complete"
            )
        elif tuned.verdict.is_better:
            self._use_tuned(model, False)
        else:
            text = f"The gate is against it: {safe_line(tuned.verdict.why)}. {FORCED}"
            question = Question(f"Let {model.name} answer all the same?", text, "use it", "leave it")
            self.app.push_screen(question, lambda is_wanted: self._use_tuned(model, True) if is_wanted else None)

    def _use_tuned(self, model: Model, is_forced: bool) -> None:
        tuned = model.tuned
        assert tuned is not None and tuned.space is not None
        if self.why_no_worker():
            self._tell_vault(tuned.name, is_forced)
            return
        wanted = {"name": tuned.space.embedder, "options": {"model": tuned.name}}
        self._use({**wanted, "force": True} if is_forced else wanted, f"{model.name} it is")

    def _use(self, wanted: dict[str, Any], said: str) -> None:
        if why := self.why_no_worker():
            self.say(why, "warn")
            return
        self._wanted = wanted
        self.say(said)
        self.post_message(Command(f"use {json.dumps(wanted)}"))

    @work(exclusive=True, group="switch", exit_on_error=False)
    async def _tell_vault(self, name: str, is_forced: bool) -> None:
        """Whoever writes the index sees it there."""
        try:
            await self.vecna.answer(comparing.go_live(name, is_forced))
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return
        self.say(f"{name} answers as soon as whoever keeps this index has seen it", "good")
        self.look_again()

    # ── back ────────────────────────────────────────────────────────────────────────────────────────────────────

    def action_rollback(self) -> None:
        """At once, to what answered before the tuned model."""
        live = next((model.name for model in self.models if model.tuned is not None and model.tuned.is_live), "")
        if not live:
            self.say("no tuned model is in use, so there is nothing to go back from")
        elif self.why_no_worker():
            self._roll_back_vault()
        else:
            self.say(f"{live} is not used any more")
            self.post_message(Command("rollback"))

    @work(exclusive=True, group="switch", exit_on_error=False)
    async def _roll_back_vault(self) -> None:
        try:
            gone = await self.vecna.answer(comparing.rollback())
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return
        self.say(f"{gone} is not used any more, as soon as whoever keeps this index has seen it", "good")
        self.look_again()

    # ── removing ────────────────────────────────────────────────────────────────────────────────────────────────

    def action_remove(self) -> None:
        model = self.model
        if model is None:
            return
        if why := self.why_no_worker() or _why_stays(model):
            self.say(why, "warn")
            return
        what = "its vectors, its folder and what the gate said" if model.tuned else "its vectors"
        question = Question(
            f"Remove {model.name}?", f"{what.capitalize()} go; your notes stay.", "remove it", "keep it"
        )
        self.app.push_screen(question, partial(self._removed, model))

    def _removed(self, model: Model, is_wanted: bool | None) -> None:
        if is_wanted:
            self.post_message(Command(f"remove {model.tuned.name if model.tuned else model.key}"))


def _why_stays(model: Model) -> str:
    if model.tuned is not None and model.tuned.is_live:
        return f"{model.name} is in use; u goes back first"
    if model.is_active:
        return f"{model.name} answers; choose another first"
    if model.space is None and model.tuned is None:
        return f"there is nothing of {model.name} here to remove"
    if model.status is not None and model.status.is_wanted and model.tuned is None:
        return f"this vault's setting keeps {model.name} complete; choose one embedder alone first (enter)"
    return ""
