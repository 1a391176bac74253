"""The reader's side: the nearest stored rows of one space, by the quickest way that is sure to be right.

Up to `exact_below` rows, and whenever no proven graph is at hand, every row is compared. Else the saved graph proposes
and the stored rows decide: each proposal is scored again from the database, so both ways give the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from vecna_notes.errors import SpaceMismatch
from vecna_notes.interfaces import IndexBuilder
from vecna_notes.nearest.graph import Graph, open_graph
from vecna_notes.nearest.stamp import Snapshots
from vecna_notes.store import Store, StoredRows
from vecna_notes.types import Rows, Space, SpaceId, VectorId, Vectors, similarity

T = TypeVar("T")
Found = list[tuple[VectorId, float]]
_MORE_PROPOSALS = 50
"""Rows a graph proposes beyond those asked for, of which the true nearest are kept."""
_DECIMALS = 6
"""Scores are compared to so many places: sums over one row and over many differ in the last bits."""


class Nearest:
    """Nearest rows of one space. For one thread: the one that opened the store."""

    def __init__(
        self,
        store: Store,
        space_id: SpaceId,
        space: Space,
        builder: IndexBuilder | None,
        folder: Path,
        exact_below: int,
    ) -> None:
        self.space = space
        self._store = store
        self._space_id = space_id
        self._builder = builder
        self._snapshots = Snapshots(folder, space)
        self._exact_below = exact_below
        self._graph: Graph | None = None
        self._tried = -1
        """Generation of the graph that was last opened, or could not be."""
        self._all: StoredRows | None = None
        """Every row, once they are needed."""
        self._bad = 0
        self._why = ""
        self.refresh()

    @classmethod
    def open(
        cls,
        store: Store,
        space_id: SpaceId,
        space: Space,
        builder: IndexBuilder | None,
        folder: Path,
        exact_below: int,
    ) -> Nearest:
        """Never raises on account of a graph: where that is absent or bad, `notice` says so and search is exact."""
        return cls(store, space_id, space, builder, folder, exact_below)

    @property
    def method(self) -> Literal["exact", "hnsw"]:
        """How the next search is answered."""
        return "exact" if self._graph is None else "hnsw"

    @property
    def notice(self) -> str:
        """One sentence when something is amiss, else ""."""
        if self._bad:
            return f"{self._bad} stored vectors are damaged; the next `vecna index` embeds their texts again"
        return self._why

    def search(self, query: Vectors, k: int) -> Found:
        """At most k rows, best first, for a query of one row. Some may belong to notes that are gone: filter them."""
        self._check(query)
        if k <= 0:
            return []
        proposed = self._asked(lambda graph: graph.propose(query.rows[0], 2 * k + _MORE_PROPOSALS))
        if proposed is not None:
            return self.search_within(query, proposed, k)
        rows = self._everything()
        return _best(query, rows.ids, rows.rows, k)

    def roughly(self, query: Vectors, k: int) -> Found:
        """About k rows, as near as the graph says: for whoever reads and compares them anyway."""
        self._check(query)
        near = self._asked(lambda graph: graph.near(query.rows[0], k)) if k > 0 else None
        return self.search(query, k) if near is None else near

    def _asked(self, question: Callable[[Graph], T]) -> T | None:
        """None without a graph; one that fails is asked no more."""
        if self._graph is None:
            return None
        try:
            return question(self._graph)
        except Exception as error:  # the plugin border
            self._graph = None
            self._why = f"the search index failed ({type(error).__name__}), so every search is exact"
            return None

    def search_within(self, query: Vectors, ids: Collection[VectorId], k: int) -> Found:
        """At most k of the rows `ids`, best first, compared exactly."""
        self._check(query)
        if k <= 0 or not len(ids):
            return []
        rows = self._some(ids)
        return _best(query, rows.ids, rows.rows, k)

    def refresh(self) -> None:
        """Take in what the writer has done since; call it when `Store.data_version` has moved."""
        self._take_newer_graph()
        if self._graph is not None:
            try:
                self._note_bad(self._graph.top_up(self._store, self._space_id))
                self._all = None
                return
            except Exception:  # NeedsRebuild, or the plugin border
                self._graph, self._why = None, self._rebuilding()
        self._top_up_rows()

    def _take_newer_graph(self) -> None:
        """Open the graph of another generation than the last one; if that fails the one at hand goes on serving."""
        if self._builder is None or self._store.vectors.stamp(self._space_id).count <= self._exact_below:
            self._graph, self._why = None, ""
            return
        generation = self._snapshots.recorded(self._store)[0]
        if generation == self._tried:
            return
        graph, why = open_graph(self._store, self._space_id, self._builder, self._snapshots)
        self._tried = generation
        if graph is not None:
            self._graph, self._why, self._tried = graph, "", graph.generation
        elif self._graph is None:
            self._why = why or self._rebuilding()

    def _rebuilding(self) -> str:
        count = self._store.vectors.stamp(self._space_id).count
        return f"the search index of {count} vectors is not ready; until `vecna index` has built it, search is exact"

    def _everything(self) -> StoredRows:
        if self._all is None:
            self._all = self._store.vectors.all(self._space_id)
            self._note_bad(len(self._all.bad))
        return self._all

    def _top_up_rows(self) -> None:
        """Rows that came since the last look are added, those that went are left out."""
        if self._all is None:
            self._everything()
            return
        ids, rows = self._all.ids, self._all.rows
        new = self._store.vectors.all(self._space_id, after=VectorId(int(ids[-1]) if len(ids) else 0))
        self._note_bad(len(new.bad))
        if len(new.ids):
            ids, rows = np.concatenate([ids, new.ids]), np.concatenate([rows, new.rows])
        if self._store.vectors.stamp(self._space_id).count != len(ids):
            stays = np.isin(ids, self._store.vectors.ids(self._space_id))
            ids, rows = ids[stays], rows[stays]
        self._all = StoredRows(ids, rows)

    def _some(self, ids: Collection[VectorId]) -> StoredRows:
        if self._all is None:
            found = self._store.vectors.some(self._space_id, ids)
            self._note_bad(len(found.bad))
            return found
        wanted = np.unique(np.fromiter((int(id) for id in ids), dtype=np.int64, count=len(ids)))
        chosen = np.flatnonzero(np.isin(self._all.ids, wanted, assume_unique=True))
        return StoredRows(self._all.ids[chosen], self._all.rows[chosen])

    def _note_bad(self, count: int) -> None:
        if count:
            self._bad = max(self._bad, count)
            self._store.suspect()

    def _check(self, query: Vectors) -> None:
        if query.space.key != self.space.key:
            raise SpaceMismatch(
                f"a query of {query.space.key} cannot search vectors of {self.space.key}; embed it with that embedder"
            )
        if len(query) != 1:
            raise SpaceMismatch(f"one query is asked at a time, but {len(query)} rows came")


def _best(query: Vectors, ids: np.typing.NDArray[np.int64], rows: Rows, k: int) -> Found:
    """The k best by score, equal scores by id, so that every way of searching gives the same order."""
    if not len(ids):
        return []
    scores = np.round(similarity(query.rows, rows, query.space.metric)[0], _DECIMALS)
    k = min(k, len(ids))
    least = np.partition(scores, len(scores) - k)[len(scores) - k]
    candidates = np.flatnonzero(scores >= least)
    order = candidates[np.lexsort((ids[candidates], -scores[candidates]))][:k]
    return [(VectorId(int(ids[i])), float(scores[i])) for i in order]
