"""Reads source files by what they say in words: docstrings and comments, under the names of what they explain.

Each line of the file is one line of the note; lines that are only for the machine become blank ones.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from vecna_notes.errors import ConfigError, Unreadable
from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Reader
from vecna_notes.text import decode, digest
from vecna_notes.types import Note

from .made import line, prose

_HASH = ".py .pyi .rb .sh .bash .zsh .fish .pl .r .jl .nim .tcl .mk .cmake .nix .ex .exs .gd"
_SLASHES = (
    ".c .h .cc .cpp .cxx .hpp .cs .java .kt .kts .scala .swift .go .rs .js .jsx .mjs .ts .tsx .dart .zig .php .groovy"
    " .m .proto .glsl .v"
)
_DASHES = ".lua .sql .hs .elm .adb .ads .vhd"
_SEMICOLONS = ".el .lisp .clj .cljs .scm .rkt"
_PERCENTS = ".erl .pro .sty .cls"
STYLES: Mapping[str, str] = {
    suffix: mark
    for mark, suffixes in (
        ("#", _HASH), ("//", _SLASHES), ("--", _DASHES), (";", _SEMICOLONS), ("%", _PERCENTS),
    )
    for suffix in suffixes.split()
}  # fmt: skip
"""Suffix → what a comment begins with."""
_NAMED = re.compile(
    r"[ \t]*(?:(?:export|default|pub(?:\([\w:]+\))?|public|private|protected|internal|static|final|abstract|async|local"
    r"|unsafe|inline|open|override|sealed|data|extern)[ \t]+)*"
    r"(?:function|func|fun|fn|def|defp|defun|defn|defmodule|class|struct|enum|trait|interface|impl|module|object|protocol"
    r"|type|namespace|sub|proc)[ \t]+(?:\([^()\n]*\)[ \t]*)?(?P<name>[\w:.$!?-]+)"
)
_EDGE = re.compile(r"^[ \t]*[/*#;%!-]*[ \t]?|[ \t]*\*+/[ \t]*$")
_PRAGMA = re.compile(r"!|[ \t]*(?:-\*-|vim?:|noqa|type:|pylint|eslint|pragma|region|endregion|coding[:=])")
_QUOTES = re.compile(r"""^[rRuU]?(?:"{3}|'{3}|["'])|(?:"{3}|'{3}|["'])$""")
_BLOCK = {"//": ("/*", "*/"), "--": ("/*", "*/")}


@hookimpl
def vecna_readers() -> list[Offer[Reader]]:
    return [Offer("code", "source files, by their docstrings and comments", Code)]


class Code:
    """Option: "suffixes", where not all are wanted."""

    is_risky = True

    def __init__(self, options: Options) -> None:
        wanted = options.get("suffixes") or sorted(STYLES)
        unknown = [one for one in wanted if one not in STYLES] if isinstance(wanted, Sequence) else [wanted]
        if unknown:
            raise ConfigError(
                f"readers.code.suffixes: {unknown[0]!r} is not known; known are {' '.join(sorted(STYLES))}"
            )
        self.suffixes: tuple[str, ...] = tuple(wanted)  # type: ignore[arg-type]

    def read(self, path: str, data: bytes) -> Note:
        text, problem = decode(data)
        lines = text.split("\n")
        suffix = next((one for one in self.suffixes if path.lower().endswith(one)), self.suffixes[0])
        said = _python(text, lines) if suffix in (".py", ".pyi") else None
        said = said if said is not None else _commented(lines, STYLES[suffix])
        if not any(said):
            raise Unreadable("no docstring and no comment in it")
        return Note(
            path,
            PurePosixPath(path).name or path,
            "\n".join(said),
            digest(data),
            problems=(problem,) if problem else (),
        )


def _python(text: str, lines: list[str]) -> list[str] | None:
    """None where it is no Python that this one understands."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    said = _commented(lines, "#", with_names=False)
    for node, depth in _defined(tree):
        if not isinstance(node, ast.Module):
            kind = "class " if isinstance(node, ast.ClassDef) else ""
            said[node.lineno - 1] = f"{'#' * min(depth + 1, 6)} {kind}{node.name}"
        _put_docstring(node, lines, said)
    return said


_Defined = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _defined(tree: ast.Module) -> Iterator[tuple[_Defined, int]]:
    waiting: list[tuple[ast.AST, int]] = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, _Defined):
            yield node, depth
            depth += 1
        waiting.extend((child, depth) for child in ast.iter_child_nodes(node))


def _put_docstring(node: _Defined, lines: list[str], said: list[str]) -> None:
    first = node.body[0] if node.body else None
    if not isinstance(first, ast.Expr) or not isinstance(first.value, ast.Constant):
        return
    value = first.value
    if not isinstance(value.value, str) or value.end_lineno is None:
        return
    for number in range(value.lineno - 1, min(value.end_lineno, len(said))):
        if said[number].startswith("#") and number == node.__dict__.get("lineno", 0) - 1:
            continue  # `class A: "all on one line"` keeps its name
        said[number] = prose(_QUOTES.sub("", lines[number].strip()))


def _commented(lines: list[str], mark: str, with_names: bool = True) -> list[str]:
    """Comments where they stand, and the names of what is defined where that begins, or its comment does."""
    said: list[str] = []
    opening, closing = _BLOCK.get(mark, ("", ""))
    is_open = False
    start = -1
    """Of the comment that ended on the line before."""
    for number, text in enumerate(lines):
        bare = text.strip()
        if is_open or (opening and bare.startswith(opening)):
            words = _words(bare)
            is_open = closing not in (bare if is_open else bare[2:])
        elif bare.startswith(mark):
            words = "" if _PRAGMA.match(bare[len(mark) :]) else _words(bare)
        else:
            _put_name(said, text, start if start >= 0 else number, number, with_names)
            start = -1
            continue
        start = number if start < 0 else start
        said.append(prose(words))
    return said


def _put_name(said: list[str], text: str, start: int, number: int, with_names: bool) -> None:
    """Above the comment that explains it, where there is a line for that."""
    match = _NAMED.match(text) if with_names else None
    name = f"## {match['name']}" if match else ""
    if name and start < number and start > 0 and not said[start - 1]:
        said[start - 1], name = name, ""
    said.append(name)


def _words(comment: str) -> str:
    return line(_EDGE.sub("", comment))
