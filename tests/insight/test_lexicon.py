"""Words of notes, weighed: against TF-IDF by hand, with and without its cache."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.search.conftest import save
from vecna_notes.insight import lexicon as room
from vecna_notes.insight.lexicon import Counted, content, count, counted, keep, lexicon, spoken_path, stem
from vecna_notes.insight.sharing import cosine, shared_words
from vecna_notes.store import Store

NOTES = {
    "kant.md": "# Kant\nKönigsberg saw him walk, and nobody saw him hurry.",
    "prussia.md": "# Prussia\nKönigsberg was a port, and everybody saw the port.",
    "bread.md": "# Bread\nSomebody saw the bread.\n\nThe oven is hot.",
    "empty.md": "",
}


@pytest.fixture
def store(tmp_path: Path):  # type: ignore[no-untyped-def]
    with Store.open_writer(tmp_path) as store:
        with store.transaction():
            save(store, NOTES)
        yield store


def alike(store: Store, one: str, other: str) -> float:
    made, ids = lexicon(store, counted(store)), store.notes.paths()
    return float(made.alike(made.of(made.row_of[ids[one]]))[made.row_of[ids[other]]])


def by_hand(store: Store) -> dict[tuple[str, str], float]:
    """(1 + log tf) x (log((1 + N) / (1 + df)) + 1), of unit length; title and file's name count three times."""
    terms = {}
    for path, id in store.notes.paths().items():
        text = "\n".join(passage.chunk.embedded for passage in store.passages.of_note(id))
        if text:
            found = Counter(content(text))
            stored = store.notes.by_id(id)
            assert stored is not None
            for word in {*content(stored.note.title), *content(spoken_path(path))}:
                found[word] += 3
            terms[path] = found
    df = Counter(word for found in terms.values() for word in found)
    rows = {}
    for path, found in terms.items():
        row = {w: (1 + math.log(n)) * (math.log((1 + len(terms)) / (1 + df[w])) + 1) for w, n in found.items()}
        length = math.sqrt(sum(value**2 for value in row.values()))
        rows[path] = {word: value / length for word, value in row.items()}
    return {
        (a, b): sum(value * two.get(word, 0.0) for word, value in one.items())
        for a, one in rows.items()
        for b, two in rows.items()
    }


def test_it_is_tf_idf(store: Store) -> None:
    for (one, other), value in by_hand(store).items():
        assert alike(store, one, other) == pytest.approx(value, abs=1e-5)


def test_a_rare_word_tells_more_than_a_common_one(store: Store) -> None:
    """Both notes say each of the two words once; every note says the one, two the other."""
    words = shared_words(lexicon(store, counted(store)), "he saw Königsberg", NOTES["prussia.md"], 5)
    assert [(one.word, one.notes) for one in words] == [("Königsberg", 2), ("saw", 3)]


def test_the_cache_changes_no_answer(store: Store) -> None:
    before = alike(store, "kant.md", "prussia.md")
    keep(store)
    assert (store.folder / room.CACHE).exists()
    assert alike(store, "kant.md", "prussia.md") == before
    with store.transaction():
        save(store, {"kant.md": "# Kant\nA port and a port and a port."})
    cached = alike(store, "kant.md", "prussia.md")
    (store.folder / room.CACHE).unlink()
    assert alike(store, "kant.md", "prussia.md") == cached != before


def test_a_damaged_cache_is_made_again(store: Store) -> None:
    keep(store)
    (store.folder / room.CACHE).write_bytes(b"PK\x03\x04 no archive")
    assert alike(store, "kant.md", "kant.md") == pytest.approx(1)
    keep(store)
    assert len(room._load(store.folder / room.CACHE)) == 3


def test_a_note_that_is_gone_is_forgotten(store: Store) -> None:
    known = counted(store)
    store.notes.remove(["kant.md"])
    assert len(counted(store, known)) == len(known) - 1


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_can_be_counted(text: str, title: str) -> None:
    found = count(text, title)
    assert (np.diff(found.terms) > 0).all() and (found.times > 0).all()
    assert len(found.terms) == len(found.times)


@given(st.from_regex(r"[a-z]{1,14}", fullmatch=True))
def test_a_stem_begins_as_its_word_does(word: str) -> None:
    assert word.startswith(stem(word)[:-1]) and 0 < len(stem(word)) <= len(word)
    assert stem(word + "s") == stem(word) or len(word) < 4 or word.endswith(("s", "i", "e"))


words = st.lists(st.sampled_from(["port", "bread", "oven", "walk", "kant"]), max_size=6).map(" ".join)


@settings(max_examples=40, deadline=None)
@given(st.lists(words, min_size=1, max_size=6), words)
def test_likeness_is_symmetric_and_at_most_one(texts: list[str], asked: str) -> None:
    known = {i: count(text) for i, text in enumerate(texts, 1)}
    made = lexicon(_Titles(texts), known)  # type: ignore[arg-type]
    for row in range(len(texts)):
        values = made.alike(made.of(row))
        assert (values <= 1 + 1e-5).all() and (values >= 0).all()
        for other in range(len(texts)):
            assert values[other] == pytest.approx(cosine(made.of(other), made.of(row)), abs=1e-5)
    assert isinstance(known[1], Counted) and made.weigh(asked).weights.sum() >= 0


class _Titles:
    """A store of notes without titles."""

    def __init__(self, texts: list[str]) -> None:
        self.notes = self
        self._texts = texts

    def names(self) -> list[tuple[int, str, str, tuple[str, ...]]]:
        return [(i, f"{i}.md", "", ()) for i in range(1, len(self._texts) + 1)]
