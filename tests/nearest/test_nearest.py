"""Delete, damage or age the graph: the answers stay those of comparing every row."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from vecna_plugins.indexes.exact import ExactBuilder
from vecna_plugins.indexes.hnsw import HnswBuilder

from tests.store.making import save
from vecna_notes.errors import MissingPart, SpaceMismatch
from vecna_notes.interfaces import IndexBuilder, VectorIndex
from vecna_notes.nearest import Nearest, write_snapshot
from vecna_notes.nearest.stamp import Snapshots
from vecna_notes.store import Store, faultpoint
from vecna_notes.text import digest
from vecna_notes.types import Metric, Rows, Space, SpaceId, Vectors

pytest.importorskip("hnswlib")
DIM = 16
SPACE = Space("fake", "model", "1", DIM, "cosine", "plain")
ROWS = 800
BELOW = 100


def rows_of(count: int, seed: int = 0) -> Rows:
    made = np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)
    unit: Rows = made / np.linalg.norm(made, axis=1, keepdims=True)
    return unit


def fill(store: Store, count: int, seed: int = 0, space: Space = SPACE) -> SpaceId:
    id = store.vectors.space(space)
    store.vectors.save(id, [digest(f"{seed} {i}") for i in range(count)], Vectors(space, rows_of(count, seed)))
    return id


QUERIES = [Vectors(SPACE, row[None]) for row in rows_of(8, seed=99)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with vectors and their graph; copy it, don't change it."""
    folder = tmp_path_factory.mktemp("made")
    with Store.open_writer(folder) as store:
        id = fill(store, ROWS)
        assert "800 vectors is written" in write_snapshot(store, id, SPACE, HnswBuilder({}), folder, BELOW)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "v")
    return tmp_path / "v"


@pytest.fixture
def builder() -> HnswBuilder:
    return HnswBuilder({"threads": 2})


@pytest.fixture
def reader(folder: Path) -> Iterator[Store]:
    with Store.open_reader(folder) as store:
        yield store


def space_id(store: Store) -> SpaceId:
    return store.vectors.space(SPACE)


def opened(store: Store, builder: IndexBuilder | None) -> Nearest:
    return Nearest.open(store, space_id(store), SPACE, builder, store.folder, BELOW)


def truth(store: Store, k: int = 10) -> list[list[tuple[int, float]]]:
    nearest = opened(store, None)
    assert nearest.method == "exact"
    return [nearest.search(query, k) for query in QUERIES]


def test_both_ways_give_the_same_answers(reader: Store, builder: HnswBuilder) -> None:
    graph = opened(reader, builder)
    assert (graph.method, graph.notice) == ("hnsw", "")
    assert [graph.search(query, 10) for query in QUERIES] == truth(reader)


@pytest.mark.parametrize("k", [0, -1, 1, ROWS - 1, ROWS, ROWS + 1, 10**6])
def test_any_k_is_answered(reader: Store, builder: HnswBuilder, k: int) -> None:
    for nearest in (opened(reader, builder), opened(reader, None)):
        found = nearest.search(QUERIES[0], k)
        assert len(found) == max(0, min(k, ROWS))
        assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


def test_an_empty_space_has_no_neighbours(tmp_path: Path, builder: HnswBuilder) -> None:
    with Store.open_writer(tmp_path) as store:
        id = store.vectors.space(SPACE)
        assert "exactly" in write_snapshot(store, id, SPACE, builder, tmp_path, 0)
        for below in (0, 10):
            nearest = Nearest.open(store, id, SPACE, builder, tmp_path, below)
            assert nearest.search(QUERIES[0], 5) == nearest.search_within(QUERIES[0], [], 5) == []


def test_a_query_of_another_space_is_refused(reader: Store) -> None:
    nearest = opened(reader, None)
    other = replace(SPACE, revision="2")
    for query in (Vectors(other, QUERIES[0].rows), Vectors(SPACE, rows_of(2))):
        with pytest.raises(SpaceMismatch):
            nearest.search(query, 3)
        with pytest.raises(SpaceMismatch):
            nearest.search_within(query, [], 3)


