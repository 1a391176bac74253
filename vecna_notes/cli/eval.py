"""`vecna eval`: how well the notes are searched, measured, kept and compared."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vecna_notes.cli import shapes_eval
from vecna_notes.cli.completing import note_names
from vecna_notes.cli.ending import NOTHING
from vecna_notes.cli.index import How, index, interruptible
from vecna_notes.cli.narrate import Event, Narrator
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session
from vecna_notes.cli.shapes import dumps
from vecna_notes.errors import ConfigError, VecnaError
from vecna_notes.text import safe_line

if TYPE_CHECKING:
    from vecna_notes.evaluate.beir import Collection
    from vecna_notes.evaluate.scores import Evaluation
    from vecna_notes.interfaces import Report
    from vecna_notes.types import Progress
    from vecna_notes.vault import Vault

F = TypeVar("F", bound=Callable[..., Any])
_SAID = {"read": "hiding", "index": "asking"}
"""Stages of an evaluation that are others in an index run."""
_EVERY_SECONDS = 0.1
"""Events between two of which less time passes are left out, but for the last of a stage."""

_folder = click.Path(path_type=Path)
_as_json = click.option("--json", "form", flag_value="json", help="One JSON object.")
_as_jsonl = click.option("--jsonl", "form", flag_value="jsonl", help="Progress, and then the result, as JSON lines.")
_systems = click.option(
    "--systems", metavar="NAMES", help="Only these, as in keyword,sbert,rrf:sbert,hybrid:sbert; others are not run."
)
_beir = click.option("--beir", metavar="DIR", type=_folder, help="Those of a judged collection instead of the vault.")


@click.group("eval")
def command() -> None:
    """Measure how well your notes are searched: no labels needed, and none sent anywhere.

    Every way to search is compared with the one that `vecna search` takes.
    """


@command.command("own")
@_systems
@click.option("--limit", type=click.IntRange(1, 5000), default=240, show_default=True, help="Questions to ask.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed asks other questions.")
@_as_json
@_as_jsonl
@shared
@click.pass_obj
def own(session: Session, systems: str | None, limit: int, seed: int, form: str | None) -> int:
    """Measure on questions that your own notes answer.

    A title asks for its note, a heading or an alias too, and the sentence around a link for what it links to. What is
    asked is taken out of a copy of the index first. Queries of your own (`vecna eval label`) are asked as well.
    """
    root = session.root()
    with interruptible(), hushed(session), _opened(session, root) as vault, reporting(session, form) as report:
        done = vault.evaluate_own(report, _names(systems), seed, limit)
    session.remember(root)
    return _tell(session, done, form)


@command.command("beir")
@click.argument("folder", metavar="DIR", type=_folder)
@_systems
@click.option("--limit-queries", type=click.IntRange(1), metavar="N", help="Ask only so many, chosen by chance.")
@click.option("--split", default="test", show_default=True, help="Which qrels/SPLIT.tsv; qrels.tsv has none.")
@click.option("--fresh", is_flag=True, help="Write and index the collection anew.")
@_as_json
@_as_jsonl
@shared
@click.pass_obj
def beir(
    session: Session,
    folder: Path,
    systems: str | None,
    limit_queries: int | None,
    split: str,
    fresh: bool,
    form: str | None,
) -> int:
    """Measure on a judged collection in BEIR's form.

    DIR holds corpus.jsonl, queries.jsonl and qrels.tsv. Its texts become notes in the data folder, indexed once.
    """
    from vecna_notes.evaluate.beir import read_collection

    with hushed(session):
        collection = read_collection(folder, split, limit_queries)
    for notice in collection.notices:
        session.say(f"note: {notice}")
    with interruptible():
        root = prepared(session, collection, fresh, form)
        with hushed(session), _opened(session, root) as vault, reporting(session, form) as report:
            done = vault.evaluate_collection(collection, report, _names(systems))
    return _tell(session, done, form)


@command.command("links")
@click.argument("folder", metavar="VAULT", type=_folder)
@click.option("--links", "file", required=True, type=_folder, metavar="FILE", help="Columns source, target, split.")
@click.option("--split", default="all", show_default=True, help="Links to ask for; of the others those of train stay.")
@click.option("--without-graph", is_flag=True, help="Let no link stay, so that no graph can speak.")
@_systems
@_as_json
@_as_jsonl
@shared
@click.pass_obj
def links(
    session: Session, folder: Path, file: Path, split: str, without_graph: bool, systems: str | None, form: str | None
) -> int:
    """Measure related notes by links that are hidden, and found again.

    Each link counts by its own rank among notes that are not linked to its source otherwise. "related" is what
    `vecna related` does; the others are its voices, each alone. VAULT is indexed first if it is not yet.
    """
    from vecna_notes.evaluate.links import read_links

    root = session.root(folder)
    name = root.parent.name if root.name == "notes" else root.name
    with hushed(session):
        asked = read_links(file, split, name, without_graph)
    if not session.folders.is_indexed(root):
        index(session, root, How(is_passing=True, as_jsonl=form == "jsonl"))
    with interruptible(), hushed(session), _opened(session, root) as vault, reporting(session, form) as report:
        done = vault.evaluate_links(asked, report, _names(systems))
    return _tell(session, done, form)


@command.command("label")
@click.argument("query", required=False)
@click.argument("note", required=False, shell_complete=note_names)
@click.option("--no", "is_wrong", is_flag=True, help="NOTE does not answer QUERY.")
@click.option("--forget", is_flag=True, help="Take a label back.")
@click.option("--list", "is_list", is_flag=True, help="Show every label.")
@_as_json
@shared
@click.pass_obj
def label(
    session: Session,
    query: str | None,
    note: str | None,
    is_wrong: bool,
    forget: bool,
    is_list: bool,
    form: str | None,
) -> int:
    """Say that NOTE answers QUERY; `vecna eval own` asks for it from then on."""
    root = session.root()
    with hushed(session), _opened(session, root) as vault:
        if is_list:
            return _labels(session, vault, form)
        if not query or not query.strip() or not note:
            raise click.UsageError("Name a query and the note that answers it, or ask for --list")
        if forget:
            return _forgotten(session, vault, query, note)
        path = vault.resolve_path(note)
        vault.judge(query, path, 0 if is_wrong else 1)
    session.say(f"{safe_line(path)} {'does not answer' if is_wrong else 'answers'} {safe_line(query)!r}")
    return 0


@command.command("list")
@_beir
@_as_json
@shared
@click.pass_obj
def list_them(session: Session, beir: Path | None, form: str | None) -> int:
    """List the evaluations that are kept, newest first."""
    with hushed(session), _opened(session, _where(session, beir)) as vault:
        found = vault.evaluations()
    if form == "json":
        session.write(dumps(shapes_eval.evaluations(found)))
    elif found:
        from vecna_notes.cli.scores import listed

        for line in listed(found, session.paint()):
            session.write(line)
    else:
        session.say("nothing is measured yet; `vecna eval own` does it")
    return 0 if found else NOTHING


@command.command("show")
@click.argument("id", type=int)
@_beir
@_as_json
@shared
@click.pass_obj
def show(session: Session, id: int, beir: Path | None, form: str | None) -> int:
    """Show a kept evaluation."""
    with hushed(session), _opened(session, _where(session, beir)) as vault:
        found = vault.evaluation(id)
    if found is None:
        raise ConfigError(f"there is no evaluation {id}; `vecna eval list` names them")
    return _tell(session, found, form)


@command.command("diff")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--system", metavar="NAME", help="Compare this system of both runs; else the default of each.")
@_beir
@_as_json
@shared
@click.pass_obj
def diff(session: Session, first: str, second: str, system: str | None, beir: Path | None, form: str | None) -> int:
    """Show which queries moved between two evaluations.

    A and B are ids; ID:SYSTEM names one system, so that 3:keyword 3:hybrid:sbert compares two of one run.
    """
    from vecna_notes.cli.scores import difference
    from vecna_notes.evaluate.diff import diff as compare

    with hushed(session), _opened(session, _where(session, beir)) as vault:
        old, new = _run(vault, first, system), _run(vault, second, system)
        found = compare(vault.per_query(old[0]), old[1], vault.per_query(new[0]), new[1])
    if form == "json":
        session.write(dumps(shapes_eval.difference(found, old, new)))
        return 0
    for line in difference(found, f"{old[0]}:{old[1]}", f"{new[0]}:{new[1]}", session.paint()):
        session.write(line)
    return 0


def _run(vault: Vault, named: str, system: str | None) -> tuple[int, str]:
    """Id and system meant by "3" or "3:hybrid:sbert"."""
    number, _, own = named.partition(":")
    found = vault.evaluation(int(number)) if number.isdecimal() else None
    if found is None:
        raise ConfigError(f"there is no evaluation {safe_line(number)!r}; `vecna eval list` names them")
    default = next((row.system for row in found.rows if row.is_default), found.rows[0].system)
    return found.id, own or system or default


def _where(session: Session, folder: Path | None) -> Path:
    """The vault, or the notes of a collection."""
    if folder is None:
        return session.root()
    from vecna_notes.evaluate.beir import folder_of, read_corpus

    return folder_of(read_corpus(folder), folder.resolve().name, session.configuration().settings, session.folders.data)


def prepared(session: Session, collection: Collection, fresh: bool, form: str | None) -> Path:
    """The folder of a collection's notes, indexed."""
    import shutil

    from vecna_notes.evaluate.beir import folder_of, write_notes
    from vecna_notes.tui.phrases import plural, size

    root = folder_of(collection.notes, collection.name, session.configuration().settings, session.folders.data)
    kept = session.folders.vault(root)
    if fresh:
        shutil.rmtree(root, ignore_errors=True)
        shutil.rmtree(kept, ignore_errors=True)
    if write_notes(collection, root):
        session.say(f"{plural(len(collection.notes), 'note')} written to {root}")
    index(session, root, How(is_passing=True, as_jsonl=form == "jsonl"))
    used = sum(file.stat().st_size for folder in (root, kept) for file in folder.rglob("*") if file.is_file())
    session.say(f"kept in {root} and {kept}, {size(used)}; --fresh makes it anew")
    return root


