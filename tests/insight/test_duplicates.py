from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import HashEmbedder
from tests.insight import verdicts
from tests.insight.rewrites import CHOSEN_BY, HELD_OUT, LATER
from tests.search.conftest import embed_missing, save
from vecna_notes.errors import NotIndexed
from vecna_notes.insight import neighbourhood as around
from vecna_notes.insight.duplicates import ANCHOR, Compared, DuplicatePair, compared
from vecna_notes.insight.shingles import COMMON, LEAST_WORDS, RUN, shared_runs
from vecna_notes.nearest import Nearest
from vecna_notes.store import Store
from vecna_notes.store.kept import Feedback
from vecna_notes.types import VectorId

TEXT = "The kettle is descaled with vinegar in spring and in autumn, then boiled twice with clear water we pour away."
OTHER = "Nobody knows why the cat sits on the third stair whenever a storm comes over the dunes from the west at night."
Open = Callable[[dict[str, str]], Store]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    with ExitStack() as stack:

        def make(notes: dict[str, str]) -> Store:
            store = stack.enter_context(Store.open_writer(tmp_path / f"index{len(list(tmp_path.iterdir()))}"))
            with store.transaction():
                save(store, notes)
            embed_missing(store, HashEmbedder(dim=128))
            return store

        yield make


def judged(all_notes: Compared, one: str, other: str) -> DuplicatePair:
    return all_notes.pair(all_notes.place[one], all_notes.place[other])


def named(pairs: list[DuplicatePair], verdict: str) -> set[tuple[str, str]]:
    return {(one.one, one.other) for one in pairs if one.verdict == verdict}


# ── what the demo vault has planted ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compared]:
    with Store.open_writer(tmp_path_factory.mktemp("demo")) as store:
        verdicts.fill(store, verdicts.texts())
        yield compared(store, None)


def test_planted_pairs_get_their_verdicts(demo: Compared) -> None:
    truth = verdicts.planted()
    proposed = verdicts.scored(demo.pairs(()), {p: v for p, v in truth.items() if v != "adjacent"})
    assert proposed["same text"] == (6, 6, 6)
    right, given_, planted = proposed["rewritten"]
    assert right / planted >= 0.9 and right / given_ >= 0.4
    right, given_, planted = verdicts.scored(verdicts.asked(demo, truth), truth)["adjacent"]
    assert right / given_ >= 0.85 and right / planted >= 0.7


def test_a_threshold_on_likeness_could_not_tell_them(demo: Compared) -> None:
    truth = verdicts.planted()
    rewritten = [
        one.likeness for one in verdicts.asked(demo, truth) if truth[frozenset((one.one, one.other))] == "rewritten"
    ]
    least = sorted(rewritten)[1]  # eleven of twelve, as our verdict finds
    places = range(len(demo.place))
    above = [demo.pair(*pair) for pair in combinations(places, 2)]
    others = [one for one in above if one.likeness >= least and one.verdict != "same text"]
    assert 11 / len(others) < 0.11


@pytest.mark.parametrize("of, least", [(CHOSEN_BY, 8), (LATER, 6), (HELD_OUT, 5)])
def test_notes_written_twice_are_told(of: dict[str, tuple[str, str]], least: int, tmp_path: Path) -> None:
    with Store.open_writer(tmp_path) as store:
        verdicts.fill(store, verdicts.texts(of))
        found = named(compared(store, None).pairs(()), "rewritten")
    assert len({frozenset(pair) for pair in found} & set(verdicts.rewritten(of))) >= least


# ── copies ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_case_and_punctuation_make_no_other_text(opened: Open) -> None:
    store = opened({"a.md": TEXT, "b.md": TEXT.upper().replace(",", ";"), "c.md": OTHER})
    first = compared(store, None).pairs(())[0]
    assert (first.one, first.other, first.verdict, first.contained) == ("a.md", "b.md", "same text", (1.0, 1.0))


