"""Hostile titles, names and texts on a real terminal: shown literally, and not one control byte of theirs arrives."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.terminal import Terminal
from tests.vaults import Home, make_vault
from vecna_notes.tui import running

TITLE = "[/b] [@click=app.quit] \x1b]52;c;AAAA\x07"
LITERAL = "[/b] [@click=app.quit]"
NAMES = [
    b"new\nline.md",
    b"escape\x1b]0;owned\x07.md",
    b"csi\xc2\x9b31m.md",
    "right\u202eto left.md".encode(),
    b"invalid \xff utf-8.md",
    "\N{PARTY POPPER}.md".encode(),
    b"[red]markup[on].md",
    b"'quotes\" $(touch owned) `x`.md",
    b"-c!quit.md",
    b"x" * 240 + b".md",
]
TEXT = "# Hostile\n\nzebra \x1b]52;c;BBBB\x07 \x9b2J \x1b[2J \x1bP1$q\x1b\\ [link=file:///x]x[/link] [blink]y[/]\n"
DANGEROUS = re.compile(rb"\x1b\]52|\x1b\]0;owned|\xc2\x9b|\x9b(?=31m|2J)|\x1bP1\$q|\xe2\x80\xae|AAAA\x07|BBBB\x07")
"""Bytes that could only come from a note."""


@pytest.fixture
def hostile(tmp_path: Path) -> tuple[Path, Home]:
    root, home = make_vault(tmp_path / "vault", 5), Home(tmp_path / "home")
    (root / "title.md").write_text(f"---\ntitle: '{LITERAL} \\x1b'\n---\n# {TITLE}\n\nzebra\n", encoding="utf-8")
    (root / "heading.md").write_text(f"# {TITLE}\n\n## {TITLE}\n\nzebra [[{TITLE}]]\n", encoding="utf-8")
    (root / "broken.md").write_text(f"---\na: [\x1b]52;c;CC\x07\n---\nzebra {TITLE}\n", encoding="utf-8")
    for name in NAMES:
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_text(TEXT, encoding="utf-8")
    assert home.vecna("index", str(root)).returncode == 0
    return root, home


@pytest.mark.parametrize(("columns", "rows"), [(120, 36), (80, 24), (20, 5)])
@pytest.mark.parametrize("colour", [True, False])
def test_every_screen_shows_hostile_notes_literally(
    hostile: tuple[Path, Home], columns: int, rows: int, colour: bool
) -> None:
    root, home = hostile
    environment = home.environment | {"VECNA_EDITOR": "true {path}"} | ({} if colour else {"NO_COLOR": "1"})
    with Terminal([str(root)], environment, columns, rows) as terminal:
        terminal.settle(1.0)
        terminal.press("app quit")
        if columns >= 80:
            terminal.wait_for(LITERAL)
        terminal.settle()
        for keys in (
            "\x1b[B",
            "\r",
            "\x1b",
            "1",
            "/",
            "\x15zebra",
            "\x1b[B",
            "j",
            "j",
            "\r",
            "7",
            "j",
            "j",
            "2",
            "?",
            "\x1b",
        ):
            terminal.press(keys)
            terminal.settle(0.15)
        terminal.press("\x11")
        assert terminal.wait_for_end(30) == 0, terminal.text
        assert not DANGEROUS.search(terminal.raw)
        assert not (root / "owned").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "zebra", "-n", "50"],
        ["search", "zebra", "--explain"],
        ["related", "heading.md"],
        ["status"],
        ["index", "--explain", "title.md"],
        ["doctor"],
        ["plugins"],
    ],
)
def test_every_command_prints_hostile_notes_literally(hostile: tuple[Path, Home], arguments: list[str]) -> None:
    root, home = hostile
    environment = home.environment | {"VECNA_VAULT": str(root)}
    with Terminal(arguments, environment, 120, 200) as terminal:
        assert terminal.wait_for_end(30) in (0, 1)
        assert terminal.raw
        assert not DANGEROUS.search(terminal.raw)


def test_quitting_leaves_no_process_behind(hostile: tuple[Path, Home]) -> None:
    root, home = hostile
    with Terminal([str(root)], home.environment) as terminal:
        terminal.wait_for(lambda: bool(_workers(root)))
        terminal.settle()
        started = time.monotonic()
        terminal.press("\x11")
        assert terminal.wait_for_end() == 0
        assert not _workers(root)
        assert time.monotonic() - started < 10


def _workers(root: Path) -> list[str]:
    listed = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if "--jsonl" in line and str(root) in line]


def test_a_terminal_that_is_gone_is_seen_without_a_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    with os.fdopen(theirs) as stdin:
        monkeypatch.setattr(sys, "__stdin__", stdin)
        assert not running._has_hung_up()
        os.close(ours)
        assert running._has_hung_up()


@pytest.mark.parametrize("keys", ["", "levain", "zebra\re"])
def test_without_its_terminal_the_screen_ends(hostile: tuple[Path, Home], tmp_path: Path, keys: str) -> None:
    """At rest, while it searches, and while an editor is in front that stays."""
    root, home = hostile
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\ntrap '' HUP\nsleep 60\n")
    editor.chmod(0o700)
    with Terminal([str(root)], home.environment | {"VECNA_EDITOR": f"{editor} {{path}}"}) as terminal:
        terminal.wait_for("1 Search")
        terminal.settle()
        for key in keys:
            terminal.press(key)
            terminal.settle(0.1)
        assert terminal.hang_up() == 128 + signal.SIGHUP
