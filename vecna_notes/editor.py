"""How to open a file at a line in somebody's editor: an argument list, never a shell."""

from __future__ import annotations

import re
import shlex
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


def chosen(configured: str, environment: Mapping[str, str]) -> str:
    """The editor to use: VECNA_EDITOR, else the configured one, else VISUAL, else EDITOR, else vi."""
    candidates = (environment.get("VECNA_EDITOR"), configured, environment.get("VISUAL"), environment.get("EDITOR"))
    return next((editor.strip() for editor in candidates if editor and editor.strip()), "vi")


def command(
    editor: str, file: str, line: int = 1, col: int = 1, environment: Mapping[str, str] | None = None
) -> tuple[list[str], bool]:
    """The arguments that open `file` at a line, and whether the editor needs the terminal to itself.

    `editor` is a program with its own options ("code -w"), or a template with {path}, {line} and {col}.
    `file` must be absolute: a name such as "-c!cmd" can then never be read as an option. Inside an nvim terminal
    (NVIM in `environment`) the file opens in that nvim instead of a second one.
    """
    if not PurePath(file).is_absolute():
        raise ValueError(f"an editor is given absolute paths only, not {file!r}")
    words = _words(editor)
    name = PurePath(words[0]).name.lower().removesuffix(".exe")
    server = (environment or {}).get("NVIM")
    if server and name == "nvim":
        return [*words, "--server", server, "--remote", file], False
    if _FIELD.search(editor):
        values = {"path": file, "line": str(line), "col": str(col)}
        return [_FIELD.sub(lambda field: values[field[1]], word) for word in words], name not in _WINDOWED
    return [*words, *_place(name, file, line, col)], name not in _WINDOWED


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
