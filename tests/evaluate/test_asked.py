"""Answers are scored as SQuAD scores them, and refusals on questions whose notes are gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vecna_notes.answer.ask import NOTHING, Answer
from vecna_notes.answer.evidence import Piece
from vecna_notes.evaluate.asked import Parted, best, evaluate_answers, f1, part
from vecna_notes.evaluate.beir import read_collection
from vecna_notes.types import Chunk, NoteId, Passage, PassageId, Progress

TOPICS = ("bread", "boats", "trees", "clocks", "bees")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five topics of two notes; two questions about each note, the first of them with gold answers."""
    ids = [f"{topic}{i}" for topic in TOPICS for i in (0, 1)]
    rows = [{"_id": id, "title": "", "text": f"Of {id} it is said: gold {id}."} for id in ids]
    queries = [
        {"_id": f"{id}-{i}", "text": f"What of {id}, {i}?", **({"answers": [f"the gold {id}"]} if i == 0 else {})}
        for id in ids
        for i in (0, 1)
    ]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in queries))
    judged = "".join(f"{id}-{i}\t{id}\t1\n" for id in ids for i in (0, 1))
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + judged)
    (tmp_path / "topics.tsv").write_text("corpus-id\ttopic\n" + "".join(f"{id}\t{id[:-1]}\n" for id in ids))
    return tmp_path


@pytest.fixture
def parted(folder: Path) -> Parted:
    return part(folder, read_collection(folder))


def hear(progress: Progress) -> None:
    """Nobody listens."""


def answer(question: str, is_found: bool = True, of: str | None = None) -> Answer:
    """As an asker would that knows everything; `of` makes it speak of another note."""
    id = of or question.split()[2].rstrip(",")
    chunk = Chunk(f"gold {id}", (), 1, 1, "")
    piece = Piece(1, Passage(PassageId(1), NoteId(1), f"{id}.md", id, chunk), chunk.text, 1, 1, 1.0, 5)
    text = f"“Gold {id}!” [1]" if is_found else NOTHING
    return Answer(question, text, (), (piece,), is_found, "fake", seconds=0.001)


def test_whole_topics_are_taken_out(parted: Parted) -> None:
    gone = set(parted.whole.notes) - set(parted.less.notes)
    assert len(parted.removed) == 4 and len({path[:-4] for path in gone}) == 1
    assert all(set(one.grades) <= gone for one in parted.removed)
    assert not any(set(one.grades) & gone for one in parted.less.questions)
    assert len(parted.less.questions) + len(parted.removed) == len(parted.whole.questions)


def test_a_perfect_asker_gets_full_marks(parted: Parted) -> None:
    removed = {one.text for one in parted.removed}
    score = evaluate_answers(parted, answer, lambda text: answer(text, text not in removed), hear)
    assert score.held and score.f1 and score.exact
    assert (score.recall.value, score.held.value, score.f1.value, score.exact.value) == (1, 1, 1, 1)
    assert score.held.of == 10 and (score.refused.value, score.refused_removed.value) == (0, 1)


def test_one_that_never_says_no_and_one_that_always_does(parted: Parted) -> None:
    bold = evaluate_answers(parted, answer, answer, hear)
    assert (bold.refused.value, bold.refused_removed.value) == (0, 0)
    shy = evaluate_answers(parted, answer, lambda text: answer(text, is_found=False), hear)
    assert (shy.refused.value, shy.refused_removed.value) == (1, 1)


def test_wrong_evidence_is_no_recall(parted: Parted) -> None:
    score = evaluate_answers(parted, lambda text: answer(text, of="nothing0"), answer, hear)
    assert score.recall.value == 0 and score.held and score.held.value == 0


def test_words_count_without_articles_and_punctuation() -> None:
    assert f1("The cat sat.", "a cat, sat") == 1
    assert f1("cat sat on mats", "cat") == pytest.approx(2 / 5)
    assert f1("dog", "cat") == 0
    assert best("He said “The boat leaves.” [1] “Late.” [2]") == "The boat leaves."


def test_a_collection_without_gold_answers_or_topics_is_measured_all_the_same(folder: Path) -> None:
    (folder / "topics.tsv").unlink()
    rows = [json.loads(line) for line in (folder / "queries.jsonl").read_text().splitlines()]
    (folder / "queries.jsonl").write_text("".join(json.dumps({**row, "answers": []}) + "\n" for row in rows))
    parted = part(folder, read_collection(folder))
    score = evaluate_answers(parted, answer, answer, hear)
    assert score.held is None and score.f1 is None and len(parted.removed) == 4
