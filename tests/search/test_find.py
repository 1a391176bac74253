from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.search.conftest import MakeSearcher
from vecna_notes.errors import ConfigError, NoteNotFound
from vecna_notes.search import MODES, Searcher
from vecna_notes.search.query import analyse
from vecna_notes.types import Found

NOTES = {
    "memory.md": "# Forgetting curve\nalias: Ebbinghaus\nMemory decays quickly without review.\n\nReviews slow it.",
    "garden.md": "# Garden\nTomatoes want water and sun.\n\nThe pruning of roses is done in winter.",
    "cpp.md": "# Languages\nI write C++ and Python, and some database code.",
    "cjk.md": "# 笔记\n关于记忆衰退的研究。\n\n机器学习很有趣。",
    "curve.md": "# Statistics\nThe curve of forgetting is no normal curve.",
    "who.md": "# Bands\nThe Who played loud; to be or not to be was not their song.",
    "long.md": "# Long\n" + "\n\n".join(f"Paragraph {i} on rivers and water." for i in range(12)),
}


def paths(found: Found) -> list[str]:
    return [hit.passage.path for hit in found.hits]


@pytest.fixture
def vault(searcher: MakeSearcher) -> Searcher:
    return searcher(NOTES)


MARKS = ["memory", '"', "NOT", "OR", "(", ")", "*", "col:", "-x", "C++", "记", "🎉", "\0", "\ud800", "'"]
QUERIES = st.one_of(st.text(st.characters(), max_size=200), st.lists(st.sampled_from(MARKS)).map(" ".join))


@given(QUERIES, st.sampled_from(MODES), st.integers(-5, 2000))
@example("x" * 1_000_000, "hybrid", 10)
@example('"' * 3, "keyword", 10)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
def test_any_text_is_a_query_and_scores_fall(vault: Searcher, query: str, mode: str, limit: int) -> None:
    found = vault.search(query, mode, limit)
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert len(set(paths(found))) == len(found.hits) <= max(limit, 1)
    for hit in found.hits:
        assert (hit.signals or analyse(query).is_empty) and all(signal.rank >= 1 for signal in hit.signals)
        assert all(0 <= start < end <= len(hit.passage.chunk.text) for start, end in hit.words)


@pytest.mark.parametrize("mode", ["hybrid", "keyword"])
@pytest.mark.parametrize("query", ["forgetting curve", "Forgetting  CURVE", "ebbinghaus", '"Forgetting Curve"'])
def test_a_note_called_so_is_first(vault: Searcher, query: str, mode: str) -> None:
    hit = vault.search(query, mode, 10).hits[0]
    assert hit.passage.path == "memory.md"
    assert "title" in {signal.leg for signal in hit.signals}


@pytest.mark.parametrize("query", ['"pruning of roses" water', '"to be or not to be"', "to be or not to be"])
def test_a_phrase_is_first(vault: Searcher, query: str) -> None:
    hit = vault.search(query, "hybrid", 10).hits[0]
    assert hit.passage.path in ("garden.md", "who.md")
    assert "exact" in {signal.leg for signal in hit.signals}


def test_a_rare_word_as_typed_is_never_buried(searcher: MakeSearcher) -> None:
    notes = {f"{i}.md": f"Note {i} about errors and codes." for i in range(40)} | {"x.md": "It said ERR_2045 again."}
    assert paths(searcher(notes).search("ERR_2045", "hybrid", 5))[0] == "x.md"


@pytest.mark.parametrize(
    "query, path",
    [
        ("memories", "memory.md"),
        ("how is the pruning done", "garden.md"),
        ("记忆", "cjk.md"),
        ("学", "cjk.md"),
        ("机器学习", "cjk.md"),
        ("C++", "cpp.md"),
        ("tabas", "cpp.md"),  # inside "database"
        ("tomat", "garden.md"),  # the beginning of a word
        ("pruning ros", "garden.md"),
        ("the who", "who.md"),
    ],
)
def test_words_in_any_form_and_parts_of_words(vault: Searcher, query: str, path: str) -> None:
    assert paths(vault.search(query, "keyword", 10))[0] == path


def test_stop_words_do_not_find(vault: Searcher) -> None:
    assert paths(vault.search("what is the xyzzyplugh", "keyword", 10)) == []


def test_a_note_is_one_hit_with_its_passages(vault: Searcher) -> None:
    hit = next(hit for hit in vault.search("rivers water", "hybrid", 10).hits if hit.passage.path == "long.md")
    assert 1 <= len(hit.others) <= 3
    assert {other.path for other in hit.others} == {"long.md"}
    assert hit.passage.id not in {other.id for other in hit.others}


def test_signals_say_which_leg_found_a_note_at_which_rank(vault: Searcher) -> None:
    hit = vault.search("tomatoes in the sun", "hybrid", 3).hits[0]
    assert {signal.leg: signal.rank for signal in hit.signals}.items() >= {"keyword": 1, "semantic": 1}.items()


