"""An answer with its sources as Markdown: what is copied, and what becomes a note."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from vecna_notes.answer.ask import Answer
from vecna_notes.answer.check import Citation, Support
from vecna_notes.answer.evidence import Piece
from vecna_notes.text import safe_line, safe_text

Link = Callable[[Piece], str]
"""The link to the note of a piece, as it is written where the answer will stand."""
LONGEST_NAME = 80
SAID: Mapping[Support, str] = {
    "exact": "quote found",
    "near": "found in other words",
    "missing": "does not say so",
    "unknown": "there is no such source",
}
_QUOTED = 300
"""Characters of a quote."""


def as_markdown(done: Answer, link: Link) -> str:
    """The question as heading, the answer, what is not borne out marked as such, and its sources."""
    parts = [f"# {safe_line(done.question)}", _text(done), *_sources(done, link), _footing(done)]
    return "\n\n".join(part for part in parts if part) + "\n"


def note_name(question: str) -> str:
    """A file's name for an answer, "When did Watt add the condenser.md"."""
    words = re.sub(r"[^\w\s'-]", " ", safe_line(question), flags=re.UNICODE)
    name = " ".join(words.split())[:LONGEST_NAME].strip(" '-")
    return f"{name or 'Answer'}.md"


def cited(done: Answer) -> dict[int, Citation]:
    """By number, each citation at its best."""
    found: dict[int, Citation] = {}
    order = tuple(SAID)
    for one in (citation for sentence in done.sentences for citation in sentence.citations):
        known = found.get(one.number)
        if known is None or order.index(one.support) < order.index(known.support):
            found[one.number] = one
    return dict(sorted(found.items()))


def _text(done: Answer) -> str:
    text, parts, place = done.text, [], 0
    for sentence in done.sentences:
        if not sentence.is_supported:
            parts += [text[place : sentence.end], " *(not borne out by your notes)*"]
            place = sentence.end
    return safe_text("".join([*parts, text[place:]]))


def _sources(done: Answer, link: Link) -> Iterator[str]:
    known = cited(done)
    shown = [piece for piece in done.pieces if piece.number in known] if done.is_found else list(done.pieces[:3])
    if not shown:
        return
    yield "## Sources" if done.is_found else "## Least far from it"
    yield "\n".join(_source(piece, known.get(piece.number), link) for piece in shown)


def _source(piece: Piece, citation: Citation | None, link: Link) -> str:
    lines = f"L{piece.first_line}–{piece.last_line}"
    line = f"- [{piece.number}] {link(piece)}, {lines}"
    if citation is None:
        return line
    line += f": {SAID[citation.support]}"
    quote = safe_line(citation.quote)
    if not quote:
        return line
    return f"{line}\n  > {quote[:_QUOTED]}{'…' if len(quote) > _QUOTED else ''}"


def _footing(done: Answer) -> str:
    """Who said so: nobody should take it for their own words a year from now."""
    total = done.notes + done.not_searched
    where = f" at {done.host}" if done.host else ""
    said = f"Answered by {done.generator}{where} from {done.notes:,} of {total:,} notes."
    return f"{said} {safe_line(done.notice).capitalize()}." if done.notice else said
