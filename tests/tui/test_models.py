"""The Models screen: what answers, what is tuned, one query in several Spaces, and every way it can go wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len

from tests.tui.conftest import Open, Stage
from tests.tui.fake_models import BETTER, tuned
from tests.tui.fakes import FakeVault, evaluation, fake_vault
from vecna_notes.tui.comparing import Answer, Column, Comparison
from vecna_notes.tui.curves import curve
from vecna_notes.tui.screens.models import ModelsScreen
from vecna_notes.tui.training import MOST_FIGURES, Training

WIDE, NARROW = (120, 36), (80, 24)
QUERY = "why do I forget what I read"


async def on_models(stage: Stage) -> ModelsScreen:
    stage.worker.tell(event="synced", notes=15, chunks=41)
    await stage.until(lambda: stage.app.indexing.phase == "synced")
    await stage.press("down", "5")
    await stage.settle()
    screen = stage.app.screen
    assert isinstance(screen, ModelsScreen)
    return screen


def vault_with(*models: Any, **changes: Any) -> FakeVault:
    vault = fake_vault()
    vault.tuned_models = list(models)
    for name, value in changes.items():
        setattr(vault, name, value)
    return vault


async def choose(stage: Stage, name: str) -> None:
    """Put the cursor on a model."""
    screen = stage.app.screen
    assert isinstance(screen, ModelsScreen)
    places = {row.model.name: place for place, row in enumerate(screen.list.rows) if row.model}
    screen.list.move_to(places[name])
    await stage.pilot.pause()


def step(number: int, held_out: float | None = None, best: int = 0, steps: int = 40) -> dict[str, Any]:
    figures = {"loss": 3 / (number + 1), "pairs_per_second": 940.0, "seconds_left": float(steps - number)}
    return {"event": "train", "step": number, "steps": steps, "held_out": held_out, "best": best, **figures}


async def train(stage: Stage, upto: int = 24) -> None:
    await stage.press("t")
    await stage.settle()
    await stage.press("y")
    await stage.settle()
    stage.worker.tell(event="pairs", pairs={"link": 412, "title": 310, "heading": 96, "alias": 0})
    for number in range(1, upto + 1):
        score = None if number % 4 else 0.5 + number / 200 - (number > 16) * 0.02
        stage.worker.tell(**step(number, score, min(number // 4 * 4, 16)))
    await stage.until(lambda: stage.app.training.step == upto)
    await stage.until(lambda: f"step {upto} of 40" in stage.text or stage.app.size.width < 100)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x36", "80x24"])
@pytest.mark.parametrize("look", ["list", "plan", "running", "verdict", "compared"])
async def test_models_look(stage: Open, snapshot: Callable[[str], None], look: str, size: tuple[int, int]) -> None:
    vault = vault_with(tuned(is_live=True), tuned("tuned-2", False), runs=[evaluation()], missing={"lsa": 120})
    async with stage(size=size, vault=vault) as s:
        screen = await on_models(s)
        await show(s, look)
        s.app.training = replace(s.app.training, began=0.0)
        screen.show_train()
        await s.pilot.pause()
        snapshot(s.text)


async def show(s: Stage, look: str) -> None:
    if look == "plan":
        await s.press("t")
        await s.settle()
    elif look == "running":
        await train(s)
    elif look == "verdict":
        await choose(s, "tuned-2")
        await s.press("tab")
    elif look == "compared":
        await compare(s)
        await s.press("enter")
    await s.settle(0.1)


async def compare(s: Stage) -> None:
    await s.press("c")
    await s.type(QUERY)
    await s.press("enter")
    await s.settle()


async def test_models_in_ascii(stage: Open, snapshot: Callable[[str], None]) -> None:
    vault = vault_with(tuned(is_live=True))
    for path in [path for path in vault.notes if not path.isascii() or path.startswith("attack")]:
        del vault.notes[path]
    async with stage(size=WIDE, glyphs="ascii", vault=vault) as s:
        screen = await on_models(s)
        await compare(s)
        await train(s)
        await s.until(lambda: "tuning 60%" in s.lines[0])
        s.app.training = replace(s.app.training, began=0.0)
        screen.show_train()
        await s.pilot.pause()
        snapshot(s.text)
        assert s.text.isascii(), sorted({sign for sign in s.text if not sign.isascii()})


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (40, 10), (99, 30), (500, 200)])
async def test_models_at_every_size(stage: Open, size: tuple[int, int]) -> None:
    async with stage(size=size, vault=vault_with(tuned(is_live=True), tuned("tuned-2", False))) as s:
        await on_models(s)
        await s.press("j", "x", "escape", "t", "j", "enter", "escape")
        await compare(s)
        await s.press("v", "l", "enter", "tab", "tab", "z", "escape", "shift+tab")
        await train(s, upto=6)
        await s.press("p", "s", "escape", "escape", "5", "?", "escape")
        await s.settle()
        assert s.app._exception is None
        assert all(cell_len(line) <= size[0] for line in s.lines)


async def test_without_colour_the_chosen_cell_still_stands_out(stage: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    from tests.tui.conftest import open_stage

    async with open_stage() as s:
        screen = await on_models(s)
        await compare(s)
        assert screen.answers.ink("chosen").reverse


# ── choosing ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_enter_lets_another_embedder_answer(stage: Open) -> None:
    async with stage() as s:
        await on_models(s)
        await choose(s, "lsa")
        await s.press("enter")
        await s.until(lambda: s.worker.sent == ['use {"name": "lsa", "options": {}}'])
        assert "lsa it is" in s.text
        s.worker.tell(event="live", space=s.vault.embedders()[0].state.space.key, name=None)  # type: ignore[union-attr]
        await s.until(lambda: "lsa answers now" in s.text)


async def test_what_cannot_run_says_what_is_missing(stage: Open) -> None:
    async with stage() as s:
        await on_models(s)
        await choose(s, "fast")
        await s.press("enter")
        assert "pip install 'vecna-notes[sbert]'" in s.text and s.worker.sent == []


async def test_a_model_to_fetch_is_asked_for_with_its_size(stage: Open) -> None:
    async with stage() as s:
        await on_models(s)
        await choose(s, "word2vec")
        await s.press("enter")
        s.worker.tell(event="unused", text="the model is not on this machine.", fetch=91_000_000)
        await s.until(lambda: "Fetch 91 MB" in s.text)
        await s.press("y")
        await s.until(lambda: len(s.worker.sent) == 2)
        assert json.loads(s.worker.sent[1].removeprefix("use "))["options"] == {"download": True}


async def test_what_the_gate_refused_answers_only_after_a_yes(stage: Open) -> None:
    async with stage(vault=vault_with(tuned("tuned-1", False))) as s:
        await on_models(s)
        await choose(s, "tuned-1")
        await s.press("enter")
        assert "The gate is against it" in s.text and s.worker.sent == []
        await s.press("n", "enter", "y")
        await s.until(lambda: len(s.worker.sent) == 1)
        asked = json.loads(s.worker.sent[0].removeprefix("use "))
        assert asked == {"name": "contrastive", "options": {"model": "tuned-1"}, "force": True}


async def test_u_rolls_back_at_once(stage: Open) -> None:
    async with stage(vault=vault_with(tuned(is_live=True))) as s:
        await on_models(s)
        await s.press("u")
        await s.until(lambda: s.worker.sent == ["rollback"])
        s.vault.rollback()
        s.worker.tell(event="live", space=s.vault.embedders()[1].state.space.key, name=None)  # type: ignore[union-attr]
        await s.until(lambda: "sbert answers now" in s.text)
        await s.settle()
        await s.press("u")
        assert "nothing to go back from" in s.text and s.worker.sent == ["rollback"]


async def test_without_a_worker_the_vault_is_told(stage: Open) -> None:
    async with stage(vault=vault_with(tuned(is_live=True), tuned("tuned-2"))) as s:
        await on_models(s)
        s.worker.tell(event="ended", code=3)
        await s.until(lambda: s.app.indexing.phase == "following")
        await s.press("u")
        await s.settle()
        assert "as soon as whoever keeps this index has seen it" in s.text
        await choose(s, "tuned-2")
        await s.press("enter")
        await s.settle()
        assert s.vault.live_asked == [("tuned-2", False)]
        await s.press("t")
        assert "another window keeps this index" in s.text and s.worker.sent == []


async def test_removing_asks_and_spares_what_answers(stage: Open) -> None:
    async with stage(vault=vault_with(tuned(is_live=True), tuned("tuned-2", False))) as s:
        await on_models(s)
        for name, said in (("tuned-1", "u goes back first"), ("sbert", "setting keeps sbert"), ("fast", "nothing of")):
            await choose(s, name)
            await s.press("x")
            assert said in s.text
        await choose(s, "tuned-2")
        await s.press("x")
        assert "Remove tuned-2?" in s.text and s.worker.sent == []
        await s.press("y")
        await s.until(lambda: s.worker.sent == ["remove tuned-2"])


# ── tuning ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_tuning_is_asked_steered_left_and_judged(stage: Open) -> None:
    async with stage() as s:
        await on_models(s)
        await s.press("t")
        await s.settle()
        assert "about 4 s" in s.text and "\x1b" not in s.text
        await s.press("j", "enter")
        await s.settle()
        assert "about 6 minutes" in s.text
        await s.press("j", "enter", "j", "enter")
        await s.settle()
        await s.press("y")
        await s.until(lambda: len(s.worker.sent) == 1)
        asked = json.loads(s.worker.sent[0].removeprefix("train "))
        assert asked == {"full": True, "minutes": 1, "without": ["link"]}
        s.worker.tell(**step(3))
        await s.until(lambda: "step 3 of 40" in s.text)
        await s.press("p")
        assert "paused: p goes on" in s.text
        await s.press("p", "s")
        await s.until(lambda: s.worker.sent[1:] == ["train pause", "train resume", "train stop"])
        await s.press("escape", "escape")
        await s.until(lambda: s.app.current_mode == "search")
        await s.until(lambda: "tuning" in s.lines[0])
        s.vault.tuned_models = [tuned(is_live=True)]
        s.worker.tell(event="tuned", name="tuned-1", live=True, why=BETTER)
        await s.until(lambda: "tuned-1 was better and answers from now on" in s.text)
        await s.press("5")
        await s.settle()
        await choose(s, "tuned-1")
        assert "it is better on held-out pairs" in s.text and "the paper about sleep" in s.text


async def test_too_few_pairs_begin_nothing(stage: Open) -> None:
    async with stage(vault=vault_with(pair_count=6)) as s:
        await on_models(s)
        await s.press("t")
        await s.settle()
        assert "and 30 are needed" in s.text
        await s.press("y")
        await s.settle()
        assert "and 30 are needed" in s.text and s.worker.sent == []


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"event": "untrained", "text": "process 4711 is tuning this vault; wait until it is done"}, "process 4711"),
        ({"event": "untrained", "text": "trainer 'x' is not installed: pip install it"}, "is not installed"),
        (
            {"event": "tuned", "name": "", "live": False, "why": "these notes hold 12 pairs"},
            "these notes hold 12 pairs",
        ),
        ({"event": "ended", "code": -9}, "nothing that answers has changed"),
    ],
)
async def test_a_tuning_that_fails_says_why(stage: Open, event: dict[str, Any], said: str) -> None:
    async with stage() as s:
        await on_models(s)
        await train(s, upto=2)
        s.worker.tell(**event)
        await s.until(lambda: not s.app.training.is_running)
        await s.until(lambda: said in " ".join(s.text.split()))
        await s.press("p")
        assert "nothing is being tuned" in s.text


# ── comparing ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_vote_labels_the_query_and_again_takes_it_back(stage: Open) -> None:
    async with stage(vault=vault_with(tuned(is_live=True))) as s:
        screen = await on_models(s)
        await s.press("v")
        assert "c compares first" in s.text
        await compare(s)
        assert screen.comparison is not None and len(screen.comparison.columns) == 3
        names = [column.name for column in screen.comparison.columns]
        assert any(line.split("│")[0].split() == names for line in s.lines)
        await s.press("l", "enter")
        await s.settle()
        note = screen.comparison.columns[1].answers[0].path
        assert s.vault.votes == {(QUERY, note): 1}
        await s.press("enter")
        await s.settle()
        assert s.vault.votes == {}


async def test_space_chooses_what_is_compared(stage: Open) -> None:
    async with stage(vault=vault_with(tuned("tuned-1", False))) as s:
        screen = await on_models(s)
        await choose(s, "lsa")
        before = screen.columns
        await s.press("space")
        assert screen.columns == tuple(key for key in before if not key.startswith("lsa"))
        await choose(s, "fast")
        await s.press("space")
        assert "only what has all its vectors" in s.text


async def test_a_click_chooses_model_column_and_tab(stage: Open) -> None:
    async with stage(size=NARROW) as s:
        screen = await on_models(s)
        await compare(s)
        await s.pilot.click(screen.answers, offset=(60, 2))
        assert screen.answers.column == screen.answers.columns - 1
        await s.pilot.click("#models", offset=(4, 1))
        assert screen.model is not None and screen.model.name == "auto"
        await s.press("tab", "tab")
        assert "An embedder tuned on your own notes" in s.text


def test_agreement_counts_common_notes_and_marks_what_rose() -> None:
    one, other = (tuple(Answer(path, path) for path in paths) for paths in ("abcd", "badx"))
    found = Comparison("q", (Column("1", "one", one), Column("2", "other", other)))
    assert found.agreement() == [("one", "other", 0.75)]
    assert [found.is_higher(1, rank) for rank in range(4)] == [True, False, True, True]


def test_curves_keep_their_ends_and_never_overflow() -> None:
    training = Training("starting")
    for number in range(1, 5000):
        training = training.after(step(number, 0.4, steps=5000))
    assert len(training.losses) <= MOST_FIGURES and training.losses[-1][0] == 4999
    drawn = curve([(0, 1.0), (10, 0.0)], 10, 0.0, 1.0, 5, 2)
    assert [len(line) for line in drawn] == [5, 5] and drawn[0][0] != " " and drawn[1][4] != " "
    assert drawn[0][4] == " " == drawn[1][0]
    assert all(line.isascii() for line in curve([(0, 1.0), (10, 0.0)], 10, 0.0, 1.0, 5, 2, is_ascii=True))
