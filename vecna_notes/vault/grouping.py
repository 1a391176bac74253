"""A vault's notes as a whole: their topics, and their map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vecna_notes.interfaces import Report
from vecna_notes.vault.meaning import Meaning

if TYPE_CHECKING:  # whoever only searches does without these rooms
    from vecna_notes.insight.topics import Topics
    from vecna_notes.store.kept_topics import TopicEvent
    from vecna_notes.surveying import CheckedClusterer


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

    def _clusterer(self, name: str) -> CheckedClusterer:
        return self.registry.clusterer(name, self._plugin_options(self.settings.clusterers, name))

    def _plugin_options(self, own: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
        return {**own.get(name, {}), "cache": self.folders.cache, "threads": self.settings.index.threads}
