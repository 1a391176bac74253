"""A saved graph in memory, opened only after it has proven itself, and topped up with what came later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vecna_notes.errors import NeedsRebuild, VecnaError
from vecna_notes.interfaces import IndexBuilder, VectorIndex
from vecna_notes.nearest.stamp import Manifest, Snapshots
from vecna_notes.store import Store
from vecna_notes.types import Rows, SpaceId, VectorId, similarity

MAX_GONE_SHARE = 0.25
"""When more of its rows are gone from the store, a graph is not worth asking."""
_SAMPLES = 8
_TOLERANCE = 1e-3


@dataclass
class Graph:
    """Proposes rows that may be near; which are nearest is for the stored rows to say."""

    index: VectorIndex
    generation: int
    last: VectorId
    """Greatest id it has seen."""
    gone: int = 0
    """Rows in it that are no longer stored, and would be proposed in vain."""

    def propose(self, query: Rows, k: int) -> list[VectorId]:
        """Ids of about k stored rows near the query. Raises whatever the plugin raises."""
        return [id for id, _ in self.near(query, k)]

    def near(self, query: Rows, k: int) -> list[tuple[VectorId, float]]:
        """The same with how near the graph says they are."""
        return [(VectorId(label), score) for label, score in self.index.search(query, k + self.gone)]

    def top_up(self, store: Store, space_id: SpaceId) -> int:
        """Add rows that are newer than the graph; returns how many of them were damaged. Raises NeedsRebuild."""
        new = store.vectors.all(space_id, after=self.last)
        if len(new.ids):
            self.index.add(new.ids.tolist(), new.rows)
            self.last = VectorId(int(new.ids[-1]))
        size = len(self.index)
        self.gone = max(0, size - store.vectors.stamp(space_id).count)
        if self.gone > MAX_GONE_SHARE * size:
            raise NeedsRebuild(f"{self.gone} of the graph's {size} rows are gone")
        return len(new.bad)


def open_graph(
    store: Store, space_id: SpaceId, builder: IndexBuilder, snapshots: Snapshots
) -> tuple[Graph | None, str]:
    """The graph the database vouches for, or None with a reason when there is one to tell ("" = not there yet)."""
    for _ in range(2):  # a second time when the writer exchanged the files under our hands
        generation = snapshots.recorded(store)[0]
        manifest = snapshots.current(store, builder)
        if manifest is None:
            return None, ""
        graph, why = _load(store, space_id, builder, snapshots, manifest)
        if graph is not None or snapshots.recorded(store)[0] == generation:
            return graph, why
    return None, ""


def _load(
    store: Store, space_id: SpaceId, builder: IndexBuilder, snapshots: Snapshots, manifest: Manifest
) -> tuple[Graph | None, str]:
    space = snapshots.space
    try:
        if snapshots.is_intact(manifest):
            index = builder.load(snapshots.file(manifest.generation), space.dim, space.metric)
            if len(index) == manifest.count and _finds_itself(index, store, space_id, snapshots, manifest):
                graph = Graph(index, manifest.generation, VectorId(manifest.max_id))
                graph.top_up(store, space_id)
                return graph, ""
    except NeedsRebuild:
        return None, ""
    except VecnaError as error:  # why the plugin cannot run here: no fault of the file
        return None, f"{error}; every search is exact"
    except Exception as error:  # the plugin border: whatever it is, answers do not depend on it
        snapshots.mark_bad(manifest)
        return None, f"the search index could not be opened ({type(error).__name__}: {error}); every search is exact"
    if snapshots.recorded(store)[0] == manifest.generation:
        snapshots.mark_bad(manifest)
    return None, ""


def _finds_itself(
    index: VectorIndex, store: Store, space_id: SpaceId, snapshots: Snapshots, manifest: Manifest
) -> bool:
    """Whether a few stored rows find something as near as themselves; one of them may be missed."""
    ids = store.vectors.ids(space_id)
    ids = ids[ids <= manifest.max_id]
    if not len(ids):
        return False
    sample = np.unique(ids[np.linspace(0, len(ids) - 1, _SAMPLES).astype(int)])
    rows = store.vectors.some(space_id, sample.tolist()).rows
    missed = 0
    for row in rows:
        itself = float(similarity(row[None], row[None], snapshots.space.metric)[0, 0])
        found = index.search(row, 1)
        missed += not found or not found[0][1] >= itself - _TOLERANCE * max(1.0, abs(itself))
    return missed <= 1
