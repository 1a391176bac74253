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
    from vecna_notes.vault import Vault

    root = session.root()
    with hushed(session), Vault.open(root, session.folders, session.configuration(root)) as vault:
        sent, settings, answerer = vault.sent(), vault.settings, vault.answerer()
    if as_json:
        session.write(dumps(_shape(sent, settings, answerer.host)))
        return 0
    for line in _may(settings, answerer):
        session.write(line)
    session.write("")
    session.write(f"given to other programs so far: {len(sent)} questions" if sent else "nothing was given away yet")
    for one in sent[:_SHOWN]:
        made = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.made))
        session.write(f"  {made}  {safe_line(one.host)}  {', '.join(map(safe_line, one.paths))}")
    if len(sent) > _SHOWN:
        session.write(f"  and {len(sent) - _SHOWN} more; --json lists them")
    return 0


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


def _shape(sent: list[Sent], settings: Settings, host: str) -> dict[str, Any]:
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
    }
