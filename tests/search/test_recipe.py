from __future__ import annotations

import pytest

from vecna_notes.config import SearchSettings
from vecna_notes.search.recipe import LEAST, MOST, adapted, standard


@pytest.mark.parametrize("embedder", ["sbert", "word2vec", "lsa", "a stranger's"])
def test_the_legs_share_the_whole(settings: SearchSettings, embedder: str) -> None:
    recipe = standard(settings, embedder)
    assert recipe.semantic + recipe.latent + recipe.words == pytest.approx(1)
    assert min(recipe.semantic, recipe.latent, recipe.words) >= 0


def test_what_was_learned_from_these_notes_alone_is_trusted_less(settings: SearchSettings) -> None:
    assert standard(settings, "word2vec").semantic < standard(settings, "sbert").semantic


@pytest.mark.parametrize("measured, semantic", [(0.0, LEAST), (0.3, 0.3), (1.0, MOST), (float("inf"), MOST)])
def test_what_was_measured_counts_within_bounds(settings: SearchSettings, measured: float, semantic: float) -> None:
    recipe = adapted(standard(settings, "word2vec"), {"semantic": measured, "queries": 120})
    assert recipe.semantic == semantic and recipe.words >= 0
    assert "120 queries" in recipe.why


@pytest.mark.parametrize("measured", [None, {}, {"semantic": "much"}, {"semantic": None}])
def test_without_a_measurement_the_standard_holds(settings: SearchSettings, measured: dict[str, object] | None) -> None:
    assert adapted(standard(settings, "sbert"), measured) == standard(settings, "sbert")
