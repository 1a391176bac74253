"""`vecna topics`: the topics that are remembered, their names, and what became of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from vecna_notes.cli.clusters import asked, head, opened, titles_of, topic_shape
from vecna_notes.cli.ending import NOTHING
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.paint import cut
from vecna_notes.cli.program import shared
from vecna_notes.cli.rows import from_here
from vecna_notes.cli.session import Session
from vecna_notes.cli.shapes import dumps
from vecna_notes.errors import ConfigError
from vecna_notes.text import safe_line

if TYPE_CHECKING:
    from vecna_notes.store.kept_topics import TopicEvent


@click.group("topics", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@shared
@click.pass_context
def command(context: click.Context, as_json: bool) -> int:
    """List topics by their ids; rename them, and tell what became of them."""
    if context.invoked_subcommand is not None:
        return 0
    session = context.find_object(Session) or Session()
    root = session.root()
    with hushed(session), opened(session, root) as vault:
        found = asked(session, vault)
    session.remember(root)
    if as_json:
        rows = [{**topic_shape(topic, with_parts=False), "notes": len(topic.notes)} for topic in found.topics]
        session.write(dumps({"schema": "vecna.topics/1", "vault": str(root), "topics": rows}))
    else:
        paint = session.paint()
        for topic in found.topics:
            session.write(head(topic, paint))
    return 0 if found.topics else NOTHING


@command.command("show")
@click.argument("id", type=int)
@click.option("--paths", is_flag=True, help="Files only, one a line, as they open from here.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@shared
@click.pass_obj
def show(session: Session, id: int, paths: bool, as_json: bool) -> int:
    """List the notes of a topic or part, those in its middle first."""
    root = session.root()
    with hushed(session), opened(session, root) as vault:
        topic, titles = asked(session, vault).topic(id), titles_of(vault)
    if as_json:
        session.write(dumps({"schema": "vecna.topic/1", "vault": str(root), **topic_shape(topic)}))
        return 0
    paint = session.paint()
    if not paths:
        session.write(head(topic, paint))
        session.write("   " + paint(cut(safe_line(" ".join(topic.terms)), paint.width - 3), "dim"))
        for part in topic.parts:
            session.write(head(part, paint))
    for path in topic.notes:
        here = from_here(root, path)
        if paths:
            session.write(safe_line(here) if session.out.isatty() else here)
        else:
            title = cut(safe_line(titles.get(path, path)), paint.width // 2)
            session.write(f"   {title}  {paint.link(safe_line(path), root / path, 'dim')}")
    return 0


@command.command("log")
@click.option("-n", "--limit", type=click.IntRange(1, 10_000), default=30, metavar="COUNT", help="How many, at most.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@shared
@click.pass_obj
def log(session: Session, limit: int, as_json: bool) -> int:
    """Tell what became of topics, newest first: born, merged, split, faded, renamed."""
    root = session.root()
    with hushed(session), opened(session, root) as vault:
        events = vault.topic_log(limit)
    if as_json:
        rows = [
            {
                "made": one.made,
                "event": one.event,
                "topic": one.topic,
                "name": one.name,
                "notes": one.notes,
                "other": one.other,
                "other_name": one.other_name,
            }
            for one in events
        ]
        session.write(dumps({"schema": "vecna.topic-log/1", "vault": str(root), "events": rows}))
        return 0
    paint = session.paint()
    for one in events:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.made))
        session.write(f"{paint(when, 'dim')}  {_told(one)}")
    if not events:
        session.say("nothing has happened yet; `vecna topics` finds topics")
    return 0


@command.command("rename")
@click.argument("id", type=int)
@click.argument("name")
@shared
@click.pass_obj
def rename(session: Session, id: int, name: str) -> int:
    """Give a topic or part a name of your own, which it keeps."""
    if not safe_line(name):
        raise ConfigError("a topic needs a name; `vecna topics forget-name ID` gives it back the one found for it")
    return _rename(session, id, safe_line(name))


@command.command("forget-name")
@click.argument("id", type=int)
@shared
@click.pass_obj
def forget_name(session: Session, id: int) -> int:
    """Give a topic back the name that is found for it."""
    return _rename(session, id, "")


def _rename(session: Session, id: int, name: str) -> int:
    root = session.root()
    with hushed(session), opened(session, root) as vault:
        vault.rename_topic(id, name)
        topic = next((one for one in vault.topic_log(1)), None)
    session.say(f"{topic.other_name} is called {topic.name}" if topic else "done")
    return 0


def _told(one: TopicEvent) -> str:
    name, other = f"{safe_line(one.name)} ({one.topic})", f"{safe_line(one.other_name)} ({one.other})"
    notes = f"{one.notes:,} notes"
    return {
        "born": f"{name} is new: {notes}",
        "split": f"{name} came out of {other}: {notes}",
        "merged": f"{name} went into {other}: {notes}",
        "faded": f"{name} is no more: it held {notes}",
        "renamed": f"{safe_line(one.other_name)} is called {name}",
    }[one.event]
