"""What of a figure may be chance: bootstrap intervals of a mean, and paired randomisation. Seeded, so that the same
scores always say the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ROUNDS = 4_000
SEED = 20
_CELLS = 4_000_000
"""Numbers drawn at a time."""


def interval(
    values: Sequence[float], level: float = 0.95, rounds: int = ROUNDS, seed: int = SEED
) -> tuple[float, float]:
    """Bias-corrected and accelerated bootstrap interval of the mean (Efron 1987), expanded for few values (Hesterberg
    2015), without which it holds the truth too seldom.

    For paired differences it is the interval of the mean difference. Of one value, or of equal ones, it is that value.
    """
    given = np.asarray(values, dtype=np.float64)
    if not len(given):
        raise ValueError("no interval without values")
    mean = float(given.mean())
    if np.ptp(given) == 0:
        return mean, mean
    means = np.concatenate(list(_means(given, rounds, np.random.default_rng(seed))))
    low, high = np.quantile(means, _corrected(given, means, _expanded((1 - level) / 2, len(given))))
    return float(low), float(high)


def p_value(differences: Sequence[float], rounds: int = 10_000, seed: int = SEED) -> float:
    """Two-sided p-value of a paired randomisation test: how often random signs give so large a mean difference."""
    given = np.asarray(differences, dtype=np.float64)
    moved = given[given != 0]
    if not len(moved):
        return 1.0
    rng, seen, extreme = np.random.default_rng(seed), abs(moved.sum()), 0
    step = max(1, _CELLS // len(moved))
    for start in range(0, rounds, step):
        signs = rng.integers(0, 2, (min(step, rounds - start), len(moved)), dtype=np.int8) * 2 - 1
        extreme += int((np.abs(signs @ moved) >= seen * (1 - 1e-12)).sum())
    return (extreme + 1) / (rounds + 1)


def _means(given: Floats, rounds: int, rng: np.random.Generator) -> Iterator[Floats]:
    step = max(1, _CELLS // len(given))
    for start in range(0, rounds, step):
        drawn = rng.integers(0, len(given), (min(step, rounds - start), len(given)))
        yield given[drawn].mean(axis=1)


def _expanded(tail: float, count: int) -> float:
    """The tail that makes a bootstrap interval as wide as Student's, whose quantile is Cornish and Fisher's."""
    normal = NormalDist()
    z = normal.inv_cdf(tail)
    return normal.cdf((z + (z**3 + z) / (4 * (count - 1))) * (count / (count - 1)) ** 0.5)


def _corrected(given: Floats, means: Floats, tail: float) -> list[float]:
    """Quantiles to read off instead of `tail` and 1 - `tail`: for bias, and for spread that changes with the mean."""
    normal = NormalDist()
    share = float(((means < given.mean()).sum() + (means == given.mean()).sum() / 2) / len(means))
    bias = normal.inv_cdf(min(max(share, 1 / len(means)), 1 - 1 / len(means)))
    centred = given.mean() - given  # the jackknife of a mean, but for a factor that cancels
    acceleration = float((centred**3).sum() / (6 * (centred**2).sum() ** 1.5))
    quantiles = []
    for z in (normal.inv_cdf(tail), normal.inv_cdf(1 - tail)):
        shifted = bias + z
        quantiles.append(normal.cdf(bias + shifted / (1 - acceleration * shifted)))
    return quantiles
