"""`vecna ask`: an answer with its sources, or the truth that there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Vecna
from tests.evaluate.test_beir import make
from tests.vaults import Home


@pytest.fixture(autouse=True)
def _vault(root: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECNA_VAULT", str(root))


def test_json_keeps_its_shape(vecna: Vecna) -> None:
    done = vecna("ask", "What do I feed the levain with every day?", "--json")
    shape = done.json
    assert done.code == 0 and shape["schema"] == "vecna.answer/1" and shape["found"] is True
    assert shape["answer"].startswith("“Feed the levain every day with rye flour and water.” [")
    sentence = shape["sentences"][0]
    assert sentence["supported"] and sentence["citations"][0]["support"] == "exact"
    cited = shape["evidence"][sentence["citations"][0]["number"] - 1]
    assert cited["path"] == "kitchen/Levain.md" and cited["lines"][0] <= 3 <= cited["lines"][1]
    assert shape["notes"] == 5 and shape["host"] == "" and shape["held_back"] == 0


def test_people_see_the_quote_its_source_and_that_it_was_found(vecna: Vecna) -> None:
    done = vecna("ask", "What", "do", "I", "feed", "the", "levain", "with?")
    assert "kitchen/Levain.md:" in done.text and "✓ quote found" in done.text
    assert "5 of 5 notes searched" in done.err


def test_what_no_note_speaks_of_is_not_answered(vecna: Vecna) -> None:
    done = vecna("ask", "Who won the parliamentary elections in Denmark?", "--json")
    assert done.code == 1 and done.json["found"] is False
    assert done.json["answer"] == "Not in your notes." and done.json["sentences"] == []


def test_a_follow_up_keeps_the_thread(vecna: Vecna) -> None:
    assert vecna("ask", "How do I bake rye bread with levain?").code == 0
    assert vecna("ask", "-f", "and with what flour?", "--json").json["evidence"][0]["path"].startswith("kitchen/")


def test_an_answer_is_saved_once_and_can_be_taken_away(root: Path, vecna: Vecna) -> None:
    file = root / "kitchen" / "fed.md"
    done = vecna("ask", "--save", "kitchen/fed", "What do I feed the levain with every day?")
    assert done.code == 0 and "written into kitchen/fed.md" in done.err
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# What do I feed the levain with every day?\n") and "[[Levain]]" in text
    assert "> Feed the levain every day with rye flour and water." in text and "Answered by extractive" in text
    again = vecna("ask", "--save", "kitchen/fed.md", "And the oven?")
    assert again.code == 2 and "is there already" in again.err and file.read_text(encoding="utf-8") == text
    assert vecna("links", "undo").code == 0 and not file.exists()


@pytest.mark.parametrize("name", ["../out", ".hidden/a", "/etc/a", "kitchen"])
def test_an_answer_is_saved_nowhere_else(root: Path, vecna: Vecna, name: str) -> None:
    before = {file for file in root.parent.rglob("*") if file.suffix == ".md"}
    done = vecna("ask", "--save", name, "What do I feed the levain with every day?")
    made = {file for file in root.parent.rglob("*") if file.suffix == ".md"} - before
    assert made <= {root / "kitchen.md"} and (done.code == 2 or name == "kitchen"), done.err
    for file in made:
        file.unlink()


def test_an_unknown_generator_is_a_sentence(vecna: Vecna) -> None:
    done = vecna("ask", "anything", "--generator", "extractiv")
    assert done.code == 2 and "did you mean 'extractive'" in done.err


def test_answers_are_measured_on_a_collection(tmp_path: Path, own_home: Home, vecna: Vecna) -> None:
    folder = make(tmp_path / "mini", qrels="query-id\tcorpus-id\tscore\nq1\t1\t1\nq2\t2\t1\n")
    done = vecna("eval", "ask", folder, "--json")
    assert done.code == 0 and done.json["schema"] == "vecna.eval-ask/1" and done.json["queries"] == 2
    row = done.json["rows"][0]
    assert row["system"] == "extractive" and row["evidence_recall"]["value"] == 1 and row["contains"] is None
    assert set(row) >= {"f1", "exact_match", "supported", "refused", "refused_removed", "p95_ms"}
    assert "right note among the evidence" in vecna("eval", "ask", folder).text
