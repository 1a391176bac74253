"""A vault measured: how well it is searched, on its own notes or on a judged collection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vecna_notes.interfaces import Report
from vecna_notes.vault.searching import Searching
from vecna_notes.vault.upkeep import Upkeep

if TYPE_CHECKING:  # whoever only searches does without these rooms
    from vecna_notes.evaluate.beir import Collection
    from vecna_notes.evaluate.ground import Rooms
    from vecna_notes.evaluate.keeping import QueryAnswers
    from vecna_notes.evaluate.links import LinkSet
    from vecna_notes.evaluate.scores import Evaluation
    from vecna_notes.store.kept import Judgement


class Measuring(Searching, Upkeep):
    """Evaluations, and the judgements they use. None of them writes the index, so a reader may call them."""

    def evaluate_own(
        self, report: Report, systems: Sequence[str] | None = None, seed: int = 0, limit: int = 240
    ) -> Evaluation:
        """Measure every way to search on questions mined from this vault, and keep the result. Takes a while."""
        from vecna_notes.evaluate.keeping import keep
        from vecna_notes.evaluate.own import evaluate_own

        return keep(self.store.kept, evaluate_own(self._rooms(), systems, seed, limit, report))

    def evaluate_collection(
        self, collection: Collection, report: Report, systems: Sequence[str] | None = None
    ) -> Evaluation:
        """The same on the judged questions of a collection, whose notes this vault holds."""
        from vecna_notes.evaluate.beir import evaluate_collection
        from vecna_notes.evaluate.keeping import keep

        return keep(self.store.kept, evaluate_collection(self._rooms(), collection, systems, report))

    def evaluate_links(self, links: LinkSet, report: Report, systems: Sequence[str] | None = None) -> Evaluation:
        """Measure related notes by links that are hidden and found again, and keep the result."""
        from vecna_notes.evaluate.keeping import keep
        from vecna_notes.evaluate.links import evaluate_links

        return keep(self.store.kept, evaluate_links(self._rooms(), links, systems, report))

    def evaluations(self, limit: int = 50) -> list[Evaluation]:
        """Kept ones, newest first."""
        from vecna_notes.evaluate.keeping import evaluations

        return evaluations(self.store.kept, limit)

    def evaluation(self, id: int) -> Evaluation | None:
        from vecna_notes.evaluate.keeping import evaluation

        return evaluation(self.store.kept, id)

    def per_query(self, id: int) -> list[QueryAnswers]:
        """How each query of a kept evaluation was answered."""
        from vecna_notes.evaluate.keeping import per_query

        return per_query(self.store.kept, id)

    def judge(self, query: str, path: str, grade: int) -> None:
        """Keep that a note answers a query (1), or does not (0)."""
        self.store.kept.judge(query, self._known(path).note.path, grade)

    def forget_judgement(self, query: str, path: str) -> bool:
        """Whether there was one."""
        return self.store.kept.forget_judgement(query, path)

    def judgements(self) -> list[Judgement]:
        """In the order made."""
        return self.store.kept.judgements()

    def _rooms(self) -> Rooms:
        from vecna_notes.evaluate.ground import Rooms

        return Rooms(self.store, self.models, self.cutter, self.settings, self._index_builder(), self.recipe)
