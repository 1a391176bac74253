"""Every offered ranker keeps the contract, and one that breaks it is found out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from vecna_notes.errors import MissingPart
from vecna_notes.registry import Registry
from vecna_notes.testing import check_ranker
from vecna_notes.types import Hit, Rows


@pytest.mark.parametrize("name", [row.offer.name for row in Registry(only_ours=True).rankers()])
def test_offered_rankers_keep_the_contract(name: str, tmp_path: Path) -> None:
    try:
        ranker = Registry(only_ours=True).ranker(name, {"cache": tmp_path, "threads": 2})
    except MissingPart as error:  # a model that is not on this machine: its own tests make one
        pytest.skip(str(error))
    check_ranker(ranker.ranker)


class Fickle:
    """Another order each time."""

    def __init__(self) -> None:
        self.times = 0

    def rank(self, query: str, hits: Sequence[Hit], rows: Rows | None) -> list[Hit]:
        self.times += 1
        turn = self.times % max(len(hits), 1)
        return [replace(hit, score=0.5) for hit in (*hits[turn:], *hits[:turn])]


class Careless:
    """Thinks nothing of what it was given."""

    def rank(self, query: str, hits: Sequence[Hit], rows: Rows | None) -> list[Hit]:
        assert isinstance(hits, list)
        hits.reverse()
        return [replace(hit, score=0.5) for hit in hits]


class Backwards:
    """Sorts the wrong way round and leaves the scores as they are."""

    def rank(self, query: str, hits: Sequence[Hit], rows: Rows | None) -> list[Hit]:
        return list(hits)[::-1]


class Needy:
    """Cannot do without rows."""

    def rank(self, query: str, hits: Sequence[Hit], rows: Rows | None) -> list[Hit]:
        assert rows is not None, "rows are needed"
        return list(hits)


@pytest.mark.parametrize(
    ("liar", "said"),
    [(Fickle, "another order"), (Careless, "changed the list"), (Backwards, "higher score"), (Needy, "rows are")],
)
def test_the_contract_finds_a_liar(liar: type, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        check_ranker(liar())
