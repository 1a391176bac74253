"""`vecna links`: links that notes could have, and those that lead nowhere; the only command that writes a note."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vecna_notes.cli import shapes_links
from vecna_notes.cli.completing import note_names
from vecna_notes.cli.ending import NOT_YET, NOTHING
from vecna_notes.cli.index import interruptible
from vecna_notes.cli.narrate import Narrator
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session
from vecna_notes.cli.shapes import dumps
from vecna_notes.errors import ConfigError
from vecna_notes.text import safe_line

if TYPE_CHECKING:
    from vecna_notes.insight.suggestion import Suggestion
    from vecna_notes.types import Progress
    from vecna_notes.vault import Vault

F = TypeVar("F", bound=Callable[..., Any])
OF_EACH = 3
"""Suggestions of one note when the whole vault is asked."""
LOOKED_THROUGH = 200
"""Suggestions of a note among which one is looked for by its id."""
_as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object.")
_note = click.argument("note", shell_complete=note_names)
_which = click.argument("number", required=False, type=click.IntRange(1))
_id = click.option("--id", "id", metavar="ID", help="The suggestion with this id instead of a number.")


def _limit(default: int, what: str) -> Callable[[F], F]:
    return click.option(
        "-n", "--limit", type=click.IntRange(1, 10_000), default=default, show_default=True, metavar="COUNT", help=what
    )


@click.group("links")
def command() -> None:
    """Find links that notes could have, write them if you say so, and find those that lead nowhere.

    Nothing is written but by `apply`, `broken --fix` and `undo`, one link at a time, each shown before.
    """


@command.command("suggest")
@click.argument("note", required=False, shell_complete=note_names)
@_limit(10, "How many to show.")
@_as_json
@shared
@click.pass_obj
def suggest(session: Session, note: str | None, limit: int, as_json: bool) -> int:
    """Suggest links for NOTE, or the best of the whole vault, which takes a while.

    Each comes with the words it would stand on, the note it leads to, the reason, and how the line would read.
    """
    root = session.root()
    with interruptible(), hushed(session), _opened(session, root) as vault:
        found = vault.suggestions(vault.resolve_path(note), limit) if note else _best(session, vault, limit)
    session.remember(root)
    if as_json:
        session.write(dumps(shapes_links.suggestions(found, root)))
    else:
        _list(session, found, root, is_one_note=note is not None)
    return 0 if found else NOTHING


def _best(session: Session, vault: Vault, limit: int) -> list[Suggestion]:
    def each() -> Iterator[Suggestion]:
        with Narrator(session) as narrator:
            for done, total, found in vault.all_suggestions(OF_EACH):
                narrator(_progress("looking at notes", done, total))
                yield from found

    return heapq.nsmallest(limit, each(), key=lambda one: (-one.score, one.source, one.line))


def _progress(stage: str, done: int, total: int) -> dict[str, object]:
    return {"event": "progress", "stage": stage, "done": done, "total": total, "label": "", "seconds": 0.0}


@command.command("apply")
@_note
@_which
@_id
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Show the change, and write nothing.")
@_as_json
@shared
@click.pass_obj
def apply(
    session: Session, note: str, number: int | None, id: str | None, yes: bool, dry_run: bool, as_json: bool
) -> int:
    """Write the suggested link NUMBER of NOTE into its file, once you have seen the change and said yes.

    A note that changed since it was indexed is left alone. `vecna links undo` takes the link back.
    """
    root = session.root()
    with hushed(session), _opened(session, root) as vault:
        chosen = _chosen(vault, note, number, id)
        preview = vault.preview_link(chosen)
        if not as_json or not yes:
            _show_diff(session, preview, to_err=as_json)
        if dry_run:
            return 0
        if not yes and not session.confirm("Write it?"):
            session.warn("nothing was written; --yes writes without asking")
            return NOT_YET if not session.can_ask else NOTHING
        applied = vault.accept(chosen)
    session.remember(root)
    if as_json:
        session.write(dumps(shapes_links.applied(applied, chosen, root)))
    else:
        session.say(f"written into {safe_line(chosen.source)}:{chosen.line}; `vecna links undo` takes it back")
    return 0


@command.command("skip")
@_note
@_which
@_id
@shared
@click.pass_obj
def skip(session: Session, note: str, number: int | None, id: str | None) -> int:
    """Do not suggest these words of NOTE for this target again."""
    return _dismissed(session, note, number, id, "skip")


@command.command("never")
@_note
@_which
@_id
@shared
@click.pass_obj
def never(session: Session, note: str, number: int | None, id: str | None) -> int:
    """Never suggest a link from NOTE to this target again, at whatever words."""
    return _dismissed(session, note, number, id, "never")


@command.command("undo")
@click.argument("edit", required=False)
@click.option("--list", "is_list", is_flag=True, help="Show what can be taken back, newest first.")
@_as_json
@shared
@click.pass_obj
def undo(session: Session, edit: str | None, is_list: bool, as_json: bool) -> int:
    """Take back the link that was written last, or the EDIT that --list names.

    The file is then what it was before, to the byte. It is left alone where it was changed since.
    """
    root = session.root()
    with hushed(session), _opened(session, root) as vault:
        if is_list:
            return _listed_edits(session, vault, as_json)
        undone = vault.undo_edit(edit)
    if as_json:
        session.write(dumps(shapes_links.undone(undone, root)))
    elif undone is None:
        session.say("there is nothing to take back" if edit is None else f"there is no edit {safe_line(edit)}")
    else:
        session.say(f"took back {safe_line(undone.about)} in {safe_line(undone.path)}")
    return 0 if undone else NOTHING


@command.command("broken")
@click.option("--fix", is_flag=True, help="Ask of each that has a proposal whether to write it.")
@click.option("--yes", is_flag=True, help="With --fix: write every proposal.")
@_as_json
@shared
@click.pass_obj
def broken(session: Session, fix: bool, yes: bool, as_json: bool) -> int:
    """List links that lead to no note, or to several, with the notes whose names are nearest."""
    from vecna_notes.cli.linked import broken_lines

    root = session.root()
    with hushed(session), _opened(session, root) as vault:
        found = vault.broken_links()
        if as_json:
            session.write(dumps(shapes_links.broken(found, root)))
        for one in found if not as_json else ():
            for line in broken_lines(one, root, session.paint()):
                session.write(line)
            if fix and one.fix and (yes or session.confirm(f"Write {safe_line(one.fix)}?")):
                vault.mend(one)
                session.say("written; `vecna links undo` takes it back")
    session.remember(root)
    if not found:
        session.say("every link leads to a note")
    return 0 if found else NOTHING


@command.command("orphans")
@_limit(50, "How many to show.")
@_as_json
@shared
@click.pass_obj
def orphans(session: Session, limit: int, as_json: bool) -> int:
    """List notes that no other note links to, each with the note that is its nearest home."""
    from vecna_notes.cli.linked import orphan_lines

    root = session.root()
    with interruptible(), hushed(session), _opened(session, root) as vault:
        found = vault.orphans(limit)
    session.remember(root)
    if as_json:
        session.write(dumps(shapes_links.orphans(found, root)))
    else:
        for one in found:
            for line in orphan_lines(one, root, session.paint()):
                session.write(line)
    return 0 if found else NOTHING


@command.command("missing")
@_limit(10, "How many pairs to show.")
@_as_json
@shared
@click.pass_obj
def missing(session: Session, limit: int, as_json: bool) -> int:
    """List pairs of notes that are near in meaning and far apart by links, with the passages that meet."""
    from vecna_notes.cli.linked import missing_lines

    root = session.root()
    with interruptible(), hushed(session), _opened(session, root) as vault:
        found = vault.missing_links(limit)
    session.remember(root)
    if as_json:
        session.write(dumps(shapes_links.missing(found, root)))
    else:
        for one in found:
            for line in missing_lines(one, root, session.paint()):
                session.write(line)
    return 0 if found else NOTHING


@command.command("check")
@click.option("--hidden", type=click.IntRange(1, 10_000), default=200, show_default=True, help="Links to hide.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed hides others.")
@click.option("--links", "file", type=click.Path(path_type=Path), help="Only of these: source, target, split.")
@click.option("--split", default="all", show_default=True, help="Which links of that file.")
@_as_json
@shared
@click.pass_obj
def check(session: Session, hidden: int, seed: int, file: Path | None, split: str, as_json: bool) -> int:
    """Measure suggestions: take links out of a copy of the index, leave their words, and see which come back.

    A link is restored when its target is among the first five suggestions for its note; other hidden links of the
    note do not stand before it. Your notes are not touched.
    """
    from vecna_notes.cli.linked import check_lines

    root = session.root()
    with interruptible(), hushed(session), _opened(session, root) as vault, Narrator(session) as narrator:
        restored = vault.check_suggestions(
            hidden,
            seed,
            file,
            split,
            lambda said: narrator({"event": "progress", **asdict(said), "stage": _said(said)}),
        )
    session.remember(root)
    if as_json:
        session.write(dumps(shapes_links.restored(restored, root)))
    else:
        for line in check_lines(restored, session.paint()):
            session.write(line)
    return 0


def _said(progress: Progress) -> str:
    return {"read": "hiding links", "index": progress.label}.get(progress.stage, progress.stage)


# ── what they share ─────────────────────────────────────────────────────────────────────────────────────────────────


def _dismissed(session: Session, note: str, number: int | None, id: str | None, verdict: str) -> int:
    root = session.root()
    with hushed(session), _opened(session, root) as vault:
        chosen = _chosen(vault, note, number, id)
        vault.dismiss(chosen, "never" if verdict == "never" else "skip")
    what = (
        f"{safe_line(chosen.anchor)!r} for {safe_line(chosen.title)}" if verdict == "skip" else safe_line(chosen.title)
    )
    session.say(f"{safe_line(chosen.source)}: {what} is not suggested again")
    return 0


def _chosen(vault: Vault, note: str, number: int | None, id: str | None) -> Suggestion:
    """The suggestion meant. Raises ConfigError when it is not there (any more)."""
    if (number is None) == (id is None):
        raise click.UsageError("Name a suggestion by its number or by --id, as `vecna links suggest NOTE` lists them")
    path = vault.resolve_path(note)
    found = vault.suggestions(path, number if number is not None else LOOKED_THROUGH)
    fitting = [one for one in found if one.id == id] if id is not None else found[number - 1 :] if number else []
    if not fitting:
        meant = f"{safe_line(id or '')!r}" if id is not None else f"number {number}"
        raise ConfigError(f"{safe_line(path)} has no suggestion {meant}; `vecna links suggest` lists what it has now")
    return fitting[0]


def _list(session: Session, found: list[Suggestion], root: Path, is_one_note: bool) -> None:
    from vecna_notes.cli.linked import suggestion_lines

    if not found:
        session.say("there is no link to suggest")
    for number, one in enumerate(found, 1):
        for line in suggestion_lines(one, number if is_one_note else None, root, session.paint()):
            session.write(line)


def _show_diff(session: Session, lines: list[str], to_err: bool) -> None:
    from vecna_notes.cli.linked import diff_lines

    for line in diff_lines(lines, session.paint(session.err if to_err else session.out)):
        session.warn(line) if to_err else session.write(line)


def _listed_edits(session: Session, vault: Vault, as_json: bool) -> int:
    from vecna_notes.cli.linked import edit_lines

    edits = vault.edits()
    if as_json:
        session.write(dumps(shapes_links.edits(edits, vault.root)))
    for line in edit_lines(edits, session.paint()) if not as_json else ():
        session.write(line)
    return 0 if edits else NOTHING


@contextmanager
def _opened(session: Session, root: Path) -> Iterator[Vault]:
    from vecna_notes.vault import Vault

    with Vault.open(root, session.folders, session.configuration(root)) as vault:
        yield vault
