"""Tags, aliases and titles as Obsidian, Logseq, zk and Dendron write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from urllib.parse import unquote

from vecna_notes.types import Property

_EMOJI = (
    "\u200d\u20e3\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f"
)
_TAG = re.compile(rf"(?<![^\s(\[{{,;>*_~\"'“‘])#(?:\[\[(?P<page>[^\[\]\n]{{1,200}})\]\]|(?P<word>[\w/{_EMOJI}-]+))")
_FIELD = re.compile(
    r"^[ \t]*(?:[-*+][ \t]+)?(?P<key>[A-Za-z][\w .-]{0,60}?)::(?:[ \t]+(?P<value>\S[^\n]*)|[ \t]*)$", re.M
)
_NOISE = re.compile(r"(?:id|collapsed|heading|background-color|card-.*|logseq\..*)\Z")
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_BLOCK_ID = re.compile(rf"^[ \t]*id::[ \t]+({_UUID})[ \t]*$", re.M)
_JOURNAL = re.compile(r"(\d{4})_(\d\d)_(\d\d)\Z")
_ESCAPED = re.compile(r"%(?:22|23|25|2A|2F|3A|3C|3E|3F|5C|7C)", re.IGNORECASE)


def inline_tags(prose: str) -> Iterator[str]:
    """#a/b and #[[two words]] in a text without code, comments and links; all digits is no tag."""
    if "#" not in prose:
        return
    for match in _TAG.finditer(prose):
        word = match["page"] or match["word"].strip("/").rstrip("-")
        if word and not word.replace("/", "").isdigit():
            yield word.strip()


def listed(value: Property | Mapping[str, Property], by_space: bool = False) -> list[str]:
    """The names in a property: a list, or one string cut at commas, or (`by_space`) at white space when it has none."""
    if value is None or isinstance(value, bool):
        return []
    if isinstance(value, str):
        parts: Iterable[str] = value.split() if by_space and "," not in value else value.split(",")
    elif isinstance(value, Sequence):
        parts = [name for inner in value for name in ([inner] if isinstance(inner, str) else listed(inner))]
    else:
        parts = [str(value)]
    return [name for part in parts if (name := _bare(part))]


def _bare(name: str) -> str:
    return " ".join(name.strip().removeprefix("#").removeprefix("[[").removesuffix("]]").split())


def once(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once whatever its case, as first written."""
    seen: dict[str, str] = {}
    for name in names:
        seen.setdefault(name.casefold(), name)
    return tuple(seen.values())


def fields(prose: str) -> dict[str, str]:
    """`key:: value` lines of Logseq and Dataview, the first of each key; Logseq's own bookkeeping left out."""
    found: dict[str, str] = {}
    if "::" in prose:
        for match in _FIELD.finditer(prose):
            if not _NOISE.match(key := match["key"].strip().lower()):
                found.setdefault(key, (match["value"] or "").strip())
    return found


def block_ids(prose: str) -> list[str]:
    """Names that Logseq gave to blocks because something points to them: ((id)) leads to their page."""
    return _BLOCK_ID.findall(prose) if "id::" in prose else []


def name_of(path: str) -> str:
    """A file's name as a title: without its suffix, and as Logseq means it (`a___b` is a/b, `%3A` is a colon, and a
    page of a journal is a date)."""
    stem = _JOURNAL.sub(r"\1-\2-\3", PurePosixPath(path).stem)
    return _ESCAPED.sub(lambda match: unquote(match.group()), stem.replace("___", "/"))
