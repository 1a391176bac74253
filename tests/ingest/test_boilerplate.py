"""Lines that a vault repeats are found, kept out of what is embedded, and nowhere else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vaults import sentence
from vecna_notes.config import Folders, load
from vecna_notes.ingest.boilerplate import Tally, hashed, is_date, mask, threshold
from vecna_notes.ingest.recut import CACHE, Decided, applied, decide, decided, found
from vecna_notes.vault import Vault

TEMPLATE = "# {day}\n\n## Gratitude\n\n- three things I am grateful for\n\n## Log\n\n{log}\n\nBack to the [[Journal]]\n"


def quiet(_: object) -> None:
    pass


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Twenty days from one template, and as many notes that share nothing."""
    rng = random.Random(4)
    for day in range(1, 21):
        (tmp_path / f"2024-03-{day:02}.md").write_text(TEMPLATE.format(day=f"2024-03-{day:02}", log=sentence(rng)))
        (tmp_path / f"note-{day}.md").write_text(f"# Thought {sentence(rng, 2)}\n\n{sentence(rng)}\n")
    with (tmp_path / "note-3.md").open("a") as note:
        note.write("\nSent from the balcony with the broken chair\n")
    return tmp_path


@pytest.fixture
def vault(root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Vault]:
    monkeypatch.setenv("VECNA_INDEX__EMBEDDER", "lsa")
    with open_vault(root) as vault:
        vault.sync(quiet)
        yield vault


def open_vault(root: Path) -> Vault:
    folders = Folders.standard()
    return Vault.open(root, folders, load(folders, root), write=True)


def embedded(vault: Vault, path: str) -> str:
    return "\n".join(passage.chunk.embedded for passage in vault.passages(path))


def lines(vault: Vault) -> dict[str, int]:
    return {one.text: one.notes for one in found(vault.store)}


@pytest.mark.parametrize(
    "one, other",
    [
        ("## 2024-03-05", "2023-12-31"),
        ("Friday, March 5th 2024", "Mon, Dec 1st 1999"),
        ("  Next: Week 12", "next:  week 3"),
        ("Grateful for ...", "grateful for"),
    ],
)
def test_lines_of_one_template_have_one_mask(one: str, other: str) -> None:
    assert mask(one) == mask(other) != ""


def test_signs_alone_are_never_boilerplate() -> None:
    assert [mask(line) for line in ("}", "---", "", "> ...")] == [""] * 4


@pytest.mark.parametrize("title, is_one", [("2024-03-05", True), ("Week 12", True), ("March", True), ("Mars", False)])
def test_a_title_that_only_says_when(title: str, is_one: bool) -> None:
    assert is_date(title) is is_one


@given(st.integers(0, 200_000))
def test_the_threshold_never_falls_and_stays_near_its_share(notes: int) -> None:
    assert threshold(notes) <= threshold(notes + 1)
    assert max(5, 0.013 * notes) <= threshold(notes) <= max(5, 0.02 * notes + 1)


def test_repeated_lines_are_found_with_their_counts(vault: Vault) -> None:
    found_lines = lines(vault)
    assert {"Gratitude", "three things I am grateful for", "Log", "Back to the Journal"} <= found_lines.keys()
    assert set(found_lines.values()) == {20}


def test_they_are_not_embedded_but_shown_and_found_by_words(vault: Vault) -> None:
    said = embedded(vault, "2024-03-07.md")
    assert "grateful" not in said and "Journal" not in said and "2024-03-07" not in said
    assert said.strip()
    assert "grateful" in "".join(passage.chunk.text for passage in vault.passages("2024-03-07.md"))
    assert len(vault.search("grateful", "keyword", 50).hits) == 20


