"""What the vault proposes and somebody decides: links and tags for a note, notes to see again, notes one too many.

Questions as in `asking`; those that decide something answer with how to take it back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from vecna_notes.errors import NoteNotFound
from vecna_notes.tui.ports import StoredNote, Vault
from vecna_notes.tui.sides import Aligned, aligned
from vecna_notes.types import RelatedNote

if TYPE_CHECKING:
    from vecna_notes.edit import Undone
    from vecna_notes.insight.duplicates import DuplicatePair, Verdict
    from vecna_notes.insight.resurface import Resurfaced
    from vecna_notes.insight.suggestion import Suggestion
    from vecna_notes.insight.tagging import TagSuggestion
    from vecna_notes.insight.why import Why

TakeBack: TypeAlias = "Callable[[Vault], Undone | None]"
"""A question that takes a decision back."""
Refusal: TypeAlias = Literal["skip", "never"]
ADJACENT = 200
"""Pairs that are merely adjacent, of which there is no end."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written into a note, by the id of the edit."""

    id: str
    about: str


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which related notes are shown. None and () ask nothing, as the vault has it."""

    unlinked: bool = False
    same_folder: bool | None = None
    same_day: bool | None = None
    tags: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """What is asked, each in a word or two."""
        folder = {True: "same folder", False: "other folders", None: ""}[self.same_folder]
        day = {True: "same day", False: "other days", None: ""}[self.same_day]
        linked = "not linked" if self.unlinked else ""
        return [word for word in (linked, folder, day, *(f"#{tag}" for tag in self.tags)) if word]

    def toggled(self, what: str) -> Narrowed:
        """`what` is "unlinked", "folder", "day" or a tag with its "#"; folder and day go any, others, same."""
        if what == "unlinked":
            return replace(self, unlinked=not self.unlinked)
        if what == "folder":
            return replace(self, same_folder=_NEXT[self.same_folder])
        if what == "day":
            return replace(self, same_day=_NEXT[self.same_day])
        tag = what.removeprefix("#")
        tags = tuple(known for known in self.tags if known != tag) if tag in self.tags else (*self.tags, tag)
        return replace(self, tags=tags)


_NEXT = {None: False, False: True, True: None}


@dataclass(frozen=True, slots=True)
class Meeting:
    """Why two notes are near, with the titles of the notes between them."""

    why: Why
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Again:
    """A note to see again, with what the index remembers of it."""

    said: Resurfaced
    stored: StoredNote


@dataclass(frozen=True, slots=True)
class Pairs:
    """Notes that may be one too many, by verdict in the order shown, and how many there are of each."""

    shown: Sequence[DuplicatePair]
    counts: Mapping[Verdict, int]


# ── a note ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def near(path: str, line: int | None, limit: int, only: Narrowed) -> Callable[[Vault], list[RelatedNote]]:
    """Notes near to the passage at a line."""

    def question(vault: Vault) -> list[RelatedNote]:
        return vault.related(
            path, line, limit, only.unlinked, same_folder=only.same_folder, same_day=only.same_day, tags=only.tags
        )

    return question


def links_for(path: str, limit: int) -> Callable[[Vault], list[Suggestion]]:
    return lambda vault: vault.suggestions(path, limit)


def tags_for(path: str, limit: int) -> Callable[[Vault], list[TagSuggestion]]:
    return lambda vault: vault.suggest_tags(path, limit)


def write_link(suggestion: Suggestion) -> Callable[[Vault], Written]:
    return lambda vault: Written(vault.accept(suggestion).id, f"the link to {suggestion.title}")


def write_tag(suggestion: TagSuggestion) -> Callable[[Vault], Written]:
    return lambda vault: Written(vault.accept_tag(suggestion).id, f"the tag #{suggestion.tag}")


def preview_tag(suggestion: TagSuggestion) -> Callable[[Vault], list[str]]:
    return lambda vault: vault.preview_tag(suggestion)


def refuse_link(suggestion: Suggestion, verdict: Refusal) -> Callable[[Vault], TakeBack]:
    def question(vault: Vault) -> TakeBack:
        vault.dismiss(suggestion, verdict)
        return lambda vault: vault.propose(suggestion, verdict)

    return question


def refuse_tag(suggestion: TagSuggestion) -> Callable[[Vault], TakeBack]:
    def question(vault: Vault) -> TakeBack:
        vault.dismiss_tag(suggestion)
        return lambda vault: vault.propose_tag(suggestion)

    return question


def unwrite(id: str) -> TakeBack:
    return lambda vault: vault.undo_edit(id)


def last_edit() -> Callable[[Vault], tuple[str, str, str, float] | None]:
    """Id, what it was, path and time of the last change that can be taken back."""

    def question(vault: Vault) -> tuple[str, str, str, float] | None:
        edit = next(iter(vault.edits()), None)
        return (edit.id, edit.about, edit.path, edit.made) if edit else None

    return question


def why(path: str, other: str) -> Callable[[Vault], Meeting]:
    """What two notes have to do with each other."""

    def question(vault: Vault) -> Meeting:
        found = vault.why(path, other)
        titles = {step: note.note.title for step in found.way if (note := _known(vault, step)) is not None}
        return Meeting(found, titles)

    return question


# ── the vault ───────────────────────────────────────────────────────────────────────────────────────────────────────


def again(limit: int) -> Callable[[Vault], list[Again]]:
    """Notes worth another look today."""

    def question(vault: Vault) -> list[Again]:
        found = [(one, _known(vault, one.path)) for one in vault.resurface(limit)]
        return [Again(one, stored) for one, stored in found if stored is not None]

    return question


def put_off(path: str) -> Callable[[Vault], TakeBack]:
    def question(vault: Vault) -> TakeBack:
        vault.not_today(path)
        return lambda vault: vault.again_today(path)

    return question


def pairs() -> Callable[[Vault], Pairs]:
    """Looks at every note."""

    def question(vault: Vault) -> Pairs:
        sure, adjacent = vault.duplicates(), vault.duplicates("adjacent")
        counts: dict[Verdict, int] = {"same text": 0, "rewritten": 0, "adjacent": len(adjacent)}
        for one in sure:
            if one.verdict is not None:
                counts[one.verdict] += 1
        return Pairs([*sure, *adjacent[:ADJACENT]], counts)

    return question


def beside(path: str, other: str) -> Callable[[Vault], list[Aligned]]:
    """Two notes line by line."""
    return lambda vault: list(aligned(vault.text(path).split("\n"), vault.text(other).split("\n")))


def keep_both(path: str, other: str) -> Callable[[Vault], TakeBack]:
    def question(vault: Vault) -> TakeBack:
        vault.dismiss_duplicate(path, other)
        return lambda vault: vault.propose_duplicate(path, other)

    return question


def _known(vault: Vault, path: str) -> StoredNote | None:
    try:
        return vault.note(path)
    except NoteNotFound:  # deleted between two looks at the store
        return None
