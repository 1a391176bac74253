"""`vecna train`: an embedder tuned on your own notes, which answers only where it is surely better."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vecna_notes.cli import shapes_train
from vecna_notes.cli.ending import NOTHING
from vecna_notes.cli.eval import Ticker, narrated, reporting
from vecna_notes.cli.index import interruptible
from vecna_notes.cli.narrate import Event, Narrator
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.orders import Orders
from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session
from vecna_notes.cli.shapes import dumps
from vecna_notes.errors import Busy, VecnaError

if TYPE_CHECKING:
    from vecna_notes.interfaces import Report, Say, Step
    from vecna_notes.train.pairs import Mined
    from vecna_notes.train.tuned import How, Tuned
    from vecna_notes.types import Progress
    from vecna_notes.vault import Vault

F = TypeVar("F", bound=Callable[..., Any])
_ASKED_FROM_SECONDS = 60
"""A training that takes longer is begun only after a yes, where there is somebody to say it."""
_as_json = click.option("--json", "form", flag_value="json", help="One JSON object.")
_force = click.option("--force", is_flag=True, help="Let it answer whatever the gate says; `vecna status` remembers.")


@dataclass(frozen=True, slots=True)
class Asked:
    """The flags of a run, as given."""

    links: Path | None
    split: str
    seed: int
    without: tuple[str, ...]
    form: str | None
    full: bool = False
    minutes: float | None = None
    force: bool = False
    is_agreed: bool = False
    is_obedient: bool = False

    def how(self, session: Session, root: Path) -> How:
        from vecna_notes.evaluate.links import read_links
        from vecna_notes.train.tuned import How

        links = None if self.links is None else read_links(self.links, self.split, root.name).hidden
        left_out = session.configuration(root).settings.train.without
        without = tuple(dict.fromkeys((*left_out, *self.without)))
        return How(self.full or None, self.minutes, self.seed, links, without)


def _what(function: F) -> F:
    """Options that say what is learned from."""
    for option in (
        click.option("--without", multiple=True, metavar="SOURCE", help="Learn nothing from pairs of this source."),
        click.option("--seed", type=int, default=0, show_default=True, help="Another seed deals the notes otherwise."),
        click.option("--split", default="train", show_default=True, help="Which links of that file."),
        click.option("--links", type=click.Path(path_type=Path), metavar="FILE", help="Learn from these links alone."),
    ):
        function = option(function)
    return function


@click.group("train", invoke_without_command=True)
@click.option("--full", is_flag=True, help="Tune all weights of the model: minutes, not seconds.")
@click.option(
    "--minutes", type=click.FloatRange(0, min_open=True), metavar="N", help="Stop then; the best so far counts."
)
@_what
@_force
@click.option("--yes", "is_agreed", is_flag=True, help="Begin without asking, however long it takes.")
@_as_json
@click.option("--jsonl", "form", flag_value="jsonl", help="Steps, progress, and then the result, as JSON lines.")
@click.option("--obey", "is_obedient", is_flag=True, hidden=True, help="Take orders from stdin, at low priority.")
@shared
@click.pass_context
def command(context: click.Context, /, **given: Any) -> int | None:
    """Tune the embedder on your own links, titles and headings; use it only if it is surely better.

    A map on the stored vectors is learned in seconds, so nothing is embedded again; --full tunes the model itself. It
    is then compared with the one before on pairs it has never seen, on `vecna eval own`, and on general knowledge.
    Only one that is better beyond chance, and worse nowhere, answers from then on: `vecna embedders rollback` goes
    back at once. A run that was stopped goes on where it was.
    """
    if context.invoked_subcommand is not None:
        return None
    session = context.obj
    asked = Asked(**given)
    root = session.root()
    with interruptible(), _errors_told(session, asked.form):
        return _train(session, root, asked)


@command.command("pairs")
@_what
@_as_json
@shared
@click.pass_obj
def pairs(
    session: Session, links: Path | None, split: str, seed: int, without: tuple[str, ...], form: str | None
) -> int:
    """Show what would be learned from: pairs of texts by source, with samples. Nothing is trained."""
    from vecna_notes.cli.train_tables import pairs as table

    root = session.root()
    asked = Asked(links, split, seed, without, form)
    with interruptible(), hushed(session), _opened(session, root) as vault:
        mined = vault.mine_pairs(asked.how(session, root))
    if form == "json":
        session.write(dumps(shapes_train.pairs(mined, None)))
    for line in table(mined, session.paint()) if form is None else ():
        session.write(line)
    return 0 if sum(mined.counts.values()) else NOTHING


@command.command("gate")
@click.argument("model")
@_force
@_as_json
@shared
@click.pass_obj
def gate(session: Session, model: str, force: bool, form: str | None) -> int:
    """Ask the gate about MODEL again. If it passes it answers from then on; if not, no more, unless it was forced."""
    root = session.root()
    with interruptible():
        with hushed(session), _opened(session, root) as vault, reporting(session, form) as report:
            before = _in_use(vault)
            done = _live(vault, vault.judge_tuning(model, report), force)
            has_moved = _in_use(vault) != before
        if has_moved:
            _switch(session, root)
    _tell(session, done, form)
    return 0


@command.command("list")
@_as_json
@shared
@click.pass_obj
def list_them(session: Session, form: str | None) -> int:
    """List the tuned models of the vault, with what the gate said of each."""
    from vecna_notes.cli.train_tables import listed

    with hushed(session), _opened(session, session.root()) as vault:
        found = vault.tunings()
    if form == "json":
        session.write(dumps(shapes_train.tunings(found)))
    for line in listed(found, session.paint()) if form is None else ():
        session.write(line)
    if not found:
        session.say("no model is tuned yet; `vecna train` does it")
    return 0 if found else NOTHING


def _train(session: Session, root: Path, asked: Asked) -> int:
    orders = Orders.heard() if asked.is_obedient else Orders()
    with hushed(session), _opened(session, root) as vault:
        how = asked.how(session, root)
        mined = vault.mine_pairs(how)
        seconds = _seconds(vault, how, mined)
        _tell_pairs(session, mined, seconds, asked.form if asked.form == "jsonl" else None)
        if not _is_agreed(session, asked, seconds):
            session.say("nothing was trained")
            return NOTHING
        with _hearing(session, asked.form, orders) as (say, report):
            done = _live(vault, vault.tune(how, say, report, mined), asked.force)
    session.remember(root)
    if done.is_live:
        _switch(session, root)
    _tell(session, done, asked.form)
    return 0 if done.name else NOTHING


def _seconds(vault: Vault, how: How, mined: Mined) -> float | None:
    """How long it would about take; None where there is too little to learn from."""
    from vecna_notes.train.tuned import too_few

    return None if too_few(mined) else vault.tuning_seconds(how, mined)


def _is_agreed(session: Session, asked: Asked, seconds: float | None) -> bool:
    if asked.is_agreed or asked.form or seconds is None or seconds < _ASKED_FROM_SECONDS or not session.can_ask:
        return True
    return session.confirm("Begin?")


def _live(vault: Vault, done: Tuned, is_forced: bool) -> Tuned:
    """What passed answers from now on, and so does what is forced."""
    if not done.name or not (done.verdict.is_better or is_forced):
        return done
    vault.go_live(done.name, is_forced)
    return replace(done, is_live=True, is_forced=is_forced and not done.verdict.is_better)


def _in_use(vault: Vault) -> str | None:
    return next((one.name for one in vault.tunings() if one.is_live), None)


def _switch(session: Session, root: Path) -> None:
    """Fill the Space that is wanted now, and search it; a process that writes the index already does it by itself."""
    from vecna_notes.vault import Vault
    from vecna_notes.worker import switch

    try:
        with hushed(session), Vault.open(root, session.folders, session.configuration(root), write=True) as vault:
            switch(vault)
    except Busy:
        session.say("the process that keeps this index up to date switches to it in a moment")


@contextmanager
def _hearing(session: Session, form: str | None, orders: Orders) -> Iterator[tuple[Say, Report]]:
    """Whom the trainer, and then the gate, tell how far they are."""

    def said(tell: Callable[[Event], None]) -> Say:
        def say(step: Step) -> bool:
            tell(shapes_train.step(step))
            return orders.go_on()

        return say

    def reported(hear: Report) -> Report:
        def report(progress: Progress) -> None:
            hear(progress)
            orders.go_on()

        return report

    if form == "jsonl":
        yield (
            said(lambda event: session.write(dumps(event))),
            reported(Ticker(lambda event: session.write(dumps(event)))),
        )
        return
    with Narrator(session) as narrator:
        yield said(narrator), reported(lambda progress: narrator(narrated(progress)))


@contextmanager
def _errors_told(session: Session, form: str | None) -> Iterator[None]:
    """Whoever reads our JSON lines is told why there will be no result."""
    try:
        yield
    except VecnaError as error:
        if form == "jsonl":
            session.write(dumps({"event": "error", "text": str(error)}))
        raise


@contextmanager
def _opened(session: Session, root: Path) -> Iterator[Vault]:
    from vecna_notes.vault import Vault

    with Vault.open(root, session.folders, session.configuration(root)) as vault:
        yield vault


def _tell_pairs(session: Session, mined: Mined, seconds: float | None, form: str | None) -> None:
    """As a result to --json, else beside it."""
    from vecna_notes.cli.train_tables import pairs as table

    if form == "jsonl":
        session.write(dumps({"event": "pairs", **shapes_train.pairs(mined, seconds)}))
    for line in table(mined, session.paint(session.err)) if form is None else ():
        session.say(line)
    if form is None and seconds is not None:
        session.say(f"training takes about {_duration(seconds)}, and the comparison after it up to a minute")


def _duration(seconds: float) -> str:
    return f"{max(seconds, 1):.0f} s" if seconds < 90 else f"{seconds / 60:.0f} minutes"


def _tell(session: Session, done: Tuned, form: str | None) -> None:
    shape = shapes_train.tuned(done)
    if form == "json":
        session.write(dumps(shape))
    elif form == "jsonl":
        session.write(dumps({"event": "tuned", "live": done.is_live, "why": done.verdict.why, **shape}))
    else:
        from vecna_notes.cli.train_tables import verdict

        for line in verdict(done, session.paint()):
            session.write(line)
