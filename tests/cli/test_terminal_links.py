"""A path on a terminal is a link that opens the note, whatever it is called; nowhere else is there one."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.cli.conftest import write_notes
from tests.cli.test_process import HOSTILE, on_a_terminal
from tests.vaults import Home

LINK = re.compile(rb"\x1b\]8;;([^\x1b\x07]*)\x1b\\")
QUESTION = "What do I feed the levain with?"


def links(home: Home, root: Path, *arguments: str, **environment: str) -> list[str]:
    """Where they lead; each is closed before the next."""
    code, heard = on_a_terminal(home, "--vault", str(root), *arguments, **environment)
    found = LINK.findall(heard)
    assert code == 0 and len(found) == heard.count(b"\x1b]8;"), heard
    assert all(found[::2]) and not any(found[1::2])
    return [there.decode("ascii") for there in found[::2]]


@pytest.mark.parametrize("arguments", [("search", "levain"), ("related", "Levain"), ("ask", QUESTION)])
def test_paths_open_their_files(home: Home, root: Path, arguments: tuple[str, ...]) -> None:
    found = links(home, root, *arguments)
    assert f"file://{root}/kitchen/{'Rye%20bread' if arguments[0] == 'related' else 'Levain'}.md" in found


def test_they_open_where_one_likes_them_to(home: Home, root: Path) -> None:
    def there(form: str) -> str:
        return links(home, root, "search", "-n", "1", "forget most of what we read", VECNA_SCREEN__LINKS=form)[0]

    assert re.fullmatch(rf"vscode://file{root}/memory/Forgetting%20curve\.md:\d+:1", there("vscode"))
    assert there("obsidian").startswith("obsidian://open?path=%2F") and "Forgetting%20curve.md" in there("obsidian")
    assert re.fullmatch(r"ed:.*/Forgetting%20curve\.md#[1-9]\d*", there("ed:{path}#{line}"))


@pytest.mark.parametrize(
    "environment",
    [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": "linux"}, {"VECNA_SCREEN__LINKS": "none"}],
)
def test_none_where_they_are_not_wanted_or_not_understood(home: Home, root: Path, environment: dict[str, str]) -> None:
    assert links(home, root, "search", "levain", **environment) == []


def test_none_in_a_pipe(home: Home, root: Path) -> None:
    assert "]8;" not in home.vecna("--vault", str(root), "--color", "always", "search", "levain").stdout


def test_what_is_no_address_is_an_error(home: Home, root: Path) -> None:
    done = home.vecna("--vault", str(root), "search", "levain", env={"VECNA_SCREEN__LINKS": "emacs"})
    assert done.returncode == 2 and "screen.links" in done.stderr and "vscode" in done.stderr


def test_no_name_breaks_out_of_its_link(tmp_path: Path) -> None:
    home, root = Home(tmp_path / "home"), tmp_path / "vault"
    write_notes(root, {f"evil\x1b\\\x1b]8;;http:{HOSTILE.replace('/', '')}.md": "# Levain\n\nFeed the levain rye.\n"})
    with open(os.fsencode(root) + b"/bytes \xff\n\x9b31m.md", "w") as file:  # noqa: PTH123  a name that is no text
        file.write("# Levain, too\n\nFeed the levain rye flour.\n")
    assert home.vecna("index", str(root)).returncode == 0
    for form in ("file", "obsidian", "zed"):
        found = links(home, root, "search", "levain", VECNA_SCREEN__LINKS=form)
        assert len(found) == 2 and all(there.startswith(form) for there in found)
        assert any("%1B%5C%1B%5D8%3B%3Bhttp" in there for there in found)
        assert any("bytes%20%FF%0A%9B31m.md" in there for there in found)