def test_a_note_that_holds_another_is_its_copy(opened: Open) -> None:
    store = opened({"part.md": TEXT, "whole.md": f"{OTHER} {TEXT}", "c.md": f"{OTHER[:40]} and so on, and on and on."})
    pair = judged(compared(store, None), "part.md", "whole.md")
    assert pair.verdict == "same text"
    assert pair.contained[0] == 1.0 > pair.contained[1]
    assert "100% of part stands in whole" in pair.why


def test_what_a_template_repeats_makes_no_copies(opened: Open) -> None:
    words = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath", "inlet", "jetty", "knoll", "larch"]
    notes = {f"{w}.md": f"{TEXT} {w} one, {w} two, {w} three, {w} four, {w} five" for w in words}
    assert len(notes) > COMMON
    assert named(compared(opened(notes), None).pairs(()), "same text") == set()
    few = dict(list(notes.items())[:2])
    assert len(named(compared(opened(few), None).pairs(()), "same text")) == 1


def test_of_many_equal_notes_each_is_paired_once(opened: Open) -> None:
    notes = {f"{n:02}.md": TEXT for n in range(COMMON + 5)}
    found = named(compared(opened(notes), None).pairs(()), "same text")
    assert found == {("00.md", f"{n:02}.md") for n in range(1, COMMON + 5)}


def test_notes_with_hardly_a_word_are_no_copies(opened: Open) -> None:
    assert named(compared(opened({"a.md": "To do", "b.md": "To do"}), None).pairs(()), "same text") == set()


# ── decisions, links, ways of looking ───────────────────────────────────────────────────────────────────────────────


def test_a_dismissed_pair_stays_away(opened: Open) -> None:
    store = opened({"a.md": TEXT, "b.md": TEXT, "c.md": TEXT})
    said = Feedback("b.md", ANCHOR, "a.md", "never")
    assert named(compared(store, None).pairs([said]), "same text") == {("a.md", "c.md")}
    on_links = replace(said, anchor="")
    assert len(named(compared(store, None).pairs([on_links]), "same text")) == 2  # that was about a link


def test_a_linked_pair_is_no_rewrite(tmp_path: Path) -> None:
    path, (other, text) = next(iter(HELD_OUT.items()))
    for link, expected in (("", "rewritten"), (f"\n[[{Path(path).stem}]]\n", "adjacent")):
        with Store.open_writer(tmp_path / expected) as store:
            verdicts.fill(store, verdicts.texts({path: (other, text + link)}))
            assert judged(compared(store, None), path, other).verdict == expected


def test_without_vectors_it_says_so(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path) as store, pytest.raises(NotIndexed):
        compared(store, None)


words = st.lists(st.sampled_from("abcdefgh"), max_size=30).map(tuple)


@given(st.lists(words, max_size=COMMON))
def test_shared_runs_are_those_counted_by_hand(texts: list[tuple[str, ...]]) -> None:
    found = shared_runs(texts)
    runs = [
        {text[i : i + RUN] for i in range(len(text) - RUN + 1)} if len(text) >= LEAST_WORDS else set() for text in texts
    ]
    assert list(found.counted) == [len(one) for one in runs]
    counted = {(a, b): len(runs[a] & runs[b]) for a, b in combinations(range(len(texts)), 2)}
    assert dict(found.common) == {pair: both for pair, both in counted.items() if both}


def test_the_index_proposes_the_same_neighbours(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened({f"{n}.md": f"{TEXT[n : n + 40]} {OTHER[2 * n : 2 * n + 30]}" for n in range(20)})
    space = HashEmbedder(dim=128).space
    nearest = Nearest.open(store, store.vectors.space(space), space, None, store.folder, 10_000)
    rows = store.vectors.all(store.vectors.space(space))
    owner = {VectorId(int(id)): place for place, id in enumerate(rows.ids)}
    compared_all = around.neighbourhood(rows.rows)
    monkeypatch.setattr(around, "EXACT_BELOW", 0)
    by_index = around.neighbourhood(rows.rows, nearest, owner)
    assert np.array_equal(compared_all.places, by_index.places)
    assert by_index.unit == pytest.approx(compared_all.unit)