def test_searching_within_some_rows_is_exact(reader: Store, builder: HnswBuilder) -> None:
    ids = reader.vectors.ids(space_id(reader))[::7].tolist()
    expected = [hit for hit in opened(reader, None).search(QUERIES[0], ROWS) if hit[0] in ids][:5]
    for nearest in (opened(reader, builder), opened(reader, None)):
        assert nearest.search_within(QUERIES[0], [*ids, 10**9], 5) == expected


@pytest.mark.parametrize("metric", ["dot", "euclidean"])
def test_every_metric_agrees_with_itself(tmp_path: Path, builder: HnswBuilder, metric: Metric) -> None:
    space = replace(SPACE, metric=metric)
    with Store.open_writer(tmp_path) as store:
        id = fill(store, 500, space=space)
        write_snapshot(store, id, space, builder, tmp_path, BELOW)
        graph = Nearest.open(store, id, space, builder, tmp_path, BELOW)
        exact = Nearest.open(store, id, space, None, tmp_path, BELOW)
        assert graph.method == "hnsw", graph.notice
        for query in QUERIES:
            asked = Vectors(space, query.rows * 1.5)
            assert graph.search(asked, 5) == exact.search(asked, 5)


@pytest.mark.parametrize("turns", [200, pytest.param(1000, marks=pytest.mark.slow)])
def test_random_mutations_change_no_answer(made: Path, tmp_path: Path, builder: HnswBuilder, turns: int) -> None:
    """Bits flipped, blocks zeroed or randomised, cut, grown, swapped, gone: never searched, never a crash."""
    folder = tmp_path / "v"
    shutil.copytree(made, folder)
    graph = next(folder.glob("h-*.bin"))
    manifest = next(folder.glob("h-*.json"))
    whole = {file: file.read_bytes() for file in (graph, manifest)}
    chance = random.Random(turns)
    with Store.open_reader(folder) as store:
        expected = truth(store)[0]
        for turn in range(turns):
            for file, content in whole.items():
                file.write_bytes(content)
            file = graph if turn % 4 else manifest
            changed = mutated(whole[file], chance)
            if changed is None:
                file.unlink()
            else:
                file.write_bytes(changed)
            nearest = opened(store, builder)
            assert nearest.method == "exact" and "not ready" in nearest.notice, turn
            assert nearest.search(QUERIES[0], 10) == expected
        for file, content in whole.items():
            file.write_bytes(content)
        assert opened(store, builder).method == "hnsw"


def mutated(content: bytes, chance: random.Random) -> bytes | None:
    """A copy that differs; None for a file that is gone."""
    at = chance.randrange(len(content))
    size = min(chance.choice([1, 16, 4096]), len(content) - at)
    made = bytearray(content)
    match chance.randrange(7):
        case 0:
            made[at] ^= 1 << chance.randrange(8)
        case 1:
            made[at : at + size] = bytes(b ^ 0xFF for b in made[at : at + size])
        case 2:
            made[at : at + size] = bytes(size)
        case 3:
            made[at : at + size] = chance.randbytes(size)
        case 4:
            del made[at:]
        case 5:
            made += chance.randbytes(4)
        case _:
            return None
    if made == content:
        made[0] ^= 1
    return bytes(made)


EDITS: dict[str, object] = {
    "file": "other.bin", "size": 1, "sha256": "0" * 64, "generation": 7, "count": ROWS - 1, "max_id": 5, "checksum": 3,
    "space": "sbert-000000000000", "dim": DIM * 2, "metric": "euclidean", "recipe": "hnswlib 0.7 M16",
}  # fmt: skip


