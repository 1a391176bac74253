"""What rankers share that look only at the best hits: the others follow in the order they had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vecna_notes.types import Hit


def followed(ranked: list[Hit], rest: Sequence[Hit]) -> list[Hit]:
    """`ranked`, then `rest` with scores brought below the lowest of them."""
    lowest = ranked[-1].score if ranked else 1.0
    return ranked + [replace(hit, score=lowest * hit.score) for hit in rest]
