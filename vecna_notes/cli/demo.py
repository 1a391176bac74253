"""`vecna demo`: the packaged sample vault, indexed, searched and opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vecna_notes.cli.index import How, index, interruptible
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.program import shared
from vecna_notes.cli.sample import sample
from vecna_notes.cli.screen import can_show, show
from vecna_notes.cli.session import Session

if TYPE_CHECKING:
    from vecna_notes.types import Found, RelatedNote

_HITS = 3
_SAYS = {
    "words": "by word",
    "paraphrase": "by meaning: the note shares no word with this",
    "question": "a whole question",
}


@click.command("demo")
@click.option("--no-screen", is_flag=True, help="Only index and search.")
@shared
@click.pass_obj
def command(session: Session, no_screen: bool) -> int:
    """Index a sample vault, search it, show related notes, and open the screen.

    The vault is copied into the data folder; nothing else of yours is touched.
    """
    root = sample(session)
    session.say(f"A sample vault, in {root}")
    is_first = session.last_vault() is None
    with interruptible():
        index(session, root, How(is_passing=not is_first))
        _showcase(session, root)
        if can_show(session) and not no_screen:
            return show(session, root)
    session.say(f"\nSee it on the screen: vecna {root}\nThen your own notes:  vecna ~/notes")
    return 0


def _showcase(session: Session, root: Path) -> None:
    from vecna_notes.cli.listing import listed_hits, listed_related
    from vecna_notes.demo import showcase

    chosen = showcase()
    answers, near = _answers(session, root, [one.query for one in chosen.searches], chosen.related)
    paint = session.paint()
    for judgement, found in zip(chosen.searches, answers, strict=True):
        session.write(
            f"\n{paint('❯', 'accent')} {paint(judgement.query, 'title')}  {paint(_SAYS[judgement.kind], 'dim')}\n"
        )
        for line in listed_hits(found.hits, root, paint):
            session.write(line)
    session.write(f"\n{paint('related to', 'accent')} {paint(Path(chosen.related).stem, 'title')}\n")
    for line in listed_related(near, root, paint):
        session.write(line)


def _answers(session: Session, root: Path, queries: list[str], note: str) -> tuple[list[Found], list[RelatedNote]]:
    from vecna_notes.vault import Vault

    with hushed(session), Vault.open(root, session.folders, session.configuration(root)) as vault:
        return [vault.search(query, limit=_HITS) for query in queries], vault.related(note, limit=_HITS)
