"""Lines that a vault says again and again: templates, navigation, footers. They say nothing of the note they stand in,
so they are kept out of what is embedded; they are shown, and found by words, like everything else."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from math import ceil, log2
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vecna_notes.config import open_private
from vecna_notes.ingest.blocks import Body
from vecna_notes.text import normalise

FEWEST = 5
SHARE = 0.02
"""A line is boilerplate from so many notes on, and from this share of all …"""
MOST_OF_A_NOTE = 0.5
"""… but not in a note of which it is more than this part."""
_DAYS = r"mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
_MONTHS = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?"
)
_NUMBER = re.compile(r"\d+(?:st|nd|rd|th)?")
_CALENDAR = re.compile(rf"(?<!\w)(?:{_DAYS}|{_MONTHS})(?!\w)")
_WHEN = re.compile(r"(?<![^\W\d_])(?:day|week|[wqkt])(?![^\W\d_])|[\W\d_]")
_EDGES = re.compile(r"^\W+|\W+$")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]")
Hashes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Repeated:
    """A line that many notes hold."""

    mask: str
    """What is compared: without case, marks, numbers and dates."""
    text: str
    """As one of the notes says it."""
    notes: int
    is_heading: bool = False


def mask(line: str) -> str:
    """A line as it is compared; "" for one without letters and digits, which is never boilerplate."""
    text = _EDGES.sub("", normalise(line))
    return " ".join(_CALENDAR.sub("day", _NUMBER.sub("0", text)).split())


def is_date(line: str) -> bool:
    """Whether a line says nothing but when."""
    return not _WHEN.sub("", mask(line))


def threshold(notes: int) -> int:
    """Notes that must hold a line. It grows in steps, so that the list is not another with every note that comes."""
    step = 2 ** int(log2(notes)) if notes > 1 else 1
    step = step * 3 // 2 if notes >= step * 3 // 2 else step
    return max(FEWEST, ceil(SHARE * step))


@dataclass(frozen=True, slots=True)
class _Lines:
    """What a note says: the hash of each line, each once, and of the heading it stands under (0 for none)."""

    version: str
    lines: Hashes
    above: Hashes
    is_heading: npt.NDArray[np.bool_]


_PARTS = ("lines", "above", "is_heading")


@dataclass(slots=True)
class Tally:
    """How many notes hold each line. What each note says is kept, so that only what changed is read anew."""

    _notes: dict[int, _Lines] = field(default_factory=dict)

    @classmethod
    def load(cls, file: Path) -> Tally:
        """What was saved; an empty one where that is absent or damaged."""
        try:
            with np.load(file, allow_pickle=False) as kept:
                notes, versions = kept["notes"].tolist(), kept["versions"].tolist()
                parts = [np.split(kept[part], kept["ends"][:-1]) for part in _PARTS]
            rows = zip(versions, *parts, strict=True)
            return cls({note: _Lines(*row) for note, row in zip(notes, rows, strict=True)})
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return cls()

    def save(self, file: Path) -> None:
        """A cache: whoever finds none counts anew."""
        rows = list(self._notes.values())
        lines, above, headings = (np.concatenate([getattr(row, part) for row in rows] or [()]) for part in _PARTS)
        fresh = file.with_name(f".{file.name}")
        with open_private(fresh) as stream:
            np.savez(
                stream,
                notes=np.array(list(self._notes), dtype=np.int64),
                versions=np.array([row.version for row in rows], dtype=np.str_),
                ends=np.cumsum([len(row.lines) for row in rows], dtype=np.int64),
                lines=lines,
                above=above,
                is_heading=headings,
            )
        fresh.replace(file)

    def version(self, note: int) -> str | None:
        """The version of a note that is counted."""
        known = self._notes.get(note)
        return known.version if known else None

    def put(self, note: int, version: str, body: str) -> None:
        self._notes[note] = _lines(version, body)

    def keep(self, notes: Collection[int]) -> None:
        """Forget all others."""
        self._notes = {note: self._notes[note] for note in notes if note in self._notes}

    def repeated(self) -> dict[int, int]:
        """Hash → notes, of lines that are boilerplate.

        A line mostly under a heading that is boilerplate belongs to the same template and needs fewer notes.
        """
        if not self._notes:
            return {}
        lines, above, headings = (
            np.concatenate([getattr(one, part) for one in self._notes.values()]) for part in _PARTS
        )
        found, counts = np.unique(lines, return_counts=True)
        often = counts >= threshold(len(self._notes))
        frame = np.intersect1d(found[often], lines[headings])
        under, times = np.unique(lines[np.isin(above, frame)], return_counts=True)
        framed = np.zeros(len(found), dtype=np.int64)
        framed[np.searchsorted(found, under)] = times
        kept = often | ((counts >= FEWEST) & (2 * framed > counts))
        return dict(zip(found[kept].tolist(), counts[kept].tolist(), strict=True))

    def holders(self, hashes: Collection[int]) -> Iterator[int]:
        """Notes that hold one of the lines."""
        wanted = np.array(sorted(hashes), dtype=np.int64)
        return (note for note, one in self._notes.items() if np.isin(one.lines, wanted).any())


def repeated_lines(body: str, among: dict[int, int]) -> Iterator[Repeated]:
    """Those of a note's lines that are among the repeated ones."""
    for key, text, heading, _above in _said(body):
        if count := among.get(hashed(key)):
            yield Repeated(key, text, count, heading)


def _lines(version: str, body: str) -> _Lines:
    found: dict[int, tuple[int, bool]] = {}
    for key, _text, heading, above in _said(body):
        found.setdefault(hashed(key), (hashed(above) if above else 0, heading))
    return _Lines(
        version,
        np.fromiter(found, dtype=np.int64, count=len(found)),
        np.fromiter((above for above, _ in found.values()), dtype=np.int64, count=len(found)),
        np.fromiter((heading for _, heading in found.values()), dtype=np.bool_, count=len(found)),
    )


def _said(text: str) -> Iterator[tuple[str, str, bool, str]]:
    """(mask, text, whether it is a heading, mask of the heading above) of each line that could be boilerplate."""
    spoken = Body(text).lines
    whole = length(spoken)
    above = ""
    for raw, line in zip(text.split("\n"), spoken, strict=True):
        key, is_heading = mask(line), _HEADING.match(raw) is not None
        if key and not is_most(line, whole):
            yield key, line, is_heading, above
        above = key if is_heading else above


def body_of(text: str, body_line: int) -> str:
    """A note's text from its first line after the front matter on."""
    place = 0
    for _ in range(body_line - 1):
        place = text.find("\n", place) + 1
        if place == 0:
            return ""
    return text[place:]


def length(said: Iterable[str]) -> int:
    """Characters that lines say."""
    return sum(map(len, said))


def is_most(line: str, whole: int) -> bool:
    """Whether a line is most of a note that says so many characters."""
    return len(line) > MOST_OF_A_NOTE * whole


def hashed(key: str) -> int:
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True)
