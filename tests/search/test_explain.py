from __future__ import annotations

import pytest

from tests.search.conftest import MakeSearcher
from vecna_notes.search.explain import Whereabouts, whereabouts

NOTES = {f"water/{i}.md": f"Water number {i} and more water." for i in range(30)} | {
    "tea.md": "# Tea\nTea is made with water.",
    "stones.md": "# Stones\nGranite and basalt.",
}


def where(searcher: MakeSearcher, query: str, path: str, mode: str = "hybrid", vectors: bool = True) -> Whereabouts:
    search = searcher(NOTES, vectors)
    note = search._store.notes.by_path(path)
    assert note is not None
    return whereabouts(search, search._store, query, note, mode, 5)


def test_a_note_that_is_shown(searcher: MakeSearcher) -> None:
    told = where(searcher, "tea", "tea.md")
    assert (told.at, told.rank) == ("shown", 1) and told.hit is not None and told.hit.signals


def test_a_note_below_the_last_one_shown_says_what_speaks_for_it(searcher: MakeSearcher) -> None:
    told = where(searcher, "water number", "tea.md")
    assert told.at == "below" and told.rank is not None and told.rank > 5
    assert told.hit is not None and told.hit.score <= told.cut
    assert f"number {told.rank}" in told.sentence and "for it speak" in told.sentence


def test_a_filter_that_keeps_it_out_is_named(searcher: MakeSearcher) -> None:
    told = where(searcher, "water path:water/ -granite", "tea.md")
    assert told.at == "filtered" and "path:water/" in told.sentence and "granite" not in told.sentence


@pytest.mark.parametrize("vectors", [True, False])
def test_a_note_that_no_leg_found_says_which_words_it_lacks(searcher: MakeSearcher, vectors: bool) -> None:
    told = where(searcher, "water number", "stones.md", "keyword", vectors)
    assert told.at == "not recalled" and "“water”, “number” nowhere" in told.sentence


def test_a_query_of_nothing(searcher: MakeSearcher) -> None:
    assert where(searcher, "", "tea.md").at == "not recalled"
