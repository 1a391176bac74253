"""The stable shapes of `vecna links … --json`. Keys may be added; none is renamed or removed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vecna_notes.cli.shapes import Shape

if TYPE_CHECKING:
    from vecna_notes.edit import Applied, Edit, Undone
    from vecna_notes.evaluate.suggested import Restored
    from vecna_notes.insight.gaps import Broken, Missing, Orphan
    from vecna_notes.insight.suggestion import Suggestion


def suggestions(found: Sequence[Suggestion], root: Path) -> Shape:
    return {
        "schema": "vecna.links/1",
        "vault": str(root),
        "suggestions": [suggestion(one, number) for number, one in enumerate(found, 1)],
    }


def suggestion(one: Suggestion, number: int) -> Shape:
    return {
        "number": number,
        "id": one.id,
        "source": one.source,
        "line": one.line,
        "column": one.column,
        "anchor": one.anchor,
        "target": one.target,
        "title": one.title,
        "section": one.section,
        "kind": one.kind,
        "why": one.why,
        "score": one.score,
        "link": one.new,
        "diff": one.preview(),
        "meets": one.meets,
    }


def applied(done: Applied, chosen: Suggestion, root: Path) -> Shape:
    return {
        "schema": "vecna.links-applied/1",
        "vault": str(root),
        "edit": done.id,
        "path": done.path,
        "line": chosen.line,
        "link": chosen.new,
        "target": chosen.target,
    }


def undone(done: Undone | None, root: Path) -> Shape:
    edit = {"edit": done.id, "path": done.path, "about": done.about} if done else None
    return {"schema": "vecna.links-undone/1", "vault": str(root), "undone": edit}


def edits(found: Sequence[Edit], root: Path) -> Shape:
    rows = [{"edit": one.id, "path": one.path, "about": one.about, "made": one.made} for one in found]
    return {"schema": "vecna.edits/1", "vault": str(root), "edits": rows}


def broken(found: Sequence[Broken], root: Path) -> Shape:
    rows = [
        {
            "source": one.source,
            "line": one.line,
            "written": one.written,
            "state": one.state,
            "near": list(one.near),
            "fix": one.fix or None,
        }
        for one in found
    ]
    return {"schema": "vecna.links-broken/1", "vault": str(root), "broken": rows}


def orphans(found: Sequence[Orphan], root: Path) -> Shape:
    rows = [
        {
            "path": one.path,
            "title": one.title,
            "links": one.links,
            "home": one.home or None,
            "score": round(one.score, 4),
        }
        for one in found
    ]
    return {"schema": "vecna.links-orphans/1", "vault": str(root), "orphans": rows}


def missing(found: Sequence[Missing], root: Path) -> Shape:
    rows = [
        {
            "one": one.one,
            "other": one.other,
            "score": round(one.score, 4),
            "distance": one.distance,
            "one_line": one.one_line,
            "other_line": one.other_line,
            "one_text": one.one_text,
            "other_text": one.other_text,
        }
        for one in found
    ]
    return {"schema": "vecna.links-missing/1", "vault": str(root), "pairs": rows}


def restored(done: Restored, root: Path) -> Shape:
    return {
        "schema": "vecna.links-check/1",
        "vault": str(root),
        "hidden": len(done.hidden),
        "target@5": round(done.at_target, 4),
        "words@5": round(done.at_words, 4),
        "kinds": dict(done.kinds),
        "seconds_per_note": round(done.seconds, 4),
        "links": [
            {
                "source": one.source,
                "target": one.target,
                "words": one.words,
                "rank": one.rank,
                "anchor": one.anchor,
                "right_words": one.is_at_words,
            }
            for one in done.hidden
        ],
    }
