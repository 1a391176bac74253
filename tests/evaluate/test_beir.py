"""A judged collection is read as it is, and what is wrong with one is told with file and line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.evaluate.making import indexed, opened
from tests.vaults import Home
from vecna_notes.config import Folders, load
from vecna_notes.errors import ConfigError
from vecna_notes.evaluate.beir import folder_of, read_collection, read_corpus, write_notes

CORPUS = [
    {"_id": "1", "title": "Levain", "text": "Feed it with rye flour every day."},
    {"_id": "2", "title": 'A "ferry"', "text": "The last boat to Lisbon leaves at nine."},
    {"_id": "../3/x", "title": "", "text": "Tomato plants want much sun."},
]
QUERIES = [
    {"_id": "q1", "text": "rye flour"},
    {"_id": "q2", "text": "boat to lisbon"},
    {"_id": "q3", "text": "unjudged"},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\t1\t2\nq1\t2\t0\nq2\t2\t1\n"


def make(folder: Path, corpus: str = "", queries: str = "", qrels: str = QRELS, place: str = "qrels.tsv") -> Path:
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    (folder / "corpus.jsonl").write_text(corpus or lines(CORPUS), encoding="utf-8")
    (folder / "queries.jsonl").write_text(queries or lines(QUERIES), encoding="utf-8")
    (folder / place).write_text(qrels, encoding="utf-8")
    return folder


def lines(rows: list[dict[str, str]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize("place", ["qrels.tsv", "qrels/test.tsv"])
def test_reads_texts_questions_and_grades(tmp_path: Path, place: str) -> None:
    collection = read_collection(make(tmp_path / "mini", place=place))
    assert [question.text for question in collection.questions] == ["rye flour", "boat to lisbon"]
    assert collection.questions[0].grades == {"1.md": 2, "2.md": 0}
    assert len(collection.notes) == 3 and all("/" not in name for name in collection.notes)


def test_another_split_is_another_file(tmp_path: Path) -> None:
    folder = make(tmp_path, place="qrels/dev.tsv")
    assert len(read_collection(folder, "dev").questions) == 2
    with pytest.raises(ConfigError, match=r"qrels/test\.tsv"):
        read_collection(folder)


def test_some_of_the_questions_are_always_the_same(tmp_path: Path) -> None:
    queries = lines([{"_id": str(i), "text": f"question {i}"} for i in range(50)])
    folder = make(tmp_path, queries=queries, qrels="".join(f"{i}\t1\t1\n" for i in range(50)))
    some = read_collection(folder, most=7).questions
    assert len(some) == 7 and some == read_collection(folder, most=7).questions


BROKEN = {
    "no JSON": ({"corpus": '{"_id": "1", "text": "a"}\nnonsense\n'}, r"corpus\.jsonl, line 2 is no JSON object"),
    "no text": ({"corpus": '{"_id": "1"}\n'}, r"corpus\.jsonl, line 1 has no 'text'"),
    "a number for text": ({"queries": '{"_id": "1", "text": 3}\n'}, r"queries\.jsonl, line 1 has no text"),
    "an id twice": ({"corpus": '{"_id": "1", "text": "a"}\n' * 2}, r"corpus\.jsonl, line 2 repeats the _id '1'"),
    "a list": ({"queries": "[]\n"}, r"queries\.jsonl, line 1 is no JSON object"),
    "two columns": ({"qrels": QRELS + "q1\t1\n"}, r"qrels\.tsv, line 5 is not"),
    "a word for a grade": ({"qrels": QRELS + "q1\t1\tgood\n"}, r"qrels\.tsv, line 5 is not"),
    "nothing judged right": ({"qrels": "q1\t1\t0\n"}, "no query with a right answer"),
    "no texts": ({"corpus": "\n"}, "holds no notes"),
}


@pytest.mark.parametrize(("parts", "sentence"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_wrong_is_told(tmp_path: Path, parts: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        read_collection(make(tmp_path, **parts))


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a collection is a folder with"):
        read_collection(tmp_path / "nowhere")


def test_judgements_of_what_is_not_there_are_counted(tmp_path: Path) -> None:
    collection = read_collection(make(tmp_path, qrels=QRELS + "q2\t99\t1\nq9\t1\t1\n"))
    assert [notice.split()[0] for notice in collection.notices] == ["1", "1"]
    assert collection.questions[1].grades == {"2.md": 1, "99.md": 1}


def test_another_corpus_or_embedder_is_kept_elsewhere(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "config.toml", tmp_path / "data")
    notes, settings = read_corpus(make(tmp_path / "mini")), load(folders).settings
    place = folder_of(notes, "mini", settings, folders.data)
    assert place == folder_of(dict(reversed(notes.items())), "mini", settings, folders.data)
    assert place != folder_of(notes | {"1.md": "Changed.\n"}, "mini", settings, folders.data)
    other = load(folders, None, {"index.embedder": "hash"}).settings
    assert place != folder_of(notes, "mini", other, folders.data)


def test_a_collection_is_measured_on_its_notes(tmp_path: Path) -> None:
    """By hand: each question's only right note is found first; one right note of two that is not there costs half."""
    collection = read_collection(make(tmp_path / "mini", qrels=QRELS + "q2\t99\t1\n"))
    root = tmp_path / "notes"
    assert write_notes(collection, root) and not write_notes(collection, root)
    folders = indexed(Home(tmp_path / "home"), root, "hash")
    with opened(folders, root) as vault:
        done = vault.evaluate_collection(collection, lambda progress: None)
        kept = vault.evaluation(done.id)
    rows = {row.system: row for row in done.rows}
    assert set(rows) == {"keyword", "hash", "rrf:hash", "hybrid:hash"}
    assert [row.system for row in done.rows if row.is_default] == ["hybrid:hash"]
    assert rows["keyword"].recall == 0.75 and rows["keyword"].mrr == 1.0 and rows["keyword"].map == 0.75
    assert rows["keyword"].ndcg == pytest.approx((1 + 1 / (1 + 1 / 1.5849625007)) / 2)
    assert rows["hybrid:hash"].difference is None and rows["keyword"].difference is not None
    assert kept == done and done.set == "beir:mini" and done.queries == 2
    assert done.worst and done.worst[0].query == "boat to lisbon" and set(done.worst[0].expected) == {"2.md", "99.md"}


def test_systems_are_picked_by_name(tmp_path: Path) -> None:
    collection = read_collection(make(tmp_path / "mini"))
    root = tmp_path / "notes"
    write_notes(collection, root)
    folders = indexed(Home(tmp_path / "home"), root, "hash")
    with opened(folders, root) as vault:
        done = vault.evaluate_collection(collection, lambda progress: None, ["hash", "keyword"])
        assert [row.system for row in done.rows] == ["hash", "keyword"]
        assert all(row.difference is None for row in done.rows) and "default was not" in done.notices[-1]
        with pytest.raises(ConfigError, match="no system 'sbert' here; choose of keyword, hash"):
            vault.evaluate_collection(collection, lambda progress: None, ["sbert"])
