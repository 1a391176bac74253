"""k-means that goes on from what it had found."""

from __future__ import annotations

import numpy as np
import pytest
from vecna_plugins.clusterers.kmeans import KMeans
from vecna_plugins.clusterers.principal import Apartness, reduced

from vecna_notes.errors import ConfigError
from vecna_notes.interfaces import Labels
from vecna_notes.types import Rows


def unit(rows: np.ndarray) -> Rows:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def agreement(one: Labels, other: Labels) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(one, other))


def test_where_nothing_sets_rows_apart_it_keeps_to_what_it_said() -> None:
    rows = unit(np.random.default_rng(3).standard_normal((300, 24)))
    model = KMeans({})
    before = model.cluster(rows[:270], 0)
    after = model.resume(rows, 0, np.concatenate([before, np.full(30, -1)]))
    assert agreement(after[:270], before) > 0.8
    assert agreement(model.cluster(rows, 0)[:270], before) < 0.6


def test_clusters_that_are_clearly_better_take_over() -> None:
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(6), 30)
    rows = unit(np.eye(24)[truth] + 0.05 * rng.standard_normal((180, 24)))
    assert agreement(KMeans({}).resume(rows, 0, truth // 3), truth) == 1


def test_it_may_be_told_how_many() -> None:
    rows = unit(np.random.default_rng(0).standard_normal((90, 24)))
    assert set(KMeans({"clusters": 7}).cluster(rows, 0).tolist()) == set(range(7))
    with pytest.raises(ConfigError, match=r"clusterers\.kmeans\.clusters"):
        KMeans({"clusters": -1})


def test_apartness_is_the_mean_silhouette() -> None:
    from sklearn.metrics import silhouette_score

    rows = reduced(unit(np.random.default_rng(1).standard_normal((80, 24))), 10)
    labels = np.random.default_rng(2).integers(0, 5, 80)
    assert Apartness(rows).of(labels) == pytest.approx(silhouette_score(rows, labels), abs=1e-4)
    assert Apartness(rows).of(np.zeros(80, dtype=np.int64)) == 0


def test_a_large_vault_is_sampled_and_every_row_has_a_cluster() -> None:
    rng = np.random.default_rng(0)
    truth = np.arange(2_400) % 6
    rows = unit(np.eye(24)[truth] + 0.05 * rng.standard_normal((2_400, 24)))
    assert agreement(KMeans({}).cluster(rows, 0), truth) == 1