def test_a_line_that_is_most_of_its_note_is_embedded(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECNA_INDEX__EMBEDDER", "lsa")
    for i in range(8):
        (root / f"stub-{i}.md").write_text("To be written by someone who knows more\n")
    with open_vault(root) as vault:
        vault.sync(quiet)
        assert "someone who knows" in embedded(vault, "stub-3.md")


def test_what_the_user_keeps_is_embedded_and_what_they_drop_is_not(vault: Vault) -> None:
    said = decided(vault.store)
    assert said == Decided()
    rare = "Sent from the balcony with the broken chair"
    decide(vault.store, Decided(kept=frozenset({mask("Gratitude")}), dropped=frozenset({mask(rare)})))
    vault.sync(quiet)
    assert "Gratitude" in embedded(vault, "2024-03-07.md") and "grateful" not in embedded(vault, "2024-03-07.md")
    assert rare not in embedded(vault, "note-3.md")
    decide(vault.store, Decided(is_off=True))
    vault.sync(quiet)
    assert "grateful" in embedded(vault, "2024-03-07.md") and rare in embedded(vault, "note-3.md")


def test_passages_begin_and_end_where_they_did(vault: Vault) -> None:
    def places() -> list[tuple[str, int, int]]:
        paths = vault.store.notes.paths()
        return [(p.chunk.text, p.chunk.first_line, p.chunk.last_line) for path in paths for p in vault.passages(path)]

    before = places()
    decide(vault.store, Decided(is_off=True))
    vault.sync(quiet)
    assert places() == before


def test_a_list_that_stays_cuts_nothing_anew(vault: Vault, root: Path) -> None:
    sum(vault.ladder(quiet).climb())
    (root / "note-1.md").write_text("# Thought\n\nthe same thought said another way, and nothing else at all\n")
    ids = {passage.id for path in vault.store.notes.paths() if path != "note-1.md" for passage in vault.passages(path)}
    vault.sync(quiet)
    now = {passage.id for path in vault.store.notes.paths() if path != "note-1.md" for passage in vault.passages(path)}
    assert now == ids
    assert vault.store.vectors.missing_count(vault.store.vectors.spaces()[0][0]) == 1


def test_an_index_is_the_same_however_it_came_about(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECNA_INDEX__EMBEDDER", "lsa")

    def state(vault: Vault) -> dict[str, str]:
        return {path: embedded(vault, path) for path in vault.store.notes.paths()}

    later = sorted(root.glob("2024-*.md"))[3:]
    texts = {file: file.read_text() for file in later}
    for file in later:
        file.unlink()
    with open_vault(root) as vault:
        vault.sync(quiet)
        assert not applied(vault.store)
        for file in later:
            file.write_text(texts[file])
            vault.sync(quiet)
        grown = state(vault)
        vault.forget()
        (vault.store.folder / CACHE).unlink()
    with open_vault(root) as vault:
        vault.sync(quiet)
        assert state(vault) == grown
        assert applied(vault.store)


@given(
    st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=6), min_size=1, max_size=30),
    st.lists(st.integers(0, 29), max_size=10),
)
def test_a_tally_counts_notes_not_lines(notes: list[list[str]], changed: list[int]) -> None:
    """Whatever was counted before, and whether or not it went through a file."""
    tally = Tally()
    for i in changed:
        tally.put(i % len(notes), "old", "x y\nz\nw w w\n")
    for i, words in enumerate(notes):
        tally.put(i, "1", "\n".join([*words, "some words that no other line has", "and a few more of them"]))
    tally.keep(range(len(notes)))
    expected = {word: sum(word in words for words in notes) for word in "abcdefgh"}
    counted = tally.repeated()
    assert {word: counted.get(hashed(word), 0) for word in "abcdefgh"} == {
        word: count if count >= 5 else 0 for word, count in expected.items()
    }
    assert sorted(tally.holders([hashed("a")])) == [i for i, words in enumerate(notes) if "a" in words]


def test_a_tally_survives_its_file(tmp_path: Path) -> None:
    tally = Tally()
    tally.put(3, "v1", "# One\n\nsome line here\n\nanother line there\n")
    tally.put(9, "v2", "")
    tally.save(tmp_path / "t.npz")
    again = Tally.load(tmp_path / "t.npz")
    assert (again.version(3), again.version(9), again.version(1)) == ("v1", "v2", None)
    assert list(again.holders([hashed(mask("some line here"))])) == [3]
    (tmp_path / "t.npz").write_bytes(b"PK\x03\x04 broken")
    assert Tally.load(tmp_path / "t.npz").version(3) is None
