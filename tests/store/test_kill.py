"""kill -9 anywhere: what was acknowledged is there, what was not is wholly absent, and nothing is broken."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.vaults import python_path
from vecna_notes.errors import NotIndexed
from vecna_notes.store import Store, faultpoint

REPOSITORY = Path(__file__).resolve().parents[2]
WRITER = """
import sys
from pathlib import Path
from tests.store.making import embed_all, note, save, stamp
from vecna_notes.store import Store

with Store.open_writer(Path(sys.argv[1])) as store:
    assert store.notices == (), store.notices
    for turn in range(int(sys.argv[2]), int(sys.argv[3])):
        with store.transaction():  # each turn writes two notes that say the same number, and takes an old one away
            save(store, "left.md", f"turn {turn}", at=turn)
            save(store, "right.md", f"turn {turn}", f"also {turn}", at=turn)
            save(store, f"old{turn}.md", f"passing {turn}")
            store.notes.remove([f"old{turn - 3}.md"])
            if turn % 5 == 0:
                store.notes.move(f"old{turn}.md", f"moved{turn}.md", note(f"moved{turn}.md", "x")[0], stamp())
        print(turn, flush=True)
        embed_all(store)
"""
POINTS = [
    "before_commit",
    "after_commit",
    "note_saved",
    "note_moved",
    "notes_removed",
    "vectors_saved",
    "migrated",
    "database_rename",
]


def run(folder: Path, first: int, last: int, fault: str = "", seconds: float | None = None) -> int:
    """Acknowledged turns of a writer that may be killed; -1 for none."""
    environment = os.environ | {"VECNA_FAULT": fault} | python_path(REPOSITORY)
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(first), str(last)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    begun = b""
    if seconds is not None:
        assert child.stdout is not None
        begun = child.stdout.readline()  # a busy machine takes longer than that only to start
        time.sleep(seconds)
        child.kill()
    out, err = child.communicate()
    out = begun + out
    assert not err, err.decode()
    return int(out.split()[-1]) if out.split() else -1


def turn_of(folder: Path, acknowledged: int) -> int:
    """What the index says after a kill, to a reader and to the next writer; checks everything on the way."""
    try:
        with Store.open_reader(folder) as reader:
            seen = reader.notes.paths()
            assert reader.check() == []
    except NotIndexed:
        seen = {}
    with Store.open_writer(folder) as store:
        assert store.notices == ()
        assert store.check(deep=True) == []
        assert store.notes.paths() == seen
        stored = {path: store.notes.text(id) for path, id in store.notes.paths().items()}
        if not stored:
            assert acknowledged == -1
            return -1
        turn = int(stored["left.md"].split()[1])
        assert stored["right.md"] == f"turn {turn}\n\n\nalso {turn}"
        assert turn in (acknowledged, acknowledged + 1), "an acknowledged turn is lost"
        return turn


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("nth", [1, 3])
def test_a_kill_at_every_fault_point(tmp_path: Path, point: str, nth: int) -> None:
    if nth > 1 and point in ("migrated", "database_rename"):
        pytest.skip("reached once")
    turn = turn_of(tmp_path, run(tmp_path, 0, 30, f"{point}:{nth}:kill"))
    assert turn < 29, "the fault point was not reached"
    assert turn_of(tmp_path, run(tmp_path, turn + 1, turn + 4)) == turn + 3
    with Store.open_writer(tmp_path) as store:
        assert {"left.md", "right.md"} < set(store.notes.paths())


@pytest.mark.slow
def test_kills_at_random_moments(tmp_path: Path) -> None:
    chance = random.Random(7)
    turn = -1
    for _ in range(15):
        acknowledged = run(tmp_path, turn + 1, turn + 10_000, seconds=0.3 * chance.random())
        turn = turn_of(tmp_path, max(acknowledged, turn))
    assert turn > 15


def test_fault_points_raise_and_disarm() -> None:
    faultpoint.arm("here:2:raise,there:1:raise")
    try:
        faultpoint.reach("here")
        with pytest.raises(faultpoint.Fault, match="here"):
            faultpoint.reach("here")
        faultpoint.reach("here")
    finally:
        faultpoint.arm("")
    faultpoint.reach("there")


@pytest.mark.parametrize("point", ["before_commit", "note_saved", "notes_removed", "vectors_saved"])
def test_an_error_at_a_fault_point_rolls_back(tmp_path: Path, point: str) -> None:
    from tests.store.making import embed_all, save

    with Store.open_writer(tmp_path) as store:
        save(store, "a.md", "one")
        try:
            faultpoint.arm(f"{point}:1:raise")
            with pytest.raises(faultpoint.Fault), store.transaction():
                save(store, "a.md", "two")
                store.notes.remove(["a.md"])
                save(store, "b.md", "three")
                embed_all(store)
        finally:
            faultpoint.arm("")
        assert store.check(deep=True) == []
        assert [store.notes.text(id) for id in store.notes.paths().values()] == ["one"]
        embed_all(store)
        assert [text for text in store.passages.texts()] == ["one"]
