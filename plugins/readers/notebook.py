"""Reads Jupyter notebooks: their Markdown as it is, their code in fences. What the code printed is left out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from vecna_notes.errors import Unreadable
from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Reader
from vecna_notes.text import decode
from vecna_notes.types import Note

from .made import made_markdown
from .webtext import fenced

_HEADING = re.compile(r"^#{1,6}[ \t]+\S", re.MULTILINE)
_LANGUAGE = re.compile(r"[\w+#-]{1,40}")


@hookimpl
def vecna_readers() -> list[Offer[Reader]]:
    return [Offer("notebook", "Jupyter notebooks, without their output", _make)]


def _make(options: Options) -> Reader:
    return Notebook()


class Notebook:
    suffixes: tuple[str, ...] = (".ipynb",)
    is_risky = True

    def read(self, path: str, data: bytes) -> Note:
        said = _parsed(data)
        cells = said.get("cells")
        if not isinstance(cells, list):
            raise Unreadable("no notebook of format 4: it has no cells; `jupyter nbconvert` makes a newer one")
        language = _language(said.get("metadata"))
        parts = list(_parts([cell for cell in cells if isinstance(cell, dict)], language))
        return made_markdown(path, data, "\n\n".join(parts) + "\n")


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        said = json.loads(decode(data)[0])
    except RecursionError as error:
        raise Unreadable("too large: its JSON is nested too deep") from error
    except ValueError as error:
        raise Unreadable(f"no JSON: {error}") from error
    if not isinstance(said, dict):
        raise Unreadable("no notebook: its JSON is no object")
    return said


def _parts(cells: list[dict[str, Any]], language: str) -> Iterator[str]:
    """Cells are numbered where no heading says where one is."""
    is_numbered = not any(_HEADING.search(_source(cell)) for cell in cells if cell.get("cell_type") == "markdown")
    for number, cell in enumerate(cells, 1):
        if not (source := _source(cell).strip("\n")):
            continue
        if is_numbered:
            yield f"## Cell {number}"
        yield fenced(source, language) if cell.get("cell_type") == "code" else source


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(one for one in source if isinstance(one, str))
    return source if isinstance(source, str) else ""


def _language(metadata: object) -> str:
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        inner = metadata.get(key) if isinstance(metadata, dict) else None
        said = inner.get(name) if isinstance(inner, dict) else None
        if isinstance(said, str) and _LANGUAGE.fullmatch(said):
            return said.lower()
    return ""
