"""`vecna index`: bring the index of a folder up to date, once or for as long as it runs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

import click

from vecna_notes.cli.ending import NOT_YET, NOTHING
from vecna_notes.cli.narrate import Event, Narrator
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session
from vecna_notes.cli.shapes import dumps
from vecna_notes.errors import Busy, MassRemoval, NotIndexed, VecnaError
from vecna_notes.text import safe_line

if TYPE_CHECKING:
    from vecna_notes.types import Status
    from vecna_notes.vault import Vault

_FAILURES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class How:
    """The flags of an index run."""

    is_deep: bool = False
    may_remove: bool = False
    is_rebuild: bool = False
    as_jsonl: bool = False
    is_passing: bool = False
    """Whether the vault must not become the one that is meant when none is named."""


@click.command("index")
@click.argument("folder", required=False, metavar="[VAULT]", type=click.Path(path_type=Path))
@click.option("--watch", is_flag=True, help="Stay, and keep the index fresh.")
@click.option("--jsonl", is_flag=True, help="Tell what happens as one JSON object a line on stdout.")
@click.option("--deep", is_flag=True, help="Read every file again instead of trusting its date and size.")
@click.option("--yes", is_flag=True, help="Remove notes from the index even when very many are gone at once.")
@click.option("--explain", metavar="PATH", help="Say which rule keeps a file in or out; index nothing.")
@click.option("--rebuild", is_flag=True, help="Forget all vectors and make everything anew.")
@shared
@click.pass_obj
def command(
    session: Session,
    folder: Path | None,
    watch: bool,
    jsonl: bool,
    deep: bool,
    yes: bool,
    explain: str | None,
    rebuild: bool,
) -> int:
    """Index a folder of notes, or bring its index up to date.

    Only what changed is read and embedded. Exit code 1: some files could not be read (`vecna status` names them).
    """
    root = session.root(folder)
    if explain is not None:
        return _explain(session, root, explain)
    how = How(deep, yes, rebuild, jsonl)
    with interruptible():
        if watch:
            return _watch(session, root, how)
        return index(session, root, how)


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM and SIGHUP end the work in good order, with the exit code that shells expect."""
    from vecna_notes.worker_process import Terminated, stopping_on_signals

    try:
        with stopping_on_signals():
            yield
    except Terminated as signal:
        raise SystemExit(signal.exit_code) from None


def index(session: Session, root: Path, how: How, choose: Callable[[Vault], None] | None = None) -> int:
    """Index once, telling how it goes; `choose` may change the vault's settings before. Returns the exit code."""
    started = time.monotonic()
    with hushed(session), _opened(session, root, how) as vault:
        if not how.is_passing:
            session.remember(root)
        if choose is not None:
            choose(vault)
        refusal = _run(session, vault, how)
        if refusal and not how.as_jsonl and session.confirm(f"{refusal}.\nRemove them from the index?"):
            refusal = _run(session, vault, replace(how, may_remove=True))
        status = vault.status()
    if not how.as_jsonl:
        _sum_up(session, status, time.monotonic() - started)
    if refusal:
        session.warn(f"vecna: {refusal}")
        return NOT_YET
    return NOTHING if status.failed else 0


def _run(session: Session, vault: Vault, how: How) -> str:
    """Why notes that are gone were not removed, or ""."""
    from vecna_notes.worker import index_once

    with _telling(session, how) as tell:
        try:
            index_once(vault, tell, is_deep=how.is_deep, allow_removal=how.may_remove)
        except MassRemoval as error:
            if how.as_jsonl:
                tell({"event": "ask", "what": "removal", "text": str(error)})
            return str(error)
    return ""


def _watch(session: Session, root: Path, how: How) -> int:
    from vecna_notes.worker import Keeper
    from vecna_notes.worker_process import keep

    if how.as_jsonl:  # the screen's child: its commands come by stdin, its stderr is the log already
        with _opened(session, root, how) as vault:
            keep(vault, how.may_remove)
        return 0
    with hushed(session), _opened(session, root, how) as vault, _telling(session, how) as tell:
        session.remember(root)
        Keeper(vault, tell, SimpleQueue(), how.may_remove).run()
    return 0


@contextmanager
def _opened(session: Session, root: Path, how: How) -> Iterator[Vault]:
    """The vault, to write; whoever reads our JSON lines is told why when it cannot be had."""
    from vecna_notes.vault import Vault

    try:
        vault = Vault.open(root, session.folders, session.configuration(root), write=True)
    except VecnaError as error:
        if how.as_jsonl:
            is_busy = isinstance(error, Busy)
            told = {"event": "busy", "pid": Vault.writer(root, session.folders)} if is_busy else {"event": "error"}
            session.write(dumps({**told, "text": str(error)}))
        raise
    with vault:
        if how.is_rebuild:
            vault.forget()
        yield vault


@contextmanager
def _telling(session: Session, how: How) -> Iterator[Callable[[Event], None]]:
    if how.as_jsonl:
        yield lambda event: session.write(dumps(event))
        return
    with Narrator(session) as narrator:
        yield narrator


def _sum_up(session: Session, status: Status, seconds: float) -> None:
    from vecna_notes.tui.phrases import plural, short_space_name, shown_path

    meaning = next((f" · {short_space_name(one.space)}" for one in status.spaces if one.is_active), "")
    kept_out = "".join(
        f" · {count:,} {what}" for what, count in (("skipped", status.skipped), ("failed", status.failed)) if count
    )
    session.say(
        f"{plural(status.indexed, 'note')}, {plural(status.chunks, 'passage')}{kept_out}"
        f" · {status.embedded_last_run:,} embedded{meaning} · {seconds:.1f} s"
    )
    failed = status.problems[len(status.problems) - status.failed :][:_FAILURES_SHOWN]
    for problem in failed:
        session.say(f"  {shown_path(problem.path)}: {safe_line(problem.reason)}")


def _explain(session: Session, root: Path, path: str) -> int:
    from vecna_notes.vault import Vault, explain_unread

    file = Path(os.path.abspath(Path(path).expanduser()))  # noqa: PTH100  links in it stay as they are
    if not (root / path).exists() and file.is_relative_to(root):
        path = file.relative_to(root).as_posix()
    configuration = session.configuration(root)
    try:
        with hushed(session), Vault.open(root, session.folders, configuration) as vault:
            sentence = vault.explain(path)
    except NotIndexed:
        sentence = explain_unread(root, configuration.settings, path)
    session.write(safe_line(sentence))
    return 0
