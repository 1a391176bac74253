"""The packaged demo vault: one invented person's notes, and which of them answer which query.

The notes are CC0 (LICENSE-CC0.txt). `judgements.json` also lists what is planted in them for the tests: pairs that
say one thing in different words, near-duplicates, missing, broken and ambiguous links, a note with broken YAML.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Judgement:
    """A query and the notes that answer it."""

    query: str
    notes: tuple[str, ...]
    """Paths relative to the vault, best first."""
    kind: str
    """"words" shares words with its answer, "paraphrase" not one, "question" is a whole question."""


@dataclass(frozen=True, slots=True)
class Showcase:
    """What the demo shows of itself."""

    searches: tuple[Judgement, ...]
    related: str
    """Path of a note whose related notes are evident."""


def files() -> Path:
    """The folder of the demo vault; the installed original, so copy it before anything writes there."""
    return _HERE / "vault"


def judgements() -> tuple[Judgement, ...]:
    """Every query of the demo vault with its right notes."""
    return tuple(
        Judgement(query=row["query"], notes=tuple(row["notes"]), kind=row["kind"]) for row in _read()["judgements"]
    )


def showcase() -> Showcase:
    """The three searches and the related note that the demo shows."""
    chosen = _read()["showcase"]
    by_query = {judgement.query: judgement for judgement in judgements()}
    return Showcase(searches=tuple(by_query[row["query"]] for row in chosen["searches"]), related=chosen["related"])


def _read() -> dict[str, Any]:
    table: dict[str, Any] = json.loads((_HERE / "judgements.json").read_text("utf-8"))
    return table