@contextmanager
def _opened(session: Session, root: Path) -> Iterator[Vault]:
    from vecna_notes.vault import Vault

    with Vault.open(root, session.folders, session.configuration(root)) as vault:
        yield vault


@contextmanager
def reporting(session: Session, form: str | None) -> Iterator[Report]:
    if form != "jsonl":
        with Narrator(session) as narrator:
            yield lambda progress: narrator(narrated(progress))
        return
    try:
        yield Ticker(lambda event: session.write(dumps(event)))
    except VecnaError as error:
        session.write(dumps({"event": "error", "text": str(error)}))
        raise


class Ticker:
    """Tells progress, but not more often than anybody can look."""

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._told = 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.done == progress.total or now - self._told >= _EVERY_SECONDS:
            self._told = now
            self._tell({"event": "progress", **asdict(progress)})


def narrated(progress: Progress) -> Event:
    stage = _SAID.get(progress.stage, progress.stage)
    return {
        "event": "progress",
        **asdict(progress),
        "stage": f"{stage} {progress.label}" if stage == "asking" else stage,
    }


def _tell(session: Session, done: Evaluation, form: str | None) -> int:
    if form == "jsonl":
        session.write(dumps({"event": "evaluated", **shapes_eval.evaluation(done)}))
        return 0
    if form == "json":
        session.write(dumps(shapes_eval.evaluation(done)))
    else:
        from vecna_notes.cli.scores import table

        for line in table(done, session.paint()):
            session.write(line)
    for notice in done.notices:
        session.say(f"note: {notice}")
    session.say(f"kept as evaluation {done.id}")
    return 0


