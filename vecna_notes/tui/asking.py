"""The questions the screen puts to a vault. They run in the engine's thread and touch nothing of the screen's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from vecna_notes.errors import ConfigError, NoteNotFound
from vecna_notes.evaluate.scores import Evaluation
from vecna_notes.tui.ports import StoredNote, Vault
from vecna_notes.types import Found, Link, RelatedNote

if TYPE_CHECKING:
    from vecna_notes.evaluate.diff import Difference
    from vecna_notes.insight.atlas import Map
    from vecna_notes.search.explain import Whereabouts
    from vecna_notes.tui.chart import Chart
    from vecna_notes.tui.ports import TopicEvent

Vote: TypeAlias = tuple[str, str]
"""A query, and the path of a note that answers it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Hits with what the index remembers of their notes."""

    found: Found
    notes: Mapping[str, StoredNote]


@dataclass(frozen=True, slots=True)
class Opened:
    """A note with everything the Note screen shows of it but what is related."""

    path: str
    stored: StoredNote
    text: str
    links: Sequence[Link] = ()
    backlinks: Sequence[Link] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    """Titles of the notes that links come from and lead to, by path."""


def find(
    query: str, mode: str, limit: int, more: Sequence[str] = (), less: Sequence[str] = (), rerank: bool = False
) -> Callable[[Vault], Reply]:
    """Hits of a search; `more` and `less` are paths of notes to be like and unlike."""

    def question(vault: Vault) -> Reply:
        found = vault.search(query, mode=mode, limit=limit, more=more, less=less, rerank=rerank)
        return Reply(found, _remembered(vault, [hit.passage.path for hit in (*found.hits, *found.closest)]))

    return question


def where_is(query: str, path: str, mode: str, limit: int) -> Callable[[Vault], Whereabouts]:
    """What became of a note that was expected."""
    return lambda vault: vault.whereabouts(query, path, mode=mode, limit=limit)


def votes() -> Callable[[Vault], frozenset[Vote]]:
    """Queries with the notes that answer them, as the user said."""
    return lambda vault: frozenset((known.query, known.path) for known in vault.judgements() if known.grade > 0)


def vote(query: str, path: str, is_answer: bool) -> Callable[[Vault], frozenset[Vote]]:
    """Say that a note answers a query, or take it back; all votes from then on."""

    def question(vault: Vault) -> frozenset[Vote]:
        if is_answer:
            vault.judge(query, path, 1)
        else:
            vault.forget_judgement(query, path)
        return votes()(vault)

    return question


def evaluations() -> Callable[[Vault], Sequence[Evaluation]]:
    """Kept runs, newest first."""
    return lambda vault: vault.evaluations()


def compare(before: int, after: int, system: str) -> Callable[[Vault], Difference | None]:
    """Which queries one system answers otherwise in a later run; None where the runs share none."""

    def question(vault: Vault) -> Difference | None:
        from vecna_notes.evaluate.diff import diff

        try:
            return diff(vault.per_query(before), system, vault.per_query(after), system)
        except ConfigError:
            return None

    return question


def open_note(path: str) -> Callable[[Vault], Opened]:
    """A note by its path. Raises NoteNotFound."""

    def question(vault: Vault) -> Opened:
        links, backlinks = vault.links(path), vault.backlinks(path)
        paths = {link.target_path for link in links} | {link.source_path for link in backlinks}
        titles = {known: stored.note.title for known, stored in _remembered(vault, sorted(paths - {""})).items()}
        return Opened(path, vault.note(path), vault.text(path), links, backlinks, titles)

    return question


def text_of(path: str) -> Callable[[Vault], str]:
    return lambda vault: vault.text(path)


def near(path: str, line: int | None, limit: int) -> Callable[[Vault], list[RelatedNote]]:
    """Notes near in meaning to the passage at a line; to the whole note where `line` is None."""
    return lambda vault: vault.related(path, line=line, limit=limit)


def chart() -> Callable[[Vault], tuple[Chart, bool] | None]:
    """The map as last drawn, ready for the screen, and whether it is up to date; None before there is one."""

    def question(vault: Vault) -> tuple[Chart, bool] | None:
        from vecna_notes.tui.chart import Chart

        kept = vault.kept_map()
        return None if kept is None else (Chart.of(kept[0]), kept[1])

    return question


def picture(drawn: Map, kind: str, title: str) -> Callable[[Vault], bytes]:
    """The map as the content of a file: "svg", "png" or "html". It takes a moment, so it is asked for."""

    def question(vault: Vault) -> bytes:
        from vecna_notes.insight import pictures

        if kind == "png":
            return pictures.png(drawn)
        return (pictures.svg(drawn) if kind == "svg" else pictures.html(drawn, title)).encode()

    return question


def topic_log() -> Callable[[Vault], Sequence[TopicEvent]]:
    return lambda vault: vault.topic_log(200)


def rename_topic(id: int, name: str) -> Callable[[Vault], None]:
    return lambda vault: vault.rename_topic(id, name)


def latest(limit: int) -> Callable[[Vault], Sequence[StoredNote]]:
    return lambda vault: vault.recent(limit)


def _remembered(vault: Vault, paths: Sequence[str]) -> dict[str, StoredNote]:
    notes: dict[str, StoredNote] = {}
    for path in dict.fromkeys(paths):
        try:
            notes[path] = vault.note(path)
        except NoteNotFound:  # deleted between two looks at the store
            continue
    return notes