@pytest.mark.parametrize("is_vouched_for", [False, True])
@pytest.mark.parametrize("field", EDITS)
def test_an_edited_manifest_is_ignored(folder: Path, builder: HnswBuilder, field: str, is_vouched_for: bool) -> None:
    """Even when the database itself vouches for the edit."""
    manifest = next(folder.glob("h-*.json"))
    fields = json.loads(manifest.read_bytes())
    assert set(fields) == set(EDITS)
    manifest.write_bytes(msgspec.json.encode(fields | {field: EDITS[field]}))
    if is_vouched_for:
        import hashlib

        with Store.open_writer(folder) as store:
            record = store.meta.get(f"snapshot {SPACE.key}")
            record["manifest"] = hashlib.sha256(manifest.read_bytes()).hexdigest()
            store.meta.set(f"snapshot {SPACE.key}", record)
    with Store.open_reader(folder) as store:
        nearest = opened(store, builder)
        if is_vouched_for and field in (
            "max_id",
            "checksum",
        ):  # what came after is added again, or nothing depends on it
            assert [nearest.search(query, 10) for query in QUERIES] == truth(store)
        else:
            assert nearest.method == "exact" and nearest.notice
        assert [nearest.search(query, 10) for query in QUERIES] == truth(store)


def test_a_rough_search_names_nearly_the_same_rows(reader: Store, builder: HnswBuilder) -> None:
    nearest = opened(reader, builder)
    assert nearest.method == "hnsw"
    exact = opened(reader, None)
    for query, best in zip(QUERIES, truth(reader), strict=True):
        rough = nearest.roughly(query, 10)
        assert len({id for id, _ in rough} & {id for id, _ in best}) >= 9
        assert [score for _, score in rough] == sorted((score for _, score in rough), reverse=True)
        assert exact.roughly(query, 10) == best and nearest.roughly(query, 0) == []


@pytest.mark.parametrize("text", ["", "null", "[]", "{", "{}", '{"file": 3}', "\x00" * 100, "9" * 100_000])
def test_a_manifest_of_nonsense_is_ignored(folder: Path, builder: HnswBuilder, text: str) -> None:
    next(folder.glob("h-*.json")).write_text(text)
    with Store.open_reader(folder) as store:
        assert opened(store, builder).method == "exact"


def test_a_graph_found_bad_is_built_anew(folder: Path, builder: HnswBuilder) -> None:
    graph = next(folder.glob("h-*.bin"))
    content = bytearray(graph.read_bytes())
    content[1000] ^= 4
    graph.write_bytes(content)
    with Store.open_reader(folder) as reader:
        nearest = opened(reader, builder)
        assert nearest.method == "exact"
        with Store.open_writer(folder) as store:
            assert "written" in write_snapshot(store, space_id(store), SPACE, builder, folder, BELOW)
        nearest.refresh()
        assert (nearest.method, nearest.notice) == ("hnsw", "")
        assert [nearest.search(query, 10) for query in QUERIES] == truth(reader)


def test_a_graph_of_another_history_is_not_used(made: Path, tmp_path: Path, builder: HnswBuilder) -> None:
    """Yesterday's graph with today's rows, and today's graph with yesterday's rows that then went another way."""
    for name in ("today", "yesterday"):
        shutil.copytree(made, tmp_path / name)
    with Store.open_writer(tmp_path / "today") as store:
        fill(store, ROWS, seed=1)
        write_snapshot(store, space_id(store), SPACE, builder, store.folder, BELOW)
    with Store.open_writer(tmp_path / "yesterday") as store:
        fill(store, ROWS, seed=2)  # the same ids, other rows
    shutil.copytree(tmp_path / "today", tmp_path / "restored")
    for file in tmp_path.glob("yesterday/index.db*"):
        shutil.copy(file, tmp_path / "restored" / file.name)
    for file in (tmp_path / "today").glob("h-*"):
        file.unlink()
    for file in made.glob("h-*"):
        shutil.copy(file, tmp_path / "today" / file.name)
    for name in ("today", "restored"):
        with Store.open_reader(tmp_path / name) as reader:
            nearest = opened(reader, builder)
            assert nearest.method == "exact", name
            assert [nearest.search(query, 10) for query in QUERIES] == truth(reader)


