"""Ward's hierarchy: clusters grow together, always those whose joining costs least (Ward 1963)."""

from __future__ import annotations

from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Clusterer, Labels
from vecna_notes.types import Rows

from ..embedders.settings import whole
from .principal import clustered, one_thread, sampled
from .trees import centres, nearest, ward_labels

NAME = "ward"
SUMMARY = "clusters grown together from single notes; finds how many there are"


@hookimpl
def vecna_clusterers() -> list[Offer[Clusterer]]:
    return [Offer(NAME, SUMMARY, Ward)]


class Ward:
    """Options: "clusters" (0 = find out how many) and "components". Beyond a sample, rows join the nearest centre."""

    def __init__(self, options: Options) -> None:
        self._clusters = whole(NAME, options, "clusters", 0, least=0, kind="clusterers")
        self._components = whole(NAME, options, "components", 50, least=2, kind="clusterers")

    def cluster(self, rows: Rows, seed: int) -> Labels:
        with one_thread():
            return clustered(rows, self._components, lambda known, _: self._found(known, seed))

    def _found(self, rows: Rows, seed: int) -> Labels:
        which = sampled(rows, seed)
        found = ward_labels(rows[which], self._clusters, seed)
        labels = nearest(rows, centres(rows[which], found))
        labels[which] = found
        return labels
