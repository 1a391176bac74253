"""`vecna completions`: the script that teaches a shell our commands, options and notes."""

from __future__ import annotations

import click

from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session

_WHERE = {
    "bash": "save it as ~/.local/share/bash-completion/completions/vecna",
    "zsh": "save it as _vecna in a folder of your $fpath",
    "fish": "save it as ~/.config/fish/completions/vecna.fish",
}


@click.command("completions")
@click.argument("shell", type=click.Choice(list(_WHERE)))
@shared
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    """Print the completion script of a shell."""
    from click.shell_completion import get_completion_class

    session = context.find_object(Session) or Session()
    complete = get_completion_class(shell)
    assert complete is not None
    session.write(complete(context.find_root().command, {}, "vecna", "_VECNA_COMPLETE").source().rstrip())
    if session.out.isatty():
        session.say(_WHERE[shell])
    return 0
