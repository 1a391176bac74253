"""The stable shapes of --json, one function a command. Keys may be added; none is renamed or removed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vecna_notes.search.explain import Whereabouts
    from vecna_notes.search.saved import SavedRun
    from vecna_notes.store import StoredNote
    from vecna_notes.types import Condition, Found, Hit, Link, Passage, RelatedNote, Signal, Status

Shape = dict[str, Any]
_SNIPPET = 240


def dumps(shape: Shape) -> str:
    """One line of pure ASCII: control characters and bytes that are no text arrive as escapes."""
    return json.dumps(shape).replace("\x7f", "\\u007f")


def search(found: Found, root: Path, expected: Whereabouts | None = None) -> Shape:
    """With `expected` where a note was asked for that should have been found."""
    shape = {
        "schema": "vecna.search/1",
        "vault": str(root),
        "query": found.query,
        "hits": [hit(one) for one in found.hits],
        "space": found.space.key if found.space else None,
        "notice": found.notice,
        "closeness": found.closeness,
        "seconds": round(found.seconds, 4),
        "conditions": [condition(one) for one in found.conditions],
        "closest": [hit(one) for one in found.closest],
    }
    return shape if expected is None else {**shape, "expected": whereabouts(expected)}


def condition(one: Condition) -> Shape:
    return {
        "kind": one.kind,
        "text": one.text,
        "span": list(one.span),
        "problem": one.problem,
        "removed": one.removed,
    }


def whereabouts(found: Whereabouts) -> Shape:
    return {
        "path": found.path,
        "title": found.title,
        "at": found.at,
        "sentence": found.sentence,
        "rank": found.rank,
        "cut": round(found.cut, 4),
        "hit": hit(found.hit) if found.hit else None,
    }


def hit(one: Hit) -> Shape:
    passage = one.passage
    return {
        "path": passage.path,
        "title": passage.title,
        "heading": heading(passage),
        "lines": lines(passage),
        "score": round(one.score, 4),
        "signals": {known.leg: signal(known) for known in one.signals},
        "snippet": snippet(one),
        "others": [{"heading": heading(other), "lines": lines(other)} for other in one.others],
    }


def signal(one: Signal) -> Shape:
    return {"rank": one.rank, "score": round(one.score, 4), "share": round(one.share, 4)}


def saved(runs: list[SavedRun], root: Path) -> Shape:
    return {
        "schema": "vecna.saved/1",
        "vault": str(root),
        "searches": [
            {
                "name": one.name,
                "query": one.query,
                "matching": len(one.matching),
                "new": [hit(found) for found in one.new],
                "notice": one.notice,
            }
            for one in runs
        ],
    }


Answer = tuple[str, "int | None", "list[RelatedNote]"]
"""Path and line that were asked about, and the notes near them."""


def related(answers: list[Answer], root: Path) -> Shape:
    sources = [{"path": path, "line": line} for path, line, _notes in answers]
    return {
        "schema": "vecna.related/1",
        "vault": str(root),
        "sources": sources,
        "related": [related_note(note, path) for path, _line, notes in answers for note in notes],
    }


def related_note(note: RelatedNote, source: str) -> Shape:
    from vecna_notes.types import Hit

    return {
        "source": source,
        "path": note.path,
        "title": note.title,
        "score": round(note.score, 4),
        "linked": note.is_linked,
        "closeness": note.closeness,
        "signals": {known.leg: signal(known) for known in note.signals},
        "evidence": {
            "source_lines": lines(note.source),
            "target_lines": lines(note.target),
            "text": snippet(Hit(note.target, note.score)),
        },
    }


def status(now: Status, root: Path, shares: str, writer: int | None) -> Shape:
    """With what a search counts how much, and the process that writes the index."""
    return {
        "schema": "vecna.status/1",
        "vault": str(root),
        "notes": {
            "indexed": now.indexed,
            "waiting": now.waiting,
            "skipped": now.skipped,
            "failed": now.failed,
        },
        "chunks": now.chunks,
        "links": {"all": now.links, "broken": now.broken_links, "ambiguous": now.ambiguous_links},
        "spaces": [
            {
                "key": one.space.key,
                "embedder": one.space.embedder,
                "model": one.space.model,
                "dim": one.space.dim,
                "vectors": one.vectors,
                "missing": one.missing,
                "complete": one.is_complete,
                "active": one.is_active,
            }
            for one in now.spaces
        ],
        "embedded_last_run": now.embedded_last_run,
        "last_run": now.last_run,
        "bytes": now.store_bytes,
        "problems": [
            {"path": problem.path, "reason": problem.reason, "line": problem.line} for problem in now.problems
        ],
        "skips": dict(now.skips),
        "notices": list(now.notices),
        "shares": shares,
        "writer": writer,
    }


def note(one: StoredNote, text: str, links: Sequence[Link], backlinks: Sequence[Link], root: Path) -> Shape:
    return {
        "schema": "vecna.note/1",
        "vault": str(root),
        "path": one.note.path,
        "title": one.note.title,
        "aliases": list(one.note.aliases),
        "tags": list(one.note.tags),
        "modified": one.modified,
        "digest": one.note.digest,
        "text": text,
        "links": [written_link(link) for link in links],
        "backlinks": [written_link(link) for link in backlinks],
    }


def written_link(one: Link) -> Shape:
    return {
        "source": one.source_path,
        "target": one.target_path or None,
        "line": one.written.line,
        "written": one.written.target,
        "heading": one.written.heading,
        "state": one.state,
    }


def snippet(hit: Hit) -> str:
    """One line of the passage, around what decided."""
    from vecna_notes.tui.snippet import snippet as marked

    text = marked(hit, _SNIPPET).text.strip()
    return text if len(text) <= _SNIPPET else text[: _SNIPPET - 1].rsplit(" ", 1)[0] + "…"


def heading(passage: Passage) -> str:
    return " › ".join(passage.chunk.trail)


def lines(passage: Passage) -> list[int]:
    return [passage.chunk.first_line, passage.chunk.last_line]
