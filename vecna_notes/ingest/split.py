"""Cuts a note into chunks that follow its own structure, tile it without gap or overlap, and fit an embedder."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from vecna_notes.ingest.blocks import GRAINS, Body, Grain, Piece
from vecna_notes.ingest.boilerplate import body_of, is_date, is_most, length, mask
from vecna_notes.markup import heading_text
from vecna_notes.text import normalise
from vecna_notes.types import Chunk, Note

Count = Callable[[Sequence[str]], list[int]]
Unsaid = Callable[[str], bool]
FULL = 0.6
"""A chunk this full is closed by the next heading …"""
SCRAP = 0.1
"""… unless that heading's own section is this small;"""
SLIGHT = 0.2
"""one fuller than this is closed by a heading that leaves its parent."""
_PLACE = re.compile(r"(?:Page|Cell) \d{1,7}")
_LONGEST_TITLE = 120
_LONGEST_TRAIL = 160
_CHARACTERS_PER_TOKEN = 24
"""Text that says little for its length, addresses or code nobody reads, still counts this much."""
_ROUNDS = 8


def split(note: Note, count: Count, max_tokens: int, boilerplate: Collection[str] = ()) -> list[Chunk]:
    """The chunks of a note, in order, each of at most `max_tokens` by `count`; a note without a body has one, empty.

    `count` gives the tokens of each of many texts and is called a few times only. Joined, the chunks' texts are the
    note's text from `body_line` on. Lines that are `boilerplate`, by their masks, are not embedded.
    """
    text = body_of(note.text, note.body_line)
    body = Body(text)
    pieces = _fitted(body, body.blocks(), count, max_tokens)
    unsaid = _unsaid(body, boilerplate)
    chunks = [_chunk(note, body, group, unsaid) for group in _grouped(text, pieces, max_tokens)]
    return chunks or [Chunk("", (), note.body_line, note.body_line, _title(note, unsaid))]


@dataclass(frozen=True, slots=True)
class _Sized:
    piece: Piece
    tokens: int
    above: int
    """Tokens of the headings directly before it, which must not be left alone."""