def test_new_and_removed_rows_are_taken_in(folder: Path, builder: HnswBuilder) -> None:
    with Store.open_reader(folder) as reader, Store.open_writer(folder) as store:
        both = [opened(reader, builder), opened(reader, None)]
        id = fill(store, 300, seed=1)
        store.vectors.drop(store.vectors.ids(id)[5:60:3].tolist())
        for nearest in both:
            nearest.refresh()
        assert both[0].method == "hnsw"
        for query in QUERIES:
            assert both[0].search(query, 20) == both[1].search(query, 20)
        assert [both[1].search(query, 10) for query in QUERIES] == truth(reader)
        late = opened(reader, builder)
        assert late.method == "hnsw" and [late.search(query, 10) for query in QUERIES] == truth(reader)


def test_removed_rows_do_not_crowd_out_the_nearest(folder: Path, builder: HnswBuilder) -> None:
    with Store.open_writer(folder) as store:
        nearest = opened(store, builder)
        store.vectors.drop([id for id, _ in nearest.search(QUERIES[0], 150)])
        nearest.refresh()
        assert nearest.method == "hnsw"
        assert nearest.search(QUERIES[0], 10) == truth(store)[0]


def test_a_graph_of_mostly_removed_rows_is_dropped(folder: Path, builder: HnswBuilder) -> None:
    with Store.open_reader(folder) as reader, Store.open_writer(folder) as store:
        nearest = opened(reader, builder)
        store.vectors.drop(store.vectors.ids(space_id(store))[: ROWS // 2].tolist())
        nearest.refresh()
        assert nearest.method == "exact" and "not ready" in nearest.notice
        assert [nearest.search(query, 10) for query in QUERIES] == truth(reader)
        assert opened(reader, builder).method == "exact"


def test_snapshots_are_written_when_due(folder: Path, builder: HnswBuilder) -> None:
    with Store.open_writer(folder) as store:
        id = space_id(store)
        assert "kept" in write_snapshot(store, id, SPACE, builder, folder, BELOW)
        fill(store, 400, seed=1)
        assert "kept" in write_snapshot(store, id, SPACE, builder, folder, BELOW), "readers add so few themselves"
        fill(store, 400, seed=2)
        assert "1600 vectors is written" in write_snapshot(store, id, SPACE, builder, folder, BELOW)
        assert len(list(folder.glob("h-*"))) == 2, "older generations are deleted"
        assert {file.stat().st_mode & 0o077 for file in folder.glob("h-*")} == {0}
        nearest = opened(store, builder)
        assert nearest.method == "hnsw" and [nearest.search(query, 10) for query in QUERIES] == truth(store)
        assert "exactly" in write_snapshot(store, id, SPACE, builder, folder, 10_000)
        assert list(folder.glob("h-*")) == [] and opened(store, builder).method == "exact"


def test_damaged_rows_stay_out_and_are_embedded_again(folder: Path, builder: HnswBuilder) -> None:
    with Store.open_writer(folder) as store:
        id = space_id(store)
        with store.transaction():
            store._db.run("UPDATE vectors SET row = zeroblob(64) WHERE id IN (3, 4)")
        with Store.open_reader(folder) as reader:
            nearest = opened(reader, None)
            assert "2 stored vectors are damaged" in nearest.notice
            assert not {3, 4} & {id for id, _ in nearest.search(QUERIES[0], ROWS)}
            graph = opened(reader, builder)
            assert [graph.search(query, 10) for query in QUERIES] == truth(reader)
        for file in folder.glob("h-*"):
            file.unlink()
        assert "798" in write_snapshot(store, id, SPACE, builder, folder, BELOW)
        assert store.vectors.stamp(id).count == ROWS - 2
    assert (folder / "suspect").exists()


@pytest.mark.parametrize("point", ["snapshot_temp", "snapshot_rename", "manifest_rename", "snapshot_recorded"])
def test_a_writer_that_dies_while_saving_costs_nothing(folder: Path, builder: HnswBuilder, point: str) -> None:
    with Store.open_writer(folder) as store:
        fill(store, ROWS, seed=1)
        faultpoint.arm(f"{point}:1:raise")
        try:
            with pytest.raises(faultpoint.Fault):
                write_snapshot(store, space_id(store), SPACE, builder, folder, BELOW)
        finally:
            faultpoint.arm("")
        nearest = opened(store, builder)
        assert [nearest.search(query, 10) for query in QUERIES] == truth(store)
        write_snapshot(store, space_id(store), SPACE, builder, folder, BELOW)
        nearest.refresh()
        assert nearest.method == "hnsw" and len(list(folder.glob("h-*"))) == 2


class Hurt(ExactBuilder):
    """A builder whose graphs go wrong in one way."""

    def __init__(self, wrong: str) -> None:
        self.wrong = wrong

    def load(self, file: Path, dim: int, metric: Metric) -> VectorIndex:
        if self.wrong == "load":
            raise RuntimeError("cannot load")
        if self.wrong == "missing":
            raise MissingPart("hnswlib does not run on this machine")
        index = super().load(file, dim, metric)
        if self.wrong == "search":
            index.search = _fail_after(index.search, 8)  # type: ignore[method-assign]
        if self.wrong == "lies":
            index.search = lambda query, k: [(1, -0.5)]  # type: ignore[method-assign]
        return index


def _fail_after(search, times):  # type: ignore[no-untyped-def]
    calls = iter(range(times))

    def fails(query, k):  # type: ignore[no-untyped-def]
        if next(calls, None) is None:
            raise RuntimeError("Cannot return the results in a contiguous 2D array")
        return search(query, k)

    return fails


@pytest.mark.parametrize("wrong", ["load", "missing", "search", "lies"])
def test_a_failing_plugin_costs_no_answer(tmp_path: Path, wrong: str) -> None:
    builder = Hurt(wrong)
    with Store.open_writer(tmp_path) as store:
        id = fill(store, ROWS)
        assert "written" in write_snapshot(store, id, SPACE, builder, tmp_path, BELOW)
        nearest = opened(store, builder)
        assert [nearest.search(query, 10) for query in QUERIES] == truth(store)
        assert nearest.method == "exact" and nearest.notice
        assert bool(list(tmp_path.glob("h-*.json"))) == (wrong in ("missing", "search"))


def test_a_full_disk_keeps_the_old_snapshot(
    folder: Path, monkeypatch: pytest.MonkeyPatch, builder: HnswBuilder
) -> None:
    def cut(file: Path) -> int:
        raise OSError(28, "No space left on device")

    with Store.open_writer(folder) as store:
        fill(store, ROWS, seed=1)
        with monkeypatch.context() as patch:
            patch.setattr("vecna_notes.nearest.snapshot.sync", cut)
            said = write_snapshot(store, space_id(store), SPACE, builder, folder, BELOW)
        assert "not written" in said and "No space left" in said
        assert len(list(folder.glob("h-*"))) == 2
        nearest = opened(store, builder)
        assert nearest.method == "hnsw" and [nearest.search(query, 10) for query in QUERIES] == truth(store)


def test_hnswlib_cutting_a_file_short_is_noticed(folder: Path, tmp_path: Path, builder: HnswBuilder) -> None:
    with Store.open_reader(folder) as store:
        stored = store.vectors.all(space_id(store))
    index = builder.build(stored.ids.tolist(), stored.rows, DIM, "cosine")
    with pytest.raises(OSError):
        index.save(tmp_path / "absent" / "h.bin")
    if Path("/dev/full").exists():
        with pytest.raises(OSError, match="disk full"):
            index.save(Path("/dev/full"))


def test_names_of_spaces_stay_inside_the_folder(tmp_path: Path) -> None:
    space = replace(SPACE, embedder="../../evil/*")
    files = Snapshots(tmp_path, space)
    assert files.manifest_file.parent == files.file(3).parent == tmp_path
    assert "*" not in files.file(3).name and "/" not in files.file(3).name


def test_gone_notes_are_for_the_caller_to_leave_out(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path) as store:
        save(store, "a.md", "text")
        id = store.vectors.space(SPACE)
        store.vectors.save(id, [digest("text")], Vectors(SPACE, rows_of(1)))
        store.notes.remove(["a.md"])
        found = opened(store, None).search(QUERIES[0], 3)
        assert len(found) == 1 and store.passages.of_vectors([found[0][0]], id) == {}
