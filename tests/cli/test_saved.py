from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Vecna, write_notes
from tests.vaults import Home


@pytest.fixture
def vault(tmp_path: Path, own_home: Home, monkeypatch: pytest.MonkeyPatch, vecna: Vecna) -> Path:
    """Indexed, the user's own, and the one that is meant."""
    root = write_notes(tmp_path / "notes")
    monkeypatch.setenv("VECNA_VAULT", str(root))
    assert vecna("index", "-q").code in (0, 1)  # one of the notes is a picture
    return root


def news(vecna: Vecna, *arguments: str) -> list[str]:
    return [json.loads(line)["path"] for line in vecna("saved", "run", *arguments, "--jsonl").text.splitlines()]


def test_a_saved_search_tells_each_note_once(vault: Path, vecna: Vecna) -> None:
    assert vecna("saved", "add", "bread", "levain rye").code == 0
    assert sorted(news(vecna, "bread")) == ["kitchen/Levain.md", "kitchen/Rye bread.md"]
    again = vecna("saved", "run", "bread")
    assert (again.code, "nothing new, 2 match" in again.text) == (1, True)
    write_notes(vault, {"new.md": "Rye again, and levain, which we keep cold.\n"})
    assert vecna("index", "-q").code in (0, 1)
    told = vecna("saved", "run")
    assert told.code == 0 and "1 new of 3" in told.text and "new.md" in told.text
    assert "Levain.md" not in told.text
    assert vecna("saved", "run").code == 1


def test_conditions_alone_are_met_by_every_note_that_meets_them(vault: Path, vecna: Vecna) -> None:
    vecna("saved", "add", "kitchen", "path:kitchen/", "-file:rye*")
    assert news(vecna, "kitchen") == ["kitchen/Levain.md"]
    write_notes(vault, {"kitchen/empty.md": "---\ntags: [x]\n---\n"})
    vecna("index", "-q")
    assert news(vecna, "kitchen") == ["kitchen/empty.md"], "a note without any text is a note"


def test_words_and_conditions_must_both_be_met(vault: Path, vecna: Vecna) -> None:
    vecna("saved", "add", "a", "flour path:memory/")
    assert news(vecna, "a") == []
    vecna("saved", "add", "b", '"rye flour" path:kitchen/')
    assert sorted(news(vecna, "b")) == ["kitchen/Levain.md", "kitchen/Rye bread.md"]


def test_news_can_be_kept(vault: Path, vecna: Vecna) -> None:
    vecna("saved", "add", "bread", "levain")
    first = news(vecna, "--keep-new")
    assert first and news(vecna, "--keep-new") == first and news(vecna) == first and news(vecna) == []


def test_a_note_that_stops_matching_for_a_while_is_no_news(vault: Path, vecna: Vecna) -> None:
    vecna("saved", "add", "marmalade", "marmalade")
    note = vault / "broken.md"
    assert news(vecna) == ["broken.md"]
    text = note.read_text()
    for change, index in ((text.replace("marmalade", "jam"), 0), (text + "More of it.\n", 1)):
        note.write_text(change)
        vecna("index", "-q")
        assert news(vecna) == [], index


def test_searches_are_listed_replaced_and_removed(vault: Path, vecna: Vecna) -> None:
    vecna("saved", "add", "one", "levain")
    vecna("saved", "add", "two", "tag:learning")
    news(vecna, "two")
    listed = vecna("saved", "list", "--json").json
    assert listed["schema"] == "vecna.saved-searches/1"
    assert listed["searches"] == [
        {"name": "one", "query": "levain", "seen": None},
        {"name": "two", "query": "tag:learning", "seen": 1},
    ]
    assert "replaced two" in vecna("saved", "add", "two", "rye").err
    assert vecna("saved", "list", "--json").json["searches"][1] == {"name": "two", "query": "rye", "seen": None}
    assert vecna("saved", "remove", "one").code == 0
    assert "rye" in vecna("saved", "list").text and "levain" not in vecna("saved", "list").text


def test_json_keeps_its_shape(vault: Path, vecna: Vecna) -> None:
    vecna("saved", "add", "bread", "levain")
    answer = vecna("saved", "run", "--json")
    (one,) = answer.json["searches"]
    assert answer.json["schema"] == "vecna.saved/1"
    assert set(one) >= {"name", "query", "matching", "new", "notice"}
    assert one["matching"] == len(one["new"]) == 2 and set(one["new"][0]) >= {"path", "title", "lines", "score"}
    assert news(vecna) == [], "JSON tells them, too"


def test_what_is_not_there_is_said_with_a_way_out(vault: Path, vecna: Vecna) -> None:
    assert "vecna saved add" in vecna("saved", "list").err
    nothing = vecna("saved", "run")
    assert (nothing.code, "vecna saved add NAME QUERY" in nothing.err) == (2, True)
    vecna("saved", "add", "bread", "levain")
    wrong = vecna("saved", "remove", "bred")
    assert (wrong.code, "did you mean 'bread'" in wrong.err) == (2, True)
    assert vecna("saved", "run", "other").code == 2
    assert vecna("saved", "add", "empty", "  ").code == 2
    assert "no date" in vecna("saved", "add", "odd", "before:soonish x").err


def test_a_vault_without_an_index_says_so(tmp_path: Path, own_home: Home, vecna: Vecna) -> None:
    root = write_notes(tmp_path / "notes")
    assert vecna("saved", "list", "--vault", str(root)).code == 3


@pytest.mark.parametrize(
    "arguments, query",
    [
        (["levain", "-yeast", "-tag:x"], "levain -yeast -tag:x"),
        (["-not", "-q"], "-not"),
        (["--", "-q", "x"], "-q x"),
        (["-v", '-"baking powder"', "--vault={root}"], '-"baking powder"'),
    ],
)
def test_a_dash_begins_a_word_of_the_query(vault: Path, vecna: Vecna, arguments: list[str], query: str) -> None:
    assert vecna("saved", "add", "x", *(one.replace("{root}", str(vault)) for one in arguments)).code == 0
    assert vecna("saved", "list", "--json").json["searches"][0]["query"] == query


def test_an_unknown_option_is_an_error(vault: Path, vecna: Vecna) -> None:
    answer = vecna("saved", "add", "x", "levain", "--nonsense")
    assert (answer.code, "--nonsense" in answer.err) == (2, True)
