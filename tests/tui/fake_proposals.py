"""What the fake vault proposes, decides and takes back; its notes are strings in memory, and "written" there."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from vecna_notes.edit import Applied, Edit, Undone
from vecna_notes.errors import NoteChanged
from vecna_notes.insight.closeness import Closeness
from vecna_notes.insight.duplicates import DuplicatePair, Verdict
from vecna_notes.insight.resurface import Resurfaced
from vecna_notes.insight.sharing import SharedWord
from vecna_notes.insight.suggestion import Suggestion
from vecna_notes.insight.tagging import TagSuggestion
from vecna_notes.insight.why import MeetingPair, Why
from vecna_notes.types import Note, Passage, Signal


@dataclass(kw_only=True)
class FakeProposals:
    """Every title that stands unlinked in a note is a link to suggest; the rest is what it is given."""

    changed_meanwhile: set[str] = field(default_factory=set)
    written: list[Edit] = field(default_factory=list)
    refused: set[tuple[str, ...]] = field(default_factory=set)
    fitting: list[TagSuggestion] = field(default_factory=list)
    seen_again: list[Resurfaced] = field(default_factory=list)
    pairs: list[DuplicatePair] = field(default_factory=list)
    narrowed: list[dict[str, Any]] = field(default_factory=list)

    notes: dict[str, Note] = field(default_factory=dict)

    def passages(self, path: str) -> list[Passage]:
        raise NotImplementedError

    # ── links ───────────────────────────────────────────────────────────────────────────────────────────────────

    def suggestions(self, path: str, limit: int = 10) -> list[Suggestion]:
        found = [made for other in self.notes.values() if (made := self._suggestion(path, other)) is not None]
        found += [made for other in self.notes.values() if (made := self._near(path, other)) is not None]
        kept = [one for one in found if not {("link", path, one.target), ("skip", path, one.id)} & self.refused]
        return sorted(kept, key=lambda one: -one.score)[:limit]

    def _suggestion(self, path: str, other: Note) -> Suggestion | None:
        text = self.notes[path].text
        if other.path == path or len(other.title) < 4 or f"[[{other.title}" in text:
            return None
        match = re.search(rf"(?<![\w\[|]){re.escape(other.title)}(?!\w)", text, re.IGNORECASE)
        if match is None:
            return None
        section = next((p.chunk.trail[-1] for p in self.passages(other.path)[1:] if p.chunk.trail), "")
        new = f"[[{other.title}|{match[0]}]]"
        return _made(text, path, match.span(), other, new, 0.78, "title", section)

    def _near(self, path: str, other: Note) -> Suggestion | None:
        """Sleep is near to the workflow, and nothing names it."""
        text = self.notes[path].text
        if (path, other.path) != ("pkm/reading-workflow.md", "bio/sleep.md") or "[[Sleep" in text:
            return None
        place = text.index("summaries?") + len("summaries?")
        return _made(text, path, (place, place), other, f" (see [[{other.title}]])", 0.001, "near")

    def preview_link(self, suggestion: Suggestion) -> list[str]:
        return suggestion.preview()

    def accept(self, suggestion: Suggestion) -> Applied:
        return self._write(suggestion.source, suggestion.span, suggestion.new, f"the link to {suggestion.title}")

    def dismiss(self, suggestion: Suggestion, verdict: Literal["skip", "never"]) -> None:
        self.refused.add(_refusal(suggestion, verdict))

    def propose(self, suggestion: Suggestion, verdict: Literal["skip", "never"]) -> None:
        self.refused.discard(_refusal(suggestion, verdict))

    # ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _write(self, path: str, span: tuple[int, int], new: str, about: str) -> Applied:
        if path in self.changed_meanwhile:
            raise NoteChanged(f"{path} has changed since it was indexed; `vecna index`, then look at it again")
        text = self.notes[path].text
        after = text[: span[0]] + new + text[span[1] :]
        self.notes[path] = replace(self.notes[path], text=after)
        old, into = text[slice(*span)].encode(), new.encode()
        edit = Edit(f"edit-{len(self.written)}", time.time(), path, text, after, span[0], old, into, about, "")
        self.written.insert(0, edit)
        return Applied(edit.id, path, after)

    def undo_edit(self, id: str | None = None) -> Undone | None:
        edit = next((edit for edit in self.written if id in (None, edit.id)), None)
        if edit is None:
            return None
        if self.notes[edit.path].text != edit.after:
            raise NoteChanged(f"{edit.path} was changed after {edit.about}, so it stays as it is")
        self.notes[edit.path] = replace(self.notes[edit.path], text=edit.before)
        self.written.remove(edit)
        return Undone(edit.id, edit.path, edit.about, "", edit.made)

    def edits(self) -> list[Edit]:
        return list(self.written)

    # ── tags ────────────────────────────────────────────────────────────────────────────────────────────────────

    def suggest_tags(self, path: str | None = None, limit: int = 20) -> list[TagSuggestion]:
        known = [one for one in self.fitting if one.path == path and f"#{one.tag}" not in self.notes[one.path].text]
        return [one for one in known if ("tag", one.path, one.tag) not in self.refused][:limit]

    def preview_tag(self, suggestion: TagSuggestion) -> list[str]:
        return ["---", "+++", "@@", "-", f"+#{suggestion.tag}"]

    def accept_tag(self, suggestion: TagSuggestion) -> Applied:
        return self._write(suggestion.path, (0, 0), f"#{suggestion.tag}\n", f"the tag #{suggestion.tag}")

    def dismiss_tag(self, suggestion: TagSuggestion) -> None:
        self.refused.add(("tag", suggestion.path, suggestion.tag))

    def propose_tag(self, suggestion: TagSuggestion) -> None:
        self.refused.discard(("tag", suggestion.path, suggestion.tag))

    # ── the vault ───────────────────────────────────────────────────────────────────────────────────────────────

    def resurface(self, limit: int = 5) -> list[Resurfaced]:
        return [one for one in self.seen_again if ("again", one.path) not in self.refused][:limit]

    def not_today(self, path: str) -> None:
        self.refused.add(("again", path))

    def again_today(self, path: str) -> None:
        self.refused.discard(("again", path))

    def duplicates(self, verdict: Verdict | None = None, limit: int | None = None) -> list[DuplicatePair]:
        wanted = ("same text", "rewritten") if verdict is None else (verdict,)
        kept = [one for one in self.pairs if ("pair", one.one, one.other) not in self.refused]
        return [one for one in kept if one.verdict in wanted][:limit]

    def dismiss_duplicate(self, path: str, other: str) -> None:
        self.refused.add(("pair", path, other))

    def propose_duplicate(self, path: str, other: str) -> None:
        self.refused.discard(("pair", path, other))

    def why(self, path: str, other: str) -> Why:
        ours, theirs = self.passages(path), self.passages(other)
        titles = (self.notes[path].title, self.notes[other].title)
        meetings = tuple(
            MeetingPair(one, two, 0.71 - 0.1 * at) for at, (one, two) in enumerate(zip(ours, theirs, strict=False))
        )
        words = (SharedWord("read", 6, 0.6), SharedWord("forget", 3, 0.4))
        close = Closeness("linked", "as close as notes you link yourself", 0.8)
        signals = (Signal("semantic", 2, 0.7, 0.5), Signal("keyword", 1, 3.0, 0.2), Signal("links", 4, 1.0, 0.1))
        return Why(path, other, titles, close, meetings[:2], words, 15, (path, "study/anki.md", other), (), signals)


def _made(
    text: str,
    path: str,
    span: tuple[int, int],
    other: Note,
    new: str,
    score: float,
    kind: Literal["title", "near"],
    section: str = "",
) -> Suggestion:
    start, end = text.rfind("\n", 0, span[0]) + 1, text.find("\n", span[1])
    end = len(text) if end < 0 else end
    why = {"title": "its title; number 1 among its related notes", "near": "a passage meets it over night, awake"}[kind]
    return Suggestion(
        source=path,
        digest=text,
        span=span,
        anchor=text[slice(*span)],
        line=text.count("\n", 0, start) + 1,
        column=span[0] - start + 1,
        target=other.path,
        title=other.title,
        section=section,
        kind=kind,
        why=why,
        score=score,
        new=new,
        before=text[start:end],
        after=text[start : span[0]] + new + text[span[1] : end],
    )


def _refusal(suggestion: Suggestion, verdict: str) -> tuple[str, ...]:
    if verdict == "never":
        return ("link", suggestion.source, suggestion.target)
    return ("skip", suggestion.source, suggestion.id)


def pair(one: str, other: str, verdict: Verdict, titles: tuple[str, str], why: str) -> DuplicatePair:
    """Two notes that may be one too many."""
    return DuplicatePair(one, other, titles, verdict, why, 0.9, (0.8, 0.9), 0.9, 1.2, (1, 1), 0.4, False)


def fitting(path: str, tag: str, right: int = 9, cases: int = 10) -> TagSuggestion:
    return TagSuggestion(path, path, tag, right, cases, ("Active recall", "Spacing effect"), ("retrieval", "deck"))
