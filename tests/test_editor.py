"""Opening a file at a line: presets, templates, and names that look like options."""

from __future__ import annotations

import pytest

from vecna_notes.editor import address, chosen, command, is_address, is_viewed, page_at, view_command, viewer

FILE = "/notes/a b.md"


@pytest.mark.parametrize(
    ("editor", "arguments", "is_terminal"),
    [
        ("vim", ["vim", "+7", FILE], True),
        ("/usr/bin/nvim", ["/usr/bin/nvim", "+7", FILE], True),
        ("emacs -nw", ["emacs", "-nw", "+7", FILE], True),
        ("micro", ["micro", "+7", FILE], True),
        ("hx", ["hx", f"{FILE}:7:3"], True),
        ("zed", ["zed", f"{FILE}:7:3"], False),
        ("code -w", ["code", "-w", "-g", f"{FILE}:7"], False),
        ("cursor", ["cursor", "-g", f"{FILE}:7"], False),
        ("idea", ["idea", "--line", "7", FILE], False),
        ("unheard-of", ["unheard-of", FILE], True),
        ("my {path}@{line}:{col} -x", ["my", f"{FILE}@7:3", "-x"], True),
        ("obsidian", ["xdg-open", "obsidian://open?path=%2Fnotes%2Fa%20b.md"], False),
        ("", ["vi", "+7", FILE], True),
        ("vim 'unclosed", ["vim", "'unclosed", "+7", FILE], True),
    ],
)
def test_presets(editor: str, arguments: list[str], is_terminal: bool) -> None:
    assert command(editor, FILE, 7, 3) == (arguments, is_terminal)


@pytest.mark.parametrize(
    ("links", "there"),
    [
        ("file", "file:///notes/a%20b%23%3F%5E.md"),
        ("obsidian", "obsidian://open?path=%2Fnotes%2Fa%20b%23%3F%5E.md"),
        ("vscode", "vscode://file/notes/a%20b%23%3F%5E.md:7:3"),
        ("idea", "idea://open?file=%2Fnotes%2Fa%20b%23%3F%5E.md&line=7"),
        (
            "x-ed:{path}?line={line}&again={path}",
            "x-ed:/notes/a%20b%23%3F%5E.md?line=7&again=%2Fnotes%2Fa%20b%23%3F%5E.md",
        ),
        ("none", ""),
    ],
)
def test_addresses(links: str, there: str) -> None:
    assert is_address(links) and address(links, "/notes/a b#?^.md", 7, 3) == there


def test_an_address_holds_nothing_a_terminal_would_obey() -> None:
    there = address("file", "/notes/\x1b\\\x1b]52;c;AA\x07\x9b31m\u202e;\udcff{line}.md", 7)
    assert there.isascii() and there.isprintable() and " " not in there and "{" not in there


@pytest.mark.parametrize("links", ["", "files", "vscode://file", "{path}", "x:{path}\x1b", "x:{path} y", "X:{path}"])
def test_what_is_no_address_is_told(links: str) -> None:
    assert not is_address(links)


@pytest.mark.parametrize("name", ["-c!touch pwned", "$(reboot).md", "a'b\"c;d.md", "{line}.md", "--remote"])
@pytest.mark.parametrize("editor", ["vim", "hx", "code", "idea", "e {path} {line}", "other"])
def test_a_name_is_always_one_argument_and_never_an_option(editor: str, name: str) -> None:
    arguments, _ = command(editor, f"/notes/{name}", 1, 1)
    assert [word for word in arguments if f"/notes/{name}" in word and word.startswith("/notes/")]


def test_relative_names_are_refused() -> None:
    with pytest.raises(ValueError, match="absolute"):
        command("vim", "-c!cmd")


def test_inside_nvim_the_file_opens_in_that_nvim() -> None:
    arguments, is_terminal = command("nvim", FILE, 7, 1, {"NVIM": "/run/nvim.1"})
    assert arguments == ["nvim", "--server", "/run/nvim.1", "--remote", FILE]
    assert not is_terminal


def test_order_of_choice() -> None:
    everything = {"VECNA_EDITOR": "hx", "VISUAL": "code", "EDITOR": "nano"}
    assert chosen("kak", everything) == "hx"
    assert chosen("kak", {"VISUAL": "code"}) == "kak"
    assert chosen("", {"VISUAL": "code", "EDITOR": "nano"}) == "code"
    assert chosen("", {"EDITOR": "nano", "VISUAL": " "}) == "nano"
    assert chosen("", {}) == "vi"


@pytest.mark.parametrize(
    ("program", "arguments", "is_terminal"),
    [
        ("zathura --fork", ["zathura", "--fork", "-P", "7", "/notes/a.pdf"], False),
        ("mupdf", ["mupdf", "/notes/a.pdf", "7"], False),
        ("xdg-open", ["xdg-open", "/notes/a.pdf"], False),
        ("show {path}#page={page}", ["show", "/notes/a.pdf#page=7"], False),
        ("tdf {path} -p {page}", ["tdf", "/notes/a.pdf", "-p", "7"], True),
    ],
)
def test_a_viewer_is_told_the_page_where_it_can_be(program: str, arguments: list[str], is_terminal: bool) -> None:
    assert view_command(program, "/notes/a.pdf", 7) == (arguments, is_terminal)


def test_only_a_pdf_has_pages() -> None:
    assert view_command("zathura", "/notes/{page}.epub", 7) == (["zathura", "/notes/{page}.epub"], False)
    with pytest.raises(ValueError):
        view_command("zathura", "-c.pdf", 1)


def test_which_viewer() -> None:
    assert viewer("a", {"VECNA_VIEWER": "b"}) == "b" and viewer("a", {"VECNA_VIEWER": " "}) == "a"
    assert viewer("", {}) in ("xdg-open", "open")


def test_the_page_of_a_line() -> None:
    text = "# T\n\n## Page 2\n\na\n## Page 10\n\nb\n## Page x\nc"
    assert [page_at(text, line) for line in (1, 3, 5, 6, 10, 99)] == [1, 2, 2, 10, 10, 10]
    assert is_viewed("a/B.PDF") and not is_viewed("a.md")
