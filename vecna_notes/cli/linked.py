"""Links in a list, for people: the change a link would make, and what is wrong with those there are."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vecna_notes.cli.paint import Paint, cut
from vecna_notes.text import excerpt, safe_line, safe_text

if TYPE_CHECKING:
    from vecna_notes.edit import Edit
    from vecna_notes.evaluate.suggested import Restored
    from vecna_notes.insight.gaps import Broken, Missing, Orphan
    from vecna_notes.insight.suggestion import Suggestion

_INDENT = "    "
_MISSED_SHOWN = 10


def suggestion_lines(one: Suggestion, number: int | None, root: Path, paint: Paint) -> Iterator[str]:
    """Number or id, words and target; place and reason; the line before and after."""
    words = f"“{safe_line(one.anchor)}”" if one.anchor else "after the sentence"
    section = f" › {safe_line(one.section)}" if one.section else ""
    head = f"{number:>2}" if number is not None else one.id
    target = paint(safe_line(one.title) + section, "title")
    yield f"{head}  {paint(words, 'match')} {paint.glyph('→', '->')} {target}  {_likely(one, paint)}"
    place = paint.link(f"{safe_line(one.source)}:{one.line}:{one.column}", root / one.source, "dim", one.line)
    known = [place, paint(safe_line(one.why), "dim"), *([paint(one.id, "dim")] if number is not None else [])]
    yield _INDENT + "  ".join(known)
    start = max(one.column - 1 - paint.width // 3, 0)
    for mark, line, style in (("-", one.before, "bad"), ("+", one.after, "good")):
        shown = ("…" if start else "") + safe_line(line[start : start + 4 * paint.width])
        yield _INDENT + paint(cut(f"{mark} {shown}", paint.width - len(_INDENT)), style)
    yield ""


def _likely(one: Suggestion, paint: Paint) -> str:
    """How likely its author would set the link. Of a note that is only near that is next to nothing: it is not told."""
    return "by meaning" if one.kind == "near" else f"{paint.bar(one.score)} {one.score:.2f}"


def diff_lines(lines: Sequence[str], paint: Paint) -> Iterator[str]:
    styles = {"-": "bad", "+": "good", "@": "meter"}
    for line in lines:
        yield paint(safe_text(line).replace("\n", " "), styles.get(line[:1], ""))


def broken_lines(one: Broken, root: Path, paint: Paint) -> Iterator[str]:
    place = paint.link(f"{safe_line(one.source)}:{one.line}", root / one.source, "dim", one.line)
    why = "leads to several notes" if one.state == "ambiguous" else "leads to no note"
    yield f"{place}  {paint(safe_line(one.written), 'title')} {why}"
    if one.near:
        yield f"{_INDENT}{paint('near: ' + ', '.join(map(safe_line, one.near)), 'dim')}"
    if one.fix:
        yield f"{_INDENT}{paint('perhaps ' + safe_line(one.fix), 'good')}"


def orphan_lines(one: Orphan, root: Path, paint: Paint) -> Iterator[str]:
    links = f"{one.links} link{'' if one.links == 1 else 's'} of its own"
    yield f"{paint(safe_line(one.title), 'title')}  {paint.link(safe_line(one.path), root / one.path, 'dim')}  {links}"
    if one.home:
        home = f"{safe_line(one.home_title)}  {safe_line(one.home)}"
        yield f"{_INDENT}{paint.glyph('←', '<-')} {home}  {paint.bar(one.score)} {one.score:.2f}"


def missing_lines(one: Missing, root: Path, paint: Paint) -> Iterator[str]:
    far = f"{one.distance} links apart" if one.distance is not None else "more than three links apart"
    names = f" {paint.glyph('↔', '<>')} ".join(
        paint(safe_line(title), "title") for title in (one.one_title, one.other_title)
    )
    yield f"{names}  {paint.bar(one.score)} {one.score:.2f}  {paint(far, 'dim')}"
    for path, line, text in ((one.one, one.one_line, one.one_text), (one.other, one.other_line, one.other_text)):
        yield f"{_INDENT}{paint.link(f'{safe_line(path)}:{line}', root / path, 'dim', line)}"
        yield f"{_INDENT}{safe_line(excerpt(text, None, paint.width - len(_INDENT)))}"
    yield ""


def edit_lines(edits: Sequence[Edit], paint: Paint) -> Iterator[str]:
    for one in edits:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.made))
        yield f"{one.id}  {paint(when, 'dim')}  {safe_line(one.about)} in {safe_line(one.path)}"


def check_lines(done: Restored, paint: Paint) -> Iterator[str]:
    count = len(done.hidden)
    yield f"{count} links hidden, their words left in the text; {done.seconds * 1000:.0f} ms a note"
    for share, what in ((done.at_target, "right note"), (done.at_words, "right note at the right words")):
        yield f"  {paint.bar(share)} {share:.3f}  {what} among the first five suggestions"
    missed = [one for one in done.hidden if one.rank is None or one.rank > 5]
    if missed:
        yield paint(f"not found again: {len(missed)}, for instance", "dim")
    for one in missed[:_MISSED_SHOWN]:
        rank = f"place {one.rank}" if one.rank else "not suggested"
        yield paint(
            cut(f"  “{safe_line(one.words)}” in {safe_line(one.source)}, {rank}: {safe_line(one.target)}", paint.width),
            "dim",
        )
