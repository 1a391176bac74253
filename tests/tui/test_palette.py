"""The palette, the help, the jump letters, the editor, and leaving."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.tui.conftest import Open
from tests.tui.test_safety import play
from vecna_notes.config import ScreenSettings
from vecna_notes.tui.editing import edit


async def test_a_note_is_found_by_letters_of_its_title(stage: Open) -> None:
    async with stage() as s:
        await s.press("ctrl+p")
        await s.type("slpcons")
        await s.settle(0.4)
        assert "Sleep and consolidation" in s.text
        await s.press("enter")
        await s.settle(0.3)
        assert "2 Note" in s.lines[0] and "Sleep and consolidation" in s.lines[1]


async def test_a_command_runs_by_its_name(stage: Open) -> None:
    async with stage() as s:
        await s.press("ctrl+p")
        await s.type("rescan")
        await s.settle(0.4)
        await s.press("enter")
        await s.settle(0.2)
        assert s.worker.sent == ["rescan"]


async def test_help_names_the_keys_of_the_focused_pane(stage: Open) -> None:
    async with stage() as s:
        await s.press("down", "?")
        await s.settle()
        assert "further down" in s.text and "this pane" in s.text
        await s.press("escape")
        await s.settle()
        assert "further down" not in s.text


async def test_jumping_to_a_pane(stage: Open) -> None:
    async with stage() as s:
        await s.press("down", "f")
        await s.settle()
        await s.press("d")
        await s.settle()
        assert s.app.screen.preview.has_focus  # type: ignore[attr-defined]


async def test_the_footer_shows_the_keys_of_the_focused_pane(stage: Open) -> None:
    async with stage() as s:
        assert "into the list" in s.lines[-1]
        await s.press("down")
        await s.settle()
        assert "edit" in s.lines[-1] and "into the list" not in s.lines[-1]


async def test_tabs_can_be_clicked(stage: Open) -> None:
    async with stage() as s:
        column = s.lines[0].index("7 Index")
        await s.pilot.click("#header", offset=(column, 0))
        await s.settle()
        assert "NOTES" in s.text


async def test_an_editor_that_is_not_there_is_a_sentence(stage: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECNA_EDITOR", "no-such-editor-here {path}")
    async with stage() as s:
        said = await edit(s.app, Path("/notes/a.md"), 1, ScreenSettings("vecna-dark", "unicode", ""))
        assert "cannot be" in said or "needs the terminal" in said


async def test_an_editor_with_a_window_gets_the_file_and_line(
    stage: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = tmp_path / "code"
    fake.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/said\n')
    fake.chmod(0o755)
    monkeypatch.setenv("VECNA_EDITOR", str(fake))
    async with stage() as s:
        await s.press("down", "e")
        await s.until((tmp_path / "said").exists)
        await s.until(lambda: (tmp_path / "said").read_text() == "-g\n/notes/memory/forgetting-curve.md:1\n")


async def test_a_viewer_gets_the_page(stage: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "zathura"
    fake.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/said\n')
    fake.chmod(0o755)
    monkeypatch.delenv("VECNA_VIEWER", raising=False)
    async with stage() as s:
        settings = ScreenSettings("vecna-dark", "unicode", "", str(fake))
        assert await edit(s.app, Path("/notes/a.pdf"), 9, settings, 3) == ""
        await s.until((tmp_path / "said").exists)
        await s.until(lambda: (tmp_path / "said").read_text() == "-P\n3\n/notes/a.pdf\n")


def test_quitting_leaves_nothing_behind() -> None:
    before = threading.active_count()
    output, code = play(b"read", b"\x11")
    assert code == 0 and b"Traceback" not in output
    assert threading.active_count() == before


def test_borrowing_a_phrase_imports_no_textual() -> None:
    probe = "import sys, vecna_notes.tui.phrases, vecna_notes.tui.snippet; print('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True).stdout == "False\n"
