"""What a type cannot prove of clusterers and projectors. `vecna_notes.testing` is where plugins find these checks."""

from __future__ import annotations

import numpy as np

from vecna_notes.interfaces import Clusterer, Labels, Placing, Plane, Projector, Resuming
from vecna_notes.surveying import NOISE, wrong_labels, wrong_plane
from vecna_notes.types import Rows

_DIM = 24
_BLOBS, _IN_A_BLOB = 6, 30


def check_clusterer(clusterer: Clusterer) -> None:
    """Raises AssertionError with a sentence when a clusterer breaks the contract."""
    rows, truth = _blobs()
    for odd in _odd_rows():
        _labels(clusterer, odd)
    labels = _labels(clusterer, rows)
    found = np.mean(_same(labels)[_same(truth)]), np.mean(_same(labels)[~_same(truth)])
    assert found[0] >= 0.8 and found[1] <= 0.05, (
        f"of six heaps that lie far apart it kept {found[0]:.0%} of the pairs together and mixed {found[1]:.0%}"
    )
    order = np.random.default_rng(1).permutation(len(rows))
    shuffled = _labels(clusterer, rows[order])
    agree = np.mean(_same(labels[order]) == _same(shuffled))
    assert agree >= 0.97, f"in another order of the rows it found other clusters: {agree:.0%} of the pairs agree"
    if isinstance(clusterer, Resuming):
        _check_resuming(clusterer, rows, labels)


def _check_resuming(clusterer: Resuming, rows: Rows, labels: Labels) -> None:
    """What was found stays found, and a few new rows change little of it."""
    known = labels.copy()
    known[::10] = NOISE
    given = known.copy()
    resumed = clusterer.resume(rows, 0, known)
    assert not (why := wrong_labels(resumed, len(rows))), f"going on, it {why}"
    assert np.array_equal(known, given), "going on, it changed the labels it was given"
    agree = np.mean(_same(labels) == _same(resumed))
    assert agree >= 0.97, f"going on from clusters that still hold it found others: {agree:.0%} of the pairs agree"
    for strange in (np.full(len(rows), NOISE), np.zeros(len(rows), dtype=np.int64), np.arange(len(rows))):
        resumed = clusterer.resume(rows, 0, strange)
        assert not (why := wrong_labels(resumed, len(rows))), f"going on from labels unlike its own, it {why}"


def _labels(clusterer: Clusterer, rows: Rows) -> Labels:
    before = rows.copy()
    labels = clusterer.cluster(rows, 0)
    assert not (why := wrong_labels(labels, len(rows))), f"it {why}: asked about {len(rows)} rows"
    assert np.array_equal(before, rows), "it changed the rows it was given"
    assert np.array_equal(labels, clusterer.cluster(rows, 0)), f"asked twice about {len(rows)} rows it said two things"
    return labels


def check_projector(projector: Projector) -> None:
    """Raises AssertionError with a sentence when a projector breaks the contract."""
    rows, truth = _blobs()
    for odd in _odd_rows():
        plane = _points(projector, odd)
        if isinstance(projector, Placing) and len(odd):
            for new in (odd[:0], odd[:1], rows[:3]):
                placed = projector.place(odd, plane, new)
                assert not (why := wrong_plane(placed, len(new))), f"placing {len(new)} among {len(odd)}, it {why}"
    plane = _points(projector, rows)
    near = _nearest(plane, plane, skip_self=True)
    kept = float(np.mean(truth[near] == truth))
    assert kept >= 0.8, f"of six heaps that lie far apart {kept:.0%} of the points lie beside one of their own"
    if isinstance(projector, Placing):
        half = projector.place(rows[::2], plane[::2], rows[1::2])
        assert not (why := wrong_plane(half, len(rows[1::2]))), f"placing new rows, it {why}"
        kept = float(np.mean(truth[::2][_nearest(half, plane[::2])] == truth[1::2]))
        assert kept >= 0.8, f"{kept:.0%} of new rows were placed beside one of their own"


def _points(projector: Projector, rows: Rows) -> Plane:
    before = rows.copy()
    plane = projector.project(rows)
    assert not (why := wrong_plane(plane, len(rows))), f"it {why}: asked about {len(rows)} rows"
    assert np.array_equal(before, rows), "it changed the rows it was given"
    again = projector.project(rows)
    assert np.allclose(plane, again, rtol=1e-3, atol=1e-3), f"asked twice about {len(rows)} rows it drew two maps"
    return plane


def _nearest(points: Plane, others: Plane, skip_self: bool = False) -> Labels:
    distances = np.linalg.norm(points[:, None] - others[None], axis=2)
    if skip_self:
        np.fill_diagonal(distances, np.inf)
    return np.asarray(distances.argmin(axis=1), dtype=np.int64)


def _same(labels: Labels) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which pairs of rows are together; noise is with nothing."""
    return np.asarray((labels[:, None] == labels[None]) & (labels[:, None] != NOISE), dtype=np.bool_)


def _blobs() -> tuple[Rows, Labels]:
    """Rows of unit length in six heaps, and which heap each is of."""
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(_BLOBS), _IN_A_BLOB)
    rows = np.eye(_DIM)[truth] + 0.05 * rng.standard_normal((len(truth), _DIM))
    return _unit(rows), np.asarray(truth, dtype=np.int64)


def _odd_rows() -> list[Rows]:
    """None, one, two, few, equal ones, some without a vector, and rows that form no clusters."""
    spread = _unit(np.random.default_rng(2).standard_normal((40, _DIM)))
    gaps = spread.copy()
    gaps[::5] = 0
    zeros = np.zeros((6, _DIM), dtype=np.float32)
    return [spread[:0], spread[:1], spread[:2], spread[:7], np.repeat(spread[:1], 30, axis=0), gaps, zeros, spread]


def _unit(rows: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Rows:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)
