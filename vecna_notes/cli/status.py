"""`vecna status`: what is indexed, what is not, and why."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vecna_notes.cli import shapes
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.paint import Paint
from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session
from vecna_notes.text import safe_line

if TYPE_CHECKING:
    from vecna_notes.types import SpaceStatus, Status

_LABEL = 10
_SHOWN = 12


@click.command("status")
@click.argument("folder", required=False, metavar="[VAULT]", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@shared
@click.pass_obj
def command(session: Session, folder: Path | None, as_json: bool) -> int:
    """Show what is indexed, what is not and why, and how far each embedder is."""
    from vecna_notes.vault import Vault

    root = session.root(folder)
    with hushed(session), Vault.open(root, session.folders, session.configuration(root)) as vault:
        status = vault.status()
        writer, shares = vault.writer(root, session.folders), vault.shares()
    session.remember(root)
    if as_json:
        session.write(shapes.dumps(shapes.status(status, root, shares, writer)))
        return 0
    for line in _lines(status, root, writer, shares, session):
        session.write(line)
    return 0


def _lines(status: Status, root: Path, writer: int | None, shares: str, session: Session) -> Iterator[str]:
    from vecna_notes.tui.phrases import plural, shown_path

    paint = session.paint()
    seen = status.indexed + status.waiting + status.skipped + status.failed
    yield _row(
        "vault", shown_path(str(root)) + ("" if root.is_dir() else paint("   the folder is not there", "bad")), paint
    )
    states = [f"{status.indexed:,} indexed", f"{status.waiting:,} waiting", f"{status.skipped:,} skipped"]
    failed = paint(f"{status.failed:,} failed", "bad" if status.failed else "")
    yield _row("files", f"{seen:,} seen = {' + '.join(states)} + {failed}", paint)
    yield _row("passages", f"{status.chunks:,}", paint)
    broken = f", {status.broken_links:,} broken, {status.ambiguous_links:,} ambiguous"
    yield _row("links", f"{status.links:,}{broken}", paint)
    for number, space in enumerate(status.spaces):
        yield _row("" if number else "meaning", _space(space, paint), paint)
    if shares:
        yield _row("search", shares, paint)
    yield _row("last run", _last_run(status), paint)
    if writer is not None:
        yield _row("writer", f"process {writer} is indexing or watching now", paint)
    yield from _listed(
        "skipped", [f"{plural(n, 'file')}: {safe_line(why)}" for why, n in status.skips.items()], session, paint
    )
    problems = [
        f"{shown_path(one.path)}{f':{one.line}' if one.line else ''}: {safe_line(one.reason)}"
        for one in status.problems
    ]
    yield from _listed("problems", problems, session, paint)
    yield from _listed("notes", [safe_line(notice) for notice in status.notices], session, paint)


def _row(label: str, text: str, paint: Paint) -> str:
    return f"{paint(label.ljust(_LABEL), 'dim')}{text}"


def _space(one: SpaceStatus, paint: Paint) -> str:
    from vecna_notes.tui.phrases import space_name

    texts = one.vectors + one.missing
    share = one.vectors / texts if texts else 1.0
    name = f"{paint.glyph('●', '*') if one.is_active else paint.glyph('○', 'o')} {space_name(one.space):<28}"
    count = f"{one.vectors:,} vectors" if one.is_complete else f"{one.vectors:,} of {texts:,} vectors"
    answers = ", answers" if one.is_active else ""
    return f"{paint(name, 'title' if one.is_active else '')} {paint.bar(share)} {count}{answers}"


def _last_run(status: Status) -> str:
    from vecna_notes.tui.phrases import age, plural, size

    if status.last_run is None:
        return "none has ended yet"
    ago = age(status.last_run, time.time())
    when = "just now" if ago == "now" else f"{ago} ago"
    return f"{when}, {plural(status.embedded_last_run, 'text')} embedded; the index takes {size(status.store_bytes)}"


def _listed(label: str, lines: list[str], session: Session, paint: Paint) -> Iterator[str]:
    shown = lines if session.is_verbose else lines[:_SHOWN]
    for number, line in enumerate(shown):
        yield _row("" if number else label, line, paint)
    if len(lines) > len(shown):
        yield _row("", paint(f"and {len(lines) - len(shown)} more: --verbose lists them all", "dim"), paint)