@pytest.mark.parametrize("fusion", ["weighted", "rrf"])
def test_the_same_question_has_the_same_answer(searcher: MakeSearcher, fusion: str) -> None:
    vault = searcher(NOTES, fusion=fusion)
    first, second = (vault.search("water for memory", "hybrid", 10) for _ in range(2))
    assert first.hits == second.hits and first.hits


def test_equal_notes_are_in_order_of_their_paths(searcher: MakeSearcher) -> None:
    notes = {f"{name}.md": "# Same\nThe very same words." for name in "cab"}
    for mode in MODES:
        assert paths(searcher(dict(notes)).search("very same words", mode, 10)) == ["a.md", "b.md", "c.md"]


def test_limit_is_brought_into_range(vault: Searcher) -> None:
    assert len(vault.search("water", "hybrid", -3).hits) == 1
    assert len(vault.search("water", "hybrid", 10**9).hits) <= len(NOTES)


def test_without_vectors_words_search_and_the_answer_says_so(searcher: MakeSearcher) -> None:
    vault = searcher(NOTES, vectors=False)
    for mode in ("hybrid", "semantic"):
        found = vault.search("tomatoes", mode, 10)
        assert paths(found) == ["garden.md"] and found.space is None
        assert "words only" in found.notice
    assert vault.search("tomatoes", "keyword", 10).notice == ""


def test_notes_that_have_no_vector_yet_are_found_by_words(searcher: MakeSearcher) -> None:
    notes = {f"{i}.md": f"Water number {i}." for i in range(10)}
    found = searcher(notes, vectors=4).search("water", "hybrid", 20)
    assert len(found.hits) == 10
    assert "6 of 10 notes" in found.notice


def test_an_embedder_that_cannot_be_had_leaves_the_words(vault: Searcher) -> None:
    vault._embed_query = lambda query: None
    found = vault.search("tomatoes", "hybrid", 10)
    assert paths(found) == ["garden.md"] and found.notice


def test_meaning_alone_ranks_by_likeness(vault: Searcher) -> None:
    found = vault.search("Memory decays quickly without review.", "semantic", 3)
    assert paths(found)[0] == "memory.md"
    assert {signal.leg for hit in found.hits for signal in hit.signals} == {"semantic"}


def test_an_unknown_mode_names_the_known(vault: Searcher) -> None:
    with pytest.raises(ConfigError, match="hybrid, semantic, keyword"):
        vault.search("x", "fuzzy", 10)


def test_an_empty_vault_has_no_hits(searcher: MakeSearcher) -> None:
    assert paths(searcher({}).search("anything", "hybrid", 10)) == []


@pytest.mark.parametrize("query", ["water and sun", "forgetting curve", '"pruning of roses" water', "tabas", "记忆"])
@pytest.mark.parametrize("mode", MODES)
def test_the_shares_of_a_hit_add_up_to_its_score(vault: Searcher, query: str, mode: str) -> None:
    for hit in vault.search(query, mode, 10).hits:
        assert sum(signal.share for signal in hit.signals) == pytest.approx(hit.score, abs=5e-3)


@pytest.mark.parametrize("mode", MODES)
def test_filters_act_before_the_best_are_chosen(searcher: MakeSearcher, mode: str) -> None:
    """Three hundred notes say it better; the one in the folder is found all the same."""
    notes = {f"all/{i}.md": "Water water and nothing but water." for i in range(300)}
    vault = searcher(notes | {"few/one.md": "Here is some water among other things that have to be said."})
    found = vault.search("water path:few/", mode, 10)
    assert paths(found) == ["few/one.md"]
    assert [(one.kind, one.removed) for one in found.conditions] == [("path", 300)]


def test_filters_alone_show_what_they_leave(vault: Searcher) -> None:
    assert set(paths(vault.search("-water", "hybrid", 10))) == set(NOTES) - {"garden.md", "long.md"}


def test_where_filters_leave_nothing_the_closest_is_named(vault: Searcher) -> None:
    found = vault.search("tomatoes path:nowhere", "hybrid", 10)
    assert not found.hits and found.closest[0].passage.path == "garden.md"
    assert found.conditions[0].removed == len(NOTES)


def test_more_and_less_like_a_note(vault: Searcher) -> None:
    """The others are put in order by their likeness to it: here by shared words, which is all the embedder knows."""
    ranked = {more: paths(vault.search("stories", "hybrid", 10, more=[more])) for more in ("garden.md", "who.md")}
    assert ranked["garden.md"][0] == "garden.md" and ranked["who.md"][0] == "who.md"
    away = paths(vault.search("stories", "hybrid", 10, more=["garden.md"], less=["who.md"]))
    assert away[-1] == "who.md"
    with pytest.raises(NoteNotFound, match="no note is called"):
        vault.search("curve", "hybrid", 10, more=["nowhere.md"])


def test_like_finds_others_than_the_note_itself(vault: Searcher) -> None:
    found = vault.search("like:[[Forgetting curve]]", "hybrid", 10)
    assert found.hits and "memory.md" not in paths(found)
    unknown = vault.search("water like:[[Nobody]]", "hybrid", 10)
    assert unknown.hits and "no note is called 'Nobody'" in unknown.conditions[0].problem
