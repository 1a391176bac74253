"""What one does with topics besides looking at them: name them, read their log, and write the map as a file."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from textual import work

from vecna_notes.errors import VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui import asking
from vecna_notes.tui.phrases import plural
from vecna_notes.tui.screens.charted import Charted
from vecna_notes.tui.screens.mapped import TopicName, as_file, told


class Topical(Charted):
    """Subclasses say which topic is chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.chosen: int | None = None
        """Id of a topic or part; UNCLUSTERED for the notes of none."""

    def action_rename(self) -> None:
        """The chosen topic, or that of the note under the cursor."""
        point = self.chart.point(self.map.path) if self.chart else None
        topic = self.chart.topic(self.chosen or (point.topic if point else None)) if self.chart else None
        if topic is None:
            self.say("choose a topic first: c goes through them")
            return
        self.app.push_screen(TopicName(topic.name), partial(self._named, topic.id))

    def _named(self, id: int, name: str | None) -> None:
        if name is not None:
            self._rename(id, name)

    @work(exclusive=True, group="rename", exit_on_error=False)
    async def _rename(self, id: int, name: str) -> None:
        try:
            await self.vecna.answer(asking.rename_topic(id, name))
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return
        self.say(f"it is called {name} from now on" if name else "it has the name back that was found for it", "good")
        self.ask_chart()

    @work(exclusive=True, group="words", exit_on_error=False)
    async def action_history(self) -> None:
        try:
            events = await self.vecna.answer(asking.topic_log(), "topic-log")
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
            return
        self.app.push_screen(told(events))

    def action_export(self) -> None:
        if self.chart is None or not self.chart.points:
            self.say("there is no map to write yet")
            return
        name = f"vecna-map-{time.strftime('%Y-%m-%d')}"
        self.app.push_screen(as_file(Path.cwd(), name), partial(self._kind_chosen, Path.cwd() / name))

    def _kind_chosen(self, stem: Path, answer: tuple[str, str] | None) -> None:
        if answer is not None and answer[1]:
            self._write(stem.with_name(f"{stem.name}.{answer[1]}"), answer[1])

    @work(exclusive=True, group="write", exit_on_error=False)
    async def _write(self, file: Path, kind: str) -> None:
        assert self.chart is not None
        title = f"{self.vecna.vault_name}: {plural(len(self.chart.points), 'note')}"
        try:
            content = await self.vecna.answer(asking.picture(self.chart.map, kind, title))
            with file.open("xb") as stream:
                stream.write(content)
        except VecnaError as error:
            self.say(safe_line(str(error)), "bad")
        except FileExistsError:
            self.say(safe_line(f"{file.name} is there already; it was left as it is"), "warn")
        except OSError as error:
            self.say(safe_line(f"{file.name} cannot be written: {error.strerror}"), "bad")
        else:
            self.say(safe_line(f"wrote {file.name}"), "good")