def _fitted(body: Body, pieces: list[Piece], count: Count, limit: int) -> list[_Sized]:
    """Pieces none of which is too large, each only as fine as it must be."""
    sized = _sized(pieces, count)
    for grain in GRAINS:
        sized = _refined(sized, count, limit, partial(_finer, body, grain, limit // 2))
    for _ in range(_ROUNDS):
        if all(_fits(one, limit) for one in sized):
            break
        sized = _refined(sized, count, limit, lambda large: body.halved(large.piece, _parts(large, limit)))
    return sized


def _finer(body: Body, grain: Grain, least: int, large: _Sized) -> list[Piece]:
    return body.finer(large.piece, grain, least)


def _parts(large: _Sized, limit: int) -> int:
    return max(2, -(-large.tokens * 5 // (4 * _room(large, limit))))


def _fits(one: _Sized, limit: int) -> bool:
    return one.tokens <= _room(one, limit) or one.piece.end - one.piece.start <= 1


def _room(one: _Sized, limit: int) -> int:
    """Tokens a piece may have with the headings above it; headings that fill a chunk by themselves stay behind."""
    return limit - one.above if one.above <= limit // 2 else limit


def _refined(sized: list[_Sized], count: Count, limit: int, refine: Callable[[_Sized], list[Piece]]) -> list[_Sized]:
    finer = {i: refine(one) for i, one in enumerate(sized) if not _fits(one, limit)}
    if not finer:
        return sized
    fresh = iter(_sized([piece for pieces in finer.values() for piece in pieces], count))
    done: list[_Sized] = []
    for i, one in enumerate(sized):
        if i not in finer:
            done.append(one)
            continue
        parts = [next(fresh) for _ in finer[i]]
        done += [_Sized(parts[0].piece, parts[0].tokens, one.above), *parts[1:]]
    return done


def _sized(pieces: list[Piece], count: Count) -> list[_Sized]:
    spoken = [piece.said for piece in pieces if piece.said]
    counts = iter(count(spoken) if spoken else [])
    sized: list[_Sized] = []
    above = 0
    for piece in pieces:
        least = (piece.end - piece.start) // _CHARACTERS_PER_TOKEN
        tokens = max(next(counts) if piece.said else 0, least)
        sized.append(_Sized(piece, tokens, above))
        above = above + tokens if piece.kind == "heading" else 0
    return sized


@dataclass(slots=True)
class _Group:
    """A chunk while it grows."""

    trail: tuple[str, ...]
    """Headings in force where it begins, its own included."""
    level: int
    """Of the heading it begins under."""
    pieces: list[Piece] = field(default_factory=list)
    tokens: int = 0

    @property
    def is_only_headings(self) -> bool:
        return all(piece.kind == "heading" for piece in self.pieces)


def _grouped(text: str, sized: list[_Sized], limit: int) -> Iterator[_Group]:
    """Neighbours together while they fit: sections stay whole where they can and share a chunk when slight."""
    headings: list[tuple[int, str]] = []
    sections = _sections(sized)
    group: _Group | None = None
    for one, section in zip(sized, sections, strict=True):
        piece = one.piece
        if piece.kind == "heading":
            headings = [above for above in headings if above[0] < piece.level]
            headings.append((piece.level, heading_text(text[piece.start : piece.end].strip().partition("\n")[0])))
        if group is not None and _must_close(group, one, section, limit):
            yield group
            group = None
        if group is None:
            trail = tuple(heading for _, heading in headings if heading)
            group = _Group(trail, headings[-1][0] if headings else 0)
        if group.is_only_headings and _is_place(piece):
            group.trail = tuple(heading for _, heading in headings if heading)
        group.pieces.append(piece)
        group.tokens += one.tokens
    if group is not None:
        yield group


def _must_close(group: _Group, one: _Sized, section: int, limit: int) -> bool:
    """Whether a chunk ends before a piece; `section` is the size of the section that the piece is in or opens."""
    if one.piece.kind != "heading":
        even = -(-section // -(-section // limit)) if section > limit else limit
        return group.tokens + one.tokens > limit or (group.tokens >= even and not group.is_only_headings)
    if group.is_only_headings:
        return group.tokens + one.tokens > limit
    if _is_place(one.piece):
        return True
    if one.piece.level < group.level and group.tokens > SLIGHT * limit:
        return True
    is_full = group.tokens > FULL * limit and section > SCRAP * limit
    return is_full or group.tokens + section > limit


def _is_place(piece: Piece) -> bool:
    """Whether a piece is the number of a page or a cell, by which what follows is cited and opened."""
    return piece.kind == "heading" and _PLACE.fullmatch(piece.said.strip()) is not None


def _sections(sized: list[_Sized]) -> list[int]:
    """For each piece the tokens of its section: from a heading up to the next heading of any level."""
    starts = [0, *(i for i, one in enumerate(sized) if i and one.piece.kind == "heading"), len(sized)]
    sizes: list[int] = []
    for start, end in pairwise(starts):
        sizes += [sum(one.tokens for one in sized[start:end])] * (end - start)
    return sizes


def _unsaid(body: Body, boilerplate: Collection[str]) -> Unsaid:
    """Whether a line of this note is boilerplate."""
    whole = length(body.lines) if boilerplate else 0
    return lambda line: bool(boilerplate) and mask(line) in boilerplate and not is_most(line, whole)


def _chunk(note: Note, body: Body, group: _Group, unsaid: Unsaid) -> Chunk:
    start, end = group.pieces[0].start, group.pieces[-1].end
    trail = group.trail[1:] if group.trail[:1] == (note.own_title,) else group.trail
    return Chunk(
        body.text[start:end],
        trail,
        note.body_line + body.line_of(start),
        note.body_line + body.line_of(max(start, end - 1)),
        _embedded(
            _title(note, unsaid),
            tuple(heading for heading in trail if not unsaid(heading)),
            [line for piece in group.pieces for line in piece.said.split("\n") if line and not unsaid(line)],
            start == 0,
        ),
    )


def _title(note: Note, unsaid: Unsaid) -> str:
    """A title says what its note is about even where others hold it as a line, unless it is only a date."""
    return "" if unsaid(note.own_title) and is_date(note.own_title) else note.own_title


def _embedded(title: str, trail: tuple[str, ...], said: list[str], is_first: bool) -> str:
    """Title, trail and text, nothing twice; of a first chunk that says nothing the title, of another nothing."""
    text = "\n".join(said)
    if not text:
        return title if is_first else ""
    opening = {normalise(line) for line in text[: _LONGEST_TITLE + _LONGEST_TRAIL].split("\n")}
    above = [heading for heading in trail if normalise(heading) not in opening]
    parts = [
        "" if normalise(title) in opening else _cut_end(title, _LONGEST_TITLE),
        _cut_start(" > ".join(above), _LONGEST_TRAIL),
        text,
    ]
    return "\n".join(part for part in parts if part)


def _cut_end(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest].rpartition(" ")[0] or text[:longest]


def _cut_start(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[-longest:].partition(" ")[2] or text[-longest:]
