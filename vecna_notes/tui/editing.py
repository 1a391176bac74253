"""Handing the terminal to somebody's editor, and taking it back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

from textual.app import App, SuspendNotSupported

from vecna_notes.config import ScreenSettings
from vecna_notes.editor import chosen, command, is_viewed, line_in_file, page_at, view_command, viewer
from vecna_notes.text import safe_line
from vecna_notes.tui.places import Place
from vecna_notes.tui.ports import Vault


def page_of(place: Place) -> Callable[[Vault], int]:
    """Asks for the page of a PDF that a line of its note stands on; 1 for what has no pages."""
    return lambda vault: page_at(vault.text(place.path), place.line) if is_viewed(place.path) else 1


async def edit(app: App[int], file: Path, line: int, settings: ScreenSettings, page: int = 1) -> str:
    """Open a file at a line; returns a sentence when that was not possible, else nothing.

    An editor that draws in the terminal gets it until it ends; any other one is started and left alone. What no editor
    shows, such as a PDF, opens in the viewer, at a page. A browser has no terminal to lend.
    """
    arguments, needs_terminal = _opener(str(file), line, settings, page)
    if needs_terminal and app.is_web:
        app.copy_to_clipboard(safe_line(f"{file}:{line}"))
        return f"{arguments[0]} needs a terminal, not a browser: copied {file.name}:{line}; o opens it in Obsidian"
    try:
        if needs_terminal:
            return await _wait_for(app, arguments)
        await asyncio.create_subprocess_exec(
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        hint = "VECNA_VIEWER to your viewer" if is_viewed(str(file)) else "VECNA_EDITOR or EDITOR to your editor"
        return f"{arguments[0]} cannot be started ({error.strerror}); set {hint}"
    except SuspendNotSupported:
        return (
            f"{arguments[0]} needs the terminal, which cannot be lent here; set VECNA_EDITOR to an editor with a window"
        )
    return ""


def _opener(file: str, line: int, settings: ScreenSettings, page: int) -> tuple[list[str], bool]:
    if is_viewed(file):
        return view_command(viewer(settings.viewer, os.environ), file, page)
    return command(chosen(settings.editor, os.environ), file, line_in_file(file, line), environment=os.environ)


async def _wait_for(app: App[int], arguments: list[str]) -> str:
    """The loop goes on while the editor runs, so that the worker is heard; nothing is drawn until it ends."""
    with app.suspend(), _deaf_to_interrupts(), app.batch_update():
        process = await asyncio.create_subprocess_exec(*arguments)
        code = await process.wait()
    return f"{arguments[0]} ended with code {code}" if code else ""


@contextlib.contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """ctrl+c in the editor is the editor's. A handler, not SIG_IGN, because a child would inherit that."""
    before = signal.signal(signal.SIGINT, lambda _number, _frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
