"""`vecna privacy`: what may leave this process, and what did."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from vecna_notes.cli.noise import hushed
from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session
from vecna_notes.cli.shapes import dumps
from vecna_notes.text import safe_line

if TYPE_CHECKING:
    from vecna_notes.config import Settings
    from vecna_notes.vault.asking import Answerer, Sent
    from vecna_notes.vault.handed import Handed

_SHOWN = 10


@click.command("privacy")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@shared
@click.pass_obj
def command(session: Session, as_json: bool) -> int:
    """Show what may leave this machine, and what was given to other programs.

    Nothing does unless you said so: a model is fetched when you agree to its size, and a generator that speaks to
    another program is given the question and the evidence, on this machine or on hosts that you named.
    """
    from vecna_notes.tui.phrases import plural
    from vecna_notes.vault import Vault

    root = session.root()
    with hushed(session), Vault.open(root, session.folders, session.configuration(root)) as vault:
        sent, settings, answerer = vault.sent(), vault.settings, vault.answerer()
        handed = vault.handed()
    if as_json:
        session.write(dumps(_shape(sent, handed, settings, answerer.host)))
        return 0
    for line in _may(settings, answerer):
        session.write(line)
    session.write("")
    session.write(f"given to other programs so far: {len(sent)} questions" if sent else "nothing was given away yet")
    for one in sent[:_SHOWN]:
        session.write(f"  {_when(one.made)}  {safe_line(one.host)}  {', '.join(map(safe_line, one.paths))}")
    _write_more(session, len(sent))
    session.write(f"given to agents so far: {len(handed):,} answers" if handed else "no agent was given anything yet")
    for call in handed[:_SHOWN]:
        client, of = safe_line(call.client) or "an agent", plural(call.notes, "note")
        session.write(f"  {_when(call.made)}  {client}  {safe_line(call.tool)}  of {of}")
    _write_more(session, len(handed))
    return 0


def _write_more(session: Session, count: int) -> None:
    if count > _SHOWN:
        session.write(f"  and {count - _SHOWN:,} more; --json lists them")


def _when(made: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(made))


def _may(settings: Settings, answerer: Answerer) -> list[str]:
    answer = settings.answer
    named = ", ".join(map(safe_line, answer.hosts)) or "none: only this machine's own programs"
    held = ", ".join(["`private: true`", "what looks like a secret", *map(safe_line, answer.exclude)])
    fetching = [name for name, own in {**settings.embedders, **settings.rankers}.items() if own.get("download")]
    return [
        f"answers    {safe_line(answer.generator)} {_where(answerer)}",
        f"hosts      {named}",
        f"held back  {held}",
        f"models     {'fetched without asking: ' + ', '.join(fetching) if fetching else 'fetched only when you agree'}",
        "agents     given notes by `vecna mcp`, when you have one start it; none that is held back",
        "notes      written to no one; the index and what you said lie in your data folder",
    ]


def _where(answerer: Answerer) -> str:
    if answerer.problem:
        return f"is given nothing: {safe_line(answerer.problem)}"
    host = safe_line(answerer.host)
    return f"is given questions and evidence, at {host}" if host else "stays in this process"


def _shape(sent: list[Sent], handed: list[Handed], settings: Settings, host: str) -> dict[str, Any]:
    return {
        "schema": "vecna.privacy/1",
        "generator": settings.answer.generator,
        "generator_host": host,
        "hosts": list(settings.answer.hosts),
        "exclude": list(settings.answer.exclude),
        "sent": [
            {"made": round(one.made, 3), "host": one.host, "generator": one.generator, "paths": list(one.paths)}
            for one in sent
        ],
        "agents": [{"made": one.made, "client": one.client, "tool": one.tool, "notes": one.notes} for one in handed],
    }
