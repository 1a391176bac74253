"""Any text is a query; words, beginnings, phrases and substrings are found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.store.making import note, save, stamp
from vecna_notes.store import Store
from vecna_notes.store.keywords import MAX_TERMS

HOSTILE = [
    "C++", "what?", "#tag", "2024-01-01", "foo.bar", '"', '""', "'", "*", "a*", "-a", "NOT", "AND", "OR", "NEAR(a b)",
    "(", ")", "^a", "a:b", "col:", "{a b}:c", "\0", "a\0b", "\ud800", "", " ", "!!!", "日", "\U0010ffff", "%", "_",
    "';--", "a" * 5000,
]  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open_writer(tmp_path_factory.mktemp("words")) as opened:
        save(opened, "plain.md", "Running rivers run past the old mill", title="Water")
        save(opened, "code.md", "The C++ compiler of 2024-01-01 says foo.bar NOT AND OR", title="Compiler notes")
        save(opened, "japan.md", "私は日本語を検索", "東京", title="日本")
        save(opened, "accents.md", "El Niño naïve café", title="Accents")
        save(opened, "nul.md", "before\0hidden lone \ud800 one", title="Odd")
        made, chunks = note("tags.md", "nothing here", tags=("project/alpha",), aliases=("Nickname",))
        opened.notes.save(made, chunks, stamp())
        yield opened


def paths(store: Store, *terms: str, **how: object) -> list[str]:
    found = store.keywords.search(terms, **how)  # type: ignore[arg-type]
    passages = store.passages.by_ids([id for id, _ in found])
    return [passages[id].path for id, _ in found]


def test_stems_and_exact_forms(store: Store) -> None:
    assert paths(store, "runs") == ["plain.md"]
    assert paths(store, "runs", table="exact") == []
    assert paths(store, "RUN", table="exact") == ["plain.md"]
    assert paths(store, "nino") == paths(store, "NAÏVE", table="exact") == ["accents.md"]


def test_titles_trails_tags_and_aliases_are_words_too(store: Store) -> None:
    assert paths(store, "water") == ["plain.md"]
    assert paths(store, "alpha") == paths(store, "nickname") == ["tags.md"]
    assert len(paths(store, "heading")) == store.passages.count()


def test_any_all_phrase_and_beginning(store: Store) -> None:
    assert set(paths(store, "mill", "compiler", match="any")) == {"plain.md", "code.md"}
    assert paths(store, "mill", "compiler", match="all") == []
    assert paths(store, "mill", "old", "!!!", match="all") == ["plain.md"]
    assert paths(store, "old", "mill", match="phrase") == ["plain.md"]
    assert paths(store, "mill", "old", match="phrase") == []
    assert paths(store, "old", "mi", match="prefix-last") == ["plain.md"]
    assert paths(store, "comp", match="prefix-last", table="exact") == ["code.md"]


def test_scripts_without_spaces_and_substrings(store: Store) -> None:
    for term in ("日本語", "本語", "検索", "日本", "索", "東京"):
        assert paths(store, term, table="trigram") == ["japan.md"] * (2 if term == "日本" else 1), term
    assert paths(store, "ompile", table="trigram") == ["code.md"]
    assert paths(store, "MP", table="trigram") == ["code.md"]
    assert paths(store, "日本", "検索", table="trigram", match="all") == ["japan.md"]
    assert paths(store, "日本", "zz", table="trigram", match="all") == []


def test_what_stands_behind_a_nul_is_found(store: Store) -> None:
    assert paths(store, "hidden") == ["nul.md"]
    assert paths(store, "before\0hidden") == ["nul.md"]


def test_better_is_higher_and_titles_weigh(store: Store) -> None:
    heavy = store.keywords.search(["compiler", "mill"], title_weight=10)
    assert [score for _, score in heavy] == sorted((score for _, score in heavy), reverse=True)
    light = dict(store.keywords.search(["compiler"], title_weight=1))
    assert dict(heavy)[next(iter(light))] > next(iter(light.values()))
    assert store.keywords.search(["heading"], limit=2) == store.keywords.search(["heading"], limit=9)[:2]
    assert store.keywords.search(["heading"], limit=0) == []


def test_frequencies_count_passages(store: Store) -> None:
    assert store.keywords.frequency(["heading", "runs", "absent", '"', "C++"]) == {
        "heading": store.passages.count(), "runs": 1, "absent": 0, '"': 0, "C++": 1
    }  # fmt: skip


@pytest.mark.parametrize("table", ["porter", "exact", "trigram"])
@pytest.mark.parametrize("match", ["any", "all", "phrase", "prefix-last"])
def test_hostile_terms_are_only_terms(store: Store, table: str, match: str) -> None:
    for term in HOSTILE:
        for terms in ([term], [term, "mill"], ["mill", term], HOSTILE):
            store.keywords.search(terms, table=table, match=match)  # type: ignore[arg-type]
    store.keywords.frequency(HOSTILE, table)  # type: ignore[arg-type]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_categories=()), max_size=12), max_size=5),
    st.sampled_from(["porter", "exact", "trigram"]),
    st.sampled_from(["any", "all", "phrase", "prefix-last"]),
)
@example(['"*', "^"], "exact", "prefix-last")
def test_no_text_raises(store: Store, terms: list[str], table: str, match: str) -> None:
    for _, score in store.keywords.search(terms, table=table, match=match):  # type: ignore[arg-type]
        assert score == score
    store.keywords.frequency(terms, table)  # type: ignore[arg-type]


def test_a_flood_of_terms_is_capped(store: Store) -> None:
    flood = [f"word{i}" for i in range(200_000)]
    assert paths(store, *flood) == []
    assert len(store.keywords.frequency(flood)) == MAX_TERMS


def test_a_word_index_never_drifts(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path) as opened:
        for text in HOSTILE:
            save(opened, "a.md", text, text + "x", title=text or "t")
            assert opened.check() == [], text
