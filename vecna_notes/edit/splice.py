"""Where in a file's bytes a change of its text stands: byte order mark, encoding and line ends stay as they are."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

from vecna_notes.edit.journal import Edit
from vecna_notes.errors import EditRefused, NoteChanged, Unreadable
from vecna_notes.text import decode, digest, safe_line
from vecna_notes.types import Span

_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Change:
    """New text for a range of a note."""

    path: str
    """Relative to the vault."""
    digest: str
    """text.digest() of the bytes it was made for, those of the note as indexed; what we wrote since is allowed for."""
    span: Span
    """Characters of the note's text, as `text.decode` gives it; "\\n" is one."""
    new: str
    about: str = ""
    """What the change is, in words for whoever undoes it …"""
    key: str = ""
    """… and for the program that made it."""


def spliced(change: Change, data: bytes, edits: Sequence[Edit]) -> tuple[int, bytes, bytes]:
    """Where in the bytes that are there now a change stands, what it replaces, and by what."""
    origin, since = _origin(change, data, edits)
    mark, encoding, raw = raw_text(change.path, origin)
    first, last = change.span
    start, end = _raw_place(raw, first), _raw_place(raw, last)
    if not 0 <= first <= last or end > len(raw):
        raise EditRefused(f"{safe_line(change.path)} has no characters {first} to {last}; `vecna index` reads it anew")
    check_text(change.path, change.new)
    at, old = len(mark) + len(raw[:start].encode(encoding)), raw[start:end].encode(encoding)
    new = _with_line_ends(change.new, raw).encode(encoding)
    if new == old:
        raise EditRefused(f"{safe_line(change.path)} says so already")
    return _moved(change, at, len(old), since), old, new


def check_text(path: str, new: str) -> None:
    """Raises EditRefused for what no note should hold."""
    if bad := _UNWRITABLE.search(new):
        raise EditRefused(f"{bad.group()!r} does not belong into a note; {safe_line(path)} is left as it is")


def _origin(change: Change, data: bytes, edits: Sequence[Edit]) -> tuple[bytes, list[Edit]]:
    """The bytes that a change was made for, and our own edits since. Raises NoteChanged when anybody else's are there.

    So that several suggestions for one note can be accepted before the note is indexed again.
    """
    since: list[Edit] = []
    for edit in edits:
        if edit.path == change.path and digest(data) == edit.after != change.digest:
            data = undone(edit, data)
            since.append(edit)
    if digest(data) != change.digest:
        raise NoteChanged(
            f"{safe_line(change.path)} has changed since it was indexed; `vecna index`, then look at it again"
        )
    return data, since[::-1]


def _moved(change: Change, at: int, length: int, since: Sequence[Edit]) -> int:
    for edit in since:
        if edit.start + len(edit.old) <= at:
            at += len(edit.new) - len(edit.old)
        elif edit.start < at + length:
            raise NoteChanged(f"{edit.about or 'a change'} stands there by now; `vecna index`, then look at it again")
    return at


def undone(edit: Edit, data: bytes) -> bytes:
    return data[: edit.start] + edit.old + data[edit.start + len(edit.new) :]


def raw_text(path: str, data: bytes) -> tuple[bytes, str, str]:
    """Byte order mark, encoding, and the text with the line ends it has. Raises EditRefused for what is no text."""
    mark, encoding = next((known for known in _ENCODINGS if data.startswith(known[0])), (b"", "utf-8"))
    try:
        decode(data)
        raw = data[len(mark) :].decode(encoding)
    except (Unreadable, UnicodeDecodeError) as error:
        why = str(error) if isinstance(error, Unreadable) else f"not {encoding.upper()} throughout"
        raise EditRefused(
            f"{safe_line(path)} is {why}; it is left as it is, save it as UTF-8 to have it edited"
        ) from error
    if mark + raw.encode(encoding) != data:
        raise EditRefused(f"{safe_line(path)} would not come out as it went in; it is left as it is")
    return mark, encoding, raw


def plain_lines(raw: str) -> str:
    return raw.replace("\r\n", "\n").replace("\r", "\n")


def _raw_place(raw: str, place: int) -> int:
    """A place in the text with "\\n" for line ends, as a place in the text as it is."""
    for match in re.finditer("\r\n", raw):
        if match.start() >= place:
            break
        place += 1
    return place


def _with_line_ends(new: str, raw: str) -> str:
    if "\n" not in new or "\r" not in raw:
        return new
    pairs, feeds = raw.count("\r\n"), raw.count("\n")
    if pairs and 2 * pairs >= feeds:
        return new.replace("\n", "\r\n")
    return new if feeds else new.replace("\n", "\r")
