"""How much each voice counts in a search: the standard, and what a vault's own evaluation made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from vecna_notes.config import SearchSettings
from vecna_notes.types import Space

LEARNED = frozenset({"word2vec", "lsa"})
"""Embedders that learned from nothing but these notes: a weak one must not spoil what words find."""
LEARNED_TRUST = 0.6
LATENT = {"word2vec": 0.2}
"""Share of latent semantics beside the active embedder; beside a pretrained one they bring nothing (.000 to -.002)."""
SMOOTHING, LEARNED_SMOOTHING = 0.25, 0.15
"""How much of a note's score comes from the notes that say nearly the same."""
LEAST, MOST = 0.1, 0.75
"""Bounds of the semantic share, whatever was measured on however few queries."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Shares of one search. Words have what `semantic` and `latent` leave; `nearness` is then taken from all."""

    semantic: float
    latent: float = 0.0
    nearness: float = 0.0
    """How much the query's words standing together counts, in whole notes' scores."""
    feedback: float = 0.0
    """How far the query is drawn to its own first hits (Rocchio 1971)."""
    smoothing: float = 0.0
    recency: float = 0.0
    """What a note changed just now gains at most: a tie-breaker."""
    links: float = 0.0
    """What the note with most links to it gains at most."""
    fusion: Literal["weighted", "rrf"] = "weighted"
    why: str = "the standard"
    """Where the shares come from, for `status`."""

    @property
    def words(self) -> float:
        return 1 - self.semantic - self.latent

    @property
    def sentence(self) -> str:
        """What counts how much, for `status`."""
        rest = 1 - self.nearness
        shares = {"meaning": self.semantic, "topics": self.latent, "words": self.words}
        told = [f"{name} {share * rest:.2f}" for name, share in shares.items() if share]
        told += [f"nearness of words {self.nearness:.2f}"] if self.nearness else []
        return f"{', '.join(told)}: {self.why}"


def standard(settings: SearchSettings, embedder: str) -> Recipe:
    """The shares chosen on cranfield and xquad-en; docs/benchmarks.md has the figures."""
    is_learned = embedder in LEARNED
    latent = LATENT.get(embedder, 0.0)
    semantic = settings.semantic_weight * (LEARNED_TRUST if is_learned else 1.0)
    return Recipe(
        semantic=semantic,
        latent=min(latent, 1 - semantic),
        smoothing=LEARNED_SMOOTHING if is_learned else SMOOTHING,
        nearness=settings.nearness,
        feedback=settings.feedback,
        recency=settings.recency,
        links=settings.links,
        fusion=settings.fusion,
    )


def fact_of(space: Space) -> str:
    """Under which key the store keeps what was measured for a Space."""
    return f"shares.{space.key}"


def plain_rrf() -> Recipe:
    """Reciprocal rank fusion as the literature has it, both legs alike and nothing else: what to beat."""
    return Recipe(0.5, fusion="rrf", why="plain RRF")


def adapted(recipe: Recipe, measured: Mapping[str, Any] | None) -> Recipe:
    """The recipe with the semantic share that `vecna eval own` found best for this vault, within bounds."""
    if not measured or not isinstance(measured.get("semantic"), int | float):
        return recipe
    semantic = min(max(float(measured["semantic"]), LEAST), MOST)
    why = f"chosen on {measured.get('queries', 0)} queries of this vault"
    return replace(recipe, semantic=semantic, latent=min(recipe.latent, 1 - semantic), why=why)
