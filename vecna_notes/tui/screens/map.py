"""The notes from above: what is near in meaning lies near, in the colours of its topics; topics as a list beside it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import DescendantFocus

from vecna_notes.errors import VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui import asking
from vecna_notes.tui.chart import UNCLUSTERED
from vecna_notes.tui.glyphs import decimal
from vecna_notes.tui.phrases import plural
from vecna_notes.tui.places import Place
from vecna_notes.tui.screens.paned import WIDE
from vecna_notes.tui.screens.topical import Topical
from vecna_notes.tui.surveying import shown_projector
from vecna_notes.tui.widgets.bar import Cell
from vecna_notes.tui.widgets.mapview import MapView
from vecna_notes.tui.widgets.pane import Pane
from vecna_notes.tui.widgets.related import FAR
from vecna_notes.tui.widgets.rowlist import RowList
from vecna_notes.tui.widgets.topiclist import TopicRow, note_rows, topic_rows

NEAR_DELAY = 0.12
HITS = 30


class MapScreen(Topical):
    """The third tab."""

    mode = "map"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "next_topic", "topic"),
        Binding("C", "other_topic", "topic before", show=False),
        Binding("full_stop", "hits", "hits"),
        Binding("x", "export", "export"),
        Binding("R", "rename", "rename topic", show=False),
        Binding("H", "history", "topic log", show=False),
        Binding("e", "app.edit", "edit", show=False),
        Binding("o", "app.obsidian", "Obsidian", show=False),
        Binding("y", "app.copy_link", "copy link", show=False),
        Binding("Y", "app.copy_place", "copy path:line", show=False),
        Binding("p", "copy_all(False)", "copy all paths", show=False),
        Binding("P", "copy_all(True)", "copy all links", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._caught: tuple[str, tuple[str, ...]] | None = None
        """What a list of notes is called, and their paths: those in the lasso, or hits."""
        self._nearest: dict[str, str] = {}
        """Of a note the words for the one nearest to it."""

    def compose(self) -> ComposeResult:
        yield self.header
        with Horizontal(id="body"):
            yield Pane(self.map, id="map-pane")
            yield Pane(self.topics, id="topics-pane")
        yield self.notice
        yield self.footer

    def on_mount(self) -> None:
        super().on_mount()
        self.map.focus()

    def on_resize(self) -> None:
        super().on_resize()
        self.call_after_refresh(self._after_resize)

    def _after_resize(self) -> None:
        """Never leave the focus on a pane that has gone."""
        if self.is_wide:
            self.remove_class("-topics")
        focused = self.focused
        if focused is None or not focused.region.area:
            (self.topics if self.has_class("-topics") else self.map).focus()
        self._fill_list()

    @property
    def is_wide(self) -> bool:
        return self.app.size.width >= WIDE

    # ── showing ─────────────────────────────────────────────────────────────────────────────────────────────────

    def show_chart(self) -> None:
        if not self.is_attached or not self.map.is_attached:
            return
        chart = self.chart
        is_empty = chart is None or not chart.points
        if chart is None or (self.chosen and chart.topic(self.chosen) is None):
            self.chosen = None
        self.map.show(None if is_empty else chart, self.words(self.map.look) if is_empty else ())
        self._fill_list()
        self._stand_out()
        self._tell_card()
        self.tell_edges()
        if self.map.path:
            self._nearest.clear()
            self._ask_nearest(self.map.path)

    def _fill_list(self) -> None:
        self.topics.is_led = self.chosen is not None and self._caught is None
        if self.chart is None or not self.chart.points:
            self.topics.show([])
        elif self._caught is not None:
            self.topics.show(note_rows(self.chart, self._caught[1]))
        else:
            self.topics.show(topic_rows(self.chart, self.chosen, max(self.topics.size.width - 3, 20)))

    def _stand_out(self) -> None:
        if self.chart is None:
            return
        if self._caught is not None:
            self.map.stand_out(self.chart.numbers(self._caught[1]), are_hits=True)
        elif self.chosen is not None:
            self.map.stand_out(self.chart.numbers(self.chart.notes_of(self.chosen)), self.chosen)
        else:
            self.map.stand_out(None)

    def tell_edges(self) -> None:
        super().tell_edges()
        if self.is_attached and self.map.is_attached:
            self._tell_panes()

    def _tell_panes(self) -> None:
        look, chart = self.notice.look, self.chart
        topics = self.query_one("#topics-pane", Pane)
        right = [Cell(f"{look.better}30d  notes" if any(row.lately for row in self.topics.rows) else "notes", "faint")]
        right = [] if self._caught or chart is None else right
        right += [] if self.is_wide else [Cell("  c map", "faint", "screen.other_pane")]
        topics.tell(self._list_title(), right)
        pane = self.query_one("#map-pane", Pane)
        if chart is None or not chart.points:
            pane.tell([Cell("map", "title")])
            return
        counts = f"{plural(len(chart.points), 'note')} {look.middot} {plural(len(chart.topics), 'topic')}"
        zoomed = f" {look.middot} {look.times}{self.map.zoomed:.1f}" if self.map.zoomed > 1.05 else ""
        right = [Cell(text, inks) for text, inks in self.progress(look)] if self.surveying.is_running else []
        right = right or [Cell(shown_projector(chart.map.projector) + zoomed, "faint")]
        if not self.is_wide:
            right.append(Cell("  c topics", "faint", "screen.other_pane"))
        pane.tell([Cell("map", "title"), Cell(f" {look.middot} {counts}", "dim")], right)

    def _list_title(self) -> list[Cell]:
        if self._caught is None:
            return [Cell("topics", "title")]
        name, paths = self._caught
        return [Cell(name, "title"), Cell(f" {self.notice.look.middot} {plural(len(paths), 'note')}", "dim")]

    def resting_notice(self) -> list[Cell]:
        look = self.notice.look
        if self.map.lasso is not None:
            count = plural(len(self.map.in_lasso()), "note")
            return [Cell(count, "match"), Cell(f" in the lasso {look.middot} arrows size it, enter takes them", "dim")]
        if self._caught is not None:
            tips = "enter opens one, w goes along them, p copies all paths, P all links, esc lets go"
            return [Cell(tips, "dim")]
        if self.chart is not None and self.chosen is not None:
            return [Cell(self._chosen_words(), "dim"), Cell(f" {look.middot} w goes along its notes", "faint")]
        if self.map.chart is None:
            return []
        return [Cell("a click or w points at a note, c goes through topics, L catches notes", "faint")]

    def _chosen_words(self) -> str:
        assert self.chart is not None
        topic = self.chart.topic(self.chosen)
        count = plural(len(self.chart.notes_of(self.chosen or UNCLUSTERED)), "note")
        return f"{safe_line(topic.name) if topic else 'in no topic'}: {count}"

    # ── the note under the cursor ───────────────────────────────────────────────────────────────────────────────

    @on(MapView.Pointed)
    def _pointed(self, event: MapView.Pointed) -> None:
        self.say("")
        self._tell_card()
        if event.path:
            self._ask_nearest(event.path)

    def _tell_card(self) -> None:
        chart, path = self.chart, self.map.path
        point = chart.point(path) if chart else None
        if chart is None or point is None:
            self.map.tell_card(())
            return
        topic = chart.topic(point.topic)
        links = plural(point.links, "link") + " to it" if point.links else "no links to it"
        name = safe_line(topic.name) if topic else "in no topic"
        lines = [
            [(safe_line(point.title) or safe_line(path), "bright")],
            [(name, f"topic{point.slot % 8}" if point.slot >= 0 else "dim")],
            [(links, "dim")],
        ]
        if nearest := self._nearest.get(path):
            lines.append([("nearest: ", "faint"), (nearest, "meter")])
        self.map.tell_card(lines)

    @work(exclusive=True, group="related", exit_on_error=False)
    async def _ask_nearest(self, path: str) -> None:
        if path in self._nearest:
            return
        await asyncio.sleep(NEAR_DELAY)
        with contextlib.suppress(VecnaError):
            found = await self.vecna.answer(asking.near(path, None, 1), "related")
            if found:
                near = f"{safe_line(found[0].title)} {decimal(found[0].score)}"
                self._nearest[path] = near if found[0].closeness != FAR else FAR
                self._tell_card()

    @on(MapView.Opened)
    def _opened(self, event: MapView.Opened) -> None:
        self._open(event.path)

    def _open(self, path: str) -> None:
        point = self.chart.point(path) if self.chart else None
        self.vecna.open_place(Place(path, point.title if point else ""))

    def place(self) -> Place | None:
        row = self.topics.current if self.focused is self.topics else None
        path = row.path if row is not None and row.path else self.map.path
        point = self.chart.point(path) if self.chart else None
        return Place(path, point.title) if point else None

    @on(MapView.Looked)
    def _looked(self) -> None:
        self._tell_panes()
        self._tell_notice()

    # ── topics ──────────────────────────────────────────────────────────────────────────────────────────────────

    @on(RowList.Moved, "#topics")
    def _row_moved(self, event: RowList.Moved) -> None:
        row: TopicRow | None = event.row
        if row is None or not self.topics.has_focus:
            return
        if row.kind == "note":
            self.map.point(row.path)
        elif row.kind == "part" and self.chart is not None:
            self.map.stand_out(self.chart.numbers(self.chart.notes_of(row.id)), row.id)
        elif row.id != self.chosen:
            self._choose(row.id)

    @on(RowList.Chosen, "#topics")
    def _row_chosen(self, event: RowList.Chosen) -> None:
        row: TopicRow = event.row
        if row.kind == "note":
            self._open(row.path)
        elif self.chart is not None:
            self._choose(row.id)
            self.map.look_at(self.chart.numbers(self.chart.notes_of(row.id)))
            self._to_row("note:")

    def _choose(self, id: int | None) -> None:
        self.chosen, self._caught = id, None
        self.say("")
        self._fill_list()
        self._stand_out()
        self.tell_edges()

    def action_next_topic(self) -> None:
        """Below 100 columns the key goes to the other pane, where topics are."""
        if self.is_wide:
            self._step(1)
        else:
            self.action_other_pane()

    def action_other_topic(self) -> None:
        self._step(-1 if self.is_wide else 1)

    def _step(self, step: int) -> None:
        if self.chart is None:
            return
        ids: list[int | None] = [None, *(topic.id for topic in self.chart.topics)]
        topic = self.chart.above(self.chosen) or self.chosen
        here = ids.index(topic) if topic in ids else 0
        self._choose(ids[(here + step) % len(ids)])
        self._to_row(f"topic:{self.chosen}")

    def _to_row(self, key: str) -> None:
        """The list's cursor to the first row whose key begins so."""
        rows = enumerate(self.topics.rows)
        self.topics.move_to(next((place for place, row in rows if row.key.startswith(key)), -1))

    def action_other_pane(self, is_list: bool | None = None) -> None:
        """To the list, or to the map; below 100 columns the one takes the place of the other."""
        is_list = not self.has_class("-topics") if is_list is None else is_list
        self.set_class(is_list and not self.is_wide, "-topics")
        self.call_after_refresh((self.topics if is_list else self.map).focus)

    @on(DescendantFocus)
    def _list_entered(self, event: DescendantFocus) -> None:
        row = self.topics.current
        if event.widget is self.topics and self.chosen is None and row is not None and row.kind == "topic":
            self._choose(row.id)

    # ── notes in the hand ───────────────────────────────────────────────────────────────────────────────────────

    @on(MapView.Caught)
    def _lassoed(self, event: MapView.Caught) -> None:
        if not event.paths:
            self.say("there is no note in the lasso")
            return
        self._hold("in the lasso", event.paths)
        self.action_other_pane(is_list=True)

    def _hold(self, name: str, paths: Sequence[str]) -> None:
        """A list of notes, lit up on the map; from there one opens them or takes them along."""
        self._caught = name, tuple(paths)
        self.say("")
        self._fill_list()
        self._stand_out()
        self.tell_edges()

    @work(exclusive=True, group="words", exit_on_error=False)
    async def action_hits(self) -> None:
        """Light up what the last search found; once more, and it is out."""
        searched = self.vecna.searched
        if self._caught is not None:
            self._let_go()
            return
        if not searched or self.chart is None:
            self.say("search for something first; / goes there, and . here lights it up")
            return
        try:
            reply = await self.vecna.answer(asking.find(searched, "hybrid", HITS), "words")
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return
        paths = [hit.passage.path for hit in reply.found.hits if hit.passage.path in self.chart.places]
        if paths:
            self._hold(f"hits of {safe_line(searched)}", paths)
        else:
            self.say(safe_line(f"nothing on the map holds {searched}"))

    def _let_go(self) -> None:
        self._caught = None
        self._choose(self.chosen)

    def action_copy_all(self, are_links: bool) -> None:
        """Everything in the hand, a line a note; without it the notes of the chosen topic."""
        if self.chart is None:
            return
        paths = self._caught[1] if self._caught else self.chart.notes_of(self.chosen) if self.chosen is not None else ()
        if not paths:
            self.say("choose a topic, or catch some notes with L, and they can be copied")
            return
        points = [point for path in paths if (point := self.chart.point(path))]
        places = [Place(point.path, point.title) for point in points]
        text = "\n".join(f"- {place.wikilink}" if are_links else safe_line(place.path) for place in places)
        self.app.copy_to_clipboard(text)
        self.say(f"copied {plural(len(places), 'link' if are_links else 'path')}", "good")

    def leave(self) -> None:
        """One layer out: the lasso, what is in the hand, the list, the note, the topic, the window, the screen."""
        if self.map.drop_lasso():
            return
        if self._caught is not None:
            self._let_go()
            self.action_other_pane(is_list=False)
        elif self.focused is self.topics:
            self.action_other_pane(is_list=False)
        elif self.map.path:
            self.map.unpoint()
        elif self.chart is not None and self.chosen is not None:
            self._choose(self.chart.above(self.chosen))
        elif self.map.zoomed > 1.05:
            self.map.action_fit()
        else:
            self.vecna.action_tab("search")
