"""What an evaluation says: values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SystemScore:
    """One way to search, scored over a set of queries."""

    system: str
    """"keyword", "sbert" (its semantic leg alone), "rrf:sbert", "hybrid:sbert" …"""
    ndcg: float
    ci: tuple[float, float]
    """95 % bootstrap interval of nDCG."""
    mrr: float
    recall: float
    map: float
    p50_ms: float
    p95_ms: float
    is_default: bool = False
    """Whether a plain `vecna search` searches like this."""
    difference: float | None = None
    """Mean nDCG minus the default's; None for the default itself."""
    difference_ci: tuple[float, float] | None = None
    p: float | None = None
    """Two-sided p-value of a paired randomisation test against the default."""
    by_kind: Mapping[str, float] = field(default_factory=dict)
    """nDCG by kind of query ("title", "heading", "link", "alias", "label")."""


@dataclass(frozen=True, slots=True)
class QueryScore:
    """One query as one system answered it."""

    query: str
    kind: str
    ndcg: float
    expected: tuple[str, ...]
    """Paths of the notes that answer it."""
    got: tuple[str, ...]
    """Paths of the first notes found."""
    rank: int | None = None
    """Place of the first expected note; None when it was not among the first 100."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A kept run over one set of queries: a row a system, and the queries that the default answers worst."""

    id: int
    """0 until it is kept."""
    set: str
    """"own", "beir:cranfield", "links:garden" …"""
    made: float
    """Unix time."""
    k: int
    queries: int
    rows: tuple[SystemScore, ...]
    worst: tuple[QueryScore, ...] = ()
    notices: tuple[str, ...] = ()
    """What the figures cannot say ("31 queries only: differences under .08 are noise"), in sentences."""
