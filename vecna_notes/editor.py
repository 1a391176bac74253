"""How to open a file at a line in somebody's editor, or at a page in a viewer: an argument list, never a shell.

And the address that does so where only an address is taken, as in a terminal's links.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import PurePath

_PLUS = frozenset(
    {"vi", "vim", "nvim", "gvim", "view", "nano", "pico", "emacs", "emacsclient", "micro", "kak", "joe", "ne"}
)
_COLONS = frozenset({"hx", "helix", "zed", "zeditor", "subl", "sublime_text"})
_GOTO = frozenset({"code", "code-insiders", "codium", "cursor", "windsurf"})
_LINE = frozenset({"idea", "pycharm", "webstorm", "clion", "goland"})
_WINDOWED = (
    _GOTO
    | _LINE
    | frozenset({"zed", "zeditor", "subl", "sublime_text", "gvim", "gedit", "kate", "mousepad", "open", "xdg-open"})
)
_FIELD = re.compile(r"\{(path|line|col)\}")
_VIEWED = (".pdf", ".epub", ".docx", ".html", ".htm", ".xhtml")
"""What a text editor shows badly."""
_OWN_LINES = (".ipynb", ".canvas")
"""Text, but with other lines than the note that was made of it."""
_PAGES: Mapping[str, tuple[str, ...]] = {
    "zathura": ("-P", "{page}", "{path}"), "sioyek": ("--page", "{page}", "{path}"),
    "okular": ("-p", "{page}", "{path}"),
    "evince": ("-i", "{page}", "{path}"), "atril": ("-i", "{page}", "{path}"), "xreader": ("-i", "{page}", "{path}"),
    "papers": ("-i", "{page}", "{path}"), "mupdf": ("{path}", "{page}"), "xpdf": ("{path}", "{page}"),
}  # fmt: skip
"""Viewers that open a PDF at a page, and how they are told."""
_IN_TERMINAL = frozenset({"less", "w3m", "lynx", "links", "elinks", "epr", "epy", "tdf", "termpdf", "fancy-cat", "bat"})
ADDRESSES: Mapping[str, str] = {
    "file": "file://{path}",
    "obsidian": "obsidian://open?path={path}",
    "vscode": "vscode://file{path}:{line}:{col}",
    "cursor": "cursor://file{path}:{line}:{col}",
    "zed": "zed://file{path}:{line}:{col}",
    "idea": "idea://open?file={path}&line={line}",
    "none": "",
}
"""Who opens a link, and how it is told."""
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:[!-~]*\{path\}[!-~]*")
_PAGE_FIELD = re.compile(r"\{(path|page)\}")
_PAGE = re.compile(r"^## Page (\d{1,7})$")


def chosen(configured: str, environment: Mapping[str, str]) -> str:
    """The editor to use: VECNA_EDITOR, else the configured one, else VISUAL, else EDITOR, else vi."""
    candidates = (environment.get("VECNA_EDITOR"), configured, environment.get("VISUAL"), environment.get("EDITOR"))
    return next((editor.strip() for editor in candidates if editor and editor.strip()), "vi")


def command(
    editor: str, file: str, line: int = 1, col: int = 1, environment: Mapping[str, str] | None = None
) -> tuple[list[str], bool]:
    """The arguments that open `file` at a line, and whether the editor needs the terminal to itself.

    `editor` is a program with its own options ("code -w"), or a template with {path}, {line} and {col}; "obsidian"
    asks the system to open the note there, which knows no lines.
    `file` must be absolute: a name such as "-c!cmd" can then never be read as an option. Inside an nvim terminal
    (NVIM in `environment`) the file opens in that nvim instead of a second one.
    """
    if not PurePath(file).is_absolute():
        raise ValueError(f"an editor is given absolute paths only, not {file!r}")
    words = _words(editor)
    name = PurePath(words[0]).name.lower().removesuffix(".exe")
    if editor.strip() == "obsidian":
        return [_opener(), address("obsidian", file)], False
    server = (environment or {}).get("NVIM")
    if server and name == "nvim":
        return [*words, "--server", server, "--remote", file], False
    if _FIELD.search(editor):
        values = {"path": file, "line": str(line), "col": str(col)}
        return [_FIELD.sub(lambda field: values[field[1]], word) for word in words], name not in _WINDOWED
    return [*words, *_place(name, file, line, col)], name not in _WINDOWED


def address(links: str, file: str, line: int = 1, col: int = 1) -> str:
    """The address that opens `file`: `links` is one of ADDRESSES, or a template of its kind; "" for "none".

    Whatever the file is called, it holds visible ASCII only.
    """
    from urllib.parse import quote

    values = {"path": file, "line": str(line), "col": str(col)}
    path, mark, query = ADDRESSES.get(links, links).partition("?")

    def filled(part: str, safe: str) -> str:
        return _FIELD.sub(lambda field: quote(values[field[1]], safe=safe, errors="surrogateescape"), part)

    return filled(path, "/") + mark + filled(query, "")


def is_address(links: str) -> bool:
    """Whether `address` can make something of it."""
    return links in ADDRESSES or _ADDRESS.fullmatch(links) is not None


def is_viewed(path: str) -> bool:
    """Whether a file is opened in a viewer rather than in an editor."""
    return path.lower().endswith(_VIEWED)


def line_in_file(path: str, line: int) -> int:
    """The line of a file where that of its note can be told, else the first."""
    return 1 if path.lower().endswith(_OWN_LINES) else line


def page_at(text: str, line: int) -> int:
    """The page of a PDF on which a line of its note stands."""
    above = (match for one in reversed(text.split("\n")[:line]) if (match := _PAGE.match(one)))
    return next((int(match[1]) for match in above), 1)


def viewer(configured: str, environment: Mapping[str, str]) -> str:
    """The viewer to use: VECNA_VIEWER, else the configured one, else what the system opens such files with."""
    said = (environment.get("VECNA_VIEWER", "").strip(), configured.strip())
    return next(filter(None, said), _opener())


def _opener() -> str:
    """What opens a file or an address with whatever the system thinks fit."""
    return "open" if sys.platform == "darwin" else "xdg-open"


def view_command(program: str, file: str, page: int = 1) -> tuple[list[str], bool]:
    """As `command`, for a viewer, or a template with {path} and {page}; one that knows no pages opens the file."""
    if not PurePath(file).is_absolute():
        raise ValueError(f"a viewer is given absolute paths only, not {file!r}")
    words = _words(program)
    name = PurePath(words[0]).name.lower().removesuffix(".exe")
    if not _PAGE_FIELD.search(program):
        is_paged = file.lower().endswith(".pdf") and name in _PAGES
        words = [*words, *(_PAGES[name] if is_paged else ("{path}",))]
    values = {"path": file, "page": str(page)}
    return [_PAGE_FIELD.sub(lambda field: values[field[1]], word) for word in words], name in _IN_TERMINAL


def _words(editor: str) -> list[str]:
    try:
        words = shlex.split(editor)
    except ValueError:  # an unclosed quote
        words = editor.split()
    return words or ["vi"]


def _place(name: str, file: str, line: int, col: int) -> list[str]:
    if name in _PLUS:
        return [f"+{line}", file]
    if name in _COLONS:
        return [f"{file}:{line}:{col}"]
    if name in _GOTO:
        return ["-g", f"{file}:{line}"]
    if name in _LINE:
        return ["--line", str(line), file]
    return [file]
