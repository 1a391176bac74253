"""`vecna ask`: a question answered from the notes, with citations that were checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vecna_notes.cli import shapes
from vecna_notes.cli.ending import NOTHING
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.paint import Paint
from vecna_notes.cli.program import shared
from vecna_notes.cli.query_words import QueryCommand
from vecna_notes.cli.session import Session
from vecna_notes.text import safe_line, safe_text

if TYPE_CHECKING:
    from vecna_notes.answer.ask import Answer
    from vecna_notes.answer.check import Support
    from vecna_notes.answer.evidence import Piece
    from vecna_notes.interfaces import Turn
    from vecna_notes.vault import Vault

_MARKS: dict[Support, tuple[str, str, str]] = {
    "exact": ("✓", "+", "good"),
    "near": ("~", "~", "warn"),
    "missing": ("✗", "x", "bad"),
    "unknown": ("✗", "x", "bad"),
}


@click.command("ask", cls=QueryCommand)
@click.argument("question", nargs=-1, required=True)
@click.option("--generator", metavar="NAME", help="What answers; `vecna plugins` names those there are.")
@click.option("-f", "--follow-up", "is_follow_up", is_flag=True, help="Go on from the question asked before.")
@click.option("--save", metavar="NOTE", help="Write the answer with its sources as a new note; nothing is replaced.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@shared
@click.pass_obj
def command(
    session: Session,
    question: tuple[str, ...],
    generator: str | None,
    is_follow_up: bool,
    save: str | None,
    as_json: bool,
) -> int:
    """Answer a question from your notes, each sentence with its source.

    Every citation is looked for in the note: ✓ its words stand there, ~ most of them do, ✗ they do not. Where no note
    speaks of what was asked, the answer is that, and the exit code 1.
    """
    from vecna_notes.vault import Vault

    root = session.root()
    with hushed(session), Vault.open(root, session.folders, session.configuration(root)) as vault:
        thread = vault.thread() if is_follow_up else []
        done = _answered(session, vault, " ".join(question), generator, thread, is_shown=not as_json)
        vault.keep_thread(thread, done)
        if not as_json:
            _show(session, done, root)
        saved = vault.save_answer(done, save).path if save else ""
    session.remember(root)
    if as_json:
        session.write(shapes.dumps(shape(done, root, saved)))
    if done.notice:
        session.say(f"note: {done.notice}")
    if saved:
        session.say(f"written into {safe_line(saved)}; `vecna links undo` takes it away")
    return 0 if done.is_found else NOTHING


def _answered(
    session: Session, vault: Vault, question: str, generator: str | None, thread: Sequence[Turn], is_shown: bool
) -> Answer:
    """The answer, written as it comes where somebody looks on."""
    from vecna_notes.answer.ask import Answer

    for said in vault.ask(question, generator, thread):
        if isinstance(said, Answer):
            if is_shown:
                session.write("")
            return said
        if is_shown:
            session.write(safe_text(said), end="")
    raise AssertionError("an answer ends with itself")


def _show(session: Session, done: Answer, root: Path) -> None:
    """All but the answer itself."""
    for line in _sources(done, root, session.paint()):
        session.write(line)
    session.say(f"\n{_told(done)}")


def _sources(done: Answer, root: Path, paint: Paint) -> Iterator[str]:
    """What was cited, and how it proved; where nothing was, what is least far from the question."""
    from vecna_notes.answer.markdown import SAID
    from vecna_notes.answer.markdown import cited as known

    cited = known(done)
    shown = [piece for piece in done.pieces if piece.number in cited] if done.is_found else list(done.pieces[:3])
    if shown and not done.is_found:
        yield paint("least far from it:", "dim")
    elif shown:
        yield ""
    for piece in shown:
        yield _source(piece, root, paint, cited[piece.number].support if piece.number in cited else None)
    for number in (one for one, citation in cited.items() if citation.support == "unknown"):
        yield paint(f"[{number}] {SAID['unknown']}", "bad")
    if done.unsupported:
        said = "1 sentence is" if done.unsupported == 1 else f"{done.unsupported} sentences are"
        yield paint(f"{paint.glyph('⚠', '!')} {said} not borne out by your notes:", "warn")
        for sentence in done.sentences:
            if not sentence.is_supported:
                yield paint(f"  {safe_line(done.text[sentence.start : sentence.end])}", "dim")


def _source(piece: Piece, root: Path, paint: Paint, support: Support | None) -> str:
    from vecna_notes.answer.markdown import SAID
    from vecna_notes.tui.phrases import shown_path

    passage = piece.passage
    name = " › ".join([safe_line(passage.title) or shown_path(passage.path), *map(safe_line, passage.chunk.trail[-1:])])
    place = f"{shown_path(passage.path)}:{piece.first_line}-{piece.last_line}"
    linked = paint.link(name, root / passage.path, "title", piece.first_line)
    line = f"[{piece.number}] {linked}  {paint(place, 'meter')}"
    if support is None:
        return line
    fine, plain, style = _MARKS[support]
    return f"{line}  {paint(f'{paint.glyph(fine, plain)} {SAID[support]}', style)}"


def _told(done: Answer) -> str:
    total = done.notes + done.not_searched
    parts = [f"{done.notes:,} of {total:,} notes searched", f"{done.generator} in {done.seconds:.1f} s"]
    if done.host:
        parts.append(f"sent to {done.host}")
    if done.held_back:
        parts.append(f"{done.held_back} held back")
    return " · ".join(parts)


def shape(done: Answer, root: Path, saved: str = "") -> dict[str, Any]:
    return {
        "schema": "vecna.answer/1",
        "vault": str(root),
        "question": done.question,
        "answer": done.text,
        "found": done.is_found,
        "sentences": [
            {
                "text": done.text[one.start : one.end],
                "span": [one.start, one.end],
                "supported": one.is_supported,
                "citations": [
                    {"number": cited.number, "support": cited.support, "quote": cited.quote} for cited in one.citations
                ],
            }
            for one in done.sentences
        ],
        "evidence": [
            {
                "number": piece.number,
                "path": piece.passage.path,
                "title": piece.passage.title,
                "heading": shapes.heading(piece.passage),
                "lines": [piece.first_line, piece.last_line],
                "score": round(piece.score, 4),
                "tokens": piece.tokens,
                "text": piece.text,
            }
            for piece in done.pieces
        ],
        "unsupported": done.unsupported,
        "generator": done.generator,
        "host": done.host,
        "notes": done.notes,
        "not_searched": done.not_searched,
        "held_back": done.held_back,
        "notice": done.notice,
        "saved": saved,
        "seconds": round(done.seconds, 4),
    }
