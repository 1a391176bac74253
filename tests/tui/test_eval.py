"""The Eval screen: a kept run, a run in another process, labels, what moved, and taking the table along."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.conftest import Open, Stage
from tests.tui.fakes import FakeEngine, FakeEvaluator, FakeVault, FakeWorker, evaluation, fake_vault
from tests.tui.test_search import search
from vecna_notes.config import ScreenSettings
from vecna_notes.evaluate.scores import Evaluation, SystemScore
from vecna_notes.tui.app import VecnaApp
from vecna_notes.tui.evaluating import Measuring, as_csv, as_markdown, chance, difference
from vecna_notes.tui.glyphs import UNICODE
from vecna_notes.tui.running import show
from vecna_notes.tui.screens.evaluation import EvalScreen


def evaluated(*runs: Evaluation) -> FakeVault:
    vault = fake_vault()
    vault.runs = list(runs)
    return vault


async def on_eval(stage: Stage) -> EvalScreen:
    await stage.press("escape", "down", "6")
    await stage.settle(0.05)
    assert isinstance(stage.app.screen, EvalScreen)
    return stage.app.screen


async def test_without_a_run_it_says_what_one_is_and_how_to_start_it(stage: Open) -> None:
    async with stage() as s:
        await on_eval(s)
        for words in ("no evaluation yet", "How well does search do", "r starts one", "up to a minute", "l labels"):
            assert words in s.text


async def test_a_run_is_a_table_with_intervals_and_differences(stage: Open) -> None:
    async with stage(size=(80, 24), vault=evaluated(evaluation())) as s:
        await on_eval(s)
        assert "own · 62 queries" in s.text and "3h ago" in s.text
        line = next(line for line in s.lines if line.strip("▌ ").startswith("hybrid:sbert+mmr"))
        for figure in (".71 ±.04", ".77", ".91", "21", "+.030 ▲ p=.030"):
            assert figure in line
        assert any("sbert " in line and "-.050   p=.210" in line for line in s.lines)
        assert any("keyword" in line and "-.160 ▼ p=.004" in line for line in s.lines)
        assert any("hybrid:sbert " in line and "default" in line for line in s.lines)


async def test_kinds_follow_the_row_under_the_cursor(stage: Open) -> None:
    async with stage(vault=evaluated(evaluation())) as s:
        await on_eval(s)
        assert "BY KIND OF QUERY   hybrid:sbert\n" in s.text
        assert "link          ━━━━━━╌╌╌╌╌╌ .48 ⚠" in s.text
        await s.press("g", "g")
        await s.settle()
        assert "BY KIND OF QUERY   keyword" in s.text
        assert "label         ━━━━━╌╌╌╌╌╌╌ .42 ⚠" in s.text


async def test_a_worst_query_shows_expected_and_got_and_opens_a_note(stage: Open) -> None:
    async with stage(vault=evaluated(evaluation())) as s:
        screen = await on_eval(s)
        screen.rows.move_to(next(i for i, row in enumerate(screen.rows.rows) if row.asked))
        await s.press("enter")
        await s.settle()
        assert "EXPECTED   found at 31" in s.text and "study/anki.md" in s.text
        await s.press("enter")
        await s.settle()
        assert "Sleep and consolidation" in s.lines[1]


async def test_a_worst_query_can_be_searched(stage: Open) -> None:
    async with stage(vault=evaluated(evaluation())) as s:
        screen = await on_eval(s)
        screen.rows.move_to(next(i for i, row in enumerate(screen.rows.rows) if row.asked))
        await s.press("enter", "/")
        await s.settle(0.2)
        assert search(s).query_input.value == "the paper about sleep"
        assert s.vault.searches[-1][0] == "the paper about sleep"


async def test_a_run_shows_where_it_stands_and_then_its_table(stage: Open) -> None:
    async with stage() as s:
        await on_eval(s)
        await s.press("r")
        s.evaluator.tell(event="progress", stage="index", done=120, total=300, label="hybrid:sbert", seconds=4.0)
        await s.until(lambda: "120 of 300" in s.text)
        assert "asking hybrid:sbert" in s.text and "esc stops it" in s.text
        await s.press("r")
        assert s.evaluator.starts == 1
        s.evaluator.tell(event="ended", code=0)
        await s.until(lambda: "62 queries" in s.text)
        assert "120 of 300" not in s.text


async def test_esc_stops_a_run_and_nothing_is_kept(stage: Open) -> None:
    async with stage(vault=evaluated(evaluation())) as s:
        await on_eval(s)
        await s.press("r")
        await s.until(lambda: "esc stops it" in s.text)
        await s.press("escape")
        await s.until(lambda: "stopped; nothing was kept" in s.text)
        assert not s.evaluator.is_running and "code 143" not in s.text
        assert len(s.vault.runs) == 1


class ShortApp(VecnaApp):
    async def run_async(self, *_: object, **__: object) -> None:
        """It is quit at once, while a run goes on."""


async def test_quitting_ends_a_run() -> None:
    vault = fake_vault()
    evaluator, worker = FakeEvaluator(vault), FakeWorker()
    await evaluator.start()
    await show(ShortApp(FakeEngine(vault), worker, ScreenSettings("vecna-dark", "unicode", ""), "n", None, evaluator))
    assert [event["code"] async for event in evaluator.events()] == [143]
    assert not evaluator.is_running and vault.runs == []


async def test_a_run_that_fails_says_so(stage: Open) -> None:
    async with stage() as s:
        await on_eval(s)
        await s.press("r")
        s.evaluator.tell(event="error", text="there is nothing to ask \x1b[31mhere")
        s.evaluator.tell(event="ended", code=2)
        await s.until(lambda: "there is nothing to ask here" in s.text)


async def test_older_and_newer_runs(stage: Open) -> None:
    async with stage(vault=evaluated(evaluation(2, gain=0.1), evaluation(1))) as s:
        await on_eval(s)
        assert "run 2 of 2" in s.text and ".78 ±.04" in s.text
        await s.press("[")
        await s.settle()
        assert "run 1 of 2" in s.text and ".68 ±.04" in s.text
        await s.press("[")
        assert "no older run" in s.text
        await s.press("]")
        await s.settle()
        assert "run 2 of 2" in s.text


async def test_what_moved_since_the_run_before(stage: Open) -> None:
    async with stage(vault=evaluated(evaluation(2, gain=0.1), evaluation(1))) as s:
        await on_eval(s)
        await s.press("d")
        await s.settle()
        line = next(line for line in s.lines if "hybrid:sbert " in line and "▲" in line)
        assert ".68" in line and ".78" in line and "+.100" in line
        assert "QUERIES THAT MOVED" in s.text and "3 shared queries" in s.text
        line = next(line for line in s.lines if "the paper about sleep" in line and "→" in line)
        assert "31 → 15" in line and ".00 → .30 ▲" in line
        await s.press("enter")
        await s.settle(0.2)
        assert search(s).query_input.value == "the paper about sleep"


async def test_labels_are_kept_and_taken_back(stage: Open) -> None:
    async with stage() as s:
        await on_eval(s)
        await s.press("l")
        await s.settle()
        assert "0 queries labelled" in s.text
        await s.type("hydration")
        await s.until(lambda: "Sourdough" in s.text)
        await s.press("down", "space")
        await s.until(lambda: s.vault.votes == {("hydration", "kitchen/sourdough.md"): 1})
        await s.settle()
        assert "1 query labelled" in s.text and "✓" in s.text
        await s.press("space")
        await s.until(lambda: s.vault.votes == {})
        await s.press("escape", "escape")
        await s.settle()
        assert isinstance(s.app.screen, EvalScreen)


async def test_a_vote_on_the_search_screen_is_a_label(stage: Open) -> None:
    async with stage() as s:
        await s.type("hydration")
        await s.settle()
        await s.press("down", "space")
        await s.until(lambda: s.vault.votes == {("hydration", "kitchen/sourdough.md"): 1})
        await s.settle()
        assert "answers this query" in s.lines[-2] and "✓" in s.text
        await s.press("space")
        await s.until(lambda: s.vault.votes == {})


async def test_the_table_is_written_only_after_a_yes_and_over_nothing(
    stage: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with stage(vault=evaluated(evaluation(7))) as s:
        await on_eval(s)
        await s.press("x", "n")
        await s.settle()
        assert not list(tmp_path.iterdir())
        await s.press("x", "y")
        await s.settle()
        file = tmp_path / "vecna-eval-own-7.csv"
        assert len(list(csv.DictReader(file.open()))) == 6
        file.write_text("mine")
        await s.press("x", "y")
        await s.settle()
        assert file.read_text() == "mine" and "is there already" in s.text


async def test_the_table_can_be_copied(stage: Open) -> None:
    async with stage(vault=evaluated(evaluation())) as s:
        await on_eval(s)
        await s.press("y")
        await s.settle()
        assert "| hybrid:sbert | .680 | ±.04 | .740 |" in s.app.clipboard


@given(st.text(), st.floats(0, 1), st.none() | st.floats(-1, 1), st.none() | st.floats(0, 1))
def test_a_table_keeps_its_lines_whatever_a_system_is_called(
    name: str, ndcg: float, gained: float | None, p: float | None
) -> None:
    row = SystemScore(name, ndcg, (ndcg, ndcg), ndcg, ndcg, ndcg, 1.0, 2.0, difference=gained, p=p)
    run = Evaluation(1, name, 0.0, 10, 1, (row,))
    assert len(as_markdown(run, UNICODE).splitlines()) == 3
    cells = list(csv.reader(io.StringIO(as_csv(run))))
    assert len(cells) == 2 and len(cells[0]) == len(cells[1])
    assert cells[1][3][:1] not in tuple("=+-@")
    assert (UNICODE.better in difference(row, UNICODE)) == (p is not None and p < 0.05 and (gained or 0) > 0)


@pytest.mark.parametrize(("p", "said"), [(None, ""), (0.0001, "p<.001"), (0.0304, "p=.030"), (0.999, "p=1")])
def test_chance_in_words(p: float | None, said: str) -> None:
    assert chance(p) == said


def test_events_that_nobody_knows_change_nothing() -> None:
    state = Measuring(is_running=True).after({"event": "progress", "stage": "embed", "done": 3, "label": "sbert"})
    assert state.after({"event": "x"}) == state and state.total is None
    assert state.words == "embedding what is different"
    asking = {"event": "progress", "stage": "index", "done": 1, "total": 9}
    assert state.after({**asking, "label": "rrf:sbert"}).words == "asking rrf:sbert"
    assert state.after({**asking, "label": "weighing meaning"}).words == "weighing meaning"
    assert state.after({"event": "ended", "code": 0}) == Measuring()
    assert "code 3" in state.after({"event": "ended", "code": 3}).error
