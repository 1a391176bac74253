"""`vecna eval` as people and programs use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Vecna, write_notes
from tests.evaluate.test_beir import make
from tests.evaluate.test_kept import NOTES
from tests.evaluate.test_links import NOTES as LINKED
from tests.evaluate.test_links import write_links
from tests.vaults import Home

ROW = {
    *("system", "ndcg@10", "ci", "mrr@10", "recall@10", "map", "p50_ms", "p95_ms", "default"),
    *("difference", "difference_ci", "p", "by_kind"),
}


@pytest.fixture
def vault(tmp_path: Path, own_home: Home, vecna: Vecna) -> Path:
    root = write_notes(tmp_path / "notes", NOTES)
    assert vecna("index", root).code == 0
    return root


def test_own_prints_a_row_a_system_and_keeps_it(vault: Path, vecna: Vecna) -> None:
    done = vecna("eval", "own", "--limit", "20")
    assert done.code == 0, done.err
    for name in ("keyword", "hash", "rrf:hash", "● hybrid:hash"):
        assert f"\n  {name} " in done.text or f"\n{name} " in done.text
    assert "nDCG@10" in done.text and "the default" in done.text
    assert "kept as evaluation 1" in done.err and "queries only: differences under" in done.err
    shown = vecna("eval", "show", "1")
    assert shown.code == 0 and shown.text == done.text
    assert "own" in vecna("eval", "list").text


def test_json_has_the_promised_shape(vault: Path, vecna: Vecna) -> None:
    shape = vecna("eval", "own", "--json").json
    assert shape["schema"] == "vecna.eval/1" and shape["set"] == "own" and shape["id"] == 1
    assert {frozenset(row) for row in shape["rows"]} == {frozenset(ROW)}
    assert [row["system"] for row in shape["rows"] if row["default"]] == ["hybrid:hash"]
    for row in shape["rows"]:
        low, high = row["ci"]
        assert 0 <= low <= row["ndcg@10"] <= high <= 1
        assert (row["difference"] is None) == row["default"]
    assert vecna("eval", "show", "1", "--json").json == shape
    assert vecna("eval", "list", "--json").json["evaluations"] == [shape]


def test_jsonl_tells_progress_and_ends_with_the_result(vault: Path, vecna: Vecna) -> None:
    events = [json.loads(line) for line in vecna("eval", "own", "--jsonl").text.splitlines()]
    assert {event["event"] for event in events[:-1]} == {"progress"}
    assert {"read", "index"} <= {event["stage"] for event in events[:-1]}
    assert events[-1]["event"] == "evaluated" and events[-1]["schema"] == "vecna.eval/1"
    failed = vecna("eval", "own", "--jsonl", "--systems", "nonsense")
    assert failed.code == 2
    assert json.loads(failed.text)["event"] == "error" and "no system 'nonsense'" in failed.err


def test_systems_are_picked(vault: Path, vecna: Vecna) -> None:
    rows = vecna("eval", "own", "--systems", "keyword,hybrid:hash", "--json").json["rows"]
    assert [row["system"] for row in rows] == ["keyword", "hybrid:hash"]


def test_labels_are_listed_asked_and_forgotten(vault: Path, vecna: Vecna) -> None:
    assert vecna("eval", "label", "--list").code == 1
    assert vecna("eval", "label", "boats on the river", "Ferry timetable").code == 0
    assert vecna("eval", "label", "boats on the river", "Rye loaf", "--no").code == 0
    labels = vecna("eval", "label", "--list", "--json").json["labels"]
    assert [(one["path"], one["grade"]) for one in labels] == [("Ferry timetable.md", 1), ("Rye loaf.md", 0)]
    assert "boats on the river" in vecna("eval", "label", "--list").text
    kinds = vecna("eval", "own", "--json").json["rows"][0]["by_kind"]
    assert "label" in kinds
    (vault / "Rye loaf.md").unlink()
    assert vecna("index", vault, "--yes").code == 0
    assert vecna("eval", "label", "boats on the river", "Rye loaf.md", "--forget").code == 0
    assert vecna("eval", "label", "boats on the river", "Ferry timetable", "--forget").code == 0
    assert vecna("eval", "label", "boats on the river", "Ferry timetable", "--forget").code == 1


@pytest.mark.parametrize("arguments", [("only a query",), (), (" ", "Rye loaf")])
def test_a_label_needs_a_query_and_a_note(vault: Path, vecna: Vecna, arguments: tuple[str, ...]) -> None:
    done = vecna("eval", "label", *arguments)
    assert done.code == 2 and "--list" in done.err


def test_diff_tells_which_queries_moved(vault: Path, vecna: Vecna) -> None:
    assert vecna("eval", "own").code == 0
    assert vecna("eval", "own").code == 0
    same = vecna("eval", "diff", "1", "2", "--json").json
    assert same["difference"] == 0 and same["p"] == 1 and same["moved"] == []
    one = vecna("eval", "diff", "1:keyword", "1:hash", "--json").json
    assert one["before"]["system"] == "keyword" and one["after"]["system"] == "hash"
    assert one["difference"] == pytest.approx(one["after"]["ndcg@10"] - one["before"]["ndcg@10"], abs=1e-4)
    assert "as before" in vecna("eval", "diff", "1", "2", "--system", "keyword").text
    for wrong in (("7", "1"), ("x", "1"), ("1:sbert", "1")):
        done = vecna("eval", "diff", *wrong)
        assert done.code == 2 and ("no evaluation" in done.err or "did not ask" in done.err)


def test_nothing_measured_is_told(vault: Path, vecna: Vecna) -> None:
    done = vecna("eval", "list")
    assert done.code == 1 and "vecna eval own" in done.err
    assert vecna("eval", "show", "3").code == 2


def test_beir_indexes_once_and_says_where(tmp_path: Path, own_home: Home, vecna: Vecna) -> None:
    folder = make(tmp_path / "mini")
    first = vecna("eval", "beir", folder)
    assert first.code == 0, first.err
    assert "beir:mini" in first.text and "3 notes written to" in first.err and "--fresh makes it anew" in first.err
    second = vecna("eval", "beir", folder, "--limit-queries", "1", "--json")
    assert second.json["queries"] == 1 and "written" not in second.err and "0 embedded" in second.err
    assert "written" in vecna("eval", "beir", folder, "--fresh").err
    assert vecna("eval", "list", "--beir", folder).code == 0
    assert vecna("eval", "show", "1", "--beir", folder).code == 0
    assert vecna("eval", "diff", "1:keyword", "1", "--beir", folder).code == 0
    assert vecna("status").code == 2  # a collection is not the vault that is meant


@pytest.mark.parametrize("parts", [{"corpus": "nonsense\n"}, {"qrels": "q1\t1\t0\n"}])
def test_beir_that_is_wrong_is_a_sentence(tmp_path: Path, own_home: Home, vecna: Vecna, parts: dict[str, str]) -> None:
    done = vecna("eval", "beir", make(tmp_path / "mini", **parts))
    assert done.code == 2 and not done.text and done.err.startswith("vecna: ")


def test_links_measure_related_notes(tmp_path: Path, own_home: Home, vecna: Vecna) -> None:
    root = write_notes(tmp_path / "notes", LINKED)  # nobody has indexed it yet
    done = vecna("eval", "links", root, "--links", write_links(tmp_path), "--json")
    assert done.code == 0, done.err
    assert [row["system"] for row in done.json["rows"]] == ["tfidf", "hash", "hash:passages", "related"]
    missing = vecna("eval", "links", root, "--links", tmp_path / "none.tsv")
    assert missing.code == 2 and "none.tsv cannot be read" in missing.err


def test_an_index_is_needed(tmp_path: Path, own_home: Home, vecna: Vecna) -> None:
    assert vecna("eval", "own", "--vault", write_notes(tmp_path / "notes", NOTES)).code == 3
