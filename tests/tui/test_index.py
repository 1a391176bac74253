"""The Index screen and what the worker tells and is told."""

from __future__ import annotations

from tests.tui.conftest import Open, Stage
from tests.tui.fakes import FakeWorker
from vecna_notes.tui.indexing import Indexing


async def on_index(stage: Stage) -> None:
    await stage.press("escape", "down", "7")
    await stage.settle()


async def test_counts_spaces_and_problems_with_reasons(stage: Open) -> None:
    async with stage() as s:
        await on_index(s)
        for words in (
            "indexed",
            ".gitignore 120",
            "sbert/all-MiniLM-L6-v2",
            "PROBLEMS 3",
            "YAML: mapping",
            "not UTF-8",
        ):
            assert words in s.text


async def test_progress_has_rate_and_time_left(stage: Open) -> None:
    async with stage() as s:
        await on_index(s)
        s.worker.tell(event="progress", stage="scan", done=3214, total=3214)
        s.worker.tell(event="progress", stage="embed", done=5000, total=10000, label="sbert", seconds=16.0)
        await s.until(lambda: "312 a second" in s.text)
        assert "0:16 left" in s.text and "5,000 of 10,000" in s.text and "embedding 50%" in s.lines[0]
        s.worker.tell(event="synced", notes=3214, chunks=9)
        await s.until(lambda: "synced" in s.lines[0])


async def test_keys_reach_the_worker(stage: Open) -> None:
    async with stage() as s:
        await on_index(s)
        await s.press("r", "p", "v", "c")
        await s.settle()
        assert s.worker.sent == ["rescan", "pause", "verify", "compact"]
        s.worker.tell(event="paused")
        await s.until(lambda: "paused" in s.lines[0])
        await s.press("p")
        assert s.worker.sent[-1] == "resume"


async def test_rebuilding_is_asked_first(stage: Open) -> None:
    async with stage() as s:
        await on_index(s)
        await s.press("R", "n")
        await s.settle()
        assert s.worker.sent == []
        await s.press("R", "y")
        await s.settle()
        assert s.worker.sent == ["rebuild"]


async def test_a_mass_removal_is_asked_and_the_answer_sent(stage: Open) -> None:
    async with stage() as s:
        s.worker.tell(event="ask", what="removal", text="900 of 3,214 notes are gone")
        await s.until(lambda: "900 of 3,214 notes are gone" in s.text)
        await s.press("enter")
        assert s.worker.sent == []
        await s.press("n")
        await s.until(lambda: s.worker.sent == ["no"])
        await on_index(s)
        await s.press("!", "y")
        await s.until(lambda: s.worker.sent == ["no", "yes"])


async def test_another_window_keeps_the_index(stage: Open) -> None:
    async with stage() as s:
        s.worker.tell(event="ended", code=3)
        await s.until(lambda: "following" in s.lines[0])
        await on_index(s)
        await s.press("r")
        assert "another window keeps this index" in s.text and s.worker.sent == []


async def test_an_indexer_that_died_is_named_and_can_be_started_again(stage: Open) -> None:
    async with stage() as s:
        s.worker.tell(event="ended", code=-11)
        await s.until(lambda: "the indexer ended by itself" in s.text)
        await on_index(s)
        await s.press("r")
        await s.until(lambda: s.worker.starts == 2)


async def test_quitting_stops_nothing_twice_and_leaves_the_worker_to_run(stage: Open) -> None:
    worker = FakeWorker()
    async with stage(worker=worker) as s:
        await s.press("down", "q")
        await s.pilot.pause()
    assert s.app.return_code == 0


def test_events_fold_into_one_state() -> None:
    state = Indexing()
    for event in (
        {"event": "progress", "stage": "scan", "done": 0},
        {"event": "progress", "stage": "read", "done": 3, "total": 3},
        {"event": "indexed", "added": 2, "changed": 1, "seconds": 0.4},
        {"event": "nonsense", "x": 1},
        {"event": "notice", "text": "a \x1b[31mnotice"},
    ):
        state = state.after(event)
    assert state.phase == "working" and state.generation == 2
    assert state.notices == ("a notice",)
    assert "3 notes on disk are different (2 added, 1 changed), read in 0.4 s" in state.after({}).news or state.news
    assert state.after({"event": "synced", "notes": 5}).notes == 5
    assert state.after({"event": "busy", "pid": 3}).after({"event": "ended", "code": 3}).phase == "following"
