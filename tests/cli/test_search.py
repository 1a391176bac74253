from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Vecna
from tests.vaults import Home
from vecna_notes.config import Folders, load
from vecna_notes.engine import Engine
from vecna_notes.service import Service
from vecna_notes.vault import Vault

KEYS = {"path", "title", "heading", "lines", "score", "signals", "snippet"}


@pytest.fixture(autouse=True)
def _vault(root: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECNA_VAULT", str(root))


def test_json_keeps_its_shape(vecna: Vecna) -> None:
    answer = vecna("search", "--json", "forget", "most", "of", "what", "we", "read")
    assert answer.code == 0
    assert answer.json["schema"] == "vecna.search/1"
    hit = answer.json["hits"][0]
    assert set(hit) >= KEYS
    assert (hit["path"], hit["title"]) == ("memory/Forgetting curve.md", "Forgetting curve")
    assert hit["lines"][0] <= hit["lines"][1]
    assert 0 <= hit["score"] <= 1
    assert {"rank", "score", "share"} == set(hit["signals"]["semantic"])
    assert "forget most" in hit["snippet"]


def test_jsonl_is_the_same_hits_one_a_line(vecna: Vecna) -> None:
    hits = vecna("search", "--json", "levain").json["hits"]
    assert [json.loads(line) for line in vecna("search", "--jsonl", "levain").text.splitlines()] == hits


def test_paths_open_from_where_we_stand(vecna: Vecna, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / "kitchen")
    assert set(vecna("search", "--paths", "levain", "-n", "2").text.splitlines()) == {"Levain.md", "Rye bread.md"}
    monkeypatch.chdir(root.parent)
    files = vecna("search", "-0", "levain", "-n", "2").text.split("\0")
    assert files.pop() == ""
    assert {Path(file) for file in files} == {Path("vault/kitchen/Levain.md"), Path("vault/kitchen/Rye bread.md")}
    monkeypatch.chdir("/")
    assert Path(vecna("search", "--paths", "levain", "-n", "1").text.strip()).is_file()


def test_vimgrep_names_the_line_and_column(vecna: Vecna, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    line = vecna("search", "--vimgrep", "-n", "1", "forget most of what we read").text.strip()
    path, number, column, text = line.split(":", 3)
    assert (path, column) == ("memory/Forgetting curve.md", "1")
    assert (root / path).read_text().splitlines()[int(number) - 1] == text


def test_a_template_is_filled(vecna: Vecna) -> None:
    answer = vecna("search", "-n", "1", "--format", r"{title}\t{line}\t{path}", "forget most of what we read")
    assert answer.text == "Forgetting curve\t11\tmemory/Forgetting curve.md\n"


def test_it_says_so_when_no_note_speaks_of_what_was_asked(vecna: Vecna) -> None:
    strange = ("water", "from", "carburettor", "orbital", "whitewash")
    answer = vecna("search", *strange)
    assert answer.code == 0 and "Levain" in answer.text
    assert answer.err.startswith("nothing close: ") and "nothing close" not in answer.text
    assert vecna("search", "--json", *strange).json["closeness"] == "nothing close"
    assert "nothing close" not in vecna("search", "rye flour and water").err
    assert vecna("search", "--json", "rye flour and water").json["closeness"] == ""


@pytest.mark.parametrize("query", ["leva", "leavin", "tag:learning", "what we"])
def test_what_was_found_by_a_part_a_slip_or_a_condition_is_close(vecna: Vecna, query: str) -> None:
    for mode in ("keyword", "hybrid"):
        answer = vecna("search", "--json", "--mode", mode, query)
        assert answer.json["hits"] and answer.json["closeness"] == ""


def test_an_unknown_field_is_a_usage_error_that_names_the_known_ones(vecna: Vecna) -> None:
    answer = vecna("search", "--format", "{titel}", "x")
    assert answer.code == 2
    assert "{titel}" in answer.err and "title" in answer.err


def test_the_list_says_which_note_where_and_why(vecna: Vecna) -> None:
    answer = vecna("search", "--explain", "forget most of what we read")
    first = answer.text.splitlines()[:5]
    assert "Forgetting curve" in first[0] and "Why it decays" in first[0] and "f+v" in first[0]
    assert "memory/Forgetting curve.md:" in first[1]
    assert "We forget most of what we read" in answer.text
    assert "rank   1" in answer.text
    assert all(len(line) <= 80 for line in answer.text.splitlines())
    assert "\x1b" not in answer.text


def test_colour_on_demand_marks_the_words(vecna: Vecna) -> None:
    assert "\x1b[1;33mlevain\x1b[0m" in vecna("--color", "always", "search", "levain").text.lower()
    assert "\x1b" not in vecna("search", "levain", "--color", "never").text


def test_explain_says_what_speaks_for_a_note_and_how_much(vecna: Vecna) -> None:
    text = vecna("search", "--explain", "-n", "1", "forget most of what we read").text
    assert re.search(r"meaning +rank +\d+ +score +0\.\d+ +[━╌]+ +\.\d\d", text)
    assert "words found" in text and "forget" in text
    assert "decided by   We forget most of what we read" in text
    assert re.search(r"passages +L\d+-\d+", text)
    assert all(len(line) <= 80 for line in text.splitlines())


def test_a_note_expected_and_shown_is_success(vecna: Vecna) -> None:
    answer = vecna("search", "levain", "--expect", "Rye bread")
    assert answer.code == 0
    assert "Rye bread" in answer.text and "words found" in answer.text


def test_a_note_expected_and_lost_says_where(vecna: Vecna) -> None:
    answer = vecna("search", "--mode", "keyword", "levain", "--expect", "Spacing", "--json")
    expected = answer.json["expected"]
    assert answer.code == 1
    assert (expected["path"], expected["at"]) == ("memory/Spacing.md", "not recalled")
    assert expected["sentence"].strip() and expected["rank"] is None
    assert answer.json["hits"]
    below = vecna("search", "--mode", "keyword", "-n", "1", "rye", "--expect", "Levain", "--json")
    above = below.json["hits"][0]["path"]
    lost = "Levain" if above != "kitchen/Levain.md" else "Rye bread"
    answer = vecna("search", "--mode", "keyword", "-n", "1", "rye", "--expect", lost)
    assert answer.code == 1 and "place 2" in answer.text


def test_a_file_expected_that_is_not_indexed_says_why(vecna: Vecna) -> None:
    answer = vecna("search", "levain", "--expect", "picture.md", "--json")
    assert (answer.code, answer.json["expected"]["at"]) == (1, "not indexed")
    assert vecna("search", "levain", "--expect", "no such note at all").code == 2


def test_filters_are_told_on_stderr_and_in_json(vecna: Vecna) -> None:
    answer = vecna("search", "levain path:kitchen")
    assert answer.code == 0 and "path:kitchen keeps out" in answer.err and "keeps out" not in answer.text
    condition = vecna("search", "--json", "levain path:kitchen").json["conditions"][0]
    assert (condition["kind"], condition["text"], condition["span"]) == ("path", "path:kitchen", [7, 19])
    assert condition["removed"] > 0


def test_a_filter_that_is_not_understood_is_named(vecna: Vecna) -> None:
    answer = vecna("search", "levain before:whenever")
    assert "note: " in answer.err and "whenever" in answer.err


def test_nothing_found_names_what_is_closest_beside_the_answer(vecna: Vecna) -> None:
    answer = vecna("search", "feeding the levain path:memory tag:nonsense")
    assert (answer.code, answer.out) == (1, b"")
    assert "tag:nonsense keeps out" in answer.err and "closest by meaning" in answer.err
    assert "Levain" in answer.err
    assert vecna("search", "--json", "levain tag:nonsense").json["closest"]


def test_more_and_less_like_a_note(vecna: Vecna) -> None:
    plain = [hit["path"] for hit in vecna("search", "--json", "day").json["hits"]]
    more = [hit["path"] for hit in vecna("search", "--json", "day", "--more", "Rye bread").json["hits"]]
    assert more.index("kitchen/Levain.md") < plain.index("kitchen/Levain.md") or more[0] == "kitchen/Levain.md"
    assert vecna("search", "--json", "--more", "Rye bread").json["hits"]
    assert vecna("search", "day", "--less", "no such note").code == 2
    assert vecna("search").code == 2


@pytest.mark.parametrize("query", ["", " ", '"', "title:", "-", "NEAR(", "*", "😀", "ß" * 3000, "a OR", "\ud800"])
def test_any_text_is_a_query(vecna: Vecna, query: str) -> None:
    answer = vecna("search", "--json", "--", query)
    assert answer.code in (0, 1)
    assert isinstance(answer.json["hits"], list)
    assert "bug" not in answer.err


def test_nothing_found_is_exit_code_1_and_still_json(vecna: Vecna) -> None:
    answer = vecna("search", "--mode", "keyword", "--json", "xylophone")
    assert (answer.code, answer.json["hits"]) == (1, [])
    answer = vecna("search", "--mode", "keyword", "xylophone")
    assert (answer.code, answer.out) == (1, b"")
    assert "nothing found" in answer.err
    assert vecna("search", "-q", "--mode", "keyword", "xylophone").err == ""


def test_no_index_is_exit_code_3_with_the_command_that_helps(vecna: Vecna, tmp_path: Path) -> None:
    answer = vecna("search", "--vault", tmp_path, "x")
    assert (answer.code, answer.out) == (3, b"")
    assert "vecna index" in answer.err and "Traceback" not in answer.err


def test_a_missing_folder_is_exit_code_2(vecna: Vecna) -> None:
    answer = vecna("search", "--vault", "/no/such/folder", "x")
    assert answer.code == 2
    assert "/no/such/folder" in answer.err


def test_a_running_screen_answers(
    vecna: Vecna, root: Path, home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folders = Folders.standard()
    with Engine(root, folders, load(folders, root)) as engine:
        engine.ask(lambda vault: vault.search("levain")).result()
        expected = vecna("search", "--json", "levain").json["hits"]
        socket = tmp_path / "s"
        socket.mkdir()
        with Service(engine, socket):
            monkeypatch.setattr(Folders, "vault", lambda *_: socket)
            monkeypatch.setattr(Folders, "is_indexed", lambda *_: True)
            monkeypatch.setattr(Vault, "open", lambda *_: pytest.fail("it opened the index itself"))
            assert vecna("search", "--json", "levain").json["hits"] == expected


def test_the_index_still_answers_when_the_folder_is_gone(vecna: Vecna, root: Path) -> None:
    away = root.with_name("away")
    root.rename(away)
    try:
        assert vecna("search", "levain").code == 0
        assert vecna("status").code == 0
    finally:
        away.rename(root)


def test_what_a_library_prints_stays_out_of_the_output(vecna: Vecna, monkeypatch: pytest.MonkeyPatch) -> None:
    search = Vault.search

    def noisy(*arguments: object, **options: object) -> object:
        print("loading weights 100%")
        return search(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Vault, "search", noisy)
    assert vecna("search", "--json", "levain").json["hits"]
    assert "loading weights" in Folders.standard().log.read_text()
