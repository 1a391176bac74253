"""The Map screen: points, topics, the card, the lasso, hits, names, files; and while there is no map yet."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.events import MouseMove, MouseScrollDown, MouseScrollUp

from tests.tui.conftest import Open, Stage
from tests.tui.fake_map import FakeTopicEvent
from tests.tui.fakes import fake_vault
from vecna_notes.text import safe_line
from vecna_notes.tui.screens.map import MapScreen
from vecna_notes.types import Note

WIDE, NARROW = (120, 36), (80, 24)


async def on_map(stage: Stage) -> MapScreen:
    await stage.press("down", "3")
    await stage.settle(0.05)
    screen = stage.app.screen
    assert isinstance(screen, MapScreen)
    return screen


def cell_of(screen: MapScreen, path: str) -> tuple[int, int]:
    screen.map.point(path)
    cell = screen.map._cursor_cell()
    assert cell is not None
    screen.map.unpoint()
    return cell.x, cell.y


# ── looks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x36", "80x24"])
@pytest.mark.parametrize("what", ["all", "topic", "lasso", "caught", "list", "log", "first"])
async def test_map_look(stage: Open, snapshot: Callable[[str], None], what: str, size: tuple[int, int]) -> None:
    vault = fake_vault()
    vault.told = [FakeTopicEvent("split", 2, "notes & reading", 2, "memory & learning"), FakeTopicEvent("born", 1, "x")]
    async with stage(size=size, vault=vault) as s:
        s.worker.tell(event="synced", notes=15, chunks=41)
        await s.until(lambda: "●" in s.lines[0])
        s.surveyor.is_held = what == "first"
        await on_map(s)
        await _show(s, what)
        await s.settle(0.2)
        snapshot(re.sub(r"\d+:\d\d", "0:00", s.text))
        assert s.app._exception is None


async def _show(s: Stage, what: str) -> None:
    if what == "topic":
        await s.press("C" if s.app.size.width < 100 else "c", "w")
    elif what in ("lasso", "caught"):
        await s.press("L", "right", "right", "down", *(["enter"] if what == "caught" else []))
    elif what == "list":
        await s.press("tab" if s.app.size.width >= 100 else "c", "j")
    elif what == "log":
        await s.press("H")
    elif what == "first":
        s.surveyor.tell(event="progress", stage="draw", done=2500, total=5000, label="tsne")
        await s.until(lambda: "laying notes out by t-SNE" in s.text)
    await s.settle(0.2)


@pytest.mark.parametrize("glyphs", ["ascii", "unicode"])
async def test_without_colour_every_topic_has_a_shape_of_its_own(
    stage: Open, monkeypatch: pytest.MonkeyPatch, glyphs: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    from tests.tui.conftest import open_stage

    async with open_stage(size=NARROW, glyphs=glyphs) as s:
        screen = await on_map(s)
        assert s.app.no_color
        signs = {}
        for path in ("study/anki.md", "pkm/reading-workflow.md"):
            column, row = cell_of(screen, path)
            await s.settle()
            signs[path] = s.lines[2 + row][column]
        assert len(set(signs.values())) == 2 and " " not in signs.values()
        await s.press("c")
        await s.settle()
        assert f"{signs['pkm/reading-workflow.md']} notes & reading" in s.text


async def test_the_map_in_ascii(stage: Open, snapshot: Callable[[str], None]) -> None:
    vault = fake_vault()
    for path in [path for path in vault.notes if not path.isascii() or path.startswith("attack")]:
        del vault.notes[path]
    async with stage(size=NARROW, glyphs="ascii", vault=vault) as s:
        await on_map(s)
        await s.press("w", "w")
        await s.settle(0.2)
        assert s.text.isascii(), sorted({sign for sign in s.text if not sign.isascii()})
        snapshot(s.text)


# ── keys ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_panning_and_zooming_and_all_of_it_again(stage: Open) -> None:
    async with stage() as s:
        screen = await on_map(s)
        home = screen.map.view
        await s.press("right", "up")
        assert screen.map.view.x > home.x and screen.map.view.y > home.y
        await s.press("+")
        assert screen.map.view.reach < home.reach
        await s.settle()
        assert "×1.4" in s.lines[1]
        await s.press("0")
        assert screen.map.view == home


async def test_a_note_has_a_card_and_opens(stage: Open) -> None:
    async with stage() as s:
        screen = await on_map(s)
        await s.press("c", "w")
        await s.settle(0.2)
        assert screen.map.path == "memory/forgetting-curve.md"
        for words in ("Forgetting curve", "memory & learning ", "2 links to it", "nearest: "):
            assert words in s.text
        await s.press("w", "b", "enter")
        await s.settle(0.2)
        assert "2 Note" in s.lines[0] and "Forgetting curve" in s.lines[1]


async def test_a_note_out_of_view_is_brought_into_it(stage: Open) -> None:
    async with stage() as s:
        screen = await on_map(s)
        await s.press("+", "+", "+", "+", *["right"] * 12)
        screen.map.point("study/anki.md")
        assert screen.map._cursor_cell() is not None


async def test_topics_are_gone_through_and_left_again(stage: Open) -> None:
    async with stage() as s:
        screen = await on_map(s)
        seen = []
        for _ in range(4):
            await s.press("c")
            seen.append(screen.chosen)
        assert seen == [1, 2, 3, None]
        await s.press("C")
        await s.settle()
        assert screen.chosen == 3 and "INSIDE attack" in s.text
        await s.press("escape")
        assert screen.chosen is None


async def test_the_list_leads_to_topics_and_notes(stage: Open) -> None:
    async with stage() as s:
        screen = await on_map(s)
        await s.press("tab", "j", "enter")
        await s.settle()
        assert screen.chosen == 2 and screen.map.zoomed > 1.5
        assert screen.map.path == "pkm/progressive-summarisation.md"
        await s.press("enter")
        await s.settle()
        assert "2 Note" in s.lines[0] and "Progressive summarisation" in s.lines[1]


async def test_below_a_hundred_columns_c_changes_panes(stage: Open) -> None:
    async with stage(size=NARROW) as s:
        screen = await on_map(s)
        assert not screen.topics.region.area
        await s.press("c")
        await s.settle()
        assert screen.topics.has_focus and not screen.map.region.area
        await s.press("j", "enter", "c")
        await s.settle()
        assert screen.map.has_focus and screen.map.zoomed > 2.5 and screen.map._cursor_cell() is not None
        await s.press("c")
        await s.settle()
        await s.pilot.resize_terminal(*WIDE)
        await s.settle()
        assert screen.map.region.area and screen.topics.region.area


async def test_the_lasso_takes_notes_along(stage: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    async with stage() as s:
        monkeypatch.setattr(s.app, "copy_to_clipboard", copied.append)
        screen = await on_map(s)
        await s.press("L", *["right"] * 12, *["down"] * 12)
        await s.settle()
        assert "in the lasso" in s.text
        await s.press("enter")
        await s.settle()
        caught = [row.path for row in screen.topics.rows if row.kind == "note"]
        assert caught and "study/anki.md" not in caught and screen.topics.has_focus
        await s.press("p")
        assert copied[-1].split("\n") == [safe_line(path) for path in caught]
        await s.press("P")
        assert copied[-1].startswith("- [[") and copied[-1].count("\n") == len(caught) - 1
        await s.press("escape")
        await s.settle()
        assert screen.map.has_focus and "in the lasso" not in s.text


async def test_a_lasso_that_is_let_go_catches_nothing(stage: Open) -> None:
    async with stage() as s:
        screen = await on_map(s)
        await s.press("L", "escape")
        await s.settle()
        assert screen.map.lasso is None and s.app.current_mode == "map"


async def test_hits_of_the_last_search_light_up(stage: Open) -> None:
    async with stage() as s:
        screen = await on_map(s)
        await s.press(".")
        await s.settle()
        assert "search for something first" in s.text
        await s.press("/")
        await s.type("sourdough")
        await s.settle(0.1)
        await s.press("down", "3", ".")
        await s.settle()
        lit = {row.path for row in screen.topics.rows if row.kind == "note"}
        assert {"kitchen/sourdough.md", "journal/2025-03-14.md"} <= lit < set(s.vault.notes)
        assert "hits of sourdough" in s.text
        await s.press("w", ".")
        await s.settle()
        assert screen.map.path in lit and "hits of sourdough" not in s.text


# ── the mouse ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_click_points_and_two_open(stage: Open) -> None:
    async with stage() as s:
        screen = await on_map(s)
        place = cell_of(screen, "study/anki.md")
        await s.pilot.click("#map", offset=place)
        await s.settle(0.2)
        assert screen.map.path == "study/anki.md" and "nearest: " in s.text
        await s.pilot.click("#map", offset=(place[0] + 30, place[1] + 12))
        await s.settle()
        assert screen.map.path == ""
        await s.pilot.click("#map", offset=place, times=2)
        await s.settle(0.2)
        assert "2 Note" in s.lines[0] and "Anki setup" in s.lines[1]


async def test_the_wheel_zooms_about_the_pointer(stage: Open) -> None:
    async with stage() as s:
        screen = await on_map(s)
        place = cell_of(screen, "study/anki.md")
        turn = {"widget": screen.map, "x": place[0], "y": place[1], "delta_x": 0, "delta_y": 0, "button": 0}
        turn |= {"shift": False, "meta": False, "ctrl": False}
        screen.map.post_message(MouseScrollUp(**turn))  # type: ignore[arg-type]
        await s.settle()
        assert screen.map.zoomed > 1.2 and cell_of(screen, "study/anki.md") == place
        screen.map.post_message(MouseScrollDown(**turn))  # type: ignore[arg-type]
        await s.settle()
        assert screen.map.zoomed == pytest.approx(1)


async def test_dragging_moves_the_map_with_the_hand(stage: Open) -> None:
    async with stage() as s:
        screen = await on_map(s)
        before = cell_of(screen, "study/anki.md")
        await s.pilot.mouse_down("#map", offset=(40, 15))
        for step in range(1, 6):
            await _move(s, screen, 40 + 2 * step, 15 + step)
        await s.pilot.mouse_up("#map", offset=(50, 20))
        after = cell_of(screen, "study/anki.md")
        assert (after[0] - before[0], after[1] - before[1]) == (10, 5)
        assert screen.map.path == ""


async def test_dragging_draws_the_lasso_where_one_is_out(stage: Open) -> None:
    async with stage() as s:
        screen = await on_map(s)
        column, row = cell_of(screen, "kitchen/sourdough.md")
        await s.press("L")
        await s.pilot.mouse_down("#map", offset=(column - 1, row - 1))
        await _move(s, screen, column + 1, row + 1)
        await s.pilot.mouse_up("#map", offset=(column + 1, row + 1))
        await s.settle()
        assert [row.path for row in screen.topics.rows if row.kind == "note"] == ["kitchen/sourdough.md"]


async def _move(s: Stage, screen: MapScreen, x: int, y: int) -> None:
    at = {"delta_x": 0, "delta_y": 0, "button": 1, "shift": False, "meta": False, "ctrl": False}
    screen.map.post_message(MouseMove(screen.map, x, y, **at))  # type: ignore[arg-type]
    await s.pilot.pause()


# ── names, the log, files ───────────────────────────────────────────────────────────────────────────────────────────


async def test_a_topic_is_renamed_and_given_its_name_back(stage: Open) -> None:
    async with stage() as s:
        await on_map(s)
        await s.press("R")
        await s.settle()
        assert "choose a topic first" in s.text
        await s.press("c", "R")
        await s.type("remembering")
        await s.press("enter")
        await s.settle()
        assert s.vault.names == {1: "remembering"} and "● remembering" in s.text
        await s.press("R", "backspace", "enter")
        await s.settle()
        assert s.vault.names == {1: ""} and "● memory & learning" in s.text
        await s.press("R", "escape")
        await s.settle()
        assert s.vault.names == {1: ""}


@pytest.mark.parametrize(("kind", "begins"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("html", b"<!")])
async def test_the_map_is_written_once_and_never_over_a_file(
    stage: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, begins: bytes
) -> None:
    if kind == "png":
        pytest.importorskip("PIL")
    monkeypatch.chdir(tmp_path)
    async with stage() as s:
        await on_map(s)
        for said in ("wrote vecna-map-", "it was left as it is"):
            await s.press("x", *["down"] * ["svg", "png", "html"].index(kind), "enter")
            await s.until(lambda said=said: said in s.text, 20)  # type: ignore[misc]
        file = next(tmp_path.iterdir())
        assert file.suffix == f".{kind}" and file.read_bytes().startswith(begins)


async def test_every_action_has_a_name_in_the_palette(stage: Open) -> None:
    async with stage() as s:
        await s.press("down", "ctrl+p")
        await s.type("topics what became")
        await s.settle(0.4)
        await s.press("enter")
        await s.settle(0.3)
        assert s.app.current_mode == "map" and "nothing has happened yet" in s.text


# ── from nothing to a map ───────────────────────────────────────────────────────────────────────────────────────────


async def test_the_first_time_it_says_how_far_it_is_and_shows_a_sketch_first(stage: Open) -> None:
    async with stage() as s:
        s.surveyor.is_held = True
        screen = await on_map(s)
        assert s.surveyor.starts == 1 and "a map of your notes" in s.text
        s.surveyor.tell(event="progress", stage="cluster", done=0, total=5000, label="kmeans")
        await s.until(lambda: "finding topics" in s.text and "laying out 5,000 notes" in s.text)
        s.surveyor.draw("pca")
        await s.until(lambda: "15 notes" in s.lines[1])
        s.surveyor.tell(event="progress", stage="draw", done=7, total=15, label="tsne")
        await s.until(lambda: "by t-SNE" in s.lines[1])
        await s.press("w")
        path = screen.map.path
        s.surveyor.draw("tsne")
        s.surveyor.tell(event="ended", code=0)
        await s.until(lambda: s.lines[1].split("│")[0].rstrip().endswith("t-SNE") and "━" not in s.lines[1])
        assert screen.map.path == path and s.surveyor.starts == 1


async def test_what_is_kept_is_shown_at_once_and_new_notes_are_placed(stage: Open) -> None:
    vault = fake_vault()
    vault.drawn = tuple(vault.notes)
    async with stage(vault=vault) as s:
        s.worker.tell(event="synced", notes=15, chunks=41)
        await s.until(lambda: "●" in s.lines[0])
        screen = await on_map(s)
        assert s.surveyor.starts == 0
        await s.press("+")
        view = screen.map.view
        vault.notes["study/leitner.md"] = Note("study/leitner.md", "Leitner box", "cards", "d")
        s.worker.tell(event="synced", notes=16, chunks=42)
        await s.until(lambda: "Leitner box found its place on the map" in s.text, 5)
        assert s.surveyor.starts == 1 and "16 notes" in s.lines[1] and screen.map.view == view


async def test_a_map_waits_until_the_notes_are_in(stage: Open) -> None:
    vault = fake_vault()
    vault.drawn = ()
    async with stage(vault=vault) as s:
        s.worker.tell(event="progress", stage="embed", done=5, total=10)
        await s.until(lambda: "embedding" in s.lines[0])
        await on_map(s)
        assert s.surveyor.starts == 0
        s.worker.tell(event="synced", notes=15, chunks=41)
        await s.until(lambda: s.surveyor.starts == 1, 5)


async def test_without_vectors_it_says_what_it_waits_for(stage: Open) -> None:
    vault = fake_vault()
    vault.has_space = False
    async with stage(vault=vault) as s:
        screen = await on_map(s)
        assert "the map comes by itself" in s.text and s.surveyor.starts == 0
        s.worker.tell(event="ended", code=0)
        await s.until(lambda: "no note has a vector yet" in s.text)
        await s.press("+", "w", "L", "enter", "left", "c", "x", "R", "p")
        await s.settle()
        assert s.app._exception is None and screen.chart is None
        vault.has_space = True
        s.worker.tell(event="synced", notes=15, chunks=41)
        await s.until(lambda: "15 notes" in s.lines[1], 5)


async def test_an_empty_vault_is_told(stage: Open) -> None:
    vault = fake_vault()
    vault.notes.clear()
    async with stage(vault=vault) as s:
        await on_map(s)
        assert "no notes to lay out yet" in s.text
        await s.press("+", "w", "L", "enter", "tab", "c", ".")
        await s.settle()
        assert s.app._exception is None


async def test_a_survey_that_fails_is_a_sentence(stage: Open) -> None:
    async with stage() as s:
        s.surveyor.is_held = True
        await on_map(s)
        s.surveyor.tell(event="error", text="clusterer 'kmeans' failed: \x1b[31mno")
        s.surveyor.tell(event="ended", code=2)
        await s.until(lambda: "clusterer 'kmeans' failed: no" in s.text)
        s.surveyor.is_held = False
        await s.press("1", "3")
        await s.until(lambda: "15 notes" in s.lines[1])


async def test_a_storm_of_resizes_keeps_the_note(stage: Open) -> None:
    async with stage() as s:
        screen = await on_map(s)
        await s.press("c", "w", "+")
        for size in ((8, 3), (200, 60), (30, 9), (1, 1), (80, 24), (99, 12), (120, 36)):
            await s.pilot.resize_terminal(*size)
        await s.settle()
        assert s.app._exception is None and screen.map.path == "memory/forgetting-curve.md"
