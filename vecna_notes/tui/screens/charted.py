"""A map and a list of topics that follow the index: what is kept is shown at once, what is missing is drawn behind."""

from __future__ import annotations

import time

from textual import work
from textual.timer import Timer

from vecna_notes.errors import NotIndexed, VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui import asking
from vecna_notes.tui.chart import Chart
from vecna_notes.tui.glyphs import Glyphs, meter
from vecna_notes.tui.indexing import Indexing
from vecna_notes.tui.phrases import duration, plural
from vecna_notes.tui.pieces import Pieces
from vecna_notes.tui.screens.paned import Paned
from vecna_notes.tui.surveying import LONG, Surveying
from vecna_notes.tui.widgets.mapview import MapView
from vecna_notes.tui.widgets.topiclist import TopicList

_BAR = 24


class Charted(Paned):
    """Subclasses compose `map` and `topics`, and say what is shown of a chart."""

    def __init__(self) -> None:
        super().__init__()
        self.map = MapView(id="map")
        self.topics = TopicList(id="topics")
        self.chart: Chart | None = None
        self.surveying = Surveying()
        self._is_current = True
        self._surveyed = -1
        """Generation of the index that the last survey began with."""
        self._began = 0.0
        self._failure = ""
        self._clock: Timer | None = None

    def show_chart(self) -> None:
        """There is a chart, or another one, or something else to say in its place."""

    # ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        if self.surveying.error:
            self.surveying, self._surveyed = Surveying(), -1
        self.notes_changed()

    def notes_changed(self) -> None:
        self.ask_chart()

    def index_told(self, indexing: Indexing) -> None:
        if self.chart is None:
            self.show_chart()

    @work(exclusive=True, group="map", exit_on_error=False)
    async def ask_chart(self) -> None:
        """What is kept now; a survey follows where that is not all."""
        try:
            kept = await self.vecna.answer(asking.chart(), "map")
        except VecnaError as error:
            self._failure = "" if isinstance(error, NotIndexed) else safe_line(str(error))
            self._is_current = True
            self.show_chart()
            return
        self._failure, self._is_current = "", kept is not None and kept[1]
        if kept is not None:
            self._greet(self.chart, kept[0])
            self.chart = kept[0]
        self.show_chart()
        self._survey_if_due(is_missing=kept is None)

    def _greet(self, before: Chart | None, now: Chart) -> None:
        """Say which notes are new on the map."""
        if before is None or not before.is_like(now):
            return
        fresh = [point for point in now.points if point.path not in before.places]
        if fresh:
            names = safe_line(fresh[0].title) if len(fresh) == 1 else plural(len(fresh), "note")
            self.say(f"{names} found {'its' if len(fresh) == 1 else 'their'} place on the map", "good")

    # ── surveys ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _survey_if_due(self, is_missing: bool) -> None:
        """Not while notes are still coming in, unless there is nothing to show; never twice for the same notes."""
        generation = self.vecna.indexing.generation
        is_busy = self.vecna.indexing.phase in ("starting", "working")
        if (
            self._is_current
            or self.surveying.is_running
            or self._surveyed == generation
            or (is_busy and not is_missing)
        ):
            return
        self._surveyed = generation
        self._survey()

    @work(exclusive=True, group="surveyor", exit_on_error=False)
    async def _survey(self) -> None:
        surveyor = self.vecna.surveyor
        if surveyor is None:
            self._surveyed_to(Surveying(error="nothing here can draw a map; vecna map can"))
            return
        self._began = time.monotonic()
        self._clock = self._clock or self.set_interval(1.0, self._tick)
        self._surveyed_to(Surveying(is_running=True))
        try:
            await surveyor.start()
            async for event in surveyor.events():
                self._surveyed_to(self.surveying.after(event))
                if event.get("event") == "drawn":
                    self.ask_chart()
        except OSError as error:
            self._surveyed_to(Surveying(error=safe_line(f"the map cannot be drawn: {error}")))
        finally:
            self._surveyed_to(Surveying(error=self.surveying.error))
        if not self.surveying.error:
            self.ask_chart()

    def _surveyed_to(self, surveying: Surveying) -> None:
        self.surveying = surveying
        if surveying.error:
            self.say(surveying.error, "bad")
        self._tick()

    def _tick(self) -> None:
        if self._clock is not None and not self.surveying.is_running:
            self._clock.stop()
            self._clock = None
        if self.is_attached:
            self.show_chart() if self.chart is None else self.tell_edges()

    # ── words ───────────────────────────────────────────────────────────────────────────────────────────────────

    def progress(self, look: Glyphs) -> Pieces:
        """How far the survey is, in one line."""
        state = self.surveying
        share = state.share
        full, empty = meter(share, _BAR // 2, look) if share is not None else ("", "")
        spent = duration(time.monotonic() - self._began)
        return [(full, "accent"), (empty, "faint"), (f"{' ' if full else ''}{state.words} ", "dim"), (spent, "faint")]

    def words(self, look: Glyphs) -> list[Pieces]:
        """What stands where the map will be."""
        if self._failure or self.surveying.error:
            return [[(f"{look.cross} ", "bad"), (self._failure or self.surveying.error, "bad")]]
        if self.surveying.is_running:
            count = self.surveying.total or 0
            return [
                [(f"laying out {plural(count, 'note')}" if count else "a map of your notes", "bright")],
                [],
                self.progress(look),
                [],
                [("search and everything else go on meanwhile", "faint")],
                *([[("the first time it may take a minute", "faint")]] if count >= LONG else []),
            ]
        if self.chart is not None:
            return [[("no notes to lay out yet", "bright")], [], [("write one, and it appears here", "faint")]]
        return self._waiting(look)

    def _waiting(self, look: Glyphs) -> list[Pieces]:
        indexing = self.vecna.indexing
        if indexing.phase in ("starting", "working"):
            why = "your notes are being read; once their meaning is computed, they are laid out here"
            return [[("the map comes by itself", "bright")], [], [(why, "dim")]]
        if indexing.notes == 0:
            return [[("no notes to lay out yet", "bright")], [], [("write one, and it appears here", "faint")]]
        why = "a map needs their meaning, and no model has computed it; 7 shows the index, r there reads again"
        return [[("no note has a vector yet", "bright")], [], [(why, "dim")]]
