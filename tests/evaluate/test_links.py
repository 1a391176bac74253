"""Links that are hidden, and found again."""

from __future__ import annotations

from math import log2
from pathlib import Path

import pytest

from tests.evaluate.making import indexed, opened, write
from tests.vaults import Home
from vecna_notes.errors import ConfigError
from vecna_notes.evaluate.links import ALL, _answer, _without_links, read_links
from vecna_notes.evaluate.questions import Question
from vecna_notes.types import Progress

LINKS = "source\ttarget\tsplit\na.md\tb.md\ttrain\na.md\tc.md\ttest\nb.md\ta.md\ttrain\n"
BREAD = "Feed the levain every day with rye flour and water, then bake the dough in a hot oven. "
BOAT = "The last ferry to Lisbon leaves the harbour at nine and carries cars, goats and mail. "
NOTES = {
    "a.md": f"{BREAD * 2}\n\nSee [[b|sourdough secrets]] and [boats](c.md), or [the web](https://example.org/b).\n",
    "b.md": f"{BREAD * 2} Back to [[a]].\n",
    "c.md": BOAT * 3,
    "d.md": BOAT * 2 + BREAD,
}


def write_links(folder: Path, text: str = LINKS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "links.tsv").write_text(text, encoding="utf-8")
    return folder / "links.tsv"


def test_a_split_hides_its_links_and_knows_the_others(tmp_path: Path) -> None:
    links = read_links(write_links(tmp_path), "test", "mini")
    assert links.hidden == {("a.md", "c.md")} and links.known == {("a.md", "b.md"), ("b.md", "a.md")}
    assert len(read_links(write_links(tmp_path), ALL, "mini").hidden) == 3


@pytest.mark.parametrize(
    ("text", "sentence"),
    [(LINKS + "x\ty\n", "line 5"), ("source\ttarget\tsplit\n", "no link"), (LINKS, "it has test, train")],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        read_links(write_links(tmp_path, text), "dev", "mini")


def test_only_hidden_links_lose_their_text(tmp_path: Path) -> None:
    root = write(tmp_path / "vault", NOTES)
    with opened(indexed(Home(tmp_path / "home"), root, "hash"), root) as vault:
        changed, lost = _without_links(vault.store, read_links(write_links(tmp_path), "test", "mini"))
        assert not lost and [one.path for one in changed] == ["a.md"]
        assert "boats" not in changed[0].note.text and "sourdough secrets" in changed[0].note.text
        every, _ = _without_links(vault.store, read_links(write_links(tmp_path), ALL, "mini"))
        texts = {one.path: one.note.text for one in every}
        assert set(texts) == {"a.md", "b.md"} and "[[" not in "".join(texts.values())
        assert "sourdough" not in texts["a.md"] and "[the web](https://example.org/b)" in texts["a.md"]


def test_hidden_links_are_found_again(tmp_path: Path) -> None:
    """b says what a says, so it comes first; c is as far as can be, and d, which nobody links, stands before it."""
    root = write(tmp_path / "vault", NOTES)
    told: list[Progress] = []
    with opened(indexed(Home(tmp_path / "home"), root, "hash"), root) as vault:
        done = vault.evaluate_links(read_links(write_links(tmp_path), ALL, "mini"), told.append)
    rows = {row.system: row for row in done.rows}
    assert set(rows) == {"tfidf", "hash", "hash:passages", "related"} and rows["related"].is_default
    assert rows["hash"].recall == 1.0
    assert rows["hash"].mrr == pytest.approx(((1 + 1 / 2) / 2 + 1) / 2)
    assert done.set == "links:mini" and done.queries == 2 and told


def test_each_link_counts_by_its_own_rank() -> None:
    """Other links of the note do not stand before it."""
    answer = _answer(["x.md", "b.md", "y.md", "c.md"], Question("a.md", "link", {"b.md": 1, "c.md": 1, "z.md": 1}))
    assert answer.mrr == pytest.approx((1 / 2 + 1 / 3 + 0) / 3)
    assert answer.ndcg == pytest.approx((1 / log2(3) + 1 / log2(4)) / 3)
    assert answer.recall == pytest.approx(2 / 3) and answer.rank == 2


def test_links_that_are_neither_asked_nor_known_are_hidden_too(tmp_path: Path) -> None:
    """Those of dev, and those that the file does not name, would tell of the ones asked for."""
    links = "source\ttarget\tsplit\na.md\tb.md\ttrain\na.md\tc.md\ttest\nb.md\td.md\tdev\n"
    notes = {**NOTES, "b.md": NOTES["b.md"] + "\nAnd [[d]].\n", "d.md": NOTES["d.md"] + "\nAlso [[b]].\n"}
    root = write(tmp_path / "vault", notes)
    asked = read_links(write_links(tmp_path, links), "test", "mini")
    with opened(indexed(Home(tmp_path / "home"), root, "hash"), root) as vault:
        changed, _ = _without_links(vault.store, asked)
        left = {(one.path, link.target) for one in changed for link in one.note.links if link.target != "https"}
        done = vault.evaluate_links(asked, lambda progress: None)
    assert {pair for pair in left if not pair[1].startswith("http")} == {("a.md", "b")}
    assert "graph" in {row.system for row in done.rows}


def test_without_the_graph_no_link_stays(tmp_path: Path) -> None:
    asked = read_links(write_links(tmp_path), "test", "mini", is_alone=True)
    assert not asked.known and len(asked.every) == 3
    root = write(tmp_path / "vault", NOTES)
    with opened(indexed(Home(tmp_path / "home"), root, "hash"), root) as vault:
        done = vault.evaluate_links(asked, lambda progress: None)
    assert "graph" not in {row.system for row in done.rows} and done.queries == 1
