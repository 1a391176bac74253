"""The one place where a clusterer's or a projector's word is taken: refused with its name, or sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vecna_notes.errors import PluginError, VecnaError
from vecna_notes.interfaces import Clusterer, Labels, Placing, Plane, Projector, Resuming
from vecna_notes.types import Rows

NOISE = -1


@dataclass(frozen=True, slots=True)
class CheckedClusterer:
    """A clusterer whose clusters are numbered from 0 in the order of their first rows."""

    name: str
    clusterer: Clusterer

    def cluster(self, rows: Rows, seed: int = 0, labels: Labels | None = None) -> Labels:
        """`labels` of the last time let a clusterer that can go on from them. Raises PluginError."""
        if not len(rows):
            return np.empty(0, dtype=np.int64)
        if labels is not None and isinstance(self.clusterer, Resuming) and (labels != NOISE).any():
            resume = self.clusterer.resume
            found = _asked("clusterer", self.name, lambda: resume(rows, seed, labels))
        else:
            found = _asked("clusterer", self.name, lambda: self.clusterer.cluster(rows, seed))
        if why := wrong_labels(found, len(rows)):
            raise PluginError(f"clusterer {self.name!r} {why}; report it to its author, or set topics.clusterer anew")
        return renumbered(np.asarray(found, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class CheckedProjector:
    name: str
    projector: Projector

    def project(self, rows: Rows) -> Plane:
        """Raises PluginError."""
        if not len(rows):
            return np.empty((0, 2), dtype=np.float32)
        return self._checked(_asked("projector", self.name, lambda: self.projector.project(rows)), len(rows))

    @property
    def can_place(self) -> bool:
        return isinstance(self.projector, Placing)

    def place(self, rows: Rows, plane: Plane, new_rows: Rows) -> Plane:
        """For a projector that `can_place`. Raises PluginError."""
        assert isinstance(self.projector, Placing)
        place = self.projector.place
        return self._checked(_asked("projector", self.name, lambda: place(rows, plane, new_rows)), len(new_rows))

    def _checked(self, plane: object, count: int) -> Plane:
        if why := wrong_plane(plane, count):
            raise PluginError(f"projector {self.name!r} {why}; report it to its author, or set map.projector anew")
        return np.asarray(plane, dtype=np.float32)


def wrong_labels(labels: object, count: int) -> str:
    """What is wrong with a clusterer's answer, as the end of a sentence, or ""."""
    if not isinstance(labels, np.ndarray) or labels.shape != (count,):
        return f"returned something other than {count} labels"
    if not np.issubdtype(labels.dtype, np.integer):
        return f"returned {labels.dtype} where labels are whole numbers"
    return "returned a label below -1" if count and labels.min() < NOISE else ""


def wrong_plane(plane: object, count: int) -> str:
    """What is wrong with a projector's answer, as the end of a sentence, or ""."""
    if not isinstance(plane, np.ndarray) or plane.shape != (count, 2):
        return f"returned something other than {count} points"
    if not np.issubdtype(plane.dtype, np.floating):
        return f"returned {plane.dtype} where points are of floating numbers"
    return "" if np.isfinite(plane.astype(np.float32)).all() else "returned a point that is NaN or infinite"


def renumbered(labels: Labels) -> Labels:
    """The same clusters, numbered without gaps in the order of their first rows."""
    order = dict.fromkeys(int(label) for label in labels if label != NOISE)
    places = {label: place for place, label in enumerate(order)} | {NOISE: NOISE}
    return np.array([places[int(label)] for label in labels], dtype=np.int64)


def _asked(kind: str, name: str, ask: Callable[[], object]) -> object:
    try:
        return ask()
    except VecnaError:
        raise
    except Exception as error:  # the plugin border
        raise PluginError(f"{kind} {name!r} failed: {type(error).__name__}: {error}") from error
