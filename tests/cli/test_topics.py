"""`vecna clusters`, `vecna topics` and `vecna map`."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.cli.conftest import Vecna, live_in, write_notes
from tests.vaults import Home

WORDS = {
    "bread": ["levain", "dough", "flour", "oven", "crust", "rye", "bake", "loaf"],
    "ferry": ["harbour", "sail", "deck", "captain", "anchor", "tide", "quay", "rope"],
    "music": ["chord", "string", "fret", "pick", "tune", "violin", "scale", "bow"],
}


@pytest.fixture(scope="session")
def grouped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Home]:
    folder = tmp_path_factory.mktemp("topics")
    home, rng = Home(folder / "home"), random.Random(1)
    notes = {
        f"{name}/{i}.md": f"# {name.title()} {i}\n\n" + " ".join(rng.choices(words, k=40)) + ".\n"
        for name, words in WORDS.items()
        for i in range(8)
    }
    root = write_notes(folder / "vault", notes)
    done = home.vecna("index", str(root))
    assert done.returncode == 0, done.stderr
    return root, home


@pytest.fixture(autouse=True)
def root(grouped: tuple[Path, Home], monkeypatch: pytest.MonkeyPatch) -> Path:
    live_in(grouped[1], monkeypatch)
    monkeypatch.setenv("VECNA_VAULT", str(grouped[0]))
    monkeypatch.setenv("VECNA_MAP__PROJECTOR", "pca")
    return grouped[0]


def test_clusters_in_json_keep_their_shape(vecna: Vecna) -> None:
    answer = vecna("clusters", "--json")
    assert answer.code == 0
    assert set(answer.json) >= {"schema", "clusterer", "space", "topics", "noise"}
    assert (answer.json["schema"], answer.json["clusterer"]) == ("vecna.clusters/1", "kmeans")
    topics = answer.json["topics"]
    assert [len(topic["notes"]) for topic in topics] == [8, 8, 8]
    assert {topic["notes"][0].split("/")[0] for topic in topics} == set(WORDS)
    assert all(set(topic) >= {"id", "name", "status", "colour", "terms", "notes", "parts"} for topic in topics)
    for topic in topics:
        assert topic["name"].split(" & ")[0].split()[0] in {*WORDS[topic["notes"][0].split("/")[0]], *WORDS}


def test_clusters_for_people(vecna: Vecna) -> None:
    answer = vecna("clusters", "--color", "never")
    assert answer.code == 0 and "8 notes" in answer.text and "\x1b" not in answer.text
    assert "24 notes in 3 topics (kmeans)" in answer.err


def test_another_clusterer_may_look(vecna: Vecna) -> None:
    answer = vecna("clusters", "--json", "--clusterer", "ward")
    assert answer.json["clusterer"] == "ward"
    assert vecna("clusters", "--json").json["clusterer"] == "kmeans"
    wrong = vecna("clusters", "--clusterer", "kmaens")
    assert wrong.code == 2 and "did you mean 'kmeans'" in wrong.err


def test_topics_are_listed_shown_and_renamed(vecna: Vecna, root: Path) -> None:
    listed = vecna("topics", "--json").json
    assert listed["schema"] == "vecna.topics/1"
    id = listed["topics"][0]["id"]
    shown = vecna("topics", "show", str(id), "--json").json
    assert shown["schema"] == "vecna.topic/1" and len(shown["notes"]) == 8
    assert vecna("topics", "show", str(id), "--paths").text.splitlines() == [str(root / p) for p in shown["notes"]]
    assert vecna("topics", "rename", str(id), "My own").code == 0
    assert "My own" in vecna("topics").text
    assert vecna("topics", "show", str(id), "--json").json["renamed"] is True
    events = vecna("topics", "log", "--json").json["events"]
    assert (events[0]["event"], events[0]["name"]) == ("renamed", "My own")
    assert "is called My own" in vecna("topics", "log").text
    assert vecna("topics", "forget-name", str(id)).code == 0
    assert vecna("topics", "show", str(id), "--json").json["name"] == listed["topics"][0]["name"]


@pytest.mark.parametrize("arguments", [("show", "999"), ("rename", "999", "x"), ("rename", "1", " "), ("show", "x")])
def test_a_topic_that_is_not_there_is_a_sentence(vecna: Vecna, arguments: tuple[str, ...]) -> None:
    answer = vecna("topics", *arguments)
    assert answer.code == 2 and answer.err.startswith("vecna: ") and not answer.out


def test_the_map_in_the_terminal_names_topics(vecna: Vecna) -> None:
    answer = vecna("map", "--color", "never")
    names = [topic["name"] for topic in vecna("clusters", "--json").json["topics"]]
    assert answer.code == 0 and "\x1b" not in answer.text
    assert all(name in answer.text for name in names)
    assert all(len(line) <= 80 for line in answer.text.splitlines())


def test_the_map_in_json(vecna: Vecna) -> None:
    read = vecna("map", "--json").json
    assert (read["schema"], read["projector"], len(read["points"])) == ("vecna.map/1", "pca", 24)
    assert set(read["points"][0]) == {"path", "title", "x", "y", "topic", "links", "modified"}


def test_the_map_as_files(vecna: Vecna, tmp_path: Path) -> None:
    svg, page = tmp_path / "a.svg", tmp_path / "a.html"
    answer = vecna("map", "--svg", svg, "--html", page)
    assert answer.code == 0 and not answer.out
    assert svg.read_text().startswith("<svg") and "Bread 1" in page.read_text()
    refused = vecna("map", "--svg", tmp_path / "nowhere" / "a.svg")
    assert refused.code == 2 and "no such file" in refused.err


def test_no_vectors_are_a_sentence(vecna: Vecna, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setenv("VECNA_VAULT", str(empty))
    for command in ("clusters", "topics", "map"):
        answer = vecna(command)
        assert answer.code == 3 and "vecna index" in answer.err
