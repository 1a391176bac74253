"""Reads the text of PDF files with PDFium; each page is a section, "## Page 3"."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from typing import Any

from vecna_notes.errors import Unreadable
from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Reader
from vecna_notes.types import Note

from .made import line, made, prose

_MOST_PAGES = 5_000
_HYPHEN = re.compile(r"(?<=[^\W\d_])(?:[-\u00ad\u2010]|\ufffe)\n(?=[^\W\d_A-Z])")
_NO_TITLE = re.compile(r"untitled|\A\W*\Z|microsoft (?:word|powerpoint)|\.(?:docx?|pptx?|tex|dvi|indd|pdf|odt)\Z", re.I)


@hookimpl
def vecna_readers() -> list[Offer[Reader]]:
    return [Offer("pdf", "PDF, page by page", _make, extra="files", missing=_missing)]


def _make(options: Options) -> Reader:
    return Pdf()


def _missing() -> str:
    return "" if importlib.util.find_spec("pypdfium2") else "pdf needs pypdfium2, which is not installed"


class Pdf:
    suffixes: tuple[str, ...] = (".pdf",)
    is_risky = True

    def read(self, path: str, data: bytes) -> Note:
        import pypdfium2

        try:
            file = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise Unreadable(_refusal(data, str(error))) from error
        try:
            return _read(path, data, file)
        except pypdfium2.PdfiumError as error:
            raise Unreadable(f"no PDF that can be read: {error}") from error
        finally:
            file.close()


def _refusal(data: bytes, said: str) -> str:
    if b"%PDF-" not in data[:1024]:
        return "no PDF: it does not begin like one"
    if "password" in said.lower():
        return "encrypted: it opens with a password only"
    return f"no PDF that can be read: {said}"


def _read(path: str, data: bytes, file: Any) -> Note:
    count = len(file)
    said = file.get_metadata_dict(skip_empty=True)
    pages = list(_pages(file, min(count, _MOST_PAGES)))
    if not pages:
        raise Unreadable("no text in it: its pages are pictures, which need OCR first")
    problems = [f"partial: the first {_MOST_PAGES:,} of {count:,} pages"] if count > _MOST_PAGES else []
    properties = {"pages": count} | {key.lower(): line(said[key]) for key in ("Author", "Subject") if key in said}
    return made(path, data, _title(said.get("Title", "")), pages, properties=properties, problems=problems)


def _title(said: str) -> str:
    """What the file calls itself, unless that is only what a program filled in."""
    return "" if _NO_TITLE.search(said.strip()) else said


def _pages(file: Any, count: int) -> Iterator[str]:
    """Blank pages are left out."""
    for number in range(count):
        page = file[number]
        try:
            words = page.get_textpage()
            try:
                text = words.get_text_bounded()
            finally:
                words.close()
        finally:
            page.close()
        if text := _flowing(text):
            yield f"## Page {number + 1}\n\n{text}"


def _flowing(text: str) -> str:
    """Words that a line's end cut in two are made whole, and a number above or below the page is left out."""
    lines = [one.strip() for one in text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")]
    lines = lines[lines[0].isdigit() :]
    lines = lines[:-1] if lines and lines[-1].isdigit() else lines
    return prose(_HYPHEN.sub("", "\n".join(lines))).strip()
