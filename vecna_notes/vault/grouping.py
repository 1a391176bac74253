"""A vault's notes as a whole: their topics, and their map."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vecna_notes.interfaces import Report
from vecna_notes.vault.meaning import Meaning

if TYPE_CHECKING:  # whoever only searches does without these rooms
    from vecna_notes.insight.atlas import Map
    from vecna_notes.insight.topics import Topics
    from vecna_notes.store.kept_topics import TopicEvent
    from vecna_notes.surveying import CheckedClusterer, CheckedProjector

AUTO, PREFERRED, FALLBACK = "auto", "tsne", "pca"
"""map.projector = "auto": the preferred one where it is installed."""


def _unheard(_progress: object) -> None:
    """Progress that nobody listens to."""


class Grouping(Meaning):
    """Topics and maps. A reader may ask for them: what must be remembered of them is kept beside the index."""

    def topics(self, refresh: bool = False, clusterer: str | None = None, report: Report = _unheard) -> Topics:
        """Topics as they were, or found again where notes have changed since; that takes seconds.

        `refresh` looks at everything anew. Another clusterer than the configured one is only looked at: what is
        remembered stays.
        """
        from vecna_notes.insight.topics import topics

        name = clusterer or self.settings.topics.clusterer
        is_own = name == self.settings.topics.clusterer
        return topics(self.store, name, lambda: self._clusterer(name), report, refresh, keep=is_own)

    def rename_topic(self, id: int, name: str) -> None:
        """Give a topic a name that stays; "" gives it back the one that is found for it."""
        from vecna_notes.insight.topics import rename_topic

        rename_topic(self.store, id, name)

    def topic_log(self, limit: int = 100) -> list[TopicEvent]:
        """What became of topics, newest first."""
        from vecna_notes.insight.topics import topic_log

        return topic_log(self.store, limit)

    def map(self, projector: str | None = None, redraw: bool = False, report: Report = _unheard) -> Map:
        """Every note that has a vector as a point, with its topic. New notes are placed on the map as it was.

        The first time, and with `redraw`, it is drawn; that takes seconds.
        """
        from vecna_notes.insight.atlas import atlas

        name = projector or self._projector_name
        found = self.topics(report=report)
        return atlas(self.store, found, name, lambda: self._projector(name, report), report, redraw)

    def maps(self, redraw: bool = False, report: Report = _unheard) -> Iterator[Map]:
        """The map; before it, where none is kept yet and drawing it takes long, a quick sketch."""
        if self._projector_name != FALLBACK and self.kept_map() is None:
            yield self.map(FALLBACK, report=report)
        yield self.map(redraw=redraw, report=report)

    def kept_map(self) -> tuple[Map, bool] | None:
        """The map as last drawn, or a sketch of it, and whether it is up to date. Nothing is computed."""
        from vecna_notes.insight.atlas import kept_atlas
        from vecna_notes.insight.topics import kept_topics

        known = kept_topics(self.store, self.settings.topics.clusterer)
        if known is None:
            return None
        topics, is_current = known
        for name in dict.fromkeys((self._projector_name, FALLBACK)):
            if (kept := kept_atlas(self.store, topics, name)) is not None:
                return kept[0], kept[1] and is_current and name == self._projector_name
        return None

    @property
    def _projector_name(self) -> str:
        name = self.settings.map.projector
        if name == AUTO:
            return FALLBACK if self.registry.missing("projectors", PREFERRED) else PREFERRED
        return name

    def _projector(self, name: str, report: Report) -> CheckedProjector:
        options = self._plugin_options(self.settings.projectors, name)
        return self.registry.projector(name, {**options, "report": report})

    def _clusterer(self, name: str) -> CheckedClusterer:
        return self.registry.clusterer(name, self._plugin_options(self.settings.clusterers, name))

    def _plugin_options(self, own: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
        return {**own.get(name, {}), "cache": self.folders.cache, "threads": self.settings.index.threads}
