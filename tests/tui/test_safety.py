"""Text from notes is shown as it is written, and nothing in it reaches the terminal as a command."""

from __future__ import annotations

import ast
import os
import pty
import re
import select
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tui.conftest import Open, Stage
from tests.tui.fake_proposals import fitting, pair
from tests.tui.fakes import evaluation
from tests.tui.notes import NOTES
from vecna_notes.evaluate.scores import Evaluation, QueryScore
from vecna_notes.insight.duplicates import VERDICTS
from vecna_notes.insight.resurface import Resurfaced
from vecna_notes.tui.places import Place

ROOT = Path(__file__).resolve().parents[2]
TUI = ROOT / "vecna_notes" / "tui"
SHOWN = "[/b] [@click=app.quit]"
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f]")


def control_characters(stage: Stage) -> list[str]:
    """Every control character in what is drawn now, with what stands around it."""
    strips = stage.app.screen._compositor.render_strips()
    texts = [segment.text for strip in strips for segment in strip if not segment.control]
    return [text for text in texts if CONTROL.search(text)]


async def show(stage: Stage, screen: str) -> None:
    if screen == "search":
        await stage.type("read")
    elif screen == "recent":
        await stage.press("down", "G")
    elif screen.startswith("note:"):
        stage.app.open_place(Place(NOTES[int(screen[5:])][0]))
    elif screen == "index":
        await stage.press("down", "7")
        stage.worker.tell(event="notice", text=NOTES[10][1] + NOTES[11][1])
        stage.worker.tell(event="error", text=NOTES[11][0])
        stage.worker.tell(event="progress", stage="embed", done=1, total=2, label=NOTES[11][1])
        await stage.settle(0.3)
    elif screen == "question":
        stage.worker.tell(event="ask", what="removal", text=NOTES[10][1] + NOTES[11][0])
        await stage.settle(0.3)
    elif screen == "palette":
        await stage.press("ctrl+p")
        await stage.type("click")
        await stage.settle(0.4)
    elif screen == "keys":
        await stage.press("down", "?")
    else:
        await show_newer(stage, screen)
    await stage.settle(0.1)


async def show_newer(stage: Stage, screen: str) -> None:
    if screen == "explain":
        await stage.type("read")
        await stage.settle()
        stage.app.screen.results.move_to(hostile(stage))  # type: ignore[attr-defined]
        await stage.press("down", "plus", "x")
    elif screen == "eval":
        stage.vault.runs = [hostile_run()]
        await stage.press("down", "6")
    elif screen in ("offers", "peek", "meeting", "duplicates", "home"):
        await show_proposals(stage, screen)
    elif screen == "labels":
        await stage.press("down", "6", "l")
        await stage.type("read")
        await stage.settle(0.3)


async def show_proposals(stage: Stage, screen: str) -> None:
    """What attacks is proposed in every way."""
    vault, bad, words = stage.vault, NOTES[10][0], NOTES[10][1] + NOTES[11][1]
    text = f"# Lisbon\n\nWe read {vault.notes[bad].title} there, and again.\n"
    vault.notes["travel/lisbon.md"] = replace(vault.notes["travel/lisbon.md"], text=text, tags=(words,))
    vault.fitting = [replace(fitting("travel/lisbon.md", words), near=(words,), words=(words,))]
    vault.pairs = [pair(bad, NOTES[11][0], verdict, (words, words), words) for verdict in VERDICTS]
    vault.seen_again = [Resurfaced(bad, words, "near", words, "", "")]
    if screen == "duplicates":
        await stage.press("down", "7", "d")
    elif screen == "home":
        stage.app.screen.notes_changed()  # type: ignore[attr-defined]
    else:
        stage.app.open_place(Place("travel/lisbon.md"))
        await stage.settle(0.4)
        await stage.press(*{"offers": ("s", "t", "k"), "peek": ("s", "p"), "meeting": ("r", "x")}[screen])
    await stage.settle(0.3)


def hostile(stage: Stage) -> int:
    """The row of a note whose title attacks."""
    rows = stage.app.screen.results.rows  # type: ignore[attr-defined]
    return next(place for place, row in enumerate(rows) if row.path == NOTES[10][0])