def _labels(session: Session, vault: Vault, form: str | None) -> int:
    found = vault.judgements()
    if form == "json":
        session.write(dumps(shapes_eval.judgements(found)))
    for one in found if form is None else ():
        mark = session.paint().glyph("✓", "+") if one.grade else session.paint().glyph("✗", "-")
        session.write(f"{mark} {safe_line(one.query)}  {session.paint()(safe_line(one.path), 'dim')}")
    if not found:
        session.say("there is no label yet: vecna eval label QUERY NOTE")
    return 0 if found else NOTHING


def _forgotten(session: Session, vault: Vault, query: str, note: str) -> int:
    """A label may outlive its note, so a path as it was labelled will do."""
    known = {one.path for one in vault.judgements() if one.query == query}
    path = note if note in known else vault.resolve_path(note)
    if vault.forget_judgement(query, path):
        session.say(f"forgotten: {safe_line(path)} for {safe_line(query)!r}")
        return 0
    session.say(f"{safe_line(path)} has no label for {safe_line(query)!r}; --list shows them")
    return NOTHING


def _names(systems: str | None) -> list[str] | None:
    return [name.strip() for name in systems.split(",") if name.strip()] if systems else None


from vecna_notes.cli.eval_ask import ask  # noqa: E402  it is one of ours, and takes what stands above

command.add_command(ask)
