"""The forms in which places in notes can be had: for people, for editors, for scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from vecna_notes.cli.rows import Row, from_here
from vecna_notes.cli.session import Session
from vecna_notes.cli.shapes import dumps
from vecna_notes.text import safe_line

F = TypeVar("F", bound=Callable[..., Any])
_FIELD = re.compile(r"\{(\w*)\}|\\([tn0\\])")
_ESCAPES = {"t": "\t", "n": "\n", "0": "\0", "\\": "\\"}
FIELDS: dict[str, Callable[[Row, Path], str]] = {
    "path": lambda row, root: row.path,
    "file": lambda row, root: str(root / row.path),
    "title": lambda row, root: row.title,
    "heading": lambda row, root: row.heading,
    "line": lambda row, root: str(row.line),
    "last": lambda row, root: str(row.last),
    "col": lambda row, root: str(row.column),
    "score": lambda row, root: f"{row.score:.4f}",
    "text": lambda row, root: row.text,
    "snippet": lambda row, root: row.snippet,
}


def outputs(function: F) -> F:
    """Options that choose a form; the last one given counts. The command receives `form` and `template`."""
    for option in (
        click.option("--format", "template", metavar="TEMPLATE", callback=_checked, help=_format_help()),
        click.option("--vimgrep", "form", flag_value="vimgrep", help="FILE:LINE:COLUMN:TEXT, for editors."),
        click.option("-0", "form", flag_value="paths0", help="Like --paths, each ended by a NUL byte."),
        click.option("--paths", "form", flag_value="paths", help="Files only, one a line, as they open from here."),
        click.option("--jsonl", "form", flag_value="jsonl", help="One JSON object a line."),
        click.option("--json", "form", flag_value="json", help="One JSON object."),
    ):
        function = option(function)
    return function


def write_rows(session: Session, root: Path, rows: Sequence[Row], form: str | None, template: str | None) -> bool:
    """Write `rows` if a line-oriented form was asked for; False when it was not."""
    if template is not None:
        for row in rows:
            session.write(_filled(template, row, root, session.out.isatty()))
    elif form == "jsonl":
        for row in rows:
            session.write(dumps(row.shape))
    elif form in ("paths", "paths0", "vimgrep"):
        for row in rows:
            _write_place(session, root, row, form)
    else:
        return False
    return True


def _write_place(session: Session, root: Path, row: Row, form: str) -> None:
    file = from_here(root, row.path)
    file = safe_line(file) if session.out.isatty() else file
    place = f":{row.line}:{row.column}:{safe_line(row.text)}" if form == "vimgrep" else ""
    session.write(file + place, end="\0" if form == "paths0" else "\n")


def _filled(template: str, row: Row, root: Path, is_tty: bool) -> str:
    def value(match: re.Match[str]) -> str:
        if match[2]:
            return _ESCAPES[match[2]]
        said = FIELDS[match[1]](row, root)
        return said if match[1] in ("path", "file") and not is_tty else safe_line(said)

    return _FIELD.sub(value, template)


def _checked(context: click.Context, parameter: click.Parameter, template: str | None) -> str | None:
    for field in _FIELD.finditer(template or ""):
        if field[1] not in FIELDS and not field[2]:
            raise click.BadParameter(
                f"there is no field {field[0]!r}; fields are {', '.join(FIELDS)}", context, parameter
            )
    return template


def _format_help() -> str:
    return f"A line for each, with {' '.join(f'{{{field}}}' for field in FIELDS)} and \\t \\n \\0."
