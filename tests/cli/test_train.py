"""`vecna train` from the shell: what is shown before, what comes of it, what is refused and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Vecna, live_in
from tests.train.vaults import SETTINGS, home_of, taught
from tests.vaults import Home

FIGURES = {name: {"ndcg", "mrr", "recall"} for name in ("held_out", "own", "general")}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    for name, value in {**SETTINGS, "VECNA_TRAINERS__MAPPED__STEPS": "6"}.items():
        monkeypatch.setenv(name, value)
    return live_in(home_of(tmp_path / "home"), monkeypatch)


@pytest.fixture
def vault(tmp_path: Path, home: Home, vecna: Vecna) -> Path:
    root = taught(tmp_path / "vault", 14, 6)
    assert vecna("index", root).code == 0
    return root


def test_from_pairs_to_the_way_back(vault: Path, vecna: Vecna) -> None:
    shown = vecna("train", "pairs", "--json").json
    assert shown["pairs"]["title"] == 84 and shown["samples"]["title"][0]["first"]
    done = vecna("train", "--json")
    assert done.code == 0 and "pairs  84" in done.err and "about" in done.err
    made = done.json
    assert made["gate"]["live"] and made["gate"]["why"].startswith("it is better on held-out pairs: +")
    assert made["pairs"] == shown["pairs"] and made["seconds"] > 0 and made["space"].startswith("mapped-")
    for when in ("before", "after"):
        assert {name: set(own) for name, own in made[when].items()} == FIGURES
    assert set(made["moved"]["held_out"][0]) == {"query", "kind", "rank_before", "rank_after"}
    spaces = vecna("status", "--json").json["spaces"]
    assert [one["key"] for one in spaces if one["active"]] == [made["space"]]
    assert "tuned-1" in vecna("train", "list").text
    assert vecna("train", "list", "--json").json["models"][0]["gate"] == made["gate"]
    assert f"{made['space']}  tuned-1  84 vectors, complete, answers" in vecna("embedders", "list").text
    back = vecna("embedders", "rollback")
    assert back.code == 0 and "vecna embedders use mapped:tuned-1" in back.err
    assert [one["embedder"] for one in vecna("status", "--json").json["spaces"] if one["active"]] == ["wide"]
    assert vecna("embedders", "rollback").code == 2
    again = vecna("train", "gate", "tuned-1", "--json").json
    assert again["gate"]["live"] and again["after"] == made["after"]


def test_what_is_refused_is_refused_in_a_sentence(vault: Path, vecna: Vecna, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECNA_TRAINERS__MAPPED__RATE", "0")
    told = vecna("train")
    assert told.code == 0 and "tuned-1  is kept, and not used" in told.text
    assert "not surely better: held-out pairs: +0.000 nDCG@10" in told.text
    answer = vecna("embedders", "use", "mapped:tuned-1")
    assert answer.code == 2 and "vecna train gate tuned-1 --force" in answer.err
    forced = vecna("train", "gate", "tuned-1", "--force", "--json").json
    assert forced["gate"]["live"] and forced["gate"]["forced"]
    assert "tuned-1 answers by force although it is not surely better" in vecna("status").text
    unknown = vecna("train", "gate", "tuned-9")
    assert unknown.code == 2 and "there is tuned-1" in unknown.err


def test_too_few_pairs_make_no_model_but_a_suggestion(tmp_path: Path, home: Home, vecna: Vecna) -> None:
    root = taught(tmp_path / "small", 2, 5)
    assert vecna("index", root).code == 0
    answer = vecna("train", "--json")
    assert answer.code == 1
    assert not answer.json["gate"]["live"] and answer.json["name"] == "" and answer.json["space"] is None
    assert "30 are needed: link notes that belong together" in answer.json["gate"]["why"]
    assert vecna("train", "list").code == 1
    empty = vecna("train", "--without", "title")
    assert empty.code == 1 and "these notes hold 0 pairs" in empty.text


def test_links_of_a_file_are_the_only_ones(vault: Path, vecna: Vecna, tmp_path: Path) -> None:
    (vault / "0-0.md").write_text((vault / "0-0.md").read_text() + "\nAll of that is told at length in [[0-1]].\n")
    (vault / "1-0.md").write_text((vault / "1-0.md").read_text() + "\nAll of that is told at length in [[1-1]].\n")
    assert vecna("index", vault).code == 0
    assert vecna("train", "pairs", "--json").json["pairs"]["link"] == 2
    file = tmp_path / "links.tsv"
    file.write_text("source\ttarget\tsplit\n0-0.md\t0-1.md\ttrain\n1-0.md\t1-1.md\ttest\n")
    answer = vecna("train", "pairs", "--links", file, "--json").json
    assert answer["pairs"]["link"] == 1
    wrong = vecna("train", "--links", file, "--split", "nowhere")
    assert wrong.code == 2 and "no link of split 'nowhere'" in wrong.err


def test_every_line_of_jsonl_is_an_event(vault: Path, vecna: Vecna) -> None:
    events = [json.loads(line) for line in vecna("train", "--jsonl").text.splitlines()]
    assert events[0]["event"] == "pairs" and events[-1]["event"] == "tuned"
    assert [one["step"] for one in events if one["event"] == "train"] == [1, 2, 3, 4, 5, 6]
    assert events[-1]["live"] and events[-1]["name"] == "tuned-1"
    assert {"loss", "held_out", "best", "pairs_per_second", "seconds_left"} < set(events[1])


def test_an_embedder_that_learns_from_the_notes_is_not_tuned(
    vault: Path, vecna: Vecna, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VECNA_INDEX__EMBEDDER", "lsa")
    answer = vecna("train")
    assert answer.code == 2 and "lsa learns from these notes already" in answer.err