def hostile_run() -> Evaluation:
    run = evaluation()
    words = NOTES[10][1] + NOTES[11][1]
    rows = tuple(replace(row, system=words, by_kind={words: 0.1}) for row in run.rows[:1])
    worst = (QueryScore(words, words, 0.0, (NOTES[11][0],), (NOTES[11][0],)),)
    return replace(run, set=words, rows=rows, worst=worst, notices=(words,))


SCREENS = ["search", "recent", "note:10", "note:11", "note:12", "note:13", "index", "question", "palette", "keys"]
SCREENS += ["explain", "eval", "labels", "offers", "peek", "meeting", "duplicates", "home"]


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
@pytest.mark.parametrize("screen", SCREENS)
async def test_no_control_character_is_drawn(stage: Open, screen: str, size: tuple[int, int]) -> None:
    async with stage(size=size) as s:
        await show(s, screen)
        assert control_characters(s) == []
        assert s.app._exception is None


@pytest.mark.parametrize(
    "screen", ["search", "note:10", "question", "palette", "explain", "eval", "offers", "duplicates", "home"]
)
async def test_markup_in_a_title_is_shown_literally(stage: Open, screen: str) -> None:
    async with stage(size=(160, 60)) as s:
        await show(s, screen)
        assert SHOWN in s.text


async def test_clicking_markup_does_nothing(stage: Open) -> None:
    async with stage() as s:
        await show(s, "note:10")
        for column in range(4, 40, 3):
            await s.pilot.click("#note", offset=(column, 2))
        assert s.app.is_running and s.app.return_code is None


def test_a_real_terminal_gets_no_command_of_a_note() -> None:
    """The whole program in a pty: everything it writes, from start to quit, on every screen."""
    output, code = play(b"read\x1b[B", b"j" * 12, b"\r", b"\x1b", b"7", b"?", b"q", b"2", b":click", b"\x1b", b"q")
    assert code == 0
    assert b"\x1b]52" not in output and b"AAAA" not in output
    ours = re.sub(rb"\x1b\]22;[a-z]*(?:\x07|\x1b\\\\)", b"", output)  # the shape of the mouse pointer, Textual's own
    assert not re.search(rb"\x07|\x1b[]P_^X]", ours)
    assert not re.search("[\x80-\x9f\u202a-\u202e\u2066-\u2069]", output.decode())
    assert SHOWN.encode() in output


def play(*pressed: bytes) -> tuple[bytes, int]:
    """Run the fake demo in a pseudo-terminal, press keys, and return all it wrote and its exit code."""
    master, slave = pty.openpty()
    os.set_blocking(master, False)
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": "100", "LINES": "30"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.tui.play"],
        cwd=ROOT,
        env=environment,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    output = b""
    try:
        output += read(master, 4.0, until=b"recent notes")
        for keys in pressed:
            os.write(master, keys)
            output += read(master, 0.6)
        output += read(master, 5.0, until=None)
        return output, process.wait(10)
    finally:
        process.kill()
        process.wait()
        os.close(master)


def read(master: int, seconds: float, until: bytes | None = b"\0never\0") -> bytes:
    """What comes within some seconds, less when `until` comes; None reads until the program ends."""
    output, deadline = b"", time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not select.select([master], [], [], 0.05)[0]:
            continue
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        output += piece
        if until is not None and until in output:
            break
    return output


# ── what the source may not do ──────────────────────────────────────────────────────────────────────────────────

SHOWERS = {"Static", "Label", "Button", "notify", "from_markup", "Option"}


def test_no_string_reaches_a_widget_as_markup() -> None:
    found = []
    for file in TUI.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            is_plain = any(
                keyword.arg == "markup" and isinstance(keyword.value, ast.Constant) and keyword.value.value is False
                for keyword in node.keywords
            )
            if name == "from_markup" or (name in SHOWERS and not is_plain) or name == "print":
                found.append(f"{file.relative_to(ROOT)}:{node.lineno}: {name}")
    assert not found


def test_the_screen_uses_no_stock_list_and_no_thread() -> None:
    banned = re.compile(
        r"\b(ListView|DataTable|OptionList|Markdown|MarkdownViewer|Tree)\b\(|thread=True|call_from_thread|"
        r"import (threading|sqlite3)|vecna_notes\.(store|nearest)"
    )
    found = [str(file) for file in TUI.rglob("*.py") if banned.search(file.read_text(encoding="utf-8"))]
    assert not found
